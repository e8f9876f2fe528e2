"""Mentions as stored, and the record of one fetch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models.match import ClauseResult, Evidence, FoundBy, MatchResult, Subject, Voice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.models.entry import Entry
    from brandwatch.models.source import Fetch, Gap, SourceState, Thread


class Status(StrEnum):
    """The analyst's decision about a mention."""

    NEW = "new"
    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry seen through a source: first and last time, and the position in the document (0 is the top)."""

    source: str
    first_seen: datetime
    last_seen: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """An entry that matched, ready to be stored; *results* and *versions* (of the queries) are by query name.

    *link* is the canonical link or the content key, *stored_id* the id of the entry if it is stored already. *entry* is
    the part to store, into which the evidence points; *whole* is the entry before minimisation, `None` if equal.
    *thread* is the comment thread to follow, *refresh_at* the next reading of the response, `None` for never.
    """

    entry: Entry
    link: str
    stored_id: int | None
    position: int
    results: Mapping[str, MatchResult]
    versions: Mapping[str, str]
    thread: Thread | None = None
    refresh_at: datetime | None = None
    whole: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """The result of one source in one poll, stored in one transaction; *ends_thread*: the thread is over."""

    state: SourceState
    fetch: Fetch
    entries: tuple[EntryRecord, ...] = ()
    gap: Gap | None = None
    ends_thread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as stored, with its canonical link or content key; *is_cut*: text or author are not complete."""

    id: int
    link: str
    entry: Entry
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entry that matched a query, as stored.

    *source*, of *kind*, is the first one that the entry was seen through. *suppressed* is the reason for which the
    mention is hidden, empty for a visible one. *response_at* is the last reading of the response. *story_reason* is why
    the entry joined its *story*, empty for the first of a story. *status*, *tags* and *note* are the analyst's.
    *whole_chars* is the length of the whole text if only a part is stored, else 0.
    """

    id: int
    query: str
    entry: Entry
    evidence: tuple[Evidence, ...]
    found: datetime
    source: str
    kind: str = "feed"
    voice: Voice = Voice.PUBLIC
    subject: Subject = Subject.BRAND
    suppressed: str = ""
    found_by: FoundBy = FoundBy.LOCAL
    clauses: tuple[ClauseResult, ...] = ()
    status: Status = Status.NEW
    backlog: bool = False
    query_version: str = ""
    response_at: datetime | None = None
    story: int | None = None
    story_reason: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    whole_chars: int = 0
