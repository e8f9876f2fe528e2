"""Mentions under headings: what those that follow each other have in common."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from brandwatch.models import Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Mention


def grouped(mentions: Iterable[Mention], group: str) -> Iterator[tuple[str, Iterator[Mention]]]:
    """Yield each heading with its mentions, which come sorted so; one heading that is empty where *group* is."""
    if group:
        yield from groupby(mentions, lambda mention: heading(mention, group))
    else:
        yield "", iter(mentions)


def heading(mention: Mention, group: str) -> str:
    """Return what a mention has in common with others of its group: a day is one of this machine."""
    entry = mention.entry
    match group:
        case "publisher" | "source" if mention.voice is Voice.STAFF:
            # It may be an account of one person.
            value = ""
        case "day":
            value = f"{(entry.published or mention.found).astimezone():%Y-%m-%d}"
        case "publisher":
            value = entry.publisher
        case "language":
            value = entry.language.partition("-")[0]
        case _:
            value = str(getattr(mention, group))
    return value or "unknown"
