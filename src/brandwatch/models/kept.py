"""What is kept of entries: the mentions, what others answered, and what a report selects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models.answered import Entry, Response  # noqa: TC001 (as above)
from brandwatch.models.judged import Check, Evidence, FoundBy, Judgement, Subject, Voice
from brandwatch.models.watched import Conversation, Fetch, FetchClass, Gap, SourceState  # noqa: TC001 (as above)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models.needs import Need


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
class Find:
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
    judgements: Mapping[str, Judgement]
    versions: Mapping[str, str]
    follow: Conversation | None = None
    reread: datetime | None = None
    whole: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All that one source gave in one poll: what the store keeps in one transaction.

    *is_over* says that it is a conversation that is followed no longer.
    """

    state: SourceState
    fetch: Fetch
    finds: tuple[Find, ...] = ()
    gap: Gap | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as it is stored, with the canonical link or content key it is known by; *is_cut* says: not all of it."""

    id: int
    link: str
    entry: Entry
    is_cut: bool = False


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
    checks: tuple[Check, ...] = ()
    status: Status = Status.NEW
    backlog: bool = False
    query_version: str = ""
    response_at: datetime | None = None
    story: int | None = None
    joined: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    whole: int = 0

    @property
    def byline(self) -> str:
        """The author as lists show it, empty for staff: a list can be sorted by it."""
        return "" if self.voice is Voice.STAFF else self.entry.author


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
    tags: tuple[str, ...] = ()
    search: str = ""
    suppressed: bool = False
    remote: bool = False
    needs: Need | None = None
    sort: str = "published"
    group: str = ""
    limit: int = 0
    is_glance: bool = False
