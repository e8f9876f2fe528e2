from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.analysis.trends import upper_tail


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
