from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandwatch.models import (
    ClockDoubt,
    Entry,
    EntryRecord,
    Evidence,
    Fetch,
    FetchClass,
    Gap,
    MatchResult,
    PollClock,
    SourceHistory,
    SourceRecord,
    SourceState,
    Thread,
)
from brandwatch.pipeline import source_condition
from brandwatch.pipeline.clock_trust import TIME_LIMITS
from brandwatch.pipeline.coverage import MIN_LATE_DEFERRALS, ReportPeriod, measure_coverage
from brandwatch.storage import open_store
from brandwatch.storage.poll_clock import save_poll_clock
from brandwatch.storage.recording import record_source
from brandwatch.storage.sources import source_states, source_summaries, store_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.storage import Store

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = (f"https://{name}.example/rss" for name in ("ålesund", "bodø", "førde"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with open_store(tmp_path / "brandwatch.db") as opened:
        yield opened


def fetch(store: Store, url: str, at: datetime, error: str = "", **facts: object) -> None:
    """Store a fetch of a source, and its state after it."""
    known = {state.url: state for state in source_states(store)}
    before = known.get(url, SourceState(url=url, first_poll=at))
    names = SourceHistory.__dataclass_fields__
    history = replace(before.history, **{name: facts.pop(name) for name in [*facts] if name in names})  # type: ignore[arg-type]
    fetch_class = FetchClass.HTTP_5XX if error else FetchClass.OK
    state = replace(
        before,
        fetch_class=fetch_class,
        error=error,
        failures=before.failures + 1 if error else 0,
        last_poll=at,
        last_success=before.last_success if error else at,
        history=history,
        **facts,  # type: ignore[arg-type]
    )
    record_source(store, SourceRecord(state=state, fetch=Fetch(at=at, fetch_class=fetch_class, error=error)))


def test_coverage_counts_the_expected_sources(store: Store):
    """Those that answered in time are seen; failing ones have their class, others are named."""
    fetch(store, A, NOW - DAY)
    fetch(store, B, NOW, error="answered 500")
    coverage = measure_coverage(store, (A, B, C), ReportPeriod(now=NOW))
    assert (coverage.expected, coverage.seen, coverage.unseen) == (3, 1, (C,))
    assert coverage.failures == ((B, "http-5xx"),)
    assert dict(coverage.first_polls) == {A: NOW - DAY, B: NOW}
    late = measure_coverage(store, None, ReportPeriod(now=NOW, since=NOW - DAY / 2))
    assert (late.expected, late.seen, late.unseen) == (2, 0, (A,))
    assert measure_coverage(store, (), ReportPeriod(now=NOW)).expected == 0


def test_a_source_whose_error_was_erased_is_listed_as_failed(store: Store):
    """An erasure deletes the text of an error that names somebody; one that is well stays out of the list."""
    fetch(store, A, NOW)
    fetch(store, B, NOW, error="answered 500")
    store.execute("UPDATE source SET error = ''")
    assert measure_coverage(store, (A, B), ReportPeriod(now=NOW)).failures == ((B, "http-5xx"),)


def test_a_source_that_lists_too_little_is_seen_with_its_state(store: Store):
    """It answers, and is not told as well; the worst comes first, and among equals the longest."""
    fetch(store, A, NOW, intervals=(3600,) * 9, newest=NOW - 5 * DAY)
    fetch(store, B, NOW, empty_since=NOW - DAY)
    fetch(store, C, NOW, intervals=(3600,) * 9, newest=NOW - 9 * DAY)
    coverage = measure_coverage(store, (A, B, C), ReportPeriod(now=NOW))
    assert (coverage.seen, coverage.failures) == (3, ())
    assert [(url, condition.health) for url, condition in coverage.conditions] == [
        (B, "empty"),
        (C, "frozen"),
        (A, "frozen"),
    ]


def test_a_remark_that_the_state_explains_is_not_repeated(store: Store):
    """Other remarks are told."""
    fetch(store, A, NOW, empty_since=NOW, remark="it had entries and has none now")
    fetch(store, B, NOW, remark="2 of 9 engines did not answer")
    assert measure_coverage(store, None, ReportPeriod(now=NOW)).remarks == ((B, "2 of 9 engines did not answer"),)


def test_a_clock_in_doubt_freezes_nothing(store: Store):
    """While the clock is a month ahead, the last trusted poll is the time that counts."""
    later = NOW + 30 * DAY
    fetch(store, A, later, intervals=(3600,) * 9, newest=NOW)
    doubtful = PollClock(trusted=NOW, polled=later, doubt=ClockDoubt.AHEAD)
    save_poll_clock(store, PollClock(trusted=NOW, polled=NOW), TIME_LIMITS)
    save_poll_clock(store, doubtful, TIME_LIMITS)
    assert measure_coverage(store, None, ReportPeriod(now=later)).conditions == ()
    save_poll_clock(store, replace(doubtful, doubt=None, trusted=later), TIME_LIMITS)
    fetch(store, A, later, newest=NOW)
    assert len(measure_coverage(store, None, ReportPeriod(now=later)).conditions) == 1


def test_a_period_in_the_past_has_its_own_fetches(store: Store):
    """What failed then is told, what fails now is not, and a source that came later was not seen."""
    fetch(store, A, NOW - 9 * DAY)
    fetch(store, B, NOW - 9 * DAY, error="answered 500")
    fetch(store, A, NOW, error="answered 500")
    fetch(store, B, NOW)
    fetch(store, C, NOW)
    period = ReportPeriod(now=NOW, since=NOW - 10 * DAY, until=NOW - 8 * DAY)
    coverage = measure_coverage(store, (A, B, C), period)
    assert (coverage.seen, coverage.failures, coverage.unseen) == (1, ((B, "http-5xx"),), (C,))
    assert measure_coverage(store, (A, B, C), ReportPeriod(now=NOW)).failures == ((A, "http-5xx"),)


def test_a_period_that_ends_after_the_last_poll_is_not_past(store: Store):
    """A command that counts until now has its own now, a moment before that of the coverage."""
    fetch(store, A, NOW - DAY, moved_to="https://ny.example/rss", failure_share=0.5)
    period = ReportPeriod(now=NOW, since=NOW - 2 * DAY, until=NOW - timedelta(milliseconds=1))
    coverage = measure_coverage(store, (A,), period)
    assert [condition.health for _, condition in coverage.conditions] == ["flaky"]


def test_a_state_that_began_later_is_not_told_of_the_past(store: Store):
    """One that had begun is."""
    fetch(store, A, NOW - 20 * DAY)
    fetch(store, A, NOW, intervals=(3600,) * 9, newest=NOW - 9 * DAY)
    for days, expected in ((8, []), (5, ["frozen"]), (12, [])):
        period = ReportPeriod(now=NOW, since=NOW - 30 * DAY, until=NOW - days * DAY)
        coverage = measure_coverage(store, (A,), period)
        assert [condition.health for _, condition in coverage.conditions] == expected, days


def test_a_past_beyond_the_log_of_fetches_goes_by_the_first_poll(store: Store):
    """Fetches are logged for some weeks: a source that was polled by then counts as seen."""
    fetch(store, A, NOW - 200 * DAY)
    fetch(store, B, NOW - 10 * DAY)
    store.execute("DELETE FROM fetch WHERE at < ?", [int((NOW - 90 * DAY).timestamp())])
    period = ReportPeriod(now=NOW, since=NOW - 300 * DAY, until=NOW - 150 * DAY)
    coverage = measure_coverage(store, (A, B), period)
    assert (coverage.seen, coverage.unseen) == (1, (B,))


SECOND = timedelta(seconds=1)


def past(store: Store, ago: timedelta, *urls: str) -> list[tuple[str, str]]:
    """Return the conditions of a period that ended so long ago."""
    period = ReportPeriod(now=NOW, since=NOW - 30 * DAY, until=NOW - ago)
    return [(url, condition.health) for url, condition in measure_coverage(store, urls, period).conditions]


def test_what_began_with_the_end_of_a_period_is_not_told_of_it(store: Store):
    """Nor is what has no known begin; what failed is told by its fetches."""
    fetch(store, A, NOW - 20 * DAY)
    fetch(store, A, NOW, empty_since=NOW - 5 * DAY)
    assert past(store, 5 * DAY, A) == []
    assert past(store, 5 * DAY - SECOND, A) == [(A, "empty")]
    fetch(store, B, NOW, moved_to="https://ny.example/rss")
    assert past(store, DAY, B) == []
    fetch(
        store, C, NOW, error="answered 500", failing_since=NOW - 9 * DAY, failure_share=0.9, flaky_since=NOW - 9 * DAY
    )
    assert past(store, DAY, C) == []
    fetch(store, C, NOW, moved_to="https://ny.example/rss", moved_since=NOW - 9 * DAY)
    assert past(store, DAY, C) == [(C, "moved")]


def test_a_period_until_the_last_poll_is_the_present(store: Store):
    """A second before it is the past, of which no share of failures is known."""
    fetch(store, A, NOW - 9 * DAY)
    fetch(store, A, NOW, failure_share=0.5)
    assert past(store, timedelta(), A) == [(A, "flaky")]
    assert past(store, SECOND, A) == []
    assert past(store, SECOND, B) == []


def test_the_bounds_of_a_period_belong_to_it(store: Store):
    """An answer in its first second counts; one of the second before does not."""
    fetch(store, A, NOW - DAY)
    for since, seen in ((DAY, 1), (DAY - SECOND, 0)):
        assert measure_coverage(store, (A,), ReportPeriod(now=NOW, since=NOW - since)).seen == seen
    assert measure_coverage(store, (A,), ReportPeriod(now=NOW)).seen == 1


def test_before_the_log_of_fetches_only_a_source_that_was_polled_counts(store: Store):
    """One whose first poll came later, and one that has not answered since then, were not seen."""
    fetch(store, A, NOW - 200 * DAY)
    fetch(store, A, NOW - 10 * DAY)
    fetch(store, B, NOW - 200 * DAY, error="answered 500")
    fetch(store, C, NOW - 150 * DAY)
    store_source(store, SourceState(url="https://hamar.example/rss", last_success=NOW))
    store.execute("DELETE FROM fetch WHERE at < ?", [int((NOW - 90 * DAY).timestamp())])
    period = ReportPeriod(now=NOW, since=NOW - 300 * DAY, until=NOW - 150 * DAY)
    coverage = measure_coverage(store, None, period)
    assert (coverage.seen, sorted(coverage.unseen)) == (1, sorted([B, C, "https://hamar.example/rss"]))


@pytest.mark.parametrize(("deferrals", "told"), [(1, ()), (2, ((A, 2),)), (3, ((A, 3),))])
def test_a_source_that_waited_twice_is_told(store: Store, deferrals: int, told: tuple[tuple[str, int], ...]):
    """Once is how budgets work."""
    fetch(store, A, NOW)
    fetch(store, A, NOW, deferrals=deferrals)
    assert measure_coverage(store, (A,), ReportPeriod(now=NOW)).deferred == told


def test_sources_without_a_condition_come_last(store: Store):
    """A failure that is not certain yet is flaky, and hides nothing; a remark of its own is told after it."""
    fetch(store, A, NOW, remark="2 of 9 engines did not answer")
    fetch(store, B, NOW, error="answered 500")
    fetch(store, C, NOW, empty_since=NOW - DAY, deferrals=2)
    fetch(store, A, NOW, remark="2 of 9 engines did not answer", deferrals=2)
    coverage = measure_coverage(store, (A, B, C), ReportPeriod(now=NOW))
    assert [url for url, _ in coverage.conditions] == [C, B]
    assert [url for url, _ in coverage.deferred] == [C, A]
    assert coverage.remarks == ((A, "2 of 9 engines did not answer"),)


def test_only_the_gaps_of_expected_sources_are_told(store: Store):
    """Those of the period."""
    for url in (A, B):
        gap = Gap(source=url, start=NOW - 3 * DAY, end=NOW - 2 * DAY, reason="none of the 9 entries is in this one")
        record = SourceRecord(
            state=SourceState(url=url, last_success=NOW), fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), gap=gap
        )
        record_source(store, record)
    gaps = measure_coverage(store, (A,), ReportPeriod(now=NOW)).gaps
    assert [gap.source for gap in gaps] == [A]
    assert measure_coverage(store, (A,), ReportPeriod(now=NOW, since=NOW - DAY)).gaps == ()
    assert measure_coverage(store, (C,), ReportPeriod(now=NOW)).gaps == ()


def follow(store: Store, through: str, thread: str, until: datetime) -> None:
    """Store an entry of a source whose comments are followed."""
    evidence = (Evidence(term="Åsgård", field="title", start=0, end=6, rule="exact"),)
    entry = EntryRecord(
        entry=Entry(guid=thread, title="Åsgård"),
        link=thread,
        stored_id=None,
        position=0,
        results={"åsgård": MatchResult(evidence=evidence)},
        versions={"åsgård": "v1"},
        thread=Thread(url=thread, kind="comments", until=until),
    )
    state = SourceState(url=through, first_poll=NOW, last_success=NOW, fetch_class=FetchClass.OK)
    record_source(store, SourceRecord(state=state, fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), entries=(entry,)))


