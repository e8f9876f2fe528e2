"""How many entries of a document are read, and how a longer one is cut."""

from __future__ import annotations

import re

MOST_ENTRIES = 5_000
"""The longest of 221 real feeds has a fifth of that; a document of 20 MB can hold three million."""

# No element begins or ends in the first three. One that stays open hides the rest, so nothing is scanned twice.
_MARK = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?[^>]*+>"
    r"|<(/?)((?:\w{1,20}:)?(?:item|entry))(?=[\s/>])[^<>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(r"</(?:\w{1,20}:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)


def capped(text: str, most: int = MOST_ENTRIES) -> tuple[str, int]:
    """Return a document without the entries that are too many, and the number of entries in the whole.

    The root, what describes the feed, and what follows the last entry stay: a document that is well-formed stays so.
    A document with no more than *most* entries is returned as it is.
    """
    count, cut, end = 0, 0, 0
    name = ""  # of the entry that is open
    for mark in _MARK.finditer(text):
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


def shortened(count: int) -> str:
    """Say that a document of so many entries was cut, empty if it was not."""
    return f"only the first {MOST_ENTRIES} of its {count} entries were read" if count > MOST_ENTRIES else ""
