"""The columns of mentions and stories: one object for each column, one list of them for each format.

Scripts depend on the names and the order of the `columns` of both listings.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from enum import Enum, auto
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from brandwatch.frozen_classes import dataclass
from brandwatch.models import Evidence, EvidenceKind, Mention, Response, Story
from brandwatch.privacy import disclosure_control
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Callable


Row = TypeVar("Row")

COUNTS = ("comments", "replies", "likes", "shares", "views")
LIST_SEPARATOR = "; "

_ZONE_SECONDS = 900
_SPREADSHEET_TIME = "%d.%m.%Y %H:%M"


class CellKind(Enum):
    """The type of a cell; each format has its way to write one."""

    NUMBER = auto()
    """An int or a float; `None` is unknown."""
    TIME = auto()
    """An aware datetime; `None` is unknown."""
    MOMENT = auto()
    """A `Moment`."""
    TEXT = auto()
    """A text that somebody wrote: it may hold markup or a formula."""
    WORD = auto()
    """A word of our own."""
    LINK = auto()
    """A URL, empty if there is none."""
    LIST = auto()
    """Several texts."""
    TITLE = auto()
    """A mention: its title, linked, with the matched names highlighted."""
    LEAD = auto()
    """The leading mention of a story: as a title, and its publisher."""
    DATA = auto()
    """A structure that only JSON can hold."""


class Moment(NamedTuple):
    """The time of a mention: its publication, or when it was found if that is unknown."""

    at: datetime
    is_published: bool


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: *value* gives the cell of a row; *digits* are the decimals that people see of a number.

    In a workbook *width* is in characters, *choices* are the allowed values, and a hidden column is out of sight. On a
    terminal a key is dim; a screen of less than *min_screen_cells* leaves the column out, a narrow screen cuts it to
    *narrow_cells*, a wide one to *wide_cells*.
    """

    name: str
    value: Callable[[Row], Any]
    kind: CellKind = CellKind.TEXT
    digits: int = 0
    width: int = 12
    choices: tuple[str, ...] = ()
    is_hidden: bool = False
    is_key: bool = False
    min_screen_cells: int = 0
    narrow_cells: int | None = None
    wide_cells: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """A list of rows of one type: its columns in spreadsheets, its fields in JSON, its columns in tables and Markdown.

    *group_heading* gives the value that a row shares with its group.
    """

    name: str
    columns: tuple[Column[Row], ...]
    fields: tuple[Column[Row], ...] = ()
    table: tuple[Column[Row], ...] = ()
    markdown: tuple[Column[Row], ...] = ()
    group_heading: Callable[[Row, str], str] | None = None


def group_heading(mention: Mention, group: str) -> str:
    """Return the value of the dimension *group* for a mention; a day is one of local time."""
    entry = mention.entry
    match group:
        case _ if disclosure_control.is_hidden_group(mention, group):
            value = ""
        case "day":
            value = f"{(entry.published or mention.found).astimezone():%Y-%m-%d}"
        case "query":
            value = shown_query(mention)
        case "publisher":
            value = entry.publisher
        case "language":
            value = entry.language.partition("-")[0]
        case _:
            value = str(getattr(mention, group))
    return value or "unknown"


def shown_query(mention: Mention) -> str:
    """Return the name of a query for people, marked if its file is gone."""
    return f"{mention.query} (gone)" if mention.is_query_gone else mention.query


def response_counts(response: Response) -> dict[str, int | None]:
    """Return the counts of a response by name; `None` is unknown."""
    return {name: getattr(response, name) for name in COUNTS}


def matched_terms(mention: Mention) -> list[str]:
    """Return the names of the brand that matched, each once, in reading order."""
    return list(dict.fromkeys(piece.term for piece in mention.evidence if piece.kind is EvidenceKind.ANCHOR))


def evidence_as_data(piece: Evidence) -> dict[str, Any]:
    """Return a piece of evidence for JSON."""
    return {
        "part": piece.kind,
        "term": piece.term,
        "field": piece.field,
        "start": piece.start,
        "end": piece.end,
        "rule": piece.rule,
        "note": piece.note,
    }


def local_time(when: datetime | None, *, excel: bool = False) -> str:
    """Return a time with the local offset, or as a Nordic spreadsheet reads it; empty if unknown."""
    if when is None:
        return ""
    moment = local_datetime(when)
    return moment.strftime(_SPREADSHEET_TIME) if excel else moment.isoformat(timespec="seconds")


