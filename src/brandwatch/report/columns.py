"""The columns of every tabular form; scripts depend on their names and their order, so new ones go to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.models import Part

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models import Mention, Response

COUNTS = ("comments", "replies", "likes", "shares", "views")
COLUMNS = (
    "id",
    "query",
    "published",
    "found",
    "title",
    "url",
    "publisher",
    "source",
    "author",
    "language",
    "status",
    "terms",
    "voice",
    "subject",
    "suppressed",
    "matched",
    *COUNTS,
    "story",
    "tags",
    "note",
)

TAGS_BETWEEN = "; "

_SPREADSHEET_TIME = "%d.%m.%Y %H:%M"


def values(mention: Mention, *, excel: bool = False) -> list[str]:
    """Return the texts of one row: local times with offset, or as a Nordic spreadsheet reads them; terms with `; `.

    Tags have that too. A count that is unknown is empty.
    """
    entry = mention.entry
    return [
        str(mention.id),
        mention.query,
        local(entry.published, excel=excel),
        local(mention.found, excel=excel),
        entry.title,
        entry.url,
        entry.publisher,
        mention.source,
        entry.author,
        entry.language,
        mention.status,
        "; ".join(terms(mention)),
        mention.voice,
        mention.subject,
        mention.suppressed,
        mention.matched,
        *("" if count is None else str(count) for count in counts(entry.response).values()),
        "" if mention.story is None else str(mention.story),
        TAGS_BETWEEN.join(mention.tags),
        mention.note,
    ]


def counts(response: Response) -> dict[str, int | None]:
    """Return what a response counts, by name, `None` where that is unknown."""
    return {name: getattr(response, name) for name in COUNTS}


def terms(mention: Mention) -> list[str]:
    """Return the names of the brand that were found, each once, in reading order."""
    return list(dict.fromkeys(piece.term for piece in mention.evidence if piece.part is Part.ANCHOR))


def local(when: datetime | None, *, excel: bool = False) -> str:
    """Return a moment in the local time of this machine, empty where it is unknown."""
    if when is None:
        return ""
    moment = when.astimezone()
    return moment.strftime(_SPREADSHEET_TIME) if excel else moment.isoformat(timespec="seconds")
