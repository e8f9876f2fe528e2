from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import SourceState
from brandwatch.pipeline.stored_times import MAX_WAIT, believed_due, is_within

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THREE_HOURS = 3 * HOUR


def due(next_due: timedelta | None, last_poll: timedelta = -HOUR, interval: timedelta = THREE_HOURS) -> bool:
    """Whether the stored next poll of a source is believed."""
    state = SourceState(
        url="https://a.example/rss",
        last_poll=NOW + last_poll,
        next_due=None if next_due is None else NOW + next_due,
    )
    return believed_due(state, NOW, interval) is not None


@pytest.mark.parametrize("next_due", [-400 * DAY, -HOUR, timedelta(), 3 * HOUR, DAY, 2 * DAY])
def test_a_time_that_a_rule_can_set_is_believed(next_due: timedelta):
    """The past, an interval, a pause that a server asks for, and hours that a feed skips."""
    assert due(next_due)


@pytest.mark.parametrize("next_due", [None, 2 * DAY + HOUR, 20 * DAY, 400 * DAY])
def test_a_time_that_no_rule_can_set_is_not_believed(next_due: timedelta | None):
    """Nothing delays a source without an interval of its own for more than two days."""
    assert not due(next_due)


@pytest.mark.parametrize(
    ("interval", "next_due", "is_believed"),
    [
        (7 * DAY, 7 * DAY, True),
        (7 * DAY, 9 * DAY, False),
        (30 * DAY, 30 * DAY, True),
        (30 * DAY, 31 * DAY, True),
        (90 * DAY, 32 * DAY, False),
    ],
)
def test_a_long_interval_is_believed(interval: timedelta, next_due: timedelta, is_believed: bool):
    """Of the source, but for a month at most."""
    assert due(next_due, interval=interval) is is_believed


@pytest.mark.parametrize(("last_poll", "is_believed"), [(-DAY, True), (4 * MINUTE, True), (6 * MINUTE, False)])
def test_a_state_from_the_future_is_not_believed(last_poll: timedelta, is_believed: bool):
    """A clock that was ahead has written it; a small correction of a clock is no reason."""
    assert due(HOUR, last_poll=last_poll) is is_believed


@given(st.timedeltas(-400 * DAY, 400 * DAY), st.timedeltas(timedelta(), 30 * DAY))
def test_one_wrong_poll_stops_no_source(error: timedelta, interval: timedelta):
    """Whatever a clock that is ahead has stored: by the right one the source is due within its rules."""
    written_at = NOW + error
    state = SourceState(url="https://a.example/rss", last_poll=written_at, next_due=written_at + interval)
    believed = believed_due(state, NOW, interval)
    assert believed is None or believed <= NOW + min(max(interval, DAY) + DAY, MAX_WAIT) + 5 * MINUTE
    assert believed is None or error <= 5 * MINUTE


def test_a_time_is_within_a_period():
    """A time ahead of the clock is not, nor an unknown one."""
    assert is_within(NOW - 23 * HOUR, NOW, DAY)
    assert is_within(NOW + 4 * MINUTE, NOW, DAY)
    assert not is_within(NOW - DAY, NOW, DAY)
    assert not is_within(NOW + HOUR, NOW, DAY)
    assert not is_within(None, NOW, DAY)


def test_the_bounds_of_what_is_believed():
    """Five minutes of correction belong to every bound, a second more does not."""
    second = timedelta(seconds=1)
    assert due(2 * DAY + 5 * MINUTE)
    assert not due(2 * DAY + 5 * MINUTE + second)
    assert due(HOUR, last_poll=5 * MINUTE)
    assert not due(HOUR, last_poll=5 * MINUTE + second)
    assert is_within(NOW + 5 * MINUTE, NOW, DAY)
    assert not is_within(NOW + 5 * MINUTE + second, NOW, DAY)
    assert is_within(NOW - DAY + second, NOW, DAY)
    assert due(31 * DAY + 5 * MINUTE, interval=40 * DAY)
    assert not due(31 * DAY + 5 * MINUTE + second, interval=40 * DAY)


def test_a_source_that_was_never_polled_may_have_a_time():
    """Without a last poll only the time itself decides."""
    state = SourceState(url="https://a.example/rss", next_due=NOW + HOUR)
    assert believed_due(state, NOW, THREE_HOURS) == NOW + HOUR
