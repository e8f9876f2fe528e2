from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Document, Entry, Feed, FetchClass, Source, SourceState
from brandwatch.pipeline import schedule, source_state
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.sources.registry import Registry

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
URL = "https://avisa.example/rss"
BOUNDS = schedule.IntervalBounds()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def state(**facts: object) -> SourceState:
    """Return the state of a source that was first polled ten days ago."""
    return SourceState(**({"url": URL, "first_poll": NOW - 10 * DAY, "last_success": NOW} | facts))  # type: ignore[arg-type]


def pause(before: SourceState, interval: timedelta | None = None, fresh_until: datetime | None = None) -> timedelta:
    """Return the time from an answer to the next poll."""
    return schedule.due_after_success(before, NOW, interval=interval, bounds=BOUNDS, fresh_until=fresh_until) - NOW


def test_an_interval_is_learned_from_silence():
    """A source with a new entry has the shortest interval, one that is silent for long the longest."""
    assert pause(state(last_new=NOW)) == 15 * MINUTE
    assert pause(state(last_new=NOW - 2 * HOUR)) == 15 * MINUTE
    assert 50 * MINUTE < pause(state(last_new=NOW - 8 * HOUR)) <= HOUR
    assert 2.5 * HOUR < pause(state(last_new=NOW - 9 * DAY)) <= 3 * HOUR
    assert pause(state(first_poll=None)) == 15 * MINUTE


def test_an_interval_of_the_query_is_followed():
    """The interval in the file counts, unless the server says that its answer stays fresh for longer."""
    assert pause(state(last_new=NOW - 9 * DAY), interval=20 * MINUTE) == 20 * MINUTE
    assert pause(state(), interval=20 * MINUTE, fresh_until=NOW + HOUR) == HOUR
    assert pause(state(), interval=20 * MINUTE, fresh_until=NOW + MINUTE) == 20 * MINUTE
    assert pause(state(), fresh_until=NOW + 90 * DAY) == DAY


def test_a_source_with_a_gap_is_polled_sooner():
    """For two days after a gap the interval is half of the fastest."""
    assert pause(state(last_new=NOW - 9 * DAY, last_gap=NOW - HOUR)) == 7.5 * MINUTE
    assert pause(state(last_new=NOW, last_gap=NOW - 3 * DAY)) == 15 * MINUTE


def test_failures_double_the_pause_up_to_a_day():
    """15 minutes, 30, an hour … and never more than a day; a longer pause of the server counts."""
    pauses = [
        schedule.due_after_failure(state(failures=count), NOW, interval=None, bounds=BOUNDS) - NOW
        for count in range(1, 12)
    ]
    assert pauses[0] == 15 * MINUTE
    assert pauses[:6] == sorted(set(pauses[:6]))
    assert 0.9 * DAY <= pauses[-1] <= DAY
    later = schedule.due_after_failure(state(failures=1), NOW, interval=None, bounds=BOUNDS, retry_at=NOW + 3 * HOUR)
    assert later == NOW + 3 * HOUR


def after(feed: Feed, kind: str = "feed", interval: timedelta | None = None, **facts: object) -> timedelta:
    """Return the time from an answer with a feed to the next poll."""
    job = SourceJob(
        source=Source(url=URL, kind=kind), state=state(**facts), kind=Registry().kind(kind), interval=interval
    )
    rules = source_state.StateRules(now=NOW, queries_hash=b"", key=b"")
    document = Document(url=URL, status=200)
    due = rules.after_answer(job, job.state, document, FetchClass.OK, feed).next_due
    assert due is not None
    return due - NOW


def test_the_ttl_of_a_feed_lengthens_a_learned_interval():
    """It never shortens one, and delays a poll by a day at most."""
    assert after(Feed(ttl=HOUR), last_new=NOW) == HOUR
    assert after(Feed(ttl=MINUTE), last_new=NOW) == 15 * MINUTE
    assert 2.5 * HOUR < after(Feed(ttl=HOUR), last_new=NOW - 9 * DAY) <= 3 * HOUR
    assert after(Feed(ttl=9 * DAY), last_new=NOW) == DAY


def test_a_constant_ttl_does_not_delay_what_somebody_wants():
    """A configured interval, the haste after a gap and a kind with `ttl: no` take precedence."""
    assert after(Feed(ttl=HOUR), interval=20 * MINUTE) == 20 * MINUTE
    assert after(Feed(ttl=HOUR), interval=2 * HOUR) == 2 * HOUR
    assert after(Feed(ttl=HOUR), last_new=NOW, last_gap=NOW - HOUR) == 7.5 * MINUTE
    assert after(Feed(ttl=HOUR), last_new=NOW, last_gap=NOW - 3 * DAY) == HOUR
    assert after(Feed(ttl=HOUR), kind="nodebb", last_new=NOW) == 15 * MINUTE
    assert after(Feed(ttl=HOUR), kind="mynewsdesk", last_new=NOW) == HOUR


def test_the_backoff_of_an_api_always_counts():
    """It is asked for in this answer, and is no constant."""
    backoff = Feed(backoff=5 * HOUR)
    assert after(backoff, interval=20 * MINUTE) == 5 * HOUR
    assert after(backoff, last_gap=NOW - HOUR) == 5 * HOUR


def test_skip_hours_of_a_feed_are_respected():
    """A poll in a skipped hour moves to the start of the next hour that is not skipped."""
    assert schedule.skip_hours(frozenset({12, 13}), NOW) == NOW.replace(hour=14, minute=0)
    assert schedule.skip_hours(frozenset({11}), NOW) == NOW
    assert schedule.skip_hours(frozenset(range(24)), NOW).hour == NOW.hour


def entries(*numbers: int) -> Feed:
    """Return a feed of numbered entries, an hour apart."""
    return Feed(
        entries=tuple(Entry(guid=f"g-{number}", published=NOW - timedelta(hours=50 - number)) for number in numbers)
    )


@pytest.mark.parametrize(("kind", "has_cursor"), [("feed", False), ("devto", True), ("hackernews", True)])
def test_kinds_store_their_cursor(kind: str, has_cursor: bool):
    """Also a kind whose requests have no start stores it: its file may be edited. A plain feed never needs one."""
    rules = source_state.StateRules(now=NOW, queries_hash=b"", key=b"key")
    feed = replace(entries(1, 2), cursor="2026-05-03T10:00:00+00:00")
    job = SourceJob(source=Source(url=URL, kind=kind), state=SourceState(url=URL), kind=Registry().kind_to_poll(kind))
    after, _ = rules.after_feed(job, Document(url=URL, status=200), feed, b"", {})
    assert after.cursor == (feed.cursor if has_cursor else "")


@given(st.integers(0, 40), st.timedeltas(timedelta(0), 400 * DAY), st.none() | st.timedeltas(5 * MINUTE, 30 * DAY))
def test_no_poll_is_immediate_or_never(failures: int, silence: timedelta, interval: timedelta | None):
    """The next poll is five minutes to a day away, or by the interval of the query file."""
    before = state(failures=failures, last_new=NOW - silence)
    longest = max(DAY, interval or DAY)
    assert 5 * MINUTE <= pause(before, interval) <= longest
    failed = state(failures=failures + 1)
    after = schedule.due_after_failure(failed, NOW, interval=interval, bounds=BOUNDS) - NOW
    assert 4 * MINUTE <= after <= longest
