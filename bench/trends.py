"""Measure the rule of spikes on counts of tweets whose remarkable times were labelled by hand.

    python bench/trends.py NAB_TWITTER [--seeds 6] [--list]

NAB_TWITTER holds one CSV a brand (timestamp, tweets in five minutes) and `labels.json` with the windows in which an
alert is right. Prints, of hourly counts, the share of the windows with an alert, and the alerts outside of them per
brand and week: as they are, cut into hours at other minutes, thinned by chance to 1, 5 and 50 mentions an hour, and
of noise in which nothing happens.
Beside ours, the rule of which it is a child: no spike raises the bar, the busiest hour is remembered for four days, the
chance is 10^-2.5.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

from brandwatch.analysis.trends import RULE, TrendRule, peaks, silences
from brandwatch.models import HourCount

_OTHER = TrendRule(busiest_days=4.0, margin=1.0, habit=0.0, chance=10**-2.5, quiet_hours=12, louder=2.0)
_HOUR = timedelta(hours=1)
_RATES = (1, 5, 50)
_MINUTES = (0, 10, 20, 30, 40, 50)
_MANY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The hours of a brand, and the windows in which an alert is right."""

    name: str
    hours: tuple[HourCount, ...]
    windows: tuple[tuple[datetime, datetime], ...]


def main() -> None:
    """Read the series, score both rules on each form of them, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=6, help="how often the counts are thinned")
    parser.add_argument("--list", action="store_true", help="list the alerts outside of the windows")
    options = parser.parse_args()
    as_they_are = _series(options.folder, 0)
    forms = {
        "hourly": [as_they_are],
        "hours from other minutes": [_series(options.folder, minute) for minute in _MINUTES],
        **{
            f"thinned to {rate} an hour": [_thinned(as_they_are, rate, seed) for seed in range(options.seeds)]
            for rate in _RATES
        },
    }
    print(f"{'':28}{'windows hit':>12}{'false a week':>14}{'the other rule':>18}{'':>8}")
    for name, samples in forms.items():
        ours, other = _mean_score(samples, RULE), _mean_score(samples, _OTHER)
        print(f"{name:28}{ours[0]:12.1%}{ours[1]:14.2f}{other[0]:18.1%}{other[1]:8.2f}")
    for rate in _RATES:
        noise = [_noise(rate, seed) for seed in range(options.seeds)]
        alerts, weeks = sum(len(_alerts(one, RULE)) for one in noise), sum(map(_weeks, noise))
        print(f"{f'noise of {rate} an hour':28}{'':12}{alerts / weeks:14.2f}")
    told = [silence for series in as_they_are for silence in silences(series.hours)]
    print(f"silences: {len(told)} in {sum(map(_weeks, as_they_are)):.0f} brand weeks")
    for series in as_they_are if options.list else ():
        print(series.name, *(f"{start:%m-%d %H}" for start in _outside(series, RULE)))


def _series(folder: Path, minute: int) -> list[Series]:
    """Return the series in hours that begin at a minute; each tweet is by another publisher."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    shift = timedelta(minutes=minute)
    return [
        Series(
            name=name,
            hours=_hours(folder / name, shift),
            windows=tuple((_moment(first), _moment(last)) for first, last in label["windows"]),
        )
        for name, label in labels.items()
        if (folder / name).exists()
    ]


def _hours(path: Path, shift: timedelta) -> tuple[HourCount, ...]:
    """Return the hours of a file, those without a tweet too."""
    counts: dict[datetime, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            start = (_moment(row["timestamp"]) - shift).replace(minute=0, second=0, microsecond=0) + shift
            counts[start] = counts.get(start, 0) + int(float(row["value"]))
    first = min(counts)
    starts = [first + number * _HOUR for number in range((max(counts) - first) // _HOUR + 1)]
    return tuple(_hour(start, counts.get(start, 0)) for start in starts)


def _hour(start: datetime, count: int) -> HourCount:
    """Return an hour of so many mentions."""
    return HourCount(query="brand", start=start, mentions=count, news=count, stories=count, publishers=count)


def _thinned(samples: list[Series], rate: int, seed: int) -> list[Series]:
    """Return the series with each mention kept by chance, so that there are *rate* an hour."""
    draw = random.Random(seed)  # noqa: S311 (noise need not be secret)
    thinned = []
    for series in samples:
        kept = min(rate / mean(hour.mentions for hour in series.hours), 1.0)
        hours = tuple(_hour(hour.start, _binomial(draw, hour.mentions, kept)) for hour in series.hours)
        thinned.append(Series(name=series.name, hours=hours, windows=series.windows))
    return thinned


def _noise(rate: int, seed: int) -> Series:
    """Return half a year in which nothing happens: negative binomial counts with four times the variance of chance."""
    draw = random.Random(seed)  # noqa: S311 (noise need not be secret)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    counts = (_poisson(draw, draw.gammavariate(rate / 3, 3.0)) for _ in range(24 * 7 * 26))
    hours = tuple(_hour(start + number * _HOUR, count) for number, count in enumerate(counts))
    return Series(name="noise", hours=hours, windows=())


def _poisson(draw: random.Random, expected: float) -> int:
    """Return how many come where so many are expected."""
    count, left = 0, draw.expovariate(1.0)
    while left < expected:
        count += 1
        left += draw.expovariate(1.0)
    return count


def _binomial(draw: random.Random, count: int, chance: float) -> int:
    """Return how many of *count* are kept; of very many by the normal distribution."""
    if count > _MANY:
        return max(round(draw.gauss(count * chance, (count * chance * (1 - chance)) ** 0.5)), 0)
    return sum(draw.random() < chance for _ in range(count))


def _mean_score(samples: list[list[Series]], rule: TrendRule) -> tuple[float, float]:
    """Return the mean of the scores of several samples."""
    scores = [_score(sample, rule) for sample in samples]
    return mean(hit for hit, _ in scores), mean(false for _, false in scores)


def _score(sample: list[Series], rule: TrendRule) -> tuple[float, float]:
    """Return the share of windows with an alert, and the alerts outside per brand and week."""
    hit = sum(any(_is_in(start, window) for start in _alerts(one, rule)) for one in sample for window in one.windows)
    outside = sum(len(_outside(series, rule)) for series in sample)
    return hit / sum(len(series.windows) for series in sample), outside / sum(map(_weeks, sample))


def _alerts(series: Series, rule: TrendRule) -> list[datetime]:
    """Return when the hours of the alerts began."""
    return [spike.start for spike in peaks(series.hours, rule)]


def _outside(series: Series, rule: TrendRule) -> list[datetime]:
    """Return the alerts outside of every window."""
    return [start for start in _alerts(series, rule) if not any(_is_in(start, window) for window in series.windows)]


def _is_in(start: datetime, window: tuple[datetime, datetime]) -> bool:
    """Say whether an hour touches a window."""
    return window[0] <= start + _HOUR and start <= window[1]


def _weeks(series: Series) -> float:
    """Return how many weeks a series lasts."""
    return len(series.hours) / (24 * 7)


def _moment(written: str) -> datetime:
    """Return a time of the files, which name no zone."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
