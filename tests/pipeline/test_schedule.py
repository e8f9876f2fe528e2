from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry, Feed, FetchClass, Health, SourceState
from brandwatch.pipeline import source_state

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
URL = "https://avisa.example/rss"
BOUNDS = source_state.IntervalBounds()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def state(**facts: object) -> SourceState:
    """Return the state of a source that was first asked ten days ago."""
    return SourceState(**({"url": URL, "first_poll": NOW - 10 * DAY, "last_success": NOW} | facts))  # type: ignore[arg-type]


def pause(before: SourceState, interval: timedelta | None = None, fresh_until: datetime | None = None) -> timedelta:
    """Return how long a source is left alone after an answer."""
    return source_state.due_after_success(before, NOW, interval=interval, bounds=BOUNDS, fresh_until=fresh_until) - NOW


def test_an_interval_is_learned_from_silence():
    """A source with news just now is asked at the fastest, one that is silent for long at the slowest."""
    assert pause(state(last_new=NOW)) == 15 * MINUTE
    assert pause(state(last_new=NOW - 2 * HOUR)) == 15 * MINUTE
    assert 50 * MINUTE < pause(state(last_new=NOW - 8 * HOUR)) <= HOUR
    assert 2.5 * HOUR < pause(state(last_new=NOW - 9 * DAY)) <= 3 * HOUR
    assert pause(state(first_poll=None)) == 15 * MINUTE


def test_an_interval_of_the_query_is_kept_to():
    """What the author set is what is done, unless the server says that nothing will be new."""
    assert pause(state(last_new=NOW - 9 * DAY), interval=20 * MINUTE) == 20 * MINUTE
    assert pause(state(), interval=20 * MINUTE, fresh_until=NOW + HOUR) == HOUR
    assert pause(state(), interval=20 * MINUTE, fresh_until=NOW + MINUTE) == 20 * MINUTE
    assert pause(state(), fresh_until=NOW + 90 * DAY) == DAY


def test_a_source_that_lost_entries_is_asked_sooner():
    """For two days after a gap the interval is half of the fastest."""
    assert pause(state(last_new=NOW - 9 * DAY, last_gap=NOW - HOUR)) == 7.5 * MINUTE
    assert pause(state(last_new=NOW, last_gap=NOW - 3 * DAY)) == 15 * MINUTE


def test_failures_double_the_pause_up_to_a_day():
    """15 minutes, 30, an hour … and never more than a day; what the server asks for counts as well."""
    pauses = [
        source_state.due_after_failure(state(failures=count), NOW, interval=None, bounds=BOUNDS) - NOW
        for count in range(1, 12)
    ]
    assert pauses[0] == 15 * MINUTE
    assert pauses[:6] == sorted(set(pauses[:6]))
    assert 0.9 * DAY <= pauses[-1] <= DAY
    asked = source_state.due_after_failure(
        state(failures=1), NOW, interval=None, bounds=BOUNDS, retry_at=NOW + 3 * HOUR
    )
    assert asked == NOW + 3 * HOUR


def test_hours_that_a_feed_wants_to_be_left_alone_in():
    """A moment in a skipped hour becomes the beginning of the next one that is none."""
    assert source_state.skip_hours(frozenset({12, 13}), NOW) == NOW.replace(hour=14, minute=0)
    assert source_state.skip_hours(frozenset({11}), NOW) == NOW
    assert source_state.skip_hours(frozenset(range(24)), NOW).hour == NOW.hour


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        ({}, Health.OK),
        ({"failures": 1}, Health.FLAKY),
        ({"failure_share": 0.3}, Health.FLAKY),
        ({"failures": 3}, Health.FAILING),
        ({"failures": 3, "fetch_class": FetchClass.THROTTLED}, Health.THROTTLED),
        ({"failures": 3, "gone_count": 3, "fetch_class": FetchClass.GONE}, Health.PAUSED),
        ({"moved_to": "https://ny.example/rss"}, Health.MOVED),
        ({"rhythm": HOUR, "newest": NOW - 4 * DAY}, Health.FROZEN),
        ({"rhythm": HOUR, "newest": NOW - 2 * DAY}, Health.OK),
        ({"rhythm": 7 * DAY, "newest": NOW - 30 * DAY}, Health.OK),
        ({"rhythm": 7 * DAY, "newest": NOW - 60 * DAY}, Health.FROZEN),
        ({"rhythm": 7 * DAY, "newest": NOW - 60 * DAY, "last_new": NOW - DAY}, Health.OK),
    ],
)
def test_how_a_source_fares(facts: dict[str, object], health: Health):
    """Each state of a source has its word."""
    assert source_state.health(state(**facts), NOW) is health


def entries(*numbers: int) -> Feed:
    """Return a feed of numbered entries, an hour apart."""
    return Feed(
        entries=tuple(Entry(guid=f"g-{number}", published=NOW - timedelta(hours=50 - number)) for number in numbers)
    )


def test_the_rhythm_is_the_usual_time_between_entries():
    """The median, so that one pause does not count; too few dates tell nothing."""
    assert source_state.rhythm(entries(1, 2, 3, 4, 20)) == HOUR
    assert source_state.rhythm(entries(1, 2)) is None
    assert source_state.newest_published(entries(1, 2, 60), NOW) == NOW - 48 * HOUR


@given(st.integers(0, 40), st.timedeltas(timedelta(0), 400 * DAY), st.none() | st.timedeltas(5 * MINUTE, 30 * DAY))
def test_nothing_is_asked_at_once_or_never(failures: int, silence: timedelta, interval: timedelta | None):
    """The next time is at least five minutes away and at most a day, or the interval of the author."""
    before = state(failures=failures, last_new=NOW - silence)
    longest = max(DAY, interval or DAY)
    assert 5 * MINUTE <= pause(before, interval) <= longest
    failed = state(failures=failures + 1)
    after = source_state.due_after_failure(failed, NOW, interval=interval, bounds=BOUNDS) - NOW
    assert 4 * MINUTE <= after <= longest
