"""Retention, and requests of data subjects with the rows and erasures they lead to."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from brandwatch.frozen_classes import dataclass
from brandwatch.models.match import Voice


class AuthorPolicy(StrEnum):
    """How much of an author is stored: nothing, accounts only, or the full byline."""

    NONE = "none"
    HANDLE = "handle"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the mentions of a query are stored, by voice, and how much of author and text.

    *snippet* is the maximum number of characters of a text, taken around the evidence.
    """

    public: timedelta = timedelta(days=365)
    staff: timedelta = timedelta(days=90)
    official: timedelta = timedelta(days=2 * 365)
    owned: timedelta = timedelta(days=2 * 365)
    author: AuthorPolicy = AuthorPolicy.HANDLE
    snippet: int = 500

    @property
    def by_voice(self) -> dict[Voice, timedelta]:
        """The period of each voice."""
        return {voice: getattr(self, voice) for voice in Voice}


class DocumentKind(StrEnum):
    """A privacy document: the notice for data subjects, or the record for the authority."""

    NOTICE = "notice"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequest:
    """The search terms of a data subject: *names* and *texts* anywhere, *authors* as authors, *urls* as pages."""

    names: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataRow:
    """A row with personal data in *columns*; without columns it belongs to such a row (*owner*: `entry 12`).

    An erasure deletes the row, or only clears those columns if *is_blanked*.
    """

    table: str
    row: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    owner: str = ""
    is_blanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A completed erasure: the number of its receipt, and the rows deleted or cleared in each table."""

    receipt: int
    at: datetime
    erased: Mapping[str, int] = field(default_factory=dict)
    blanked: Mapping[str, int] = field(default_factory=dict)
