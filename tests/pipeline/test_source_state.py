from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Document, Entry, Feed, FetchClass, Source, SourceState
from brandwatch.pipeline import schedule, seen_entries, source_state
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


RULES = source_state.StateRules(now=NOW, queries_hash=b"v1", key=b"key")


def limited(kind_interval: timedelta | None, interval: timedelta | None, **facts: object) -> timedelta:
    """Return the time to the next poll of a kind with an interval of its own, after an answer with news."""
    kind = Registry().kind("devto")
    kind = kind.model_copy(update={"limits": kind.limits.model_copy(update={"interval": kind_interval})})
    before = state(**({"last_new": NOW} | facts))
    job = SourceJob(source=Source(url=URL, kind="devto"), state=before, kind=kind, interval=interval)
    due = RULES.after_answer(job, before, Document(url=URL, status=200), FetchClass.OK).next_due
    assert due is not None
    return due - NOW


@pytest.mark.parametrize(
    ("of_kind", "of_query", "expected"),
    [
        (HOUR, None, HOUR), (HOUR, 2 * HOUR, 2 * HOUR), (HOUR, 10 * MINUTE, HOUR), (MINUTE, None, 15 * MINUTE),
        (None, 10 * MINUTE, 10 * MINUTE), (None, None, 15 * MINUTE), (6 * HOUR, None, 6 * HOUR),
    ],
)  # fmt: skip
def test_no_interval_is_shorter_than_its_kind_allows(of_kind: timedelta, of_query: timedelta, expected: timedelta):
    """Neither a learned one nor that of a query file, also if the kind allows less than the longest learned one."""
    assert limited(of_kind, of_query) == expected


def test_the_latest_fetches_weigh_most():
    """A fifth of the share is the last fetch; two failures in a row make a source flaky, ten answers make it well."""
    assert source_state.failure_share(0.0, failed=True) == pytest.approx(0.2)
    assert source_state.failure_share(0.5, failed=True) == pytest.approx(0.6)
    assert source_state.failure_share(0.5, failed=False) == pytest.approx(0.4)


def failed(before: SourceState, fetch_class: FetchClass = FetchClass.TIMEOUT) -> SourceState:
    """Return the state after one more failure."""
    job = SourceJob(source=Source(url=URL), state=before)
    return RULES.after_failure(job, fetch_class, "no answer", None)


def test_a_failure_leaves_what_was_seen():
    """It is counted, has its begin, and marks the source as flaky above a share of 15 %."""
    first = failed(state(seen=b"x" * 20, entries=3))
    assert (first.failures, first.history.failing_since, first.seen, first.entries) == (1, NOW, b"x" * 20, 3)
    assert (first.last_poll, first.last_success, first.error) == (NOW, NOW, "no answer")
    assert (first.history.flaky_since, failed(first).failures) == (NOW, 2)
    begun = replace(first, history=replace(first.history, failing_since=NOW - DAY, flaky_since=NOW - HOUR))
    assert (failed(begun).history.failing_since, failed(begun).history.flaky_since) == (NOW - DAY, NOW - HOUR)


def test_three_times_gone_in_a_row_pause_a_source():
    """Another failure between them begins the count anew."""
    gone = failed(failed(state(), FetchClass.GONE), FetchClass.GONE)
    assert (gone.gone_count, failed(gone, FetchClass.GONE).gone_count, failed(gone).gone_count) == (2, 3, 0)


def test_an_answer_ends_a_failure():
    """Its count, its begin and its text; what the feed says of itself stays."""
    before = failed(failed(state()))
    job = SourceJob(source=Source(url=URL), state=before)
    after = RULES.after_answer(job, before, Document(url=URL, status=200), FetchClass.OK, Feed(remark="bare et utdrag"))
    assert (after.failures, after.gone_count, after.history.failing_since, after.error) == (0, 0, None, "")
    assert (after.remark, after.last_success, after.fetch_class) == ("bare et utdrag", NOW, FetchClass.OK)
    assert 0 < after.failure_share < before.failure_share


