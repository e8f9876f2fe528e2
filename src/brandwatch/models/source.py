"""Sources, how each fetch ended, how each source fares, gaps, threads and coverage."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


FEED_KIND = "feed"
"""The kind of a source that is no more than an address."""
COMMENTS_KIND = "comments"
"""The kind of what is said below an entry, where that is a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we ask: one feed URL, or one search, and how often; `interval` is `None` where the default is good.

    *url* is what the source is known by. Where it *is_template*, `${NAME}` in it stands for a secret from the
    environment, and `{since}` for what its kind puts in when it is asked: only for addresses out of a query file or the
    file of a kind. Any other came from outside, and what looks like a name in it is text. The values of *headers* are
    always out of such a file. *allow_private* lets it be on a private network. *values* are those that the kind asked
    for, by their names.
    """

    url: str
    kind: str = FEED_KIND
    interval: timedelta | None = None
    is_template: bool = False
    allow_private: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the web: one GET, conditional where a validator is known; with a *body*, one POST.

    *headers* are the source's own, their secrets put in: they are never shown, and neither is the body. *spacing* is
    the least number of seconds since the request before it to the same host. *heeds_refusal* says that what a server
    writes below a refusal (4xx) is wanted too.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    spacing: float = 0.0
    body: bytes = field(default=b"", repr=False)
    heeds_refusal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The raw answer of a fetch: whole, decoded from its transfer and content codings.

    *url* is where the answer came from after redirects, *moved_to* the new address when every redirect on the way
    was permanent (301, 308). A 304 has an empty body. *fresh_until* is how long the server says that nothing will be
    new (Cache-Control or Expires, RFC 9111), `None` where it does not say. *server_time* is the time by the server's
    own clock (Date and Age), `None` without a Date.
    """

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    fresh_until: datetime | None = None
    server_time: datetime | None = None

    @property
    def not_modified(self) -> bool:
        """Say whether the server answered that nothing has changed."""
        return self.status == 304  # noqa: PLR2004 (RFC 9110 §15.4.5)


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
class SourceOutcome:
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
class Thread:
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
