"""Recognise entries that were read before by their digests, and cap the number of entries."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


MAX_ENTRIES = 5_000
"""The most entries that are read of a document. The longest of 221 real feeds has a fifth of that; a document of 20 MB
can hold three million."""

# No element starts or ends in the first three. One that stays open hides the rest, so nothing is scanned twice.
_CAPPING_TAG = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?[^>]*+>"
    r"|<(/?)((?:\w{1,20}:)?(?:item|entry))(?=[\s/>])[^<>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(r"</(?:\w{1,20}:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)


def cap_entries(text: str, most: int = MAX_ENTRIES) -> tuple[str, int]:
    """Cut a document to its first *most* entries; return it and the number of entries that it had.

    The root, the feed's own elements and everything after the last entry stay: a well-formed document stays so.
    """
    count, cut, end = 0, 0, 0
    name = ""  # of the entry that is open
    for mark in _CAPPING_TAG.finditer(text):
        tag = (mark[2] or "").lower()
        if not tag or (name and tag != name):
            continue
        is_closing = bool(mark[1])
        if not is_closing:  # an entry that starts in another of its name ends that one
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
    """Return the remark on a document that was cut, empty if it was not."""
    return f"only the first {MAX_ENTRIES} of its {count} entries were read" if count > MAX_ENTRIES else ""


DIGEST_BYTES = 12
"""Enough that no two entries of a source ever share a digest by chance."""

# No element starts or ends in the first three, whose end is searched for on its own: nothing is read twice.
_ENTRY_TAG = re.compile(r"<(?:!\[CDATA\[|!--|\?|(/?)(item|entry)(?=[\s>/])[^<>]*+>)")
_CHANNEL_WITH_ATTRIBUTES = re.compile(r"<channel\s+[^\s<>][^<>]*+>")
_ENDINGS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}


class KnownDigests(NamedTuple):
    """The digests of entries that need not be read again, and their key."""

    digests: Collection[bytes]
    key: bytes


class KnownEntries(NamedTuple):
    """The digests of all entries, the positions of the new ones, and the document without the known ones."""

    digests: tuple[bytes, ...]
    positions: tuple[int, ...]
    rest: str


def find_known_entries(text: str, url: str, known: KnownDigests) -> KnownEntries:
    """Find the entries of the document *text*, fetched from *url*, that are *known*.

    There are no digests if entries cannot be told apart with certainty.
    """
    spans = _entry_spans(text)
    frame = f"{url}\n{_inherited_markup(text[: spans[0][0]] if spans else '')}"
    digests, positions = digest_entries((text[start:end] for start, end in spans), frame, known)
    new, pieces, end_of_piece = set(positions), [], 0
    for position, (start, end) in enumerate(spans):
        if position not in new:
            pieces.append(text[end_of_piece:start])
            end_of_piece = end
    return KnownEntries(digests, positions, "".join([*pieces, text[end_of_piece:]]))


def _inherited_markup(head: str) -> str:
    """Return the markup before the first entry that holds for all of them, beside the feed's title and language.

    The tags of root and channel have namespaces, language and base; the authors of an Atom feed are those of an entry
    without its own (RFC 4287 §4.2.1).
    """
    root = head[: head.find(">") + 1]
    if channel := _CHANNEL_WITH_ATTRIBUTES.search(head, len(root)):
        return root + channel[0]
    first, last = head.find("<author"), head.rfind("</author")
    return root + head[first:last] if root.startswith("<feed") and first >= 0 else root


def digest_entries(
    entries: Iterable[str], frame: str, known: KnownDigests
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Return the digests of all *entries*, as written in their document, and the positions of the new ones.

    *frame* is the part of the document that each of them depends on.
    """
    key = blake2b(frame.encode(), digest_size=16, key=known.key).digest()
    digests = tuple(blake2b(entry.encode(), digest_size=DIGEST_BYTES, key=key).digest() for entry in entries)
    return digests, tuple(position for position, digest in enumerate(digests) if digest not in known.digests)


def _entry_spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each entry; none at all if one contains another or stays open, or if too many."""
    spans: list[tuple[int, int]] = []
    opened: re.Match[str] | None = None
    position = 0
    while mark := _ENTRY_TAG.search(text, position):
        position = mark.end()
        is_closing, name = bool(mark[1]), mark[2]
        if name is None:
            position = text.find(_ENDINGS[mark[0]], position)
            if position < 0:
                return []
        elif is_closing and opened and opened[2] == name:
            spans.append((opened.start(), mark.end()))
            opened = None
        elif is_closing or opened or mark[0].endswith("/>") or len(spans) == MAX_ENTRIES:
            return []
        else:
            opened = mark
    return [] if opened else spans
