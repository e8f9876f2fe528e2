"""Facts: the frozen values that travel between the rooms. Nothing here does anything.

Every datetime is aware and in UTC. Text has been through `text.safe.clean`; links are absolute http(s) or empty.
An empty string means "not said"; `None` means "unknown", and for counts unknown is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Case(StrEnum):
    """How the letters of a name must be written to count."""

    SMART = "smart"
    EXACT = "exact"
    ANY = "any"


class Status(StrEnum):
    """The analyst's decision about a mention."""

    NEW = "new"
    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    DONE = "done"


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


# --- what is asked for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One expression a query looks for, with its rules."""

    text: str
    case: Case = Case.SMART


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """What hides a hit: words that cover it, sites it stands on."""

    words: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we ask: one feed URL and how often; `interval` is `None` where the default is good."""

    url: str
    kind: str = "feed"
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Texts of the author's own that must, and must not, be mentions; `check` runs them."""

    match: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query file: a brand and all that belongs to watching it.

    *name* is the file's stem, *path* where it was read, *version* a short hash of what it means
    (comments and layout do not change it).
    """

    name: str
    brand: str
    names: tuple[Term, ...]
    exclude: Exclude = Exclude()
    languages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    examples: Examples = Examples()
    path: str = ""
    version: str = ""


# --- what comes back ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the web: one GET, conditional where a validator is known."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The raw answer of a fetch: whole, decoded from its transfer and content codings.

    *url* is where the answer came from after redirects, *moved_to* the new address when every redirect on the way
    was permanent (301, 308). A 304 has an empty body.
    """

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""

    @property
    def not_modified(self) -> bool:
        """Say whether the server answered that nothing has changed."""
        return self.status == 304  # noqa: PLR2004 (RFC 9110 §15.4.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What others did with an entry, as counted at one time."""

    comments: int | None = None
    replies: int | None = None
    likes: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published thing in a document, as its publisher says it is.

    *text* is the longest of what the document carries (content, else summary) as plain text; *url* is the publisher's
    own link; *language* is as declared, a lower-case BCP 47 tag; *publisher* is the outlet, not the source it came by.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    publisher: str = ""
    language: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    comment_feed: str = ""
    response: Response = Response()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed document: what it says of itself, and its entries in document order.

    *skipped* counts entries that could not be salvaged, *problem* says in words what was wrong with the document.
    """

    title: str = ""
    url: str = ""
    language: str = ""
    rights: str = ""
    entries: tuple[Entry, ...] = ()
    skipped: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why an entry is a mention: *term* was found in *field* at characters [*start*, *end*) by *rule*."""

    term: str
    field: str
    start: int
    end: int
    rule: str


# --- what is kept ------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry seen through a source: when first and last, at what place in the document (0 is the top)."""

    source: str
    first_seen: datetime
    last_seen: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """An entry of a document that matched: *evidence* and *versions* (of the queries) by query name.

    *link* is the canonical link or content key it is known by, *known* the id of the stored entry it is, if it is one.
    """

    entry: Entry
    link: str
    known: int | None
    position: int
    evidence: Mapping[str, tuple[Evidence, ...]]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All that one source gave in one poll: what the store keeps in one transaction."""

    state: SourceState
    fetch: Fetch
    finds: tuple[Find, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as it is stored, with the canonical link or content key it is known by."""

    id: int
    link: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entry that matched a query, as it is stored; *source* is the one it was first seen through."""

    id: int
    query: str
    entry: Entry
    evidence: tuple[Evidence, ...]
    found: datetime
    source: str
    status: Status = Status.NEW
    backlog: bool = False
    query_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which of the expected sources were seen, which failed and why, and since when each is watched."""

    expected: int
    seen: int
    failures: tuple[tuple[str, str], ...] = ()
    first_polls: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which mentions a report wants: every field narrows; *limit* 0 means all."""

    queries: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    search: str = ""
    sort: str = "published"
    limit: int = 0
