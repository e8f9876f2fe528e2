"""The log of fetches: each of a week, and the sums of each day before."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.models import Fetch, FetchClass, SourceRecord, SourceState
from brandwatch.storage import open_store, privacy_retention, seal_sums, sources
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from brandwatch.storage import Store

DAY = timedelta(days=1)
START = datetime(2026, 5, 4, tzinfo=UTC)
A, B = "https://åsgård.example/rss", "https://b.example/rss"
FETCHES = st.lists(
    st.tuples(st.sampled_from([A, B]), st.integers(0, 12 * 24 - 1), st.booleans(), st.integers(0, 40)),
    min_size=1,
    max_size=30,
    unique_by=lambda fetch: fetch[:2],
)


def fetch(store: Store, url: str, at: datetime, *, failed: bool = False, entries: int = 0) -> None:
    """Store a fetch of a source."""
    result = Fetch(
        at=at,
        fetch_class=FetchClass.TIMEOUT if failed else FetchClass.OK,
        error="Blåbær Gården svarer ikke" if failed else "",
        entries=entries,
    )
    record_source(store, SourceRecord(state=SourceState(url=url, last_poll=at), fetch=result))


def sum_fetches(store: Store, until: datetime) -> None:
    """Sum up the fetches of the days before a time."""
    with store.transaction():
        privacy_retention.sum_fetches(store, until)


@given(FETCHES, st.integers(0, 13), st.integers(0, 13))
@settings(max_examples=30)
def test_whole_days_have_the_same_results_after_their_fetches_are_summed_up(
    fetches: list[tuple[str, int, bool, int]], since: int, length: int
):
    """The last result, whether a source answered, the entries that were paid for, the begin of the log, and seals."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "a.db")) as store:
        for url, hours, failed, entries in sorted(fetches, key=lambda one: one[1]):
            fetch(store, url, START + timedelta(hours=hours), failed=failed, entries=entries)

        def facts() -> list[object]:
            begin = START + since * DAY
            return [
                sources.fetch_results(store, begin, begin + length * DAY),
                sources.first_fetch(store),
                [sources.count_fetched_entries(store, url, begin) for url in (A, B, "https://c.example/rss")],
            ]

        before = facts()
        for until in (4, 5, 9):
            sum_fetches(store, START + until * DAY + timedelta(hours=13))
        assert facts() == before
        assert store.value("SELECT count(*) FROM fetch") == sum(hours >= 9 * 24 for _, hours, *_ in fetches)
        assert seal_sums.seal_differences(store) == ({}, 0)


@pytest.mark.parametrize(
    ("first", "last", "is_counted"), [(8, 12, True), (15, 20, True), (0, 7, False), (17, 24, False)]
)
def test_a_summed_day_counts_where_some_of_its_fetches_may_be_in_the_period(
    tmp_path: Path, first: int, last: int, is_counted: bool
):
    """Its first fetch was at 8, its last at 16."""
    with open_store(tmp_path / "a.db") as store:
        fetch(store, A, START + timedelta(hours=8))
        fetch(store, A, START + timedelta(hours=16), failed=True)
        sum_fetches(store, START + DAY)
        results = sources.fetch_results(store, START + timedelta(hours=first), START + timedelta(hours=last))
    assert results == ({A: sources.FetchResult(has_answered=True, failure="timeout")} if is_counted else {})


def test_a_source_that_only_failed_has_not_answered(tmp_path: Path):
    """Neither in the log nor in the sum of a day; one answer is enough."""
    with open_store(tmp_path / "a.db") as store:
        fetch(store, A, START + timedelta(hours=8), failed=True)
        for _ in range(2):
            results = sources.fetch_results(store, START, START + DAY)
            assert results == {A: sources.FetchResult(has_answered=False, failure="timeout")}
            sum_fetches(store, START + DAY)
        fetch(store, A, START + timedelta(hours=9))
        assert sources.fetch_results(store, START, START + DAY)[A].has_answered is True


def test_a_late_fetch_of_a_summed_day_is_added_to_it(tmp_path: Path):
    """A corrected clock may bring one."""
    with open_store(tmp_path / "a.db") as store:
        for hours in (16, 8):
            fetch(store, A, START + timedelta(hours=hours), failed=hours == 16, entries=hours)
            sum_fetches(store, START + DAY)
        statement = "SELECT last - first, failure, fetches, answers, entries FROM fetch_day"
        assert store.execute(statement).fetchall() == [(8 * 3600, "timeout", 2, 1, 24)]
        assert store.value("SELECT count(*) FROM fetch") == 0
