"""Peaks and silences: hours busier or quieter than usual, and unlikely besides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import HourCount, Peak, Silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime


_NEGLIGIBLE = 1e-9


def upper_tail(count: int, mean: float, variance: float) -> float:
    """Return the chance of *count* or more; of Poisson's distribution where the variance is not above the mean.

    Added up from *count* on, above the mean, where each term is smaller than the one before.
    """
    if count <= mean:
        return 1.0
    mean = max(mean, _NEGLIGIBLE)
    excess = variance - mean
    size = mean * mean / excess if excess > mean * _NEGLIGIBLE else math.inf
    term = math.exp(_logarithm(count, mean, size))
    total, number = term, count
    while term > total * _NEGLIGIBLE:
        # Of two neighbouring terms; of Poisson's it is mean / (number + 1).
        odds = mean if math.isinf(size) else (number + size) * mean / (mean + size)
        number += 1
        term *= odds / number
        total += term
    return min(total, 1.0)


def _logarithm(count: int, mean: float, size: float) -> float:
    """Return the logarithm of the chance of exactly *count*."""
    if math.isinf(size):
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    ways = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    return ways + size * math.log(size / (mean + size)) + count * math.log(mean / (mean + size))


_HOUR = timedelta(hours=1)


def fill_hours(query: str, hours: Iterable[HourCount], since: datetime, until: datetime) -> Iterator[HourCount]:
    """Yield the hours of one query from that of *since* to the one before *until*, quiet ones with a count of none."""
    known = {hour.start: hour for hour in hours}
    start = since.replace(minute=0, second=0, microsecond=0)
    while start < until:
        yield known.get(start) or HourCount(query=query, start=start, mentions=0, news=0, stories=0, publishers=0)
        start += _HOUR


HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRule:
    """What makes a spike, and a silence.

    The usual count is a mean whose memory halves in *usual_days*; an hour pulls it up by *cap* standard deviations at
    most. A spike is an hour with at least *least* news from *publishers* publishers that are less likely than
    *chance*, and above the bar: *margin* of the busiest hour lately, whose excess over the usual halves in
    *busiest_days*, and *habit* of it more for each spike before, which is forgotten by half in *habit_days*.
    After one there is quiet for *quiet_hours*, unless an hour is *louder* times as busy. A silence lacks at least
    *missing* mentions, and is *longer* times as long as any lately. For *young_hours* all is only learned from.
    """

    usual_days: float = 4.0
    busiest_days: float = 14.0
    cap: float = 4.0
    chance: float = 0.01
    margin: float = 0.9
    habit: float = 0.1
    habit_days: float = 21.0
    least: int = 3
    publishers: int = 2
    quiet_hours: int = 24
    louder: float = 3.0
    missing: float = 10.0
    longer: float = 1.5
    young_hours: int = 48


RULE = TrendRule()
# A whole day is learned from as it is: before there is none, there is no spread to cap by.
_FIRST_DAY = 24


def peaks(hours: Iterable[HourCount], rule: TrendRule = RULE) -> Iterator[Peak]:
    """Yield the spikes of one query, whose *hours* follow each other without one missing."""
    usual = _Usual(rule)
    last: HourCount | None = None
    for hour in hours:
        chance = usual.chance_of_spike(hour)
        if chance is not None and (last is None or _is_news(hour, last, rule)):
            last = hour
            yield Peak(
                query=hour.query,
                start=hour.start,
                mentions=hour.mentions,
                news=hour.news,
                stories=hour.stories,
                publishers=hour.publishers,
                usual=usual.mean,
                chance=chance,
                threshold=usual.bar,
            )
            usual.spikes += 1
        usual.learn(hour.news)


def silences(hours: Iterable[HourCount], rule: TrendRule = RULE) -> Iterator[Silence]:
    """Yield the silences of one query, whose *hours* follow each other: each once, when it has lasted long enough."""
    usual = _Usual(rule)
    longest, expected, length, is_told = 0.0, 0.0, 0, False
    for hour in hours:
        if hour.mentions:
            longest = max(longest, length)
            expected, length, is_told = 0.0, 0, False
        else:
            length += 1
            expected += usual.mean
        is_silence = expected >= rule.missing and length > longest * rule.longer
        if is_silence and not is_told and usual.hours >= rule.young_hours:
            is_told = True
            start = hour.start - (length - 1) * HOUR
            yield Silence(query=hour.query, start=start, hours=length, expected=expected, longest=longest)
        longest *= _kept(rule.busiest_days)
        usual.learn(hour.mentions)


class _Usual:
    """What is usual, learned hour by hour: the mean, the variance around it, the busiest hour and the spikes lately."""

    def __init__(self, rule: TrendRule) -> None:
        self.rule = rule
        self.hours = 0
        self.mean = 0.0
        self.variance = 0.0
        self.busiest = 0.0
        self.spikes = 0.0

    @property
    def bar(self) -> float:
        """What a spike must be above."""
        return self.busiest * (self.rule.margin + self.rule.habit * self.spikes)

    def learn(self, count: int) -> None:
        """Take an hour into account: the first ones all alike, later ones with the weight that lets old ones fade."""
        self.hours += 1
        weight = max(1 - _kept(self.rule.usual_days), 1 / self.hours)
        most = self.mean + self.rule.cap * math.sqrt(max(self.variance, self.mean))
        step = (min(count, most) if self.hours > _FIRST_DAY else count) - self.mean
        self.mean += weight * step
        self.variance = (1 - weight) * (self.variance + weight * step * step)
        excess = max(self.busiest - self.mean, 0.0)
        self.busiest = max(self.mean + excess * _kept(self.rule.busiest_days), count)
        self.spikes *= _kept(self.rule.habit_days)

    def chance_of_spike(self, hour: HourCount) -> float | None:
        """Return the chance of so many news where the hour is a spike, `None` where it is none."""
        rule = self.rule
        is_young = self.hours < rule.young_hours
        is_small = hour.news < rule.least or hour.publishers < rule.publishers
        if is_young or is_small or hour.news <= self.bar:
            return None
        chance = upper_tail(hour.news, self.mean, max(self.variance, self.mean))
        return chance if chance < rule.chance else None


def _is_news(hour: HourCount, last: HourCount, rule: TrendRule) -> bool:
    """Say whether a spike is told after the last one: the quiet is over, or it is much louder."""
    return hour.start - last.start >= rule.quiet_hours * HOUR or hour.news > last.news * rule.louder


def _kept(days: float) -> float:
    """Return which part is left after an hour of what halves in so many days."""
    return 2 ** (-1 / (24 * days))
