"""Tallies become the lines of a table: sums, shares, the course over the days, and what there was the period before."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch.models import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brandwatch.models import Tally

IN_TIME = frozenset({"day", "week"})
"""What is counted by is time itself: its lines follow each other, those without mentions too."""

_NOWHERE = Reach()


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
class Line:
    """The mentions that share a *value*, of how many *stories* they are, and their *share* of all.

    *response* is known of *known* of them, `None` where of none. *course* is how many there were on each day from that
    of the first mention on, empty for what is time itself; *previous* how many in the period before, `None` where that
    was not asked for, or may not be told. *is_few* says that they are of staff, and so few that nothing else is told.
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
    is_few: bool = False

    @property
    def change(self) -> float | None:
        """By which part of the previous there are more; `None` where that was nothing, or is not known."""
        return (self.mentions - self.previous) / self.previous if self.previous and not self.is_few else None


def lines(
    by: str,
    period: Period,
    tallies: Sequence[Tally],
    reaches: Mapping[str, Reach],
    previous: Sequence[Tally] | None = None,
) -> list[Line]:
    """Return a line for each value, the largest first; for each day or week of the period, in their order."""
    days = period.days
    first = min((tally.day for tally in tallies), default=days[-1])
    shown = [] if by in IN_TIME else [day for day in days if day >= first]
    courses: defaultdict[str, Counter[date]] = defaultdict(Counter)
    responses, known = Counter[str](), Counter[str]()
    for tally in tallies:
        courses[tally.value][tally.day] += tally.mentions
        responses[tally.value] += tally.response
        known[tally.value] += tally.known
    total = sum(course.total() for course in courses.values())
    before = _before(by, period, previous) if previous is not None else None
    found = [
        Line(
            value=value,
            mentions=courses[value].total(),
            share=courses[value].total() / total if total else 0.0,
            stories=reaches.get(value, _NOWHERE).stories,
            publishers=reaches.get(value, _NOWHERE).publishers,
            response=responses[value] if known[value] else None,
            known=known[value],
            course=tuple(courses[value][day] for day in shown),
            previous=None if before is None else before[value],
        )
        for value in _values(by, days, [*courses, *(before or ())])
    ]
    return found if by in IN_TIME else sorted(found, key=lambda line: (-line.mentions, line.value))


def _values(by: str, days: Iterable[date], counted: Iterable[str]) -> Iterable[str]:
    """Return the values that have a line: those that were counted, or every day and week there is."""
    every = {"day": days, "week": map(_monday, days)}.get(by)
    return dict.fromkeys(counted if every is None else (day.isoformat() for day in every))


def _before(by: str, period: Period, previous: Iterable[Tally]) -> Counter[str]:
    """Return what there was in the period before, by value; a day or week stands for the one as far from the start."""
    counted: Counter[str] = Counter()
    for tally in previous:
        counted[tally.value] += tally.mentions
    if by not in IN_TIME:
        return counted
    then, now = (_values(by, days, ()) for days in (period.previous.days, period.days))
    return Counter({value: counted[earlier] for earlier, value in zip(then, now, strict=False)})


def _monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
