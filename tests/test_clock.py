"""The clock, and the years in which it can be right."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brandwatch.clock import PLAUSIBLE_YEARS, now

if TYPE_CHECKING:
    from time_machine import Traveller


def test_the_present_has_whole_seconds_and_a_zone(clock: Traveller):
    """Fractions are left out, so that a stored time equals the one that was stored."""
    clock.move_to(datetime(2026, 5, 4, 10, 0, 59, 999_999, tzinfo=UTC), tick=False)
    assert now() == datetime(2026, 5, 4, 10, 0, 59, tzinfo=UTC)
    assert now().tzinfo is UTC


def test_the_years_before_the_program_are_no_present():
    """A machine that lost the time begins before 2025; nobody runs this program in 2100."""
    years = [2000, 2024, 2025, 2026, 2099, 2100]
    assert [year in PLAUSIBLE_YEARS for year in years] == [False, False, True, True, True, False]
