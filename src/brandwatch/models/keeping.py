"""How long mentions are kept, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from brandwatch.models.judged import Subject, Voice


class Byline(StrEnum):
    """What is kept of the byline of an entry: nothing, accounts only, or all of it."""

    NONE = "none"
    HANDLE = "handle"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long the mentions of a query are kept, by whose voice they are; how much of author and text.

    *snippet* is how many characters of a text are kept at most, those around what was found in it.
    """

    public: timedelta = timedelta(days=365)
    staff: timedelta = timedelta(days=90)
    official: timedelta = timedelta(days=2 * 365)
    owned: timedelta = timedelta(days=2 * 365)
    author: Byline = Byline.HANDLE
    snippet: int = 500

    def of(self, voice: Voice, subject: Subject = Subject.BRAND) -> timedelta:
        """Return how long a mention is kept; what is about staff goes after the shorter of the two times."""
        kept: timedelta = getattr(self, voice)
        return min(kept, self.staff) if subject is Subject.STAFF else kept

    @property
    def longest(self) -> timedelta:
        """The longest of the times."""
        return max(map(self.of, Voice))
