"""Retention settings, subject requests and erasures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from brandwatch.models.match import Subject, Voice

if TYPE_CHECKING:
    from collections.abc import Mapping


class AuthorPolicy(StrEnum):
    """What is kept of the byline of an entry: nothing, accounts only, or all of it."""

    NONE = "none"
    HANDLE = "handle"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the mentions of a query are kept, by whose voice they are; how much of author and text.

    *snippet* is how many characters of a text are kept at most, those around what was found in it.
    """

    public: timedelta = timedelta(days=365)
    staff: timedelta = timedelta(days=90)
    official: timedelta = timedelta(days=2 * 365)
    owned: timedelta = timedelta(days=2 * 365)
    author: AuthorPolicy = AuthorPolicy.HANDLE
    snippet: int = 500

    def of(self, voice: Voice, subject: Subject = Subject.BRAND) -> timedelta:
        """Return how long a mention is kept; what is about staff goes after the shorter of the two times."""
        kept: timedelta = getattr(self, voice)
        return min(kept, self.staff) if subject is Subject.STAFF else kept

    @property
    def longest(self) -> timedelta:
        """The longest of the times."""
        return max(map(self.of, Voice))


class DocumentKind(StrEnum):
    """A document about the processing: for those it is about, or for the authority."""

    NOTICE = "notice"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """Who watches a brand, why and on what basis; empty is what the file does not say.

    *officer* is the data protection officer, *informed* the day on which the staff and their representatives were told,
    *review_by* the day by which the need is looked at again with them; *transfers* go out of the EEA.
    """

    controller: str = ""
    contact: str = ""
    officer: str = ""
    purpose: str = ""
    legal_basis: str = ""
    informed: date | None = None
    review_by: date | None = None
    recipients: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequest:
    """What is looked for: *names* and *texts* anywhere, *authors* first of all as such, *urls* as pages."""

    names: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataRow:
    """A row that holds what is wanted in some *columns*, or none and belongs to such a row (*owner*: `entry 12`).

    An erasure takes the row away, or only leaves those columns empty where *is_blanked*.
    """

    table: str
    row: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    owner: str = ""
    is_blanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased: the number of its receipt, and how many rows of each table went or were blanked."""

    receipt: int
    at: datetime
    erased: Mapping[str, int] = field(default_factory=dict)
    blanked: Mapping[str, int] = field(default_factory=dict)
