"""Recognise the entries of a well-formed feed that were read before, by their very characters.

What is recognised is cut out before anything is parsed, so that an entry that did not change costs a hash.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.parse.capping import MOST_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

DIGEST_BYTES = 12
"""Enough that no two entries a source will ever have share a digest by chance."""

# Elements begin and end nowhere in the first three, whose end is looked for on its own: nothing is read twice.
_MARK = re.compile(r"<(?:!\[CDATA\[|!--|\?|(/?)(item|entry)(?=[\s>/])[^<>]*+>)")
_ENDINGS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}


class Known(NamedTuple):
    """The digests of entries that need not be read again, and the key they are made with."""

    digests: Collection[bytes]
    key: bytes


class Window(NamedTuple):
    """The digests of all entries, the places of those that are not known, and the document without those that are."""

    digests: tuple[bytes, ...]
    positions: tuple[int, ...]
    rest: str


def window(text: str, url: str, known: Known) -> Window:
    """Return which entries of the document *text*, which came from *url*, are *known*.

    A digest stands for the characters of an entry, the root's tag (whose namespaces, language and base hold for it)
    and the address that its links are relative to. There are none where entries cannot be told apart with certainty.
    """
    spans = _spans(text)
    root = text[: text.find(">") + 1]
    digests, positions = digested((text[start:end] for start, end in spans), f"{url}\n{root}", known)
    return Window(digests, positions, "".join(_kept(text, spans, set(positions))))


def digested(entries: Iterable[str], frame: str, known: Known) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Return the digests of all *entries*, written as they are in their document, and the places of those not known.

    *frame* is what each of them depends on.
    """
    key = blake2b(frame.encode(), digest_size=16, key=known.key).digest()
    digests = tuple(blake2b(entry.encode(), digest_size=DIGEST_BYTES, key=key).digest() for entry in entries)
    return digests, tuple(place for place, digest in enumerate(digests) if digest not in known.digests)


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where each entry begins and ends; none at all where one holds another, one stays open, or too many are."""
    spans: list[tuple[int, int]] = []
    begun: re.Match[str] | None = None
    position = 0
    while mark := _MARK.search(text, position):
        position = mark.end()
        if mark[2] is None:
            position = text.find(_ENDINGS[mark[0]], position)
            if position < 0:
                return []
        elif mark[1] and begun and begun[2] == mark[2]:
            spans.append((begun.start(), mark.end()))
            begun = None
        elif mark[1] or begun or mark[0].endswith("/>") or len(spans) == MOST_ENTRIES:
            return []
        else:
            begun = mark
    return [] if begun else spans


def _kept(text: str, spans: list[tuple[int, int]], wanted: set[int]) -> Iterator[str]:
    """Yield the pieces of the document that are not entries known already."""
    position = 0
    for place, (start, end) in enumerate(spans):
        if place not in wanted:
            yield text[position:start]
            position = end
    yield text[position:]
