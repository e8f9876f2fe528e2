from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.analysis.trends import RULE, fill_hours, peaks, silences, upper_tail
from brandwatch.models import HourCount

if TYPE_CHECKING:
    from collections.abc import Iterable

START = datetime(2026, 5, 4, tzinfo=UTC)
DAY, WEEK = 24, 168


def hours(counts: Iterable[int], publishers: int = 9) -> list[HourCount]:
    """Build consecutive hours with these counts."""
    return [
        HourCount(
            query="acme",
            start=START + timedelta(hours=at),
            mentions=count,
            news=count,
            stories=count,
            publishers=min(count, publishers),
        )
        for at, count in enumerate(counts)
    ]


def normal_counts(length: int, seed: int = 3) -> list[int]:
    """Draw counts of about two an hour."""
    draw = random.Random(seed)
    return [min(draw.randint(0, 4), draw.randint(0, 6)) for _ in range(length)]


def peak_hours(counts: Iterable[int], publishers: int = 9) -> list[int]:
    """Find the hours with a peak, numbered from the first."""
    return [int((spike.start - START) / timedelta(hours=1)) for spike in peaks(hours(counts, publishers))]


def test_a_peak_states_its_numbers():
    """A peak holds the usual count, its probability and the threshold."""
    (spike,) = peaks(hours([*normal_counts(WEEK), 23]))
    assert (spike.query, spike.mentions, spike.publishers) == ("acme", 23, 9)
    assert spike.start == START + timedelta(hours=WEEK)
    assert 1 < spike.usual < 3
    assert spike.chance < 1e-6
    assert 3 < spike.threshold < 7


def test_usual_counts_are_no_peak():
    """Two mentions an hour for days give at most one false alarm."""
    assert len(peak_hours(normal_counts(4 * WEEK))) <= 1


def test_a_recent_count_is_no_peak():
    """An equally busy hour two days later is no peak; after eight weeks it is."""
    counts = [*normal_counts(WEEK), 23, *normal_counts(2 * DAY), 20, *normal_counts(8 * WEEK, 4), 20]
    assert peak_hours(counts) == [WEEK, len(counts) - 1]


def test_each_peak_raises_the_threshold():
    """Frequent peaks raise the threshold: a brand with a burst every four days gets fewer alerts."""
    counts = [*normal_counts(WEEK), *[20, *normal_counts(4 * DAY - 1)] * 12]
    assert len(list(peaks(hours(counts), replace(RULE, habit=0.0)))) == 12
    assert 3 <= len(peak_hours(counts)) <= 8


def test_a_peak_starts_a_cooldown():
    """The next hours belong to the same event, unless one is three times as busy."""
    assert peak_hours([*normal_counts(WEEK), 20, 30, 40]) == [WEEK]
    assert peak_hours([*normal_counts(WEEK), 20, 30, 70]) == [WEEK, WEEK + 2]


def test_one_publisher_makes_no_peak():
    """One publisher never makes a peak, nor do two mentions, however rare."""
    assert peak_hours([*normal_counts(WEEK), 23], publishers=1) == []
    assert peak_hours([*[0] * WEEK, 2]) == []
    assert peak_hours([*[0] * WEEK, 3]) == [WEEK]


def test_no_peaks_in_the_first_two_days():
    """A baseline needs two days of data."""
    assert peak_hours([*normal_counts(47), 23]) == []
    assert peak_hours([*normal_counts(48), 23]) == [48]


def test_a_silence_is_reported_once():
    """A silence lacks ten expected mentions and is half as long again as any recent one."""
    (silence,) = silences(hours([*[2] * WEEK, *[0] * DAY]))
    assert silence.start == START + timedelta(hours=WEEK)
    assert 5 <= silence.hours <= 7
    assert 10 <= silence.expected < 12
    assert silence.longest == pytest.approx(0)


def test_nights_are_no_silences():
    """Regular quiet nights are usual; a night without an end is a silence."""
    day = [*[0] * 9, *[4] * 15]
    assert list(silences(hours(day * 14))) == []
    (silence,) = silences(hours([*day * 14, *[0] * 20]))
    assert silence.start == START + timedelta(hours=14 * DAY)
    assert silence.longest == pytest.approx(9, abs=0.5)
    assert silence.hours == 13


