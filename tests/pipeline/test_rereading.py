from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.pipeline import refresh_responses

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ages = st.timedeltas(-2 * HOUR, 30 * DAY)
lateness = st.lists(st.timedeltas(timedelta(0), 2 * DAY), min_size=20, max_size=20)


def first(age: timedelta, *, is_counted: bool = True) -> timedelta | None:
    """Return how long after it was found an entry of this age is read again."""
    due = refresh_responses.first_refresh(NOW - age, NOW, is_counted=is_counted)
    return due - NOW if due else None


def moments(late: list[timedelta], *, has_changed: bool) -> list[datetime]:
    """Return when an entry that is published and found now is read, each time so much later than it is due."""
    read: list[datetime] = []
    due = refresh_responses.first_refresh(NOW, NOW, is_counted=True)
    for delay in late:
        if due is None:
            return read
        read.append(due + delay)
        due = refresh_responses.next_refresh(NOW, read[-1], has_changed=has_changed)
    raise AssertionError(read)


def test_an_entry_that_grows_is_read_five_times():
    """After an hour, six hours, a day, three days and a week, and never again."""
    read = moments([timedelta(0)] * 6, has_changed=True)
    assert [moment - NOW for moment in read] == [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY]


def test_an_entry_that_nobody_answers_is_read_for_a_day():
    """After a day what does not change is left alone."""
    read = moments([timedelta(0)] * 6, has_changed=False)
    assert [moment - NOW for moment in read] == [HOUR, 6 * HOUR, DAY]


def test_steps_count_from_publication():
    """What was found late has fewer readings before it; a date in the future, or none, counts from the find."""
    assert first(10 * MINUTE) == 50 * MINUTE
    assert first(40 * MINUTE) == 5 * HOUR + 20 * MINUTE
    assert first(2 * DAY) == DAY
    assert first(8 * DAY) is None
    assert first(-HOUR) == HOUR
    assert refresh_responses.first_refresh(None, NOW, is_counted=True) == NOW + HOUR


def test_what_came_without_counts_is_counted_soon():
    """Some endpoints tell counts only when they are asked for them: that happens once, however old the entry is."""
    assert first(2 * DAY, is_counted=False) == HOUR
    assert first(90 * DAY, is_counted=False) == HOUR
    assert first(10 * MINUTE, is_counted=False) == 50 * MINUTE


@given(lateness)
def test_however_late_a_poll_comes_readings_are_few_and_apart(late: list[timedelta]):
    """Never more than five, never two within half an hour, and none is due after a week."""
    read = moments(late, has_changed=True)
    assert 1 <= len(read) <= 5
    assert all(later - earlier >= 30 * MINUTE for earlier, later in pairwise(read))
    assert read[-1] - late[len(read) - 1] <= NOW + 7 * DAY
    assert len(moments(late, has_changed=False)) <= min(len(read), 3)


@given(ages, st.booleans())
def test_nothing_is_read_at_once(age: timedelta, is_counted: bool):
    """The first reading is at least half an hour after the find, and within a week of it."""
    due = first(age, is_counted=is_counted)
    assert due is None or 30 * MINUTE <= due <= 7 * DAY
    assert due is not None or is_counted


@given(ages, lateness, st.none() | st.timedeltas(timedelta(0), 7 * DAY))
def test_failures_back_off_and_end(age: timedelta, late: list[timedelta], asked: timedelta | None):
    """Each pause is an hour at least, and as long as the server asks; after a week nothing is tried again."""
    now, tries = NOW, 0
    start = refresh_responses.refresh_start(NOW - age, NOW)
    for delay in late:
        retry_at = now + asked if asked is not None else None
        due = refresh_responses.refresh_after_failure(start, now, retry_at)
        if due is None:
            break
        assert due - now >= max(HOUR, asked or HOUR)
        now, tries = due + delay, tries + 1
    assert tries < 20
    assert now - start >= 7 * DAY


def test_pauses_grow():
    """An endpoint that fails for a week is asked about an entry a dozen times, ever more seldom."""
    now, pauses = NOW + HOUR, []
    while due := refresh_responses.refresh_after_failure(NOW, now):
        pauses.append(due - now)
        now = due
    assert pauses[:3] == [HOUR, HOUR, 1.5 * HOUR]
    assert len(pauses) < 15
    assert now == NOW + 7 * DAY