def test_comments_are_no_sources_of_a_report(store: Store):
    """Those that are followed are counted apart, with the ones that fail; of other sources, and ended, none is."""
    followed, ended, other = (f"https://{name}.example/1/comments" for name in ("ålesund", "bodø", "førde"))
    follow(store, A, followed, NOW + DAY)
    follow(store, B, ended, NOW)
    follow(store, C, other, NOW + DAY)
    fetch(store, followed, NOW, error="answered 500")
    fetch(store, other, NOW, error="answered 500")
    coverage = measure_coverage(store, (A, B), ReportPeriod(now=NOW))
    assert (coverage.expected, coverage.seen, coverage.threads) == (2, 2, 1)
    assert (coverage.failing_threads, coverage.failures) == (((followed, "http-5xx"),), ())
    everything = measure_coverage(store, None, ReportPeriod(now=NOW))
    assert (everything.expected, everything.threads) == (3, 2)
    fetch(store, followed, NOW)
    assert measure_coverage(store, (A, B), ReportPeriod(now=NOW)).failing_threads == ()


HOURS = st.integers(0, 60 * 24).map(lambda hours: NOW - timedelta(hours=hours))
RARELY = st.none() | st.none() | HOURS
HISTORIES = st.builds(
    SourceHistory,
    intervals=st.lists(st.integers(60, 40 * 86_400), max_size=8).map(tuple),
    sizes=st.lists(st.integers(0, 40), max_size=3).map(tuple),
    copy_date=st.none() | HOURS,
    copy_since=st.none() | HOURS,
    empty_since=RARELY,
    shrunk_since=RARELY,
    replaced_since=RARELY,
)
STATES = st.builds(
    SourceState,
    url=st.just(A),
    fetch_class=st.sampled_from(FetchClass),
    error=st.sampled_from(["", "", "answered 500"]),
    remark=st.sampled_from(["", "", "2 of 9 engines did not answer"]),
    moved_to=st.sampled_from(["", "", "https://ny.example/rss"]),
    failures=st.sampled_from([0, 0, 1, 3]),
    gone_count=st.sampled_from([0, 0, 1, 3]),
    failure_share=st.sampled_from([0.0, 0.1, source_condition.FLAKY_SHARE, 0.1501, 0.5]),
    deferrals=st.integers(0, 3),
    first_poll=st.none() | HOURS,
    last_success=HOURS,
    newest=st.none() | HOURS,
    last_new=st.none() | HOURS,
    history=HISTORIES,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=STATES, later=st.timedeltas(-60 * DAY, 60 * DAY))
