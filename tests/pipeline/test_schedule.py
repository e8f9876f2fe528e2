"""When a source is polled next: the bounds of intervals, pauses and skipped hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.models import FetchClass, SourceState
from brandwatch.pipeline import schedule

NOW = datetime(2026, 5, 4, 12, 30, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def state(number: int = 0, **facts: object) -> SourceState:
    """Return the state of one of many sources."""
    return SourceState(url=f"https://avisa.example/{number}", **facts)  # type: ignore[arg-type]


def bounds(fastest: timedelta, slowest: timedelta = 3 * HOUR) -> schedule.IntervalBounds:
    """Return bounds of the interval."""
    return schedule.IntervalBounds(fastest=fastest, slowest=slowest)


def success(before: SourceState, within: schedule.IntervalBounds, **options: object) -> timedelta:
    """Return the time until the next poll after an answer."""
    return schedule.due_after_success(before, NOW, interval=None, bounds=within, **options) - NOW  # type: ignore[arg-type]


def failure(failures: int, interval: timedelta | None = None, retry_at: datetime | None = None) -> timedelta:
    """Return the time until the next poll after some failures."""
    within, failed = schedule.IntervalBounds(), state(failures=failures)
    return schedule.due_after_failure(failed, NOW, interval=interval, bounds=within, retry_at=retry_at) - NOW


@pytest.mark.parametrize(("fastest", "hurried"), [(30, 15), (15, 7.5), (10, 5), (8, 5), (6, 5)])
def test_haste_after_a_gap_halves_the_interval_and_stops_at_five_minutes(fastest: float, hurried: float):
    """A gap shows that entries are missed, but no source is polled more often than every five minutes."""
    after_gap = state(last_new=NOW - 9 * DAY, last_gap=NOW - HOUR)
    assert success(after_gap, bounds(fastest * MINUTE)) == hurried * MINUTE


@pytest.mark.parametrize(("gap", "is_hurried"), [(HOUR, True), (2 * DAY - MINUTE, True), (2 * DAY, False)])
def test_haste_after_a_gap_lasts_two_days(gap: timedelta, is_hurried: bool):
    """Then the rhythm of the source decides again; a source without a gap has no haste."""
    assert schedule.is_hurried(state(last_gap=NOW - gap), NOW) is is_hurried
    assert not schedule.is_hurried(state(), NOW)


def test_a_learned_interval_is_an_eighth_of_the_silence():
    """Up to a tenth less, so that sources that were added together are not all due at once."""
    silent = [state(number, last_new=NOW - 16 * HOUR) for number in range(60)]
    found = {success(one, bounds(15 * MINUTE)) for one in silent}
    assert 108 * MINUTE <= min(found) < 110 * MINUTE
    assert 118 * MINUTE < max(found) <= 120 * MINUTE
    assert success(state(last_new=NOW - 90 * DAY), bounds(15 * MINUTE, 15 * MINUTE)) == 15 * MINUTE


def test_the_time_of_a_server_delays_a_poll_and_advances_none():
    """By up to a day."""
    fresh = {
        minutes: success(state(last_new=NOW), bounds(15 * MINUTE), fresh_until=NOW + minutes * MINUTE)
        for minutes in (-60, 14, 16, 24 * 60, 24 * 60 + 1)
    }
    assert fresh == {-60: 15 * MINUTE, 14: 15 * MINUTE, 16: 16 * MINUTE, 24 * 60: DAY, 24 * 60 + 1: DAY}


def test_each_failure_doubles_the_pause():
    """Up to a tenth less from the second on, and a day at most, however long a source has failed."""
    for failures, minutes in ((2, 30), (3, 60), (7, 960), (8, 1440), (400, 1440)):
        assert 0.9 * minutes * MINUTE <= failure(failures) <= minutes * MINUTE
    assert failure(1) == 15 * MINUTE


def test_an_interval_of_more_than_a_day_is_its_own_pause():
    """A source that is polled once a week is not polled more often because it fails."""
    assert failure(1, 7 * DAY) == failure(5, 7 * DAY) == 7 * DAY
    assert 1.8 * HOUR <= failure(2, HOUR) <= 2 * HOUR


def test_a_failing_server_can_only_delay_the_next_poll():
    """A time before the pause ends is ignored; a later one counts."""
    assert failure(1, retry_at=NOW + MINUTE) == 15 * MINUTE
    assert failure(1, retry_at=NOW + 16 * MINUTE) == 16 * MINUTE


@pytest.mark.parametrize(
    ("hours", "hour"),
    [(range(12, 13), 13), (range(12, 24), 0), ([*range(12, 24), *range(11)], 11), ([11, 13], 12)],
)
def test_skipped_hours_are_left_out(hours: list[int], hour: int):
    """The poll moves to the full hour after them, over midnight too."""
    due = schedule.skip_hours(frozenset(hours), NOW)
    assert (due.hour, due == NOW, due.minute == due.second == 0) == (hour, hour == 12, hour != 12)
    assert timedelta() <= due - NOW < DAY


def test_a_source_that_hangs_is_waited_for_less_and_every_fourth_time_as_long_as_any():
    """The share of the deadline by its failures in a row, the last of them a time-out."""
    shares = [schedule.patience(state(failures=failures, fetch_class=FetchClass.TIMEOUT)) for failures in range(1, 10)]
    assert shares == [1, 1 / 2, 1 / 4, 1, 1 / 8, 1 / 8, 1 / 8, 1, 1 / 8]


@pytest.mark.parametrize("fetch_class", [None, FetchClass.OK, FetchClass.HTTP_5XX, FetchClass.DNS])
def test_a_source_that_fails_in_another_way_has_the_whole_deadline(fetch_class: FetchClass | None):
    """A refusal comes at once; only a time-out is worth waiting less for."""
    assert schedule.patience(state(failures=3, fetch_class=fetch_class)) == 1


@pytest.mark.parametrize(
    ("failures", "fetch_class", "expected"),
    [(1, FetchClass.TIMEOUT, False), (2, FetchClass.TIMEOUT, True), (2, FetchClass.DNS, False)],
)
def test_a_source_hangs_from_the_second_failure_on(failures: int, fetch_class: FetchClass, expected: bool):
    """If the last one was a time-out."""
    assert schedule.is_hanging(state(failures=failures, fetch_class=fetch_class)) is expected
