"""Lines of counts: sums, shares, the course over the days, the period before; and the share of voice."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import IN_TIME, Period, Reach, StatsLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Tally


# Standard deviations to either side that hold 95 % of a normal distribution.
_DEVIATIONS_95 = 1.96
# Two queries are comparable if they have been watched for the same time, to a day.
_MAX_AGE_DIFFERENCE = timedelta(days=1)
_NO_REACH = Reach()


def stats_lines(
    by: str,
    period: Period,
    tallies: Sequence[Tally],
    reaches: Mapping[str, Reach],
    previous: Sequence[Tally] | None = None,
) -> list[StatsLine]:
    """Return a line for each value, the largest first; by day or week a line for each one of the period, in order."""
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
    lines = [
        StatsLine(
            value=value,
            mentions=courses[value].total(),
            share=courses[value].total() / total if total else 0.0,
            stories=reaches.get(value, _NO_REACH).stories,
            publishers=reaches.get(value, _NO_REACH).publishers,
            response=responses[value] if known[value] else None,
            with_response=known[value],
            per_day=tuple(courses[value][day] for day in shown),
            previous=None if before is None else before[value],
        )
        for value in _values(by, days, [*courses, *(before or ())])
    ]
    return lines if by in IN_TIME else sorted(lines, key=lambda line: (-line.mentions, line.value))


def _values(by: str, days: Iterable[date], counted: Iterable[str]) -> Iterable[str]:
    """Return the values that get a line: the counted ones, or every day or week of the period."""
    if by == "day":
        return [day.isoformat() for day in days]
    if by == "week":
        return dict.fromkeys((day - timedelta(days=day.weekday())).isoformat() for day in days)
    return dict.fromkeys(counted)


def _before(by: str, period: Period, previous: Iterable[Tally]) -> Counter[str]:
    """Return the counts of the previous period by value; days and weeks are paired by their distance from the start."""
    counted: Counter[str] = Counter()
    for tally in previous:
        counted[tally.value] += tally.mentions
    if by not in IN_TIME:
        return counted
    then, now = (_values(by, days, ()) for days in (period.previous.days, period.days))
    return Counter({value: counted[earlier] for earlier, value in zip(then, now, strict=False)})


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceShare:
    """The share of a brand in all *mentions*, with its 95 % interval; `None` if no query measures the brand.

    *stories* count the copies of a text once, and a story about two brands for each. *response_share* is the share in
    the *known* response.
    """

    brand: str
    query: str = ""
    mentions: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    response: int | None = None
    response_share: float | None = None
    known: int = 0
    stories: int | None = None
    story_share: float | None = None
    story_low: float | None = None
    story_high: float | None = None


class _Total(NamedTuple):
    """What the shares are shares of."""

    mentions: int
    stories: int
    response: int


def share_of_voice(rivals: Mapping[str, Query | None], lines: Mapping[str, StatsLine]) -> list[VoiceShare]:
    """Return the share of each brand by its query, the largest first; brands without a query last."""
    measured = {brand: query for brand, query in rivals.items() if query}
    counted = {brand: lines.get(query.name) for brand, query in measured.items()}
    known = [line for line in counted.values() if line]
    total = _Total(
        mentions=sum(line.mentions for line in known),
        stories=sum(line.stories for line in known),
        response=sum(line.response or 0 for line in known),
    )
    shares = [_share(brand, query.name, counted[brand], total) for brand, query in measured.items()]
    missing = [VoiceShare(brand=brand) for brand, query in rivals.items() if query is None]
    return sorted(shares, key=lambda share: (-(share.stories or 0), -(share.mentions or 0))) + missing


def comparability_remarks(
    queries: Sequence[Query], first_polls: Mapping[str, datetime], broken: Collection[str] = ()
) -> Iterator[str]:
    """Yield the differences that make queries hard to compare: sources, languages, age, failures.

    *broken* are the URLs of the sources that fail, or that missed entries in the period.
    """
    first, *others = queries
    for other in others:
        ours, theirs = _source_keys(first), _source_keys(other)
        if ours != theirs:
            only = f"{len(ours - theirs)} only for {first.name}, {len(theirs - ours)} only for {other.name}"
            yield f"{first.name} and {other.name} are not asked of the same sources: {only}"
        if set(first.languages) != set(other.languages):
            yield f"{first.name} and {other.name} do not look in the same languages"
        began, later = (
            min((first_polls[source.url] for source in query.sources if source.url in first_polls), default=None)
            for query in (first, other)
        )
        if began and later and abs(began - later) > _MAX_AGE_DIFFERENCE:
            dates = [f"{when.astimezone():%Y-%m-%d}" for when in (began, later)]
            yield f"{first.name} is watched since {dates[0]}, {other.name} since {dates[1]}"
        missed, missed_there = (
            {source.url for source in query.sources}.intersection(broken) for query in (first, other)
        )
        if missed != missed_there:
            yield (
                f"{len(missed)} of {len(first.sources)} sources of {first.name} fail or missed entries,"
                f" {len(missed_there)} of {len(other.sources)} of {other.name}"
            )


def _source_keys(query: Query) -> set[str]:
    """Return the sources of a query; a search has the words of its query in the URL, so its kind stands for it."""
    return {source.url if source.kind == "feed" else source.kind for source in query.sources}


def wilson_interval(count: float, total: int) -> tuple[float, float]:
    """Return the 95 % interval of the share *count* of *total* (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, weight = count / total, _DEVIATIONS_95**2 / total
    middle = (share + weight / 2) / (1 + weight)
    width = _DEVIATIONS_95 * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    # Of all and of none, rounding puts the share itself outside.
    return max(min(middle - width, share), 0.0), min(max(middle + width, share), 1.0)


def _share(brand: str, query: str, line: StatsLine | None, total: _Total) -> VoiceShare:
    """Return the share of a brand; no line means no mention."""
    mentions, stories = (line.mentions, line.stories) if line else (0, 0)
    response, known = (line.response, line.with_response) if line else (None, 0)
    low, high = wilson_interval(mentions, total.mentions)
    story_low, story_high = wilson_interval(stories, total.stories)
    return VoiceShare(
        brand=brand,
        query=query,
        mentions=mentions,
        share=mentions / total.mentions if total.mentions else None,
        low=low,
        high=high,
        response=response,
        response_share=response / total.response if response is not None and total.response else None,
        known=known,
        stories=stories,
        story_share=stories / total.stories if total.stories else None,
        story_low=story_low,
        story_high=story_high,
    )
