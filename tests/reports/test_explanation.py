from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Response, ResponseSnapshot
from brandwatch.reports.explanation import reading_lines, readings_as_data, sparkline

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)


def snapshots(*readings: tuple[float, Response]) -> tuple[ResponseSnapshot, ...]:
    """Build snapshots from hours and responses."""
    return tuple(ResponseSnapshot(at=NOON + timedelta(hours=hour), response=response) for hour, response in readings)


def test_each_count_is_a_line():
    """Each count has its sparkline, first and last value and duration; never counted is a dash, not zero."""
    readings = snapshots(
        (0, Response(comments=0, views=5)),
        (6, Response(comments=6, likes=3)),
        (24, Response(comments=24, likes=3)),
        (168, Response(comments=41, likes=3)),
    )
    assert list(reading_lines(readings)) == [
        "comments  ▁▂▅█  0 → 41, 7 d",
        "likes     –▁▁▁  – → 3, 7 d",
        "views     ▁–––  5 → –, 7 d",
        "replies, shares  –",
    ]
    assert next(iter(reading_lines(readings[:2]))) == "comments  ▁█  0 → 6, 6 h"


def test_one_reading_is_a_number():
    """A single reading has no comparison."""
    assert list(reading_lines(snapshots((0, Response(likes=7))))) == [
        "likes     ▁  7",
        "comments, replies, shares, views  –",
    ]


def test_many_readings_fit_on_a_line():
    """Weeks of readings fit on one line, with the exact first and last values."""
    readings = snapshots(*((hour, Response(comments=hour)) for hour in range(500)))
    (line, _) = reading_lines(readings)
    assert line == "comments  ▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██  0 → 499, 21 d"


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=30))
def test_each_value_has_a_bar(values: list[int | None]):
    """Bars never fall as values rise; only unknown is a dash."""
    bars = sparkline(values)
    assert [bar == "–" for bar in bars] == [value is None for value in values]
    known = sorted((value, bar) for value, bar in zip(values, bars, strict=True) if value is not None)
    assert [bar for _, bar in known] == sorted(bar for _, bar in known)


def test_readings_as_data():
    """Each reading has its time in UTC and all counts, null if unknown."""
    assert readings_as_data(snapshots((1, Response(likes=0)))) == [
        {
            "at": "2026-05-04T11:00:00Z",
            "comments": None,
            "replies": None,
            "likes": 0,
            "shares": None,
            "views": None,
        }
    ]
