"""Share of voice of a brand and its competitors, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import StatsLine


_SURE = 1.96
"""Standard deviations to either side that hold 95 % of a normal distribution."""
_ALIKE = timedelta(days=1)
"""By how much the times may differ since when two queries are watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceShare:
    """A brand's part of all *mentions*, and with 95 % between *low* and *high*; `None` where nothing measures it.

    *stories* has the same of stories, in which the copies of a text count once; a story about two brands counts for
    each. *response_share* is its part of the response that is known.
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
    """What the parts are parts of."""

    mentions: int
    stories: int
    response: int


def share_of_voice(rivals: Mapping[str, Query | None], lines: Mapping[str, StatsLine]) -> list[VoiceShare]:
    """Return the share of each brand, by the query that watches it, those that nothing watches last."""
    measured = {brand: query for brand, query in rivals.items() if query}
    counted = {brand: lines.get(query.name) for brand, query in measured.items()}
    known = [line for line in counted.values() if line]
    total = _Total(
        mentions=sum(line.mentions for line in known),
        stories=sum(line.stories for line in known),
        response=sum(line.response or 0 for line in known),
    )
    found = [_share(brand, query.name, counted[brand], total) for brand, query in measured.items()]
    missing = [VoiceShare(brand=brand) for brand, query in rivals.items() if query is None]
    return sorted(found, key=lambda share: (-(share.stories or 0), -(share.mentions or 0))) + missing


def comparability_remarks(
    queries: Sequence[Query], first_polls: Mapping[str, datetime], broken: Collection[str] = ()
) -> Iterator[str]:
    """Yield in words what makes others hard to compare with the first: their sources, their languages, since when.

    *broken* are the addresses of the sources that fail, or missed entries in the period.
    """
    first, *others = queries
    for other in others:
        ours, theirs = _places(first), _places(other)
        if ours != theirs:
            only = f"{len(ours - theirs)} only for {first.name}, {len(theirs - ours)} only for {other.name}"
            yield f"{first.name} and {other.name} are not asked of the same sources: {only}"
        if set(first.languages) != set(other.languages):
            yield f"{first.name} and {other.name} do not look in the same languages"
        began, later = (_began(query, first_polls) for query in (first, other))
        if began and later and abs(began - later) > _ALIKE:
            dates = [f"{when.astimezone():%Y-%m-%d}" for when in (began, later)]
            yield f"{first.name} is watched since {dates[0]}, {other.name} since {dates[1]}"
        missed, missed_there = (_broken(query, broken) for query in (first, other))
        if missed != missed_there:
            yield (
                f"{len(missed)} of {len(first.sources)} sources of {first.name} fail or missed entries,"
                f" {len(missed_there)} of {len(other.sources)} of {other.name}"
            )


def _places(query: Query) -> set[str]:
    """Return where a query looks; a search has the query's own words in its address, so there its kind counts."""
    return {source.url if source.kind == "feed" else source.kind for source in query.sources}


def _began(query: Query, first_polls: Mapping[str, datetime]) -> datetime | None:
    """Return when the first of a query's sources was first polled."""
    return min((first_polls[source.url] for source in query.sources if source.url in first_polls), default=None)


def _broken(query: Query, broken: Collection[str]) -> set[str]:
    """Return which of a query's sources are among the broken."""
    return {source.url for source in query.sources}.intersection(broken)


def wilson_interval(count: float, total: int) -> tuple[float, float]:
    """Return between what a share lies with 95 %, of which *count* of *total* were seen (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, weight = count / total, _SURE**2 / total
    middle = (share + weight / 2) / (1 + weight)
    width = _SURE * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    # Of all and of none, rounding puts the share itself outside.
    return max(min(middle - width, share), 0.0), min(max(middle + width, share), 1.0)


def _share(brand: str, query: str, line: StatsLine | None, total: _Total) -> VoiceShare:
    """Return the share of a brand that a query watches; no line is no mention."""
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
