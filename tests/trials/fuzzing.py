"""Mutated inputs from a kept corpus, and the search for the smallest input that breaks a rule."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Check = Callable[[bytes], object]

INPUTS = int(os.environ.get("BRANDWATCH_TRIAL_INPUTS", "150"))
"""The inputs of each test."""
SEED = os.environ.get("BRANDWATCH_TRIAL_SEED", "Blåbær")
CORPUS = Path(__file__).parent / "corpus"

# Bits of syntax of all the formats: markup, JSON, YAML, CSV and expressions.
_TOKENS = [
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "<?x?>",
        "&", "&amp;", "&#xD800;", "&aring;", "&#0;", "&#38;", "<link>", "</link>", "<link href='x'/>", "xmlns='u'",
        "xml:base='//x'", "xml:lang='sv'", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<a:b>", "type='xhtml'", "<outline",
        "xmlUrl=", "'", '"', "<", ">", "/>", "null", "[", "]", "{", "}", ":", ": ", "- ", "\n", "\r\n", "\t", ";", ",",
        "#", "|", "!!", "*a", "1e999", "-1", "9999-99-99", "9" * 20, "${HOME}", "%", "(", ")", "OR", "AND ", "NOT ",
        "NEAR/2 ", "title:", "site:", "=", "~", "*", "ß", "Å", "A\u030a", "😀", "ﬁ", "\x00", "\x1b", "\u202e",
        "\u00ad", "\u2028", "\ud800", "\ufeff",
    )
]  # fmt: skip


def seeds(kind: str) -> list[bytes]:
    """The files of a kind in the corpus, in a fixed order."""
    return [path.read_bytes() for path in sorted((CORPUS / kind).iterdir())]


def inputs(kind: str, share: float = 1.0) -> Iterator[bytes]:
    """The files of a kind, and their mutations."""
    return mutations(seeds(kind), int(INPUTS * share), f"{SEED} {kind}")


def is_plain_utf8(body: bytes) -> bool:
    """Whether a document is UTF-8 and names no encoding."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return not any(word in text for word in ("encoding", "charset", "\ufeff", "\0"))


def mutations(corpus: Sequence[bytes], count: int, seed: str) -> Iterator[bytes]:
    """The corpus itself, then *count* damaged or recombined copies of its files."""
    yield from corpus
    noise = random.Random(seed)
    for _ in range(count):
        yield _mutate(bytearray(noise.choice(corpus)), corpus, noise)


def _mutate(data: bytearray, corpus: Sequence[bytes], noise: random.Random) -> bytes:
    for _ in range(noise.choice((1, 1, 2, 3, 6))):
        start = noise.randrange(len(data) + 1)
        end = start + noise.choice((0, 0, 1, 4, 30, 200))
        piece = bytes(data[start:end])
        other = noise.choice(corpus)
        begin = noise.randrange(len(other) + 1)
        data[start:end] = noise.choice(
            (
                noise.choice(_TOKENS),
                b"",
                piece * 2,
                piece[::-1],
                bytes([noise.randrange(256)]),
                other[begin : begin + noise.choice((5, 50, 300))],
            )
        )
    return bytes(data)


def broken_rule(check: Check, data: bytes) -> str:
    """The first line of what *check* finds wrong with an input; empty for nothing."""
    try:
        check(data)
    except Exception as error:  # noqa: BLE001 (any exception is a finding)
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    return ""


def shrink(check: Check, data: bytes) -> bytes:
    """A shorter input that still breaks a rule: pieces are removed while it does."""
    size = len(data) // 2
    while size:
        start = 0
        while start < len(data):
            shorter = data[:start] + data[start + size :]
            if broken_rule(check, shorter):
                data = shorter
            else:
                start += size
        size //= 2
    return data


def assert_rules_hold(check: Check, inputs: Iterator[bytes]) -> None:
    """Check every input; fail with the smallest form of the first one that breaks a rule."""
    for data in inputs:
        if broken_rule(check, data):
            small = shrink(check, data)
            raise AssertionError(f"{broken_rule(check, small)}\ninput: {small!r}\nseed: {SEED}")