@pytest.mark.parametrize(
    ("feed", "fetch_class", "has_validators"),
    [
        (entries(1, 2), FetchClass.OK, True),
        (replace(entries(1, 2), problem="cut off"), FetchClass.PARTIAL, False),
        (replace(entries(1, 2), remark="bare et utdrag"), FetchClass.PARTIAL, False),
        (Feed(), FetchClass.EMPTY, True),
        (Feed(remark="ingen treff"), FetchClass.EMPTY, False),
        (Feed(problem="cut off"), FetchClass.PARTIAL, False),
    ],
)
def test_a_part_of_a_document_is_requested_again(feed: Feed, fetch_class: FetchClass, has_validators: bool):
    """Only of a whole document without a remark would “unchanged” be an answer."""
    job = SourceJob(source=Source(url=URL), state=SourceState(url=URL))
    document = Document(url=URL, status=200, etag='"1"', last_modified="Mon")
    after, _ = RULES.after_feed(job, document, feed, b"hash", {})
    assert after.fetch_class is fetch_class
    expected = ('"1"', "Mon", b"hash") if has_validators else ("", "", b"")
    assert (after.etag, after.last_modified, after.body_hash) == expected


def test_a_feed_that_was_emptied_says_so():
    """One that has had entries; a new one, a search, and one with a remark of its own have none added."""

    def remark(feed: Feed, kind: str = "feed", seen: bytes = b"") -> str:
        before = SourceState(url=URL, seen=seen)
        job = SourceJob(source=Source(url=URL, kind=kind), state=before, kind=Registry().kind(kind))
        after, _ = RULES.after_feed(job, Document(url=URL, status=200), feed, b"", {})
        return after.remark

    assert remark(Feed(), seen=b"x" * 20).startswith("it had entries and has none now")
    assert remark(Feed()) == remark(entries(1), seen=b"x" * 20) == ""
    assert remark(Feed(), "hackernews", seen=b"x" * 20) == ""
    assert remark(Feed(remark="stengt"), seen=b"x" * 20) == "stengt"
    assert remark(Feed(problem="cut off"), seen=b"x" * 20) == ""


def learned(feed: Feed, kind: str = "feed", listed: int = 0, **facts: object) -> tuple[SourceState, bool]:
    """Return the state of a source after a document, and whether it shows a gap."""
    job = SourceJob(
        source=Source(url=URL, kind=kind), state=state(**facts), kind=Registry().kind_to_poll(kind), listed=listed
    )
    after, gap = RULES.after_feed(job, Document(url=URL, status=200), feed, b"hash", {})
    return after, gap is not None


def window(*numbers: int) -> bytes:
    """Return the seen entries of a document."""
    return seen_entries.seen_entries(entries(*numbers), b"key", {})


def test_the_title_of_an_empty_feed_is_not_its_own():
    """Often it is that of an error page or a parked domain; a source without another has it."""
    parked, other = Feed(title="Til salgs"), replace(entries(1, 2), title="Nye Fjordavisa")
    assert learned(parked, title="Fjordavisa")[0].title == "Fjordavisa"
    assert learned(parked)[0].title == "Til salgs"
    assert learned(other, title="Fjordavisa")[0].title == "Nye Fjordavisa"


def test_what_a_document_shows_is_remembered():
    """Its entries, also those of earlier pages; an empty one leaves the seen entries, and has no news."""
    after, _ = learned(entries(1, 2), seen=window(1), last_new=NOW - DAY, listed=50)
    assert (after.entries, after.seen, after.last_new, after.last_full) == (52, window(1, 2), NOW, NOW)
    same, _ = learned(entries(1), seen=window(1), last_new=NOW - DAY)
    assert (same.last_new, same.entries) == (NOW - DAY, 1)
    empty, _ = learned(Feed(), seen=window(1), last_new=NOW - DAY)
    assert (empty.seen, empty.last_new, empty.entries) == (window(1), NOW - DAY, 0)


