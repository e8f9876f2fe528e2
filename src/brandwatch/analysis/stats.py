"""From counts to the lines of a table: sums, shares, the course over the days, the period before."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from brandwatch.models import IN_TIME, Period, Reach, StatsLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brandwatch.models import Tally


_NOWHERE = Reach()


def stats_lines(
    by: str,
    period: Period,
    tallies: Sequence[Tally],
    reaches: Mapping[str, Reach],
    previous: Sequence[Tally] | None = None,
) -> list[StatsLine]:
    """Return a line for each value, the largest first; for each day or week of the period, in their order."""
    days = period.days
    first = min((tally.day for tally in tallies), default=days[-1])
    shown = [] if by in IN_TIME else [day for day in days if day >= first]
    courses: defaultdict[str, Counter[date]] = defaultdict(Counter)
    responses, known = Counter[str](), Counter[str]()
    for tally in tallies:
        courses[tally.value][tally.day] += tally.mentions
        responses[tally.value] += tally.response
        known[tally.value] += tally.with_response
    total = sum(course.total() for course in courses.values())
    before = _before(by, period, previous) if previous is not None else None
    found = [
        StatsLine(
            value=value,
            mentions=courses[value].total(),
            share=courses[value].total() / total if total else 0.0,
            stories=reaches.get(value, _NOWHERE).stories,
            publishers=reaches.get(value, _NOWHERE).publishers,
            response=responses[value] if known[value] else None,
            with_response=known[value],
            per_day=tuple(courses[value][day] for day in shown),
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
