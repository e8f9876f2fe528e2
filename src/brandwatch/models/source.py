"""Sources: requests and documents, the result of each fetch, state between polls, gaps, threads and coverage."""

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from brandwatch.errors import FetchClass
from brandwatch.frozen_classes import dataclass
from brandwatch.models.privacy import Retention

FEED_KIND = "feed"
"""The kind of a source that has a URL and no parameters."""
COMMENTS_KIND = "comments"
"""The kind of a comment thread that is a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed URL, or one search, with its interval; `None` means the default interval.

    *url* identifies the source. In a template URL (*is_template*) `${NAME}` is a secret from the environment and
    `{since}` is filled in by the kind; only query files and kinds may hold such URLs. Any other URL came from outside,
    and `${NAME}` in it is plain text. *headers* may always hold secrets. *values* are the parameters of the kind by
    name. *allow_private* permits an address on a private network. *user_agent* replaces that of the program.
    *alert_after* is the length of an outage that is reported; `None` means the default.
    """

    url: str
    kind: str = FEED_KIND
    interval: timedelta | None = None
    is_template: bool = False
    allow_private: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    user_agent: str = ""
    alert_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFacts:
    """What is known of a query without its terms: its name and version, its sources, and how mentions are kept.

    *urls* are those of its sources; *special* are the sources that have more than a URL, by URL.
    """

    name: str
    version: str
    urls: tuple[str, ...]
    special: Mapping[str, Source]
    keeping: Retention

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources; a report needs their URLs only."""
        return tuple(self.special.get(url) or Source(url=url) for url in self.urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET, conditional if a validator is known; one POST if there is a *body*.

    *headers* and *body* hold resolved secrets and are never shown. *spacing* is the minimum number of seconds after
    the previous request to the host. *reads_error_body* asks for the body of a 4xx response too. *pauses_host*: a
    Retry-After applies to all requests to the host, as at an API, and not to this URL only. *user_agent* replaces that
    of the client. *patience* is the share of the deadline in which the answer has to begin.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    spacing: float = 0.0
    body: bytes = field(default=b"", repr=False)
    reads_error_body: bool = False
    pauses_host: bool = False
    user_agent: str = ""
    patience: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The complete response to a request, decoded from its transfer and content codings; empty after a 304.

    *url* is the address after redirects, *moved_to* the new address if all redirects were permanent (301, 308).
    *fresh_until* is from Cache-Control or Expires (RFC 9111). *made_at* is the header Date: of a cached copy the time
    when it was made; *server_time* is the server's own clock (Date and Age).
    *link* is the header Link (RFC 8288), which announces feeds.
    """

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    fresh_until: datetime | None = None
    made_at: datetime | None = None
    server_time: datetime | None = None
    link: str = ""

    @property
    def is_not_modified(self) -> bool:
        """Whether the server answered 304."""
        return self.status == 304  # noqa: PLR2004 (RFC 9110 §15.4.5)


class Health(StrEnum):
    """The health of a source in one word."""

    OK = "ok"
    FLAKY = "flaky"
    FAILING = "failing"
    FROZEN = "frozen"
    EMPTY = "empty"
    SHRUNK = "shrunk"
    REPLACED = "replaced"
    THROTTLED = "throttled"
    MOVED = "moved"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCondition:
    """The health of a source, since when, and the facts behind it in words.

    *since* is `None` if the time is unknown, as for a source that never answered; *detail* is empty for a healthy one.
    """

    health: Health
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionCounts:
    """The mentions by what became of them; each is in one count only.

    *new* and *backlog* are those that were stored and are shown, *updated* those whose entry was edited, or which an
    edited query gave another voice or subject. *hidden* were shown before, *shown* were hidden before. *gone* were
    deleted by age.
    """

    new: int = 0
    backlog: int = 0
    updated: int = 0
    hidden: int = 0
    shown: int = 0
    gone: int = 0

    def __add__(self, other: Self) -> Self:
        sums = {count.name: getattr(self, count.name) + getattr(other, count.name) for count in fields(self)}
        return type(self)(**sums)

    @property
    def stored(self) -> int:
        """The mentions that were not there before and are shown, backlog included."""
        return self.new + self.backlog


