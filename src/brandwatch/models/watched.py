"""What is known of sources: how each fetch went, how each fares, what was missed, which conversations are followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum

from brandwatch.models.asked import FEED_KIND, Source


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
    PUT_OFF = "put-off"
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
    """One exchange: how it ended and what it gave. *new* counts mentions, *entries* what the document held.

    *server_time* is the time by the clock of the server that answered last; it is not stored.
    """

    at: datetime
    fetch_class: FetchClass
    status: int | None = None
    size: int = 0
    entries: int = 0
    new: int = 0
    error: str = ""
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a poll yields for each source it asked; an expected failure is a value too.

    What *is_followed* is no source that a query names, but what is said below an entry.
    """

    source: Source
    fetch: Fetch
    is_followed: bool = False

    @property
    def failed(self) -> bool:
        """Say whether the source did not give all it should have."""
        return bool(self.fetch.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of one source between polls.

    *body_hash* and *queries_hash* tell whether the same bytes were already read as now, and matched against the same
    queries.
    *entries* is the size of the last document, *mentions* how many mentions were seen through the source in all.
    *window* holds the keyed hashes of the names of the last document's entries, *digests* those of their characters
    where these are known, *mark* what the next request goes on from (`Feed.mark`). *rhythm* is the usual time between
    two entries, *newest* when the last was published. *last_new* is when a new one was last seen, *last_full* when a
    whole document was last read, *last_gap* when entries were last found to be missed. *gones* counts answers 410 in a
    row, *trouble* is the share of failures, the latest weighing most.
    """

    url: str
    kind: str = FEED_KIND
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


class ClockDoubt(StrEnum):
    """Why the clock of a poll is not trusted."""

    AHEAD = "ahead"
    BEHIND = "behind"
    DENIED = "denied"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollClock:
    """The clock of the last poll, held against the poll before it and against the servers that it asked.

    *trusted* is the start of the last poll with a trusted clock, *polled* that of the last poll; both are `None` before
    the first one. *doubt* is the reason why the clock of the last poll is not trusted, `None` where it is. *servers*
    counts the hosts that sent a Date, *agreeing* those less than a day from our clock; *server_time* is their median.
    """

    trusted: datetime | None = None
    polled: datetime | None = None
    doubt: ClockDoubt | None = None
    servers: int = 0
    agreeing: int = 0
    server_time: datetime | None = None


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
class Coverage:
    """Which of the expected sources were seen, which failed, what was missed, and since when each is watched.

    *followed* counts the conversations below entries that came through them, *unheard* are those of them that fail.
    """

    expected: int
    seen: int
    failures: tuple[tuple[str, str], ...] = ()
    gaps: tuple[Gap, ...] = ()
    first_polls: tuple[tuple[str, datetime], ...] = ()
    followed: int = 0
    unheard: tuple[tuple[str, str], ...] = ()
