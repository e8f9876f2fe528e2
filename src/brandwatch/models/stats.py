"""Counts of mentions and of the response to them."""

from datetime import date, datetime, timedelta

from brandwatch.frozen_classes import dataclass

IN_TIME = frozenset({"day", "week"})
"""Groupings whose values are times: their lines are in order of time, those without mentions included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The mentions of one day with the same *value*, and the response to those *with_response*."""

    value: str
    day: date
    mentions: int
    response: int = 0
    with_response: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The number of stories and of publishers of mentions; own channels and aggregators are no publishers."""

    stories: int = 0
    publishers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """The mentions of a query in the hour from *start*, and their number of *stories*.

    *news* counts the mentions with something new: a publisher's first mention of a story, or what a person writes.
    *publishers* are those of the news; each account on a platform is one.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """An unusual hour, with the counts of its `HourCount`.

    *usual* is the expected number of news, *chance* the probability of as many, *threshold* the number to exceed.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int
    usual: float
    chance: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No mention for *hours* since *start*; *expected* were usual, and *longest* hours was the longest pause lately."""

    query: str
    start: datetime
    hours: int
    expected: float
    longest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time from *since* up to *until*, both aware."""

    since: datetime
    until: datetime

    @property
    def previous(self) -> "Period":
        """The period of the same length that ends at the start of this one."""
        return Period(since=self.since - (self.until - self.since), until=self.since)

    @property
    def days(self) -> list[date]:
        """The local days that the period touches."""
        first, last = self.since.astimezone().date(), (self.until - timedelta(seconds=1)).astimezone().date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsLine:
    """The mentions with the same *value*, and their *share* (0 to 1) of all.

    *response* is the sum over the mentions *with_response*, `None` without any. *per_day* counts mentions on each day
    from the first mention on, empty if the value is a time. *previous* is the count of the previous period, `None` if
    not requested or not disclosed. *is_small_cell*: too few mentions of staff to disclose more than their number.
    """

    value: str
    mentions: int
    share: float
    stories: int
    publishers: int
    response: int | None
    with_response: int
    per_day: tuple[int, ...]
    previous: int | None = None
    is_small_cell: bool = False

    @property
    def change(self) -> float | None:
        """The relative change since the previous period; `None` if that was empty or is unknown."""
        return (self.mentions - self.previous) / self.previous if self.previous and not self.is_small_cell else None