NO_MENTIONS = MentionCounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One exchange with a source: *entries* in the document, and *counts* of what became of mentions.

    *remark* is what the answer says of itself and is no failure, *server_time* the clock of the server that answered
    last, *obstacle* what failed in place of the source (`FetchError.obstacle`); the three are not stored with it.
    """

    at: datetime
    fetch_class: FetchClass
    status: int | None = None
    size: int = 0
    entries: int = 0
    counts: MentionCounts = NO_MENTIONS
    error: str = ""
    remark: str = ""
    server_time: datetime | None = None
    obstacle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutcome:
    """The result of one source in a poll; an expected failure is a value too.

    A thread (*is_thread*) is not configured in a query file, but follows the comments below an entry.
    """

    source: Source
    fetch: Fetch
    is_thread: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether the source gave less than it should."""
        return bool(self.fetch.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """What is remembered of a source to recognise that it has changed.

    *intervals* are the seconds between its latest entries, *sizes* the numbers of entries in its last documents, the
    newest last; both are empty for a search. *link_site* is the site of most links of its entries. A replaced source
    had *former_title*. *copy_date* is the Date of the last answer, *copy_since* when that Date was first seen: a cache
    that serves an old copy repeats it. The other times are the begins of states, `None` for a state that does not hold.
    """

    intervals: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    link_site: str = ""
    former_title: str = ""
    copy_date: datetime | None = None
    copy_since: datetime | None = None
    failing_since: datetime | None = None
    flaky_since: datetime | None = None
    empty_since: datetime | None = None
    shrunk_since: datetime | None = None
    replaced_since: datetime | None = None
    moved_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The stored state of one source between polls.

    *body_hash* and *queries_hash* detect the same bytes and the same queries as last time. *entries* is the size of the
    last document, *mentions* the number of mentions seen through the source in all.
    *seen* holds the keyed hashes of the names of the last document's entries, *digests* those of their characters if
    known, *cursor* the point from which the next request continues (`Feed.cursor`). *newest* is the
    publication time of the last entry. *last_new* is when a new entry was seen, *last_full*
    when a whole document was read, *last_gap* when a gap was found. *gone_count* counts consecutive 410 responses,
    *failure_share* is the share of failures (0 to 1), weighted towards the latest. *deferrals* counts the polls since
    the last fetch in which the source was due. *remark* is that of the last answer (`Fetch.remark`). Until
    *usual_until* it is not frozen if it has no news; `None` if that is not known.
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
    seen: bytes = b""
    digests: bytes = b""
    cursor: str = ""
    newest: datetime | None = None
    last_new: datetime | None = None
    last_full: datetime | None = None
    last_gap: datetime | None = None
    gone_count: int = 0
    failure_share: float = 0.0
    deferrals: int = 0
    remark: str = ""
    usual_until: datetime | None = None
    history: SourceHistory = SourceHistory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An interval in which entries of a source were missed, and how that was detected."""

    source: str
    start: datetime
    end: datetime
    reason: str


class ClockDoubt(StrEnum):
    """The reason not to trust the clock of a poll."""

    AHEAD = "ahead"
    BEHIND = "behind"
    DENIED = "denied"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollClock:
    """The clock of the last poll, compared with the previous poll and with the servers.

    *trusted* is the start of the last poll with a trusted clock, *polled* the start of the last poll; both are `None`
    before the first poll. *doubt* is `None` if the clock is trusted. *servers* counts the hosts that sent a Date,
    *agreeing* those within a day of our clock; *server_time* is their median. *steady* is the first poll after a leap
    since which the clock went on evenly. *lag* is the time that it has leapt over and that no server has confirmed.
    """

    trusted: datetime | None = None
    polled: datetime | None = None
    doubt: ClockDoubt | None = None
    servers: int = 0
    agreeing: int = 0
    server_time: datetime | None = None
    steady: datetime | None = None
    lag: timedelta = timedelta()

    def retention_time(self, now: datetime) -> datetime:
        """Return the time that retention goes by: *now* without what the clock has leapt over unconfirmed."""
        return now - self.lag


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The comments below an entry, followed until *until*.

    *url*, of *kind*, is fetched with the access of the source *through* which the entry came; *thread* is the link of
    the entry.
    """

    url: str
    kind: str
    until: datetime
    through: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The expected sources of a report: how many were seen, which failed, what was missed, and their first polls.

    *conditions* are those of the sources that are not well, the worst first; *unseen* are the sources that gave no
    answer in the period and did not fail.
    *deferred* are the sources that were due in more than one poll since their last fetch, with the number of these;
    *remarks* are what sources say of their last answer without having failed.
    *threads* counts the comment threads of these sources; *failing_threads* are those that fail.
    """

    expected: int
    seen: int
    failures: tuple[tuple[str, str], ...] = ()
    gaps: tuple[Gap, ...] = ()
    first_polls: tuple[tuple[str, datetime], ...] = ()
    deferred: tuple[tuple[str, int], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    threads: int = 0
    failing_threads: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, SourceCondition], ...] = ()
    unseen: tuple[str, ...] = ()