def test_only_a_list_of_the_newest_shows_a_gap():
    """Not the first document, nor the answer of a search that has a start, nor another feed in its place."""
    known: dict[str, Any] = {"seen": window(1, 2), "last_success": NOW - 2 * DAY, "last_gap": NOW - 9 * DAY}
    after, has_gap = learned(entries(7, 8), **known)
    assert (has_gap, after.last_gap) == (True, NOW)
    after, has_gap = learned(entries(2, 3), **known)
    assert (has_gap, after.last_gap) == (False, NOW - 9 * DAY)
    assert not learned(entries(7, 8), last_success=NOW - 2 * DAY)[1]
    for kind in ("hackernews", "mastodon"):
        assert not learned(entries(7, 8), kind, **known)[1]
    other = replace(entries(7, 8), title="Lykkehjulet")
    after, has_gap = learned(other, title="Fjordavisa", **known)
    assert (has_gap, after.history.replaced_since) == (False, NOW)


def test_a_part_of_a_document_leaves_no_digests():
    """The rest must be read; a whole one with a remark has them."""
    digests = (b"1" * 12, b"2" * 12)
    whole = replace(entries(1, 2), digests=digests, positions=(0, 1))
    assert learned(whole)[0].digests == b"".join(digests)
    assert learned(replace(whole, remark="bare et utdrag"))[0].digests == b"".join(digests)
    assert learned(replace(whole, problem="cut off"))[0].digests == b""


def test_hours_that_a_feed_forbids_delay_its_poll():
    """An answer without a document knows none."""
    job = SourceJob(source=Source(url=URL), state=state(last_new=NOW))
    document = Document(url=URL, status=200)
    feed = Feed(skip_hours=frozenset({12}))
    assert RULES.after_answer(job, job.state, document, FetchClass.OK, feed).next_due == NOW.replace(hour=13, minute=0)
    assert RULES.after_answer(job, job.state, document, FetchClass.OK).next_due == NOW + 15 * MINUTE


@pytest.mark.parametrize(("share", "is_flaky"), [(0.15, False), (0.1501, True)])
def test_a_share_of_more_than_fifteen_percent_is_flaky(share: float, is_flaky: bool):
    """After one more answer; it is as old as it was, and ends below."""
    before = state(failure_share=share / 0.8)
    before = replace(before, history=replace(before.history, flaky_since=NOW - DAY))
    job = SourceJob(source=Source(url=URL), state=before)
    after = RULES.after_answer(job, before, Document(url=URL, status=200), FetchClass.OK)
    assert after.history.flaky_since == (NOW - DAY if is_flaky else None)


def test_a_conditional_request_needs_all_its_reasons():
    """A young full read of the same queries, by a kind whose 304 is reliable, of an answer that was not empty."""
    young = {"last_full": NOW}

    def may_be(kind: str = "feed", *, reliable: bool = True, **facts: object) -> bool:
        found = Registry().kind_to_poll(kind)
        version = {"queries_hash": b"v1" + found.version.encode()}
        found = found.model_copy(update={"conditional": reliable})
        job = SourceJob(source=Source(url=URL, kind=kind), state=state(**(young | version | facts)), kind=found)
        return RULES.may_be_conditional(job)

    assert may_be()
    assert not may_be(reliable=False)
    assert not may_be(queries_hash=b"v2")
    assert not may_be(last_full=NOW - DAY)
    assert not may_be(last_full=None)
    assert (may_be("mastodon", entries=0), may_be("mastodon", entries=1)) == (False, True)


def test_between_two_pages_a_source_has_not_answered():
    """A poll that ends there reads the same interval again."""
    before = state(cursor="1", next_due=NOW, queries_hash=b"old", last_success=NOW - DAY)
    after = replace(before, cursor="2", next_due=NOW + HOUR, queries_hash=b"v1", last_success=NOW, body_hash=b"hash")
    job = SourceJob(source=Source(url=URL), state=before)
    assert source_state.between_pages(job, replace(after, title="Fjordavisa")) == replace(before, title="Fjordavisa")
