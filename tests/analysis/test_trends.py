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
    """Return hours with these counts."""
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


def usual(length: int, seed: int = 3) -> list[int]:
    """Return counts of about two an hour."""
    draw = random.Random(seed)
    return [min(draw.randint(0, 4), draw.randint(0, 6)) for _ in range(length)]


def found(counts: Iterable[int], publishers: int = 9) -> list[int]:
    """Return the hours, counted from the first, in which there is a spike."""
    return [int((spike.start - START) / timedelta(hours=1)) for spike in peaks(hours(counts, publishers))]


def test_a_spike_states_its_numbers():
    """What was usual, how likely the hour was, and which bar it passed."""
    (spike,) = peaks(hours([*usual(WEEK), 23]))
    assert (spike.query, spike.mentions, spike.publishers) == ("acme", 23, 9)
    assert spike.start == START + timedelta(hours=WEEK)
    assert 1 < spike.usual < 3
    assert spike.chance < 1e-6
    assert 3 < spike.threshold < 7


def test_what_is_usual_is_no_spike():
    """Two an hour, day after day, are told at most once."""
    assert len(found(usual(4 * WEEK))) <= 1


def test_what_was_seen_lately_is_no_spike():
    """An hour that is nearly as busy two days later is none; after eight weeks it is one."""
    counts = [*usual(WEEK), 23, *usual(2 * DAY), 20, *usual(8 * WEEK, 4), 20]
    assert found(counts) == [WEEK, len(counts) - 1]


def test_each_spike_raises_the_bar():
    """A brand that is loud every four days is told less and less; without that habit it is told every time."""
    counts = [*usual(WEEK), *[20, *usual(4 * DAY - 1)] * 12]
    assert len(list(peaks(hours(counts), replace(RULE, habit=0.0)))) == 12
    assert 3 <= len(found(counts)) <= 8


def test_after_a_spike_there_is_quiet():
    """The hours after it are the same event, unless one is three times as busy."""
    assert found([*usual(WEEK), 20, 30, 40]) == [WEEK]
    assert found([*usual(WEEK), 20, 30, 70]) == [WEEK, WEEK + 2]


def test_one_publisher_makes_no_spike():
    """However much it publishes; nor do two mentions, however rare they are."""
    assert found([*usual(WEEK), 23], publishers=1) == []
    assert found([*[0] * WEEK, 2]) == []
    assert found([*[0] * WEEK, 3]) == [WEEK]


def test_nothing_is_judged_in_the_first_two_days():
    """Before that nobody knows what is usual."""
    assert found([*usual(47), 23]) == []
    assert found([*usual(48), 23]) == [48]


def test_a_silence_is_told_once():
    """When ten mentions are missing, and it is half as long again as any lately."""
    (silence,) = silences(hours([*[2] * WEEK, *[0] * DAY]))
    assert silence.start == START + timedelta(hours=WEEK)
    assert 5 <= silence.hours <= 7
    assert 10 <= silence.expected < 12
    assert silence.longest == pytest.approx(0)


def test_nights_are_no_silences():
    """What is quiet every night is usual; a night that does not end is not."""
    day = [*[0] * 9, *[4] * 15]
    assert list(silences(hours(day * 14))) == []
    (silence,) = silences(hours([*day * 14, *[0] * 20]))
    assert silence.start == START + timedelta(hours=14 * DAY)
    assert silence.longest == pytest.approx(9, abs=0.5)
    assert silence.hours == 13


def test_a_brand_that_is_seldom_named_is_never_silent():
    """Where little is expected nothing is missed."""
    assert list(silences(hours([*[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] * 14, *[0] * 3 * DAY]))) == []


def test_hours_without_a_mention_count_too():
    """The stored hours have gaps; what is judged has none, up to the hour that has begun."""
    stored = [hour for hour in hours([2, 0, 0, 5]) if hour.mentions]
    every = list(fill_hours("acme", stored, START + timedelta(minutes=5), START + timedelta(hours=5, minutes=1)))
    assert [hour.mentions for hour in every] == [2, 0, 0, 5, 0, 0]
    assert [hour.start for hour in every] == [START + timedelta(hours=at) for at in range(6)]


@pytest.mark.parametrize(
    ("count", "mean", "variance", "chance"),
    [(1, 1, 1, 1.0), (3, 1, 1, 1 - 2.5 / math.e), (2, 1, 2, 0.25), (10, 1, 2, 0.5**10), (5, 4, 4, 0.371163)],
)
def test_known_chances(count: int, mean: float, variance: float, chance: float):
    """Poisson's where the variance is the mean, geometric where the size is one; no surprise at the mean itself."""
    assert upper_tail(count, mean, variance) == pytest.approx(chance, rel=1e-4)


@given(st.integers(1, 400), st.floats(0.01, 200), st.floats(0, 20))
def test_more_is_rarer(count: int, mean: float, excess: float):
    """A chance is one, falls with the count, and is larger where counts spread."""
    chance = upper_tail(count, mean, mean * (1 + excess))
    assert 0 <= upper_tail(count + 1, mean, mean * (1 + excess)) <= chance <= 1


def test_large_counts_are_no_trouble():
    """A name that everybody speaks of has hours with thousands of mentions."""
    assert 0 < upper_tail(20_000, 900.0, 250_000.0) < 1e-9
    assert 0.3 < upper_tail(1000, 900.0, 250_000.0) < 0.5
    assert upper_tail(3, 0.0, 0.0) < 1e-20