def local_datetime(when: datetime) -> datetime:
    """Return a time in the local zone of its moment."""
    return when.astimezone(local_zone(int(when.timestamp()) // _ZONE_SECONDS))


@lru_cache(maxsize=4096)
def local_zone(quarter: int) -> tzinfo | None:
    """Return the local zone of a quarter of an hour since the epoch; asking the system costs more than a whole row."""
    return datetime.fromtimestamp(quarter * _ZONE_SECONDS).astimezone().tzinfo


def _moment(mention: Mention) -> Moment:
    return Moment(mention.entry.published or mention.found, is_published=mention.entry.published is not None)


def _lead_as_data(story: Story) -> dict[str, Any]:
    lead = story.lead
    return {
        "id": lead.id,
        "query": lead.query,
        "title": clean(lead.entry.title),
        "url": lead.entry.url,
        "publisher": clean(lead.entry.publisher),
        "source": lead.source,
    }


ID: Column[Mention] = Column("id", lambda mention: mention.id, CellKind.NUMBER, is_key=True)
QUERY: Column[Mention] = Column("query", lambda mention: mention.query, narrow_cells=12, wide_cells=18)
PUBLISHED: Column[Mention] = Column("published", lambda mention: mention.entry.published, CellKind.TIME, width=16)
UPDATED: Column[Mention] = Column("updated", lambda mention: mention.entry.updated, CellKind.TIME, width=16)
FOUND: Column[Mention] = Column("found", lambda mention: mention.found, CellKind.TIME, width=16)
TITLE: Column[Mention] = Column("title", lambda mention: mention.entry.title, width=60)
TEXT: Column[Mention] = Column("text", lambda mention: mention.entry.text)
URL: Column[Mention] = Column("url", lambda mention: mention.entry.url, CellKind.LINK, width=40)
PUBLISHER: Column[Mention] = Column(
    "publisher", lambda mention: mention.entry.publisher, width=22, narrow_cells=16, wide_cells=24
)
SOURCE: Column[Mention] = Column("source", lambda mention: mention.source, width=40)
THREAD: Column[Mention] = Column("thread", lambda mention: mention.entry.thread)
AUTHOR: Column[Mention] = Column("author", disclosure_control.listed_author)
LANGUAGE: Column[Mention] = Column("language", lambda mention: mention.entry.language)
STATUS: Column[Mention] = Column("status", lambda mention: mention.status, CellKind.WORD)
BACKLOG: Column[Mention] = Column("backlog", lambda mention: mention.backlog, CellKind.DATA)
TERMS: Column[Mention] = Column("terms", matched_terms, CellKind.LIST, width=24, min_screen_cells=100, wide_cells=30)
VOICE: Column[Mention] = Column("voice", lambda mention: mention.voice, CellKind.WORD)
SUBJECT: Column[Mention] = Column("subject", lambda mention: mention.subject, CellKind.WORD)
SUPPRESSED: Column[Mention] = Column("suppressed", lambda mention: mention.suppressed)
MATCHED: Column[Mention] = Column("matched", lambda mention: mention.found_by, CellKind.WORD)
STORY: Column[Mention] = Column("story", lambda mention: mention.story, CellKind.NUMBER)
TAGS: Column[Mention] = Column("tags", lambda mention: mention.tags, CellKind.LIST, width=20)
NOTE: Column[Mention] = Column("note", lambda mention: mention.note, width=40)
_SHOWN_QUERY: Column[Mention] = replace(QUERY, value=shown_query)
_MOMENT: Column[Mention] = Column("published", _moment, CellKind.MOMENT)
_LINKED_TITLE: Column[Mention] = Column("title", lambda mention: mention, CellKind.TITLE)
_RESPONSE_TOTAL: Column[Mention] = Column("response", lambda mention: mention.entry.response.total, CellKind.NUMBER)

MENTIONS: Listing[Mention] = Listing(
    name="mentions",
    columns=(
        ID,
        QUERY,
        PUBLISHED,
        FOUND,
        TITLE,
        URL,
        PUBLISHER,
        SOURCE,
        AUTHOR,
        LANGUAGE,
        STATUS,
        TERMS,
        VOICE,
        SUBJECT,
        SUPPRESSED,
        MATCHED,
        *(Column(name, attrgetter(f"entry.response.{name}"), CellKind.NUMBER) for name in COUNTS),
        STORY,
        TAGS,
        NOTE,
    ),
    fields=(
        ID,
        QUERY,
        PUBLISHED,
        UPDATED,
        FOUND,
        TITLE,
        URL,
        PUBLISHER,
        SOURCE,
        THREAD,
        AUTHOR,
        LANGUAGE,
        STATUS,
        BACKLOG,
        VOICE,
        SUBJECT,
        SUPPRESSED,
        MATCHED,
        TERMS,
        TEXT,
        Column("parts", lambda mention: [part._asdict() for part in mention.entry.parts], CellKind.DATA),
        Column("evidence", lambda mention: list(map(evidence_as_data, mention.evidence)), CellKind.DATA),
        Column("response", lambda mention: response_counts(mention.entry.response), CellKind.DATA),
        Column("response_at", lambda mention: mention.response_at, CellKind.TIME),
        STORY,
        Column("joined", lambda mention: mention.story_reason),
        TAGS,
        NOTE,
        Column("entry", lambda mention: mention.entry_id, CellKind.NUMBER),
        Column("query_gone", lambda mention: mention.is_query_gone, CellKind.DATA),
    ),
    table=(ID, _MOMENT, _SHOWN_QUERY, _LINKED_TITLE, PUBLISHER, TERMS),
    markdown=(ID, _MOMENT, _SHOWN_QUERY, _LINKED_TITLE, PUBLISHER, TERMS),
    group_heading=group_heading,
)
RANKED_MENTIONS = replace(MENTIONS, table=(ID, _MOMENT, _RESPONSE_TOTAL, _SHOWN_QUERY, _LINKED_TITLE, PUBLISHER, TERMS))
"""The mentions with their total response in a table, which has no room for each count."""


def stories_listing(now: datetime) -> Listing[Story]:
    """Return the listing of stories, with their heat at *now*."""
    first_seen: Column[Story] = Column("first_seen", lambda story: story.first_seen, CellKind.TIME, width=16)
    earliest: Column[Story] = Column("earliest", lambda story: story.earliest, CellKind.TIME, width=16)
    latest: Column[Story] = Column("latest", lambda story: story.latest, CellKind.TIME, width=16)
    publishers: Column[Story] = Column("publishers", lambda story: story.publishers, CellKind.NUMBER)
    mentions: Column[Story] = Column("mentions", lambda story: story.mentions, CellKind.NUMBER, min_screen_cells=100)
    entries: Column[Story] = Column("entries", lambda story: story.entries, CellKind.NUMBER)
    response: Column[Story] = Column("response", lambda story: story.response, CellKind.NUMBER, min_screen_cells=80)
    number: Column[Story] = Column("story", lambda story: story.id, CellKind.NUMBER, is_key=True)
    heat: Column[Story] = Column("heat", lambda story: round(story.heat(now), 1), CellKind.NUMBER, digits=1)
    moment: Column[Story] = Column(
        "first seen", lambda story: Moment(story.first_seen, is_published=True), CellKind.MOMENT
    )
    lead: Column[Story] = Column("lead", lambda story: story.lead, CellKind.LEAD)
    publisher: Column[Story] = Column("publisher", lambda story: story.lead.entry.publisher, width=22)
    return Listing(
        name="stories",
        columns=(
            number,
            first_seen,
            earliest,
            latest,
            Column("title", lambda story: story.lead.entry.title, width=60),
            Column("url", lambda story: story.lead.entry.url, CellKind.LINK, width=40),
            publisher,
            publishers,
            mentions,
            entries,
            response,
            heat,
            Column("lead", lambda story: story.lead.id, CellKind.NUMBER),
        ),
        fields=(
            Column("id", lambda story: story.id, CellKind.NUMBER),
            first_seen,
            earliest,
            latest,
            publishers,
            mentions,
            entries,
            response,
            Column("heat", lambda story: round(story.heat(now), 2), CellKind.NUMBER),
            Column("lead", _lead_as_data, CellKind.DATA),
        ),
        table=(number, moment, replace(publishers, name="spread"), mentions, response, heat, lead),
        markdown=(number, moment, lead, publisher, publishers, mentions, response, heat),
    )
