"""How long mentions are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from brandwatch.models.judged import Subject, Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long the mentions of a query are kept, by whose voice they are."""

    public: timedelta = timedelta(days=365)
    staff: timedelta = timedelta(days=90)
    official: timedelta = timedelta(days=2 * 365)
    owned: timedelta = timedelta(days=2 * 365)

    def of(self, voice: Voice, subject: Subject = Subject.BRAND) -> timedelta:
        """Return how long a mention is kept; what is about staff goes after the shorter of the two times."""
        kept: timedelta = getattr(self, voice)
        return min(kept, self.staff) if subject is Subject.STAFF else kept

    @property
    def longest(self) -> timedelta:
        """The longest of the times."""
        return max(map(self.of, Voice))
