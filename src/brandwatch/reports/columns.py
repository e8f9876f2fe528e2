"""The columns of every tabular format; scripts depend on their names and order."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from brandwatch.models import EvidenceKind
from brandwatch.privacy.disclosure_control import listed_author

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

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

_QUARTER = 900
_SPREADSHEET_TIME = "%d.%m.%Y %H:%M"


def column_values(mention: Mention, *, excel: bool = False, safe: Callable[[str], str] = str) -> list[str]:
    """Return the texts of one row: local times with offset, or as a Nordic spreadsheet reads them; terms with `; `.

    Tags have that too. A count that is unknown is empty. What people wrote is made *safe*; the rest are our own words
    and numbers.
    """
    entry, response = mention.entry, mention.entry.response
    return [
        str(mention.id),
        safe(mention.query),
        local_time(entry.published, excel=excel),
        local_time(mention.found, excel=excel),
        safe(entry.title),
        safe(entry.url),
        safe(entry.publisher),
        safe(mention.source),
        safe(listed_author(mention)),
        safe(entry.language),
        mention.status,
        safe("; ".join(matched_terms(mention))),
        mention.voice,
        mention.subject,
        safe(mention.suppressed),
        mention.found_by,
        _number(response.comments),
        _number(response.replies),
        _number(response.likes),
        _number(response.shares),
        _number(response.views),
        _number(mention.story),
        safe(TAGS_BETWEEN.join(mention.tags)),
        safe(mention.note),
    ]


def response_counts(response: Response) -> dict[str, int | None]:
    """Return what a response counts, by name, `None` where that is unknown."""
    return {name: getattr(response, name) for name in COUNTS}


def matched_terms(mention: Mention) -> list[str]:
    """Return the names of the brand that were found, each once, in reading order."""
    return list(dict.fromkeys(piece.term for piece in mention.evidence if piece.kind is EvidenceKind.ANCHOR))


def local_time(when: datetime | None, *, excel: bool = False) -> str:
    """Return a moment in the local time of this machine, empty where it is unknown."""
    if when is None:
        return ""
    moment = when.astimezone(local_zone(int(when.timestamp()) // _QUARTER))
    return moment.strftime(_SPREADSHEET_TIME) if excel else moment.isoformat(timespec="seconds")


@lru_cache(maxsize=4096)
def local_zone(quarter: int) -> tzinfo | None:
    """Return the local time of a quarter of an hour; to ask the machine for it takes longer than all else of a row."""
    return datetime.fromtimestamp(quarter * _QUARTER).astimezone().tzinfo


def _number(count: int | None) -> str:
    """Return a number as a text, empty where it is unknown."""
    return "" if count is None else str(count)
