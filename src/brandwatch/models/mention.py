"""Mentions as stored and their stories, the record of one fetch, and the selection of mentions."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from brandwatch.frozen_classes import dataclass
from brandwatch.models.entry import Entry
from brandwatch.models.match import ClauseResult, Evidence, FoundBy, MatchResult, Subject, Voice
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
class Revision:
    """A version of an entry that an edit overwrote at *until*; `None` for one of another source.

    *source* gave it first at *since*. *number* counts the revisions of the entry from 1; those between the first and
    the latest may be missing.
    """

    number: int
    source: str
    since: datetime
    until: datetime | None
    url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """An entry that matched, ready to be stored; *results* and *versions* (of the queries) are by query name.

    *link* is the canonical link or the content key, *stored_id* the id of the entry if it is stored already. *entry* is
    the part to store, into which the evidence points; *whole* is the entry before minimisation, `None` if equal.
    *thread* is the comment thread to follow, *refresh_at* the next reading of the response, `None` for never. *content*
    are the keys of title and text, title and time, text and time, 0 for none. *max_chars* is the longest text that may
    be stored. *is_seen*: the source had it before this poll, unchanged.
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
    content: tuple[int, ...] = (0, 0, 0)
    max_chars: int = 500
    is_seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """The result of one source in one poll, stored in one transaction; *ends_thread*: the thread is over.

    *matched_by* are the versions by which it was matched, by query, if they may be others than before, and are stored
    with the last page; *broken* are the queries whose files have errors.
    """

    state: SourceState
    fetch: Fetch
    entries: tuple[EntryRecord, ...] = ()
    gap: Gap | None = None
    ends_thread: bool = False
    matched_by: Mapping[str, str] | None = None
    is_last_page: bool = True
    broken: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as stored, with its canonical link or content key; *is_cut*: text or author are not complete.

    *content* are the keys of title, text and time. *seen* is when it was last seen in the source that is read.
    """

    id: int
    link: str
    entry: Entry
    is_cut: bool = False
    content: tuple[int, ...] = ()
    seen: datetime | None = None

    @property
    def is_of_source(self) -> bool:
        """Whether it was seen in the source that is read."""
        return self.seen is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entry that matched a query, as stored.

    *source*, of *kind*, is the first one that the entry was seen through. *suppressed* is the reason for which the
    mention is hidden, empty for a visible one. *response_at* is the last reading of the response. *story_reason* is why
    the entry joined its *story*, empty for the first of a story. *status*, *tags* and *note* are the analyst's.
    *whole_chars* is the length of the whole text if only a part is stored, else 0. *is_expiring*: it is near the end of
    its retention, which hides it. *entry_id* is the same for mentions of several queries in one entry, 0 if
    unknown. *is_query_gone*: the query file is gone, so that the mention is no longer updated.
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
    is_expiring: bool = False
    entry_id: int = 0
    is_query_gone: bool = False


class RequiredWords(NamedTuple):
    """Consecutive words, folded (lower case, letters and digits only); *is_prefix*: the last may be incomplete."""

    words: tuple[str, ...]
    is_prefix: bool = False


class RequiredSite(NamedTuple):
    """The entry's own link leads to this host or a subdomain of it."""

    host: str


class AllOf(NamedTuple):
    """All parts are required."""

    parts: "tuple[Prefilter, ...]"


class AnyOf(NamedTuple):
    """At least one part is required."""

    parts: "tuple[Prefilter, ...]"


Prefilter = RequiredWords | RequiredSite | AllOf | AnyOf
"""A condition that every matching entry satisfies; others may satisfy it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selected mentions: each field narrows, *limit* 0 means all.

    *suppressed* selects hidden mentions instead, *remote* those that only a remote search found. *prefilter*,
    *prefilter_voices* and *prefilter_subjects* are what an expression requires. In *languages* `no` means nb and nn,
    and `unknown` none. *group* comes before *sort* in the order of rows. *first_page_only*: the reader stops after an
    unknown number of rows. *gone_queries* have no query file any more: they are left out unless *queries* names them.
    """

    queries: tuple[str, ...] = ()
    gone_queries: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    voices: tuple[Voice, ...] = ()
    subjects: tuple[Subject, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    search: str = ""
    suppressed: bool = False
    remote: bool = False
    prefilter: Prefilter | None = None
    prefilter_voices: tuple[str, ...] = ()
    prefilter_subjects: tuple[str, ...] = ()
    sort: str = "published"
    group: str = ""
    limit: int = 0
    first_page_only: bool = False


_DAY_SECONDS = 86_400


class StoryEdit(StrEnum):
    """A manual change of a story."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The same news in many places; hidden mentions do not count.

    *lead* is the mention of the entry published first. *first_seen* is when we found the first entry; *earliest* and
    *latest* are the publication times of the first and the last. *mentions* counts the selected ones, *entries* and
    *publishers* all; the brand's own channels and aggregators are no publishers. *heat_key* is the heat at the epoch.
    """

    id: int
    lead: Mention
    first_seen: datetime
    earliest: datetime
    latest: datetime
    mentions: int
    entries: int
    publishers: int
    response: int | None
    heat_key: float

    def heat(self, now: datetime) -> float:
        """Compute the heat at *now*: it falls by one a day, so that the stored key sorts stories at any time."""
        return self.heat_key - now.timestamp() / _DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """A recorded decision: *story* took the mentions of *other* over (merge), or gave some to it (split)."""

    at: datetime
    edit: StoryEdit
    story: int
    other: int
