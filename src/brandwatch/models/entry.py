"""Entries and feeds as their publishers wrote them, and the response to an entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from brandwatch.models.source import FetchClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What others did with an entry, as counted at one time; views weigh nothing, since nobody did anything."""

    comments: int | None = None
    replies: int | None = None
    likes: int | None = None
    shares: int | None = None
    views: int | None = None

    @property
    def total(self) -> int | None:
        """All that weighs and is known, `None` where none of it is."""
        known = [count for count in self._weights() if count is not None]
        return sum(known) if known else None

    def beyond(self, before: Response) -> int | None:
        """Return how much more there is of what both count, `None` where they count nothing that weighs in common."""
        pairs = zip(self._weights(), before._weights(), strict=True)
        grown = [now - then for now, then in pairs if now is not None and then is not None]
        return sum(grown) if grown else None

    def _weights(self) -> tuple[int | None, ...]:
        """Return the counts that weigh."""
        return self.comments, self.replies, self.likes, self.shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published thing in a document, as its publisher says it is.

    *text* is every text of the entry as plain text, the lead before the body, and each only once; *longest* is the
    longest of them where there are several, by which an entry without guid and link is known. *url* is the publisher's
    own link, *links* are those in its texts; *language* is as declared, a lower-case BCP 47 tag, until the matcher has
    held it against the text; *publisher* is the outlet, not the source it came by.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    longest: str = field(default="", compare=False, repr=False)
    author: str = ""
    publisher: str = ""
    language: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    comment_feed: str = ""
    thread: str = ""
    links: tuple[str, ...] = ()
    response: Response = Response()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed document: what it says of itself, and its entries in document order.

    *skipped* counts entries that could not be salvaged, *unwanted* those whose authors do not want to be found,
    *problem* says in words what was wrong with the document.
    *ttl* and *skip_hours* (of the day, in UTC) are what RSS 2.0 lets a feed say of how often it wants to be asked.
    *digests* are what the entries of the document are known by, all of them in its order; *positions* are the places
    in it of *entries*, which then are only those that were not known. Both are empty where *entries* are all there are.
    *mark* is what the next request goes on from: the newest of the server's own times or ids in the document; *oldest*
    is the oldest of those times.
    """

    title: str = ""
    url: str = ""
    language: str = ""
    rights: str = ""
    entries: tuple[Entry, ...] = ()
    skipped: int = 0
    unwanted: int = 0
    problem: str = ""
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    digests: tuple[bytes, ...] = ()
    positions: tuple[int, ...] = ()
    mark: str = ""
    oldest: datetime | None = None

    @property
    def size(self) -> int:
        """How many entries the document holds, those that were known included."""
        return len(self.digests) or len(self.entries)

    @property
    def listed(self) -> int:
        """How many entries were read, those that are none of ours to keep included."""
        return len(self.entries) + self.skipped + self.unwanted


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshDue:
    """An entry, with its latest response, whose responses are to be read again; *source* is one it was seen through."""

    id: int
    source: str
    entry: Entry
    found: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReading:
    """What became of reading the responses of the entry *id*: the counts, and when to read again, `None` for never."""

    id: int
    response: Response
    reread: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOutcome:
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
class ResponseSnapshot:
    """The response to an entry at a time."""

    at: datetime
    response: Response
