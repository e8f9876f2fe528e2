"""What is stored of sources: their states, their gaps, and the comment threads that they opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import Gap, SourceHistory, SourceState, Thread
from brandwatch.storage import sources
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

HOUR = timedelta(hours=1)
A, B = "https://a.example/rss", "https://åsgård.example/rss"


@pytest.mark.parametrize(
    ("since", "until", "is_there"),
    [
        (None, None, True), (2, 4, True), (3, 4, True), (4, 5, False),
        (0, 2, True), (0, 1, False), (3, None, True), (4, None, False), (None, 2, True), (None, 1, False),
    ],
)  # fmt: skip
def test_a_gap_belongs_to_each_period_that_it_touches(
    store: Store, visit: Visits, since: int | None, until: int | None, *, is_there: bool
):
    """It lasted from the first hour to the third: a period ends before its last moment."""
    gap = Gap(source=A, start=START + HOUR, end=START + 3 * HOUR, reason="blåbær")
    record_source(store, replace(visit(), gap=gap))
    period = [None if hour is None else START + hour * HOUR for hour in (since, until)]
    assert sources.source_gaps(store, *period) == ((gap,) if is_there else ())


def test_gaps_are_in_the_order_of_their_ends(store: Store, visit: Visits):
    """Of all sources together."""
    gaps = [
        Gap(source=url, start=START, end=START + hours * HOUR, reason=str(hours))
        for url, hours in ((A, 5), (B, 1), (A, 3))
    ]
    for gap in gaps:
        record_source(store, replace(visit(url=gap.source), gap=gap))
    assert [gap.reason for gap in sources.source_gaps(store)] == ["1", "3", "5"]


def follow(store: Store, find: Finds, visit: Visits, *numbers: int, until: int = 24) -> None:
    """Record entries with threads, at the start."""
    found = []
    for number in numbers:
        thread = Thread(url=f"{A}/{number}/comments", kind="comments", until=START + until * HOUR)
        found.append(replace(find(f"Acme {number}", link=f"https://a.example/{number}"), thread=thread))
    record_source(store, visit(*found))


def followed(store: Store, hours: float) -> list[str]:
    """Read the threads that are followed at a time."""
    return [thread.url for thread in sources.followed_threads(store, START + hours * HOUR)]


def test_a_thread_is_followed_until_its_end(store: Store, find: Finds, visit: Visits):
    """Not at that moment; it is still known then. It names the source and the entry that it came through."""
    follow(store, find, visit, 1)
    (thread,) = sources.followed_threads(store, START)
    assert (thread.url, thread.kind, thread.until) == (f"{A}/1/comments", "comments", START + 24 * HOUR)
    assert (thread.through, thread.thread) == (A, "https://a.example/1")
    assert (followed(store, 24 - 1 / 3600), followed(store, 24)) == ([thread.url], [])
    assert sources.followed_threads(store, None) == (thread,)


def test_no_more_threads_than_fifty_are_followed(store: Store, find: Finds, visit: Visits):
    """Of one source at a time: when they have ended, the next ones are; another source has threads of its own."""
    follow(store, find, visit, *range(sources.MAX_THREADS - 1))
    follow(store, find, visit, 100, 101)
    assert len(followed(store, 1)) == sources.MAX_THREADS
    assert f"{A}/101/comments" not in followed(store, 1)
    thread = Thread(url=f"{B}/comments", kind="comments", until=START + 24 * HOUR)
    record_source(store, visit(replace(find("Blåbær"), thread=thread), url=B))
    assert len(followed(store, 1)) == sources.MAX_THREADS + 1
    later = Thread(url=f"{A}/102/comments", kind="comments", until=START + 48 * HOUR)
    record_source(store, visit(replace(find("Acme 102"), thread=later), hours=24))
    assert followed(store, 24) == [later.url]


def test_a_thread_whose_url_is_a_source_is_none(store: Store, find: Finds, visit: Visits):
    """It is polled already; the thread of the same URL is followed once."""
    record_source(store, visit(url=f"{A}/1/comments"))
    follow(store, find, visit, 1, 2)
    follow(store, find, visit, 2, until=48)
    assert followed(store, 1) == [f"{A}/2/comments"]
    assert followed(store, 24) == []


def test_a_thread_that_ends_is_followed_no_more(store: Store, find: Finds, visit: Visits):
    """The others are; without that sign it goes on."""
    follow(store, find, visit, 1, 2)
    record_source(store, visit(url=f"{A}/1/comments", hours=1))
    assert len(followed(store, 2)) == 2
    record_source(store, replace(visit(url=f"{A}/1/comments", hours=2), ends_thread=True))
    assert followed(store, 2) == [f"{A}/2/comments"]


def test_a_source_has_answered_once_it_did(store: Store, find: Finds, visit: Visits):
    """However often it fails afterwards; an unknown one has not, and a thread has from the start."""
    assert sources.has_answered(store, A) is False
    record_source(store, visit(error="Tidsavbrudd"))
    assert sources.has_answered(store, A) is False
    follow(store, find, visit, 1)
    record_source(store, replace(visit(hours=2), state=replace(visit(hours=2).state, error="nede")))
    assert sources.has_answered(store, A) is True
    assert sources.has_answered(store, f"{A}/1/comments") is True
    assert sources.has_answered(store, B) is False


def test_each_deferral_is_counted(store: Store, visit: Visits):
    """One more than before, also of a source that was never fetched; other sources have none."""
    record_source(store, visit())
    (state,) = sources.source_states(store)
    sources.count_deferrals(store, [state, SourceState(url=B, deferrals=4)])
    assert [(one.url, one.deferrals) for one in sources.source_states(store)] == [(A, 1), (B, 5)]
    assert [one.url for one in sources.states_of_sources(store, [B, "https://c.example"])] == [B]


def test_the_state_of_a_source_comes_back(store: Store):
    """With its history; lists and times too."""
    history = SourceHistory(failing_since=START, empty_since=START - HOUR, intervals=(3600, 60), sizes=(3, 0))
    state = SourceState(url=B, next_due=START, last_new=START - HOUR, failures=3, history=history, etag='"å"')
    with store.transaction():
        number = sources.store_source(store, state)
        assert sources.store_source(store, replace(state, failures=4)) == number
    assert sources.source_states(store) == (replace(state, failures=4),)
    (times,) = sources.source_times(store)
    assert (times[0], times[2:]) == (B, (None, None))
    assert sources.source_summaries(store)[B].next_due == int(START.timestamp())
