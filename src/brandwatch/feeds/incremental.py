"""Recognise entries that were read before by their digests, and cap the number of entries."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


MAX_ENTRIES = 5_000
"""The longest of 221 real feeds has a fifth of that; a document of 20 MB can hold three million."""

# No element begins or ends in the first three. One that stays open hides the rest, so nothing is scanned twice.
_CAPPING_MARK = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?[^>]*+>"
    r"|<(/?)((?:\w{1,20}:)?(?:item|entry))(?=[\s/>])[^<>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(r"</(?:\w{1,20}:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)


def cap_entries(text: str, most: int = MAX_ENTRIES) -> tuple[str, int]:
    """Return a document without the entries that are too many, and the number of entries in the whole.

    The root, what describes the feed, and what follows the last entry stay: a document that is well-formed stays so.
    A document with no more than *most* entries is returned as it is.
    """
    count, cut, end = 0, 0, 0
    name = ""  # of the entry that is open
    for mark in _CAPPING_MARK.finditer(text):
        tag = (mark[2] or "").lower()
        if not tag or (name and tag != name):
            continue
        is_closing = bool(mark[1])
        if not is_closing:  # an entry that begins in another of its name ends that one
            count += 1
            cut = mark.start() if count == most + 1 else cut
        name = "" if is_closing or mark[0].endswith("/>") else tag
        end = mark.end()
    if count <= most:
        return text, count
    if name:  # the last entry stays open
        closing = _CLOSING.search(text, end)
        end = closing.start() if closing else len(text)
    return text[:cut] + text[end:], count


def cap_remark(count: int) -> str:
    """Say that a document of so many entries was cut, empty if it was not."""
    return f"only the first {MAX_ENTRIES} of its {count} entries were read" if count > MAX_ENTRIES else ""


DIGEST_BYTES = 12
"""Enough that no two entries a source will ever have share a digest by chance."""

# Elements begin and end nowhere in the first three, whose end is looked for on its own: nothing is read twice.
_WINDOW_MARK = re.compile(r"<(?:!\[CDATA\[|!--|\?|(/?)(item|entry)(?=[\s>/])[^<>]*+>)")
_ENDINGS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}


class KnownDigests(NamedTuple):
    """The digests of entries that need not be read again, and the key they are made with."""

    digests: Collection[bytes]
    key: bytes


class KnownEntries(NamedTuple):
    """The digests of all entries, the places of those that are not known, and the document without those that are."""

    digests: tuple[bytes, ...]
    positions: tuple[int, ...]
    rest: str


def find_known_entries(text: str, url: str, known: KnownDigests) -> KnownEntries:
    """Return which entries of the document *text*, which came from *url*, are *known*.

    A digest stands for the characters of an entry, the root's tag (whose namespaces, language and base hold for it)
    and the address that its links are relative to. There are none where entries cannot be told apart with certainty.
    """
    spans = _spans(text)
    root = text[: text.find(">") + 1]
    digests, positions = digest_entries((text[start:end] for start, end in spans), f"{url}\n{root}", known)
    return KnownEntries(digests, positions, "".join(_kept(text, spans, set(positions))))


def digest_entries(
    entries: Iterable[str], frame: str, known: KnownDigests
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
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
    while mark := _WINDOW_MARK.search(text, position):
        position = mark.end()
        if mark[2] is None:
            position = text.find(_ENDINGS[mark[0]], position)
            if position < 0:
                return []
        elif mark[1] and begun and begun[2] == mark[2]:
            spans.append((begun.start(), mark.end()))
            begun = None
        elif mark[1] or begun or mark[0].endswith("/>") or len(spans) == MAX_ENTRIES:
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
