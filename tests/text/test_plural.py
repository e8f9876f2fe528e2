from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.text import duration, local_minute, plural


def test_plural():
    """One takes the singular; zero and two take the plural."""
    assert [plural(number, "mention") for number in (0, 1, 2)] == ["0 mentions", "1 mention", "2 mentions"]
    assert [plural(number, "story", "stories") for number in (1, 2)] == ["1 story", "2 stories"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 minutes"),
        (timedelta(seconds=119), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=25, minutes=59), "25 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=3, hours=23), "3 days"),
    ],
)
def test_a_length_of_time_is_in_the_largest_unit_of_which_it_has_two(length: timedelta, words: str):
    """25 hours are more exact than a day, and a part of a unit is left out."""
    assert duration(length) == words


def test_a_time_has_its_local_offset():
    """Oslo here; an unknown time is empty."""
    assert local_minute(datetime(2026, 5, 4, 22, 30, 59, tzinfo=UTC)) == "2026-05-05 00:30 +0200"
    assert local_minute(None) == ""
