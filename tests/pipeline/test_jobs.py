from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.config.query import Query, Term
from brandwatch.models import COMMENTS_KIND, FetchClass, Source, SourceState, Thread
from brandwatch.pipeline.jobs import due_jobs, refreshable_sources
from brandwatch.pipeline.schedule import merge_sources
from brandwatch.sources.registry import Registry

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
FEED, FORUM = "https://avisa.example/rss", "https://forum.example/search.json"
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The built-in kinds."""
    return Registry()


def query(name: str, *sources: Source) -> Query:
    """A query with these sources."""
    read = Query(name=name, version="v1", brand="Acme AS", names=(Term(text="Acme"),))
    return read.model_copy(update={"sources": sources})


def forum(url: str = FORUM) -> Source:
    """A source whose entries have responses of their own, and threads."""
    return Source(url=url, kind="lemmy", headers=(("X-Key", "hemmelig"),))


def thread(url: str, through: str) -> Thread:
    """A comment thread that was met through a source."""
    return Thread(url=url, kind=COMMENTS_KIND, until=NOW + 24 * HOUR, through=through, thread="https://avisa.example/1")


def due(registry: Registry, states: list[SourceState], *, threads: list[Thread] | None = None, **options: object):
    """The URLs of due sources, in their order."""
    jobs = due_jobs([query("acme", Source(url=FEED))], states, NOW, registry, threads=threads or (), **options)  # type: ignore[arg-type]
    return [job.source.url for job in jobs]


def state(url: str, next_due: datetime) -> SourceState:
    """The state of a source that was polled an hour ago."""
    return SourceState(url=url, last_poll=NOW - HOUR, last_success=NOW - HOUR, next_due=next_due)


def test_a_source_is_due_half_a_minute_early(registry: Registry):
    """Cron may start a little early; a source that is due later than that waits, unless it is forced."""
    assert due(registry, []) == [FEED]
    assert due(registry, [state(FEED, NOW + 30 * SECOND)]) == [FEED]
    later = [state(FEED, NOW + 31 * SECOND)]
    assert due(registry, later) == []
    assert due(registry, later, force=True) == [FEED]


def test_only_the_sources_of_named_queries_are_due(registry: Registry):
    """A source of two queries is due if one of them is named."""
    queries = [query("acme", Source(url=FEED)), query("rival", Source(url=FEED), Source(url="https://b.example/rss"))]
    by_name = {
        name: [job.source.url for job in due_jobs(queries, [], NOW, registry, only=[name])]
        for name in ("acme", "rival", "annen")
    }
    assert by_name == {"acme": [FEED], "rival": [FEED, "https://b.example/rss"], "annen": []}


def test_threads_come_after_sources(registry: Registry):
    """A thread waits behind every source that a query names, however long it has waited; a new one comes first."""
    old, new = "https://avisa.example/1/comments", "https://avisa.example/2/comments"
    threads = [thread(old, FEED), thread(new, FEED)]
    states = [state(FEED, NOW), state(old, NOW - HOUR)]
    assert due(registry, states, threads=threads) == [FEED, new, old]


def test_a_thread_of_a_source_that_nobody_names_is_left(registry: Registry):
    """Its access is gone with the source; the thread of a named one is fetched for the same queries."""
    url = "https://avisa.example/1/comments"
    assert due(registry, [], threads=[thread(url, "https://gone.example/rss")]) == [FEED]
    (job,) = due_jobs(
        [query("acme", Source(url=FEED))], [state(FEED, NOW + HOUR)], NOW, registry, threads=[thread(url, FEED)]
    )
    assert (job.source.url, job.is_thread, job.queries, job.thread) == (
        url,
        True,
        frozenset({"acme"}),
        "https://avisa.example/1",
    )


def test_a_thread_that_a_query_names_is_a_source(registry: Registry):
    """It keeps its place among the sources."""
    url = "https://avisa.example/1/comments"
    jobs = due_jobs([query("acme", Source(url=FEED), Source(url=url))], [], NOW, registry, threads=[thread(url, FEED)])
    assert [(job.source.url, job.is_thread) for job in jobs] == [(FEED, False), (url, False)]


def test_the_responses_of_feeds_are_not_refreshed(registry: Registry):
    """A feed has its counts whenever it is read; an endpoint and its threads in JSON are refreshed."""
    below = "https://forum.example/comments.json?post=1"
    threads = [thread(below, FORUM), thread("https://avisa.example/1/comments", FEED), thread("https://x.example/", "")]
    found = refreshable_sources([Source(url=FEED), forum()], threads, registry)
    assert [(source.url, source.kind) for source in found] == [(FORUM, "lemmy"), (below, "lemmy")]
    assert refreshable_sources([forum(), forum(below)], threads, registry) == [forum(), forum(below)]


def test_a_source_of_two_queries_is_merged():
    """It has the shortest interval of both, the first headers that are given, and the permission of either."""
    slow = Source(url=FEED, interval=6 * HOUR, headers=(("X-Key", "a"),))
    quick = Source(url=FEED, interval=2 * HOUR, headers=(("X-Key", "b"),), allow_private=True, user_agent="Acme/1")
    merged = merge_sources([query("acme", slow), query("rival", quick)])[FEED]
    assert (merged.interval, merged.headers, merged.allow_private, merged.user_agent) == (
        2 * HOUR,
        (("X-Key", "a"),),
        True,
        "Acme/1",
    )
    learned = merge_sources([query("acme", slow), query("rival", Source(url=FEED))])[FEED]
    assert (learned.interval, learned.headers) == (None, (("X-Key", "a"),))


def test_a_source_that_hangs_comes_last(registry: Registry):
    """However long it has waited, unless a poll had no time for it: then it has its place in the order."""
    hanging, well, refused = "https://h.example/", "https://w.example/", "https://r.example/"
    failing = {"failures": 3, "last_poll": NOW - HOUR, "next_due": NOW - HOUR}
    states = [
        SourceState(url=hanging, fetch_class=FetchClass.TIMEOUT, **failing),  # type: ignore[arg-type]
        SourceState(url=refused, fetch_class=FetchClass.HTTP_5XX, **failing),  # type: ignore[arg-type]
        state(well, NOW),
    ]

    def order(listed: list[SourceState]) -> list[str]:
        queries = [query("acme", *(Source(url=url) for url in (hanging, refused, well)))]
        return [job.source.url for job in due_jobs(queries, listed, NOW, registry)]

    assert order(states) == [refused, well, hanging]
    assert order([replace(states[0], deferrals=1), *states[1:]]) == [hanging, refused, well]
