"""Counts of mentions and of the response to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many mentions of one day share a *value*; their *response* in all, which is known of *known* of them."""

    value: str
    day: date
    mentions: int
    response: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Of how many *stories* mentions are, and how many *publishers* carry them: own channels and aggregators aside."""

    stories: int = 0
    publishers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """How many mentions of a query, of how many *stories*, there were in the hour from *start*.

    *news* are those of them that tell something new: a story by a publisher who had not told it, or what a person
    says; by so many *publishers*, of whom each account on a platform is one.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """An hour out of the ordinary: where *usual* news are the rule, so many have the *chance*; *bar* was to be passed.

    The counts are those of its `Hour`.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int
    usual: float
    chance: float
    bar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing since *start* for so many *hours*, where so many mentions were *expected*; *longest* hours was lately."""

    query: str
    start: datetime
    hours: int
    expected: float
    longest: float


IN_TIME = frozenset({"day", "week"})
"""What is counted by is time itself: its lines follow each other, those without mentions too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From *since* up to *until*, both aware."""

    since: datetime
    until: datetime

    @property
    def previous(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(since=self.since - (self.until - self.since), until=self.since)

    @property
    def days(self) -> list[date]:
        """The days of this machine that the period touches."""
        first, last = self.since.astimezone().date(), (self.until - timedelta(seconds=1)).astimezone().date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsLine:
    """The mentions that share a *value*, of how many *stories* they are, and their *share* of all.

    *response* is known of *known* of them, `None` where of none. *course* is how many there were on each day from that
    of the first mention on, empty for what is time itself; *previous* how many in the period before, `None` where that
    was not asked for, or is suppressed. *is_small_cell* marks a suppressed count of staff.
    """

    value: str
    mentions: int
    share: float
    stories: int
    publishers: int
    response: int | None
    known: int
    course: tuple[int, ...]
    previous: int | None = None
    is_small_cell: bool = False

    @property
    def change(self) -> float | None:
        """By which part of the previous there are more; `None` where that was nothing, or is not known."""
        return (self.mentions - self.previous) / self.previous if self.previous and not self.is_small_cell else None
