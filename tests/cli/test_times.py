from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from brandwatch.cli.filters import parse_moment
from brandwatch.errors import UsageError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7d", datetime(2026, 3, 23, 10, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 3, 30, 8, 30, tzinfo=UTC)),
        ("90m", datetime(2026, 3, 30, 9, 0, tzinfo=UTC)),
        ("1w", datetime(2026, 3, 23, 10, 30, tzinfo=UTC)),
        ("today", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("i går", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("2026-05-01T10:00", datetime(2026, 5, 1, 8, tzinfo=UTC)),
        ("2026-05-01t10:00z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00+05:30", datetime(2026, 5, 1, 4, 30, tzinfo=UTC)),
    ],
)
def test_times_that_people_type(written: str, read: datetime):
    """Ages, days and dates are read in local time; the day that the clock changed has 23 hours."""
    with time_machine.travel(datetime(2026, 3, 30, 10, 30, tzinfo=UTC).timestamp(), tick=False):
        assert parse_moment(written) == read


def test_no_time_is_no_bound():
    """Nothing typed is no moment."""
    assert parse_moment("") is None


@pytest.mark.parametrize("written", ["3x", "tomorrowish", "2026-13-01", "7", "-7d", "0001-01-01"])
def test_what_names_no_time(written: str):
    """A mistake is said, with what may be written."""
    with pytest.raises(UsageError) as caught:
        parse_moment(written)
    assert "2026-05-01" in caught.value.hint
