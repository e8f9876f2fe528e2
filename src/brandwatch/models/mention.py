"""Mentions as they are stored, and what is recorded of one fetch."""

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
    """An entry seen through a source: when first and last, at what place in the document (0 is the top)."""

    source: str
    first_seen: datetime
    last_seen: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """An entry of a document that matched: *judgements* and *versions* (of the queries) by query name.

    *link* is the canonical link or content key it is known by, *known* the id of the stored entry it is, if it is one.
    *follow* is where it is talked about, if that is to be followed.
    *reread* is when its responses are read again, `None` for never. *entry* is what is to be stored, into which the
    evidence points, *whole* all that there was of it, `None` where that is the same.
    """

    entry: Entry
    link: str
    known: int | None
    position: int
    judgements: Mapping[str, MatchResult]
    versions: Mapping[str, str]
    follow: Thread | None = None
    reread: datetime | None = None
    whole: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """All that one source gave in one poll: what the store keeps in one transaction.

    *is_over* says that it is a conversation that is followed no longer.
    """

    state: SourceState
    fetch: Fetch
    finds: tuple[EntryRecord, ...] = ()
    gap: Gap | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it is stored, with the canonical link or content key it is known by; *is_cut* says: not all of it."""

    id: int
    link: str
    entry: Entry
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entry that matched a query, as it is stored; *source*, of *kind*, is the one it was first seen through.

    *suppressed* is the reason why it is hidden, empty for one that is shown. *response_at* is when its responses were
    last read, `None` for never. *joined* is why it belongs to its *story*, empty for the one that this began with.
    *status*, *tags* and *note* are the analyst's.
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
    matched: FoundBy = FoundBy.LOCAL
    checks: tuple[ClauseResult, ...] = ()
    status: Status = Status.NEW
    backlog: bool = False
    query_version: str = ""
    response_at: datetime | None = None
    story: int | None = None
    joined: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    whole: int = 0