def test_a_source_that_is_well_by_its_summary_has_nothing_to_report(store: Store, state: SourceState, later: timedelta):
    """At no time, past or future; and one with nothing to report at its last answer is well by its summary."""
    answered = state.last_success or NOW
    store_source(store, replace(state, usual_until=source_condition.usual_until(state, answered)))
    is_noted = source_condition.is_failing(state) or bool(state.remark) or state.deferrals >= MIN_LATE_DEFERRALS
    if source_summaries(store)[A].is_well:
        assert not is_noted
        assert list(source_condition.conditions(state, answered + later)) == []
    elif not (is_noted or state.gone_count or state.history.shrunk_since):
        assert list(source_condition.conditions(state, answered)) != []


def test_a_source_whose_usual_silence_is_not_known_is_looked_at(store: Store):
    """As after an upgrade; a known one is not read again."""
    quiet = SourceState(url=A, last_success=NOW, newest=NOW - 30 * DAY, history=SourceHistory(intervals=(3600,) * 9))
    store_source(store, quiet)
    assert [found.health for _, found in measure_coverage(store, None, ReportPeriod(now=NOW)).conditions] == ["frozen"]
    store_source(store, replace(quiet, usual_until=NOW))
    assert measure_coverage(store, None, ReportPeriod(now=NOW)).conditions == ()