def test_a_rare_brand_has_no_silences():
    """A low expected count never makes a silence."""
    assert list(silences(hours([*[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] * 14, *[0] * 3 * DAY]))) == []


def test_empty_hours_are_filled_in():
    """Stored hours have gaps; the filled series has none, up to the current hour."""
    stored = [hour for hour in hours([2, 0, 0, 5]) if hour.mentions]
    every = list(fill_hours("acme", stored, START + timedelta(minutes=5), START + timedelta(hours=5, minutes=1)))
    assert [hour.mentions for hour in every] == [2, 0, 0, 5, 0, 0]
    assert [hour.start for hour in every] == [START + timedelta(hours=at) for at in range(6)]


@pytest.mark.parametrize(
    ("count", "mean", "variance", "chance"),
    [(1, 1, 1, 1.0), (3, 1, 1, 1 - 2.5 / math.e), (2, 1, 2, 0.25), (10, 1, 2, 0.5**10), (5, 4, 4, 0.371163)],
)
def test_known_probabilities(count: int, mean: float, variance: float, chance: float):
    """Poisson when the variance equals the mean, geometric at size 1; no surprise at the mean."""
    assert upper_tail(count, mean, variance) == pytest.approx(chance, rel=1e-4)


@given(st.integers(1, 400), st.floats(0.01, 200), st.floats(0, 20))
def test_tail_falls_with_count_and_grows_with_variance(count: int, mean: float, excess: float):
    """The upper tail is a probability; it falls with the count and grows with the variance."""
    chance = upper_tail(count, mean, mean * (1 + excess))
    assert 0 <= upper_tail(count + 1, mean, mean * (1 + excess)) <= chance <= 1


def test_large_counts_do_not_overflow():
    """Popular brands have hours with thousands of mentions."""
    assert 0 < upper_tail(20_000, 900.0, 250_000.0) < 1e-9
    assert 0.3 < upper_tail(1000, 900.0, 250_000.0) < 0.5
    assert upper_tail(3, 0.0, 0.0) < 1e-20


def test_three_news_of_two_publishers_are_the_least_peak():
    """In silence three news of two publishers are a peak, of one publisher they are none."""
    assert peak_hours([*[0] * WEEK, 3], publishers=2) == [WEEK]
    assert peak_hours([*[0] * WEEK, 3], publishers=1) == []


def test_a_cooldown_lasts_a_day():
    """An hour that is a little busier is another peak 24 hours later, and the same event an hour before that."""
    assert peak_hours([*[0] * WEEK, 5, *[0] * 23, 6]) == [WEEK, WEEK + 24]
    assert peak_hours([*[0] * WEEK, 5, *[0] * 22, 6]) == [WEEK]
    assert peak_hours([*[0] * WEEK, 5, 16]) == [WEEK, WEEK + 1]
    assert peak_hours([*[0] * WEEK, 5, 15]) == [WEEK], "three times as busy, but not more"


def test_an_outlier_is_capped_after_the_first_day():
    """A busy hour of the first day is the usual so far; later a single one, unlike all others, is not."""
    first, later = (list(peaks(hours([*[0] * quiet, 10, *[0] * WEEK, 20])))[-1] for quiet in (23, 24))
    assert first.usual > 0
    assert later.usual == 0


def test_when_a_silence_is_reported():
    """One mention an hour is missed ten times after eleven hours: by then the usual is a little less."""
    (silence,) = silences(hours([*[1] * WEEK, *[0] * DAY]))
    assert (silence.query, silence.start, silence.hours) == ("acme", START + timedelta(hours=WEEK), 11)
    assert 10 <= silence.expected < 11


def test_no_silences_in_the_first_two_days():
    """A silence in the second day is reported once there are two days of data."""
    assert list(silences(hours([*[2] * 41, *[0] * 7]))) == []
    (silence,) = silences(hours([*[2] * 41, *[0] * 8]))
    assert (silence.start, silence.hours) == (START + timedelta(hours=41), 8)


