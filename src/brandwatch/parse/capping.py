"""How many entries of a document are read, and how a longer one is cut."""

from __future__ import annotations

import re
from itertools import islice

MOST_ENTRIES = 5_000
"""The longest of 221 real feeds has a fifth of that; a document of 20 MB can hold three million."""

_MARKS = ("<item", "<entry")
_END = re.compile(r"</(?:item|entry)\s*>|<(?:item|entry)(?=[\s/])[^<>]*/>")


def capped(text: str) -> tuple[str, int]:
    """Return the beginning of a document that has no more entries than are read, and how many the whole has.

    The whole is returned where it has no more than that. What is counted are tags in small letters, in comments too.
    """
    count = sum(map(text.count, _MARKS))
    if count <= MOST_ENTRIES:
        return text, count
    last = next(islice(_END.finditer(text), MOST_ENTRIES - 1, None), None)
    return (text[: last.end()] if last else text), count


def shortened(count: int) -> str:
    """Say that a document of so many entries was cut, empty if it was not."""
    return f"only the first {MOST_ENTRIES} of its {count} entries were read" if count > MOST_ENTRIES else ""
