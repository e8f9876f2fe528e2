"""Peaks and silences: hours busier or quieter than usual, and unlikely besides."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from brandwatch.models import HourCount, Peak, Silence

HOUR = timedelta(hours=1)
_NEGLIGIBLE_RATIO = 1e-9


def upper_tail(count: int, mean: float, variance: float) -> float:
    """Return the probability of *count* or more: negative binomial, or Poisson if the variance is at most the mean."""
    if count <= mean:
        return 1.0
    mean = max(mean, _NEGLIGIBLE_RATIO)
    excess = variance - mean
    size = mean * mean / excess if excess > mean * _NEGLIGIBLE_RATIO else math.inf
    term = math.exp(_log_probability(count, mean, size))
    # Above the mean each term is smaller than the one before.
    total, number = term, count
    while term > total * _NEGLIGIBLE_RATIO:
        # The ratio of two neighbouring terms; of Poisson it is mean / (number + 1).
        ratio = mean if math.isinf(size) else (number + size) * mean / (mean + size)
        number += 1
        term *= ratio / number
        total += term
    return min(total, 1.0)


def _log_probability(count: int, mean: float, size: float) -> float:
    """Return the logarithm of the probability of exactly *count*."""
    if math.isinf(size):
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    ways = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    return ways + size * math.log(size / (mean + size)) + count * math.log(mean / (mean + size))


def fill_hours(query: str, hours: Iterable[HourCount], since: datetime, until: datetime) -> Iterator[HourCount]:
    """Yield every hour of one query from *since* up to *until*, empty ones included."""
    known = {hour.start: hour for hour in hours}
    start = since.replace(minute=0, second=0, microsecond=0)
    while start < until:
        yield known.get(start) or HourCount(query=query, start=start, mentions=0, news=0, stories=0, publishers=0)
        start += HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRule:
    """The parameters of peaks and silences.

    The usual count is a mean with a half-life of *usual_days*; one hour raises it by at most *cap* standard deviations.
    A peak is an hour with at least *least* news from *publishers* publishers that are less likely than *chance*, and
    above the threshold: *margin* of the busiest recent hour, whose excess over the usual has a half-life of
    *busiest_days*, and *habit* of it more for each earlier peak, with a half-life of *habit_days*. For *quiet_hours*
    after a peak only an hour *louder* times as busy is another. A silence lacks at least *missing* mentions, and is
    *longer* times as long as any recent one. The first *young_hours* are only learned from.
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
# Before a whole day has been learned there is no deviation to cap by.
_FIRST_DAY_HOURS = 24


def peaks(hours: Iterable[HourCount], rule: TrendRule = RULE) -> Iterator[Peak]:
    """Yield the peaks of one query; *hours* are complete and in order."""
    usual = _Usual(rule)
    last: HourCount | None = None
    for hour in hours:
        chance = usual.peak_probability(hour)
        quiet = rule.quiet_hours * HOUR
        is_another = last is None or hour.start - last.start >= quiet or hour.news > last.news * rule.louder
        if chance is not None and is_another:
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
                threshold=usual.threshold,
            )
            usual.peaks += 1
        usual.learn(hour.news)


def silences(hours: Iterable[HourCount], rule: TrendRule = RULE) -> Iterator[Silence]:
    """Yield each silence of one query once it has lasted long enough; *hours* are complete and in order."""
    usual = _Usual(rule)
    longest, expected, length, is_reported = 0.0, 0.0, 0, False
    for hour in hours:
        if hour.mentions:
            longest = max(longest, length)
            expected, length, is_reported = 0.0, 0, False
        else:
            length += 1
            expected += usual.mean
        is_silence = expected >= rule.missing and length > longest * rule.longer
        if is_silence and not is_reported and usual.hours >= rule.young_hours:
            is_reported = True
            start = hour.start - (length - 1) * HOUR
            yield Silence(query=hour.query, start=start, hours=length, expected=expected, longest=longest)
        longest *= _hourly_decay(rule.busiest_days)
        usual.learn(hour.mentions)


class _Usual:
    """The usual count, learned hour by hour: its mean and variance, the busiest recent hour, the recent peaks."""

    def __init__(self, rule: TrendRule) -> None:
        self.rule = rule
        self.hours = 0
        self.mean = 0.0
        self.variance = 0.0
        self.busiest = 0.0
        self.peaks = 0.0

    @property
    def threshold(self) -> float:
        """The threshold that a peak exceeds."""
        return self.busiest * (self.rule.margin + self.rule.habit * self.peaks)

    def learn(self, count: int) -> None:
        """Take an hour into account: the first ones with equal weight, later ones so that old ones fade."""
        self.hours += 1
        weight = max(1 - _hourly_decay(self.rule.usual_days), 1 / self.hours)
        most = self.mean + self.rule.cap * math.sqrt(max(self.variance, self.mean))
        step = (min(count, most) if self.hours > _FIRST_DAY_HOURS else count) - self.mean
        self.mean += weight * step
        self.variance = (1 - weight) * (self.variance + weight * step * step)
        excess = max(self.busiest - self.mean, 0.0)
        self.busiest = max(self.mean + excess * _hourly_decay(self.rule.busiest_days), count)
        self.peaks *= _hourly_decay(self.rule.habit_days)

    def peak_probability(self, hour: HourCount) -> float | None:
        """Return the probability of so many news if the hour is a peak, `None` if it is none."""
        rule = self.rule
        is_young = self.hours < rule.young_hours
        is_small = hour.news < rule.least or hour.publishers < rule.publishers
        if is_young or is_small or hour.news <= self.threshold:
            return None
        chance = upper_tail(hour.news, self.mean, max(self.variance, self.mean))
        return chance if chance < rule.chance else None


def _hourly_decay(days: float) -> float:
    """Return the factor by which a value with a half-life of so many days decays in an hour."""
    return 2 ** (-1 / (24 * days))
