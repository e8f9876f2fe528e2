"""Entries and feeds as their publishers wrote them, and the response to an entry."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from brandwatch.errors import FetchClass
from brandwatch.frozen_classes import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The response to an entry at one reading; an unknown count is `None`, never zero."""

    comments: int | None = None
    replies: int | None = None
    likes: int | None = None
    shares: int | None = None
    views: int | None = None

    @property
    def total(self) -> int | None:
        """The sum of the known counts but views, `None` if all are unknown."""
        counts = [count for count in self._weighted_counts() if count is not None]
        return sum(counts) if counts else None

    def growth_since(self, before: Self) -> int | None:
        """Sum the growth of the counts that both readings know; `None` if they have no count in common."""
        pairs = zip(self._weighted_counts(), before._weighted_counts(), strict=True)
        growths = [now - then for now, then in pairs if now is not None and then is not None]
        return sum(growths) if growths else None

    def _weighted_counts(self) -> tuple[int | None, ...]:
        # A view takes no action, so views have no weight.
        return self.comments, self.replies, self.likes, self.shares


MAIN_TEXT = "text"
"""The field of the main text of an entry."""
TEXT_FIELDS = {
    "warning": "content warning",
    "lead": "lead",
    MAIN_TEXT: "text",
    "media": "media description",
    "alt": "alternative text",
    "card": "link card",
    "poll": "poll",
}
"""The fields of the texts below the title, in words."""


class TextPart(NamedTuple):
    """The characters [*start*, *end*) of the text of an entry, which are one text; *field* is one of `TEXT_FIELDS`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published thing in a document, as its publisher describes it.

    *text* is the plain text of all texts below the title, each on its own lines, the lead before the body, without
    repetitions. *parts* are those of them that are not the main text. *longest* is the longest of several texts; it
    identifies an entry without guid and link. *url* is the publisher's own link, *links* are those in its texts.
    *language* is a lower-case BCP 47 tag as declared; the matcher corrects it by the text. *publisher* is the outlet,
    not the source. *comment_feed* is the feed of the comments, *thread* the page of them.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    parts: tuple[TextPart, ...] = ()
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

    @property
    def texts(self) -> tuple[TextPart, ...]:
        """All texts below the title in their order, the main text among them."""
        if not self.parts:
            return (TextPart(MAIN_TEXT, 0, len(self.text)),)
        texts: list[TextPart] = []
        for part in (*self.parts, TextPart("", len(self.text), len(self.text))):
            start = texts[-1].end if texts else 0
            between = self.text[start : part.start]
            if between.strip("\n"):
                start += len(between) - len(between.lstrip("\n"))
                texts.append(TextPart(MAIN_TEXT, start, start + len(between.strip("\n"))))
            if part.field:
                texts.append(part)
        return tuple(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed document: its own metadata, and its entries in document order.

    *skipped* counts unreadable entries, *unwanted* those that are too old, or whose authors opted out of search.
    *problem* describes damage of the document, *remark* what it lacks without being a failure. *ttl* and *skip_hours*
    (hours of the day, UTC) are the hints of RSS 2.0 about polling; *backoff* is the pause that an API asks for.
    *digests* identify all entries of the document in its order; *positions* are the places of *entries* in it, then
    only the new ones. Both are empty if *entries* are complete.
    *has_outlines*: no entry can be a mention, and of those with a title only guid, link, title and times were read.
    *cursor* is the newest of the server's own times or ids, from which the next request continues; *oldest* is the
    oldest time.
    """

    title: str = ""
    url: str = ""
    language: str = ""
    rights: str = ""
    entries: tuple[Entry, ...] = ()
    skipped: int = 0
    unwanted: int = 0
    problem: str = ""
    remark: str = ""
    ttl: timedelta | None = None
    backoff: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    digests: tuple[bytes, ...] = ()
    positions: tuple[int, ...] = ()
    has_outlines: bool = False
    cursor: str = ""
    oldest: datetime | None = None

    @property
    def size(self) -> int:
        """The number of entries in the document, known ones included."""
        return len(self.digests) or len(self.entries)

    @property
    def listed(self) -> int:
        """The number of entries that were read, skipped and unwanted ones included."""
        return len(self.entries) + self.skipped + self.unwanted


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshDue:
    """A stored entry with its latest response, due for a new reading; *source* is one of its sources."""

    id: int
    source: str
    entry: Entry
    found: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReading:
    """A new reading of the response to the entry *id*, and the time of the next one, `None` for never."""

    id: int
    response: Response
    refresh_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOutcome:
    """One request for responses, to *url*, and its result; a failure is a value too.

    The request asked for *entries*; the answer held *counted* of them, and *grown* of these had grown.
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