def test_a_silence_ends_with_a_mention():
    """The next silence is counted from its own beginning, and must be half as long again."""
    counts = [*[1] * WEEK, *[0] * 11, *[1] * WEEK, *[0] * DAY]
    first, second = silences(hours(counts))
    assert (first.hours, first.longest) == (11, 0)
    assert second.start == START + timedelta(hours=2 * WEEK + 11)
    assert 7 < second.longest < 11
    assert second.hours == math.floor(second.longest * 1.5) + 1


@pytest.mark.parametrize(("days", "usual"), [(0, 2.0), (4, 1.0), (8, 0.5)])
def test_the_usual_count_has_a_half_life_of_four_days(days: int, usual: float):
    """Two an hour for weeks, and then none."""
    (spike,) = peaks(hours([*[2] * 8 * WEEK, *[0] * days * DAY, 30]))
    assert spike.usual == pytest.approx(usual, rel=0.01)


@pytest.mark.parametrize(("days", "threshold"), [(14, 20 / 2 * (0.9 + 0.1 / 2 ** (14 / 21))), (21, 7.071 * 0.95)])
def test_the_threshold_falls_after_a_peak(days: int, threshold: float):
    """The busiest hour has a half-life of two weeks, its peak one of three."""
    first, second = peaks(hours([*[0] * WEEK, 20, *[0] * (days * DAY - 1), 60]))
    assert first.threshold == 0
    assert second.threshold == pytest.approx(threshold, rel=0.01)


def test_a_peak_is_less_likely_than_one_in_a_hundred():
    """Of two an hour, six or more have a chance of 1 in 60 (Poisson), seven or more of 1 in 220."""
    assert peak_hours([*[2] * 4 * WEEK, 6]) == []
    (spike,) = peaks(hours([*[2] * 4 * WEEK, 7]))
    assert spike.chance == pytest.approx(0.00453, rel=0.01)


def test_an_outlier_raises_the_usual_count_by_four_deviations_at_most():
    """A hundred in one hour count as 2 + 4 x √2; in its weight of an hour in four days."""
    first, second = peaks(hours([*[2] * 4 * WEEK, 100, 400]))
    assert first.usual == pytest.approx(2)
    assert second.usual == pytest.approx(2 + (1 - 2 ** (-1 / 96)) * 4 * math.sqrt(2), rel=1e-4)


def test_the_first_hours_have_equal_weight():
    """Until the weight of an hour is that of the half-life, the usual count is the mean of all."""
    (spike,) = peaks(hours([*[0, 4] * 30, 90]))
    assert spike.usual == pytest.approx(2)


@given(st.integers(1, 60), st.floats(0.1, 20), st.floats(0, 5))
def test_the_tail_is_the_sum_of_the_probabilities(count: int, mean: float, excess: float):
    """Computed by multiplying one term after the other, from 0 up (negative binomial, or Poisson without an excess)."""
    variance = mean * (1 + excess)
    size = mean / excess if excess > 1e-6 else math.inf
    term = math.exp(-mean) if math.isinf(size) else (size / (size + mean)) ** size
    below = 0.0
    for number in range(count):
        below += term
        term *= (mean if math.isinf(size) else (number + size) * mean / (mean + size)) / (number + 1)
    expected = 1.0 if count <= mean else 1 - below
    assert upper_tail(count, mean, variance) == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_the_variance_raises_what_is_unusual():
    """Nine in an hour are unlikely beside a steady two, and not beside hours of none and of eight."""
    assert peak_hours([*[2] * 4 * WEEK, 9]) == [4 * WEEK]
    assert peak_hours([*[0, 0, 0, 8] * WEEK, 9]) == []
    (spike,) = peaks(hours([*[1, 3] * 4 * WEEK, 20]))
    assert spike.chance == pytest.approx(upper_tail(20, 2, 2), rel=0.05)
    (spike,) = peaks(hours([*[0, 0, 0, 8] * 4 * WEEK, 60]))
    assert spike.chance == pytest.approx(upper_tail(60, 2, 12), rel=0.2)
