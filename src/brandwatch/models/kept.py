"""What is kept: how each fetch went, what is known of a source, and the mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models.answered import Entry, Response  # noqa: TC001 (as above)
from brandwatch.models.asked import Source  # noqa: TC001 (as above)
from brandwatch.models.judged import Check, Evidence, FoundBy, Judgement, Subject, Voice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models.needs import Need


class Status(StrEnum):
    """The analyst's decision about a mention."""

    NEW = "new"
    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    DONE = "done"


class Health(StrEnum):
    """How a source fares, in one word."""

    OK = "ok"
    FLAKY = "flaky"
    FAILING = "failing"
    FROZEN = "frozen"
    THROTTLED = "throttled"
    MOVED = "moved"
    PAUSED = "paused"


class FetchClass(StrEnum):
    """How one fetch ended; whether that is a failure, its error says."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"
    SAME = "same"
    EMPTY = "empty"
    PARTIAL = "partial"
    NOT_A_FEED = "not-a-feed"
    PARSE = "parse"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    REDIRECT = "redirect"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    GONE = "gone"
    HTTP_4XX = "http-4xx"
    HTTP_5XX = "http-5xx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One exchange: how it ended and what it gave. *new* counts mentions, *entries* what the document held."""

    at: datetime
    fetch_class: FetchClass
    status: int | None = None
    size: int = 0
    entries: int = 0
    new: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a poll yields for each source it asked; an expected failure is a value too."""

    source: Source
    fetch: Fetch

    @property
    def failed(self) -> bool:
        """Say whether the source did not give all it should have."""
        return bool(self.fetch.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of one source between polls.

    *body_hash* and *queries_hash* tell whether the same bytes were already matched against the same queries.
    *entries* is the size of the last document, *mentions* how many mentions were seen through the source in all.
    *window* holds the keyed hashes of the names of the last document's entries, *digests* those of their characters
    where these are known, *mark* what the next request goes on from (`Feed.mark`). *rhythm* is the usual time between
    two entries, *newest* when the last was published. *last_new* is when a new one was last seen, *last_full* when a
    whole document was last read, *last_gap* when entries were last found to be missed. *gones* counts answers 410 in a
    row, *trouble* is the share of failures, the latest weighing most.
    """

    url: str
    kind: str = "feed"
    title: str = ""
    rights: str = ""
    language: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""
    queries_hash: bytes = b""
    fetch_class: FetchClass | None = None
    error: str = ""
    moved_to: str = ""
    entries: int = 0
    mentions: int = 0
    failures: int = 0
    first_poll: datetime | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    next_due: datetime | None = None
    window: bytes = b""
    digests: bytes = b""
    mark: str = ""
    rhythm: timedelta | None = None
    newest: datetime | None = None
    last_new: datetime | None = None
    last_full: datetime | None = None
    last_gap: datetime | None = None
    gones: int = 0
    trouble: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An interval in which entries of a source were missed, and how that was noticed."""

    source: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry seen through a source: when first and last, at what place in the document (0 is the top)."""

    source: str
    first_seen: datetime
    last_seen: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Where an entry is talked about, which is followed *until* then.

    *url*, of *kind*, is asked as the source *through* which the entry came is; *thread* is the link of the entry.
    """

    url: str
    kind: str
    until: datetime
    through: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """An entry of a document that matched: *judgements* and *versions* (of the queries) by query name.

    *link* is the canonical link or content key it is known by, *known* the id of the stored entry it is, if it is one.
    *follow* is where it is talked about, if that is to be followed.
    *reread* is when its responses are read again, `None` for never.
    """

    entry: Entry
    link: str
    known: int | None
    position: int
    judgements: Mapping[str, Judgement]
    versions: Mapping[str, str]
    follow: Conversation | None = None
    reread: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All that one source gave in one poll: what the store keeps in one transaction."""

    state: SourceState
    fetch: Fetch
    finds: tuple[Find, ...] = ()
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as it is stored, with the canonical link or content key it is known by."""

    id: int
    link: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An entry, with its latest response, whose responses are to be read again; *source* is one it was seen through."""

    id: int
    source: str
    entry: Entry
    found: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What became of reading the responses of the entry *id*: the counts, and when to read again, `None` for never."""

    id: int
    response: Response
    reread: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """One request for responses, to *url*, and how it ended; a failure is a value too.

    Of the *entries* it asked for *counted* were in the answer, and *grown* of these had more than before.
    """

    url: str
    fetch_class: FetchClass
    entries: int
    counted: int = 0
    grown: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The response to an entry at a time."""

    at: datetime
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entry that matched a query, as it is stored; *source*, of *kind*, is the one it was first seen through.

    *suppressed* is the reason why it is hidden, empty for one that is shown. *response_at* is when its responses were
    last read, `None` for never. *joined* is why it belongs to its *story*, empty for the one that this began with.
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
    checks: tuple[Check, ...] = ()
    status: Status = Status.NEW
    backlog: bool = False
    query_version: str = ""
    response_at: datetime | None = None
    story: int | None = None
    joined: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which of the expected sources were seen, which failed, what was missed, and since when each is watched."""

    expected: int
    seen: int
    failures: tuple[tuple[str, str], ...] = ()
    gaps: tuple[Gap, ...] = ()
    first_polls: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which mentions a report wants: every field narrows; *limit* 0 means all.

    *suppressed* asks for the hidden ones instead, *remote* for those that only a server found; *needs* is what an
    expression needs a text to hold. Of *languages*, `no` means both of Norway's and `unknown` none; *group* names what
    stands together, before *sort* orders it. *is_glance* says that only the first of them will be read, though it is
    not known yet how many.
    """

    queries: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    voices: tuple[Voice, ...] = ()
    subjects: tuple[Subject, ...] = ()
    languages: tuple[str, ...] = ()
    search: str = ""
    suppressed: bool = False
    remote: bool = False
    needs: Need | None = None
    sort: str = "published"
    group: str = ""
    limit: int = 0
    is_glance: bool = False
