from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.config.query import Query, Term
from brandwatch.models import COMMENTS_KIND, FetchClass, Source, SourceState, Thread
from brandwatch.pipeline.jobs import SourceJob, due_jobs, next_due, private_hosts, refreshable_sources
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
    own = replace(forum(below), headers=(("X-Key", "egen"),))
    assert refreshable_sources([forum(), own], threads, registry) == [forum(), own]


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


def test_one_time_out_is_no_hanging(registry: Registry):
    """The second in a row is."""
    slow, well = "https://h.example/", "https://w.example/"
    for failures, expected in ((1, [slow, well]), (2, [well, slow])):
        states = [
            replace(state(slow, NOW - HOUR), fetch_class=FetchClass.TIMEOUT, failures=failures), state(well, NOW),
        ]  # fmt: skip
        queries = [query("acme", Source(url=slow), Source(url=well))]
        assert [job.source.url for job in due_jobs(queries, states, NOW, registry)] == expected


@pytest.mark.parametrize(
    ("interval", "of_kind", "slowest", "is_believed"),
    [
        (None, None, 3 * HOUR, False),
        (168 * HOUR, None, 3 * HOUR, True),
        (None, 168 * HOUR, 3 * HOUR, True),
        (HOUR, 168 * HOUR, 3 * HOUR, True),
        (168 * HOUR, HOUR, 3 * HOUR, True),
        (HOUR, None, 168 * HOUR, True),
        (None, None, 168 * HOUR, True),
        (HOUR, HOUR, 3 * HOUR, False),
    ],
)
def test_a_wait_of_six_days_needs_an_interval_of_a_week(
    registry: Registry, interval: timedelta | None, of_kind: timedelta | None, slowest: timedelta, is_believed: bool
):
    """That of the query file, of the kind, or the longest that is learned; for others no rule can have set it."""
    plain = registry.kind_to_poll("feed")
    kind = plain.model_copy(update={"limits": plain.limits.model_copy(update={"interval": of_kind})})
    due = NOW + 144 * HOUR
    job = SourceJob(source=Source(url=FEED), state=state(FEED, due), kind=kind, interval=interval)
    assert next_due(job, NOW, slowest) == (due if is_believed else None)


def test_a_paused_source_is_due_by_force_only(registry: Registry):
    """However long ago it would have been due."""
    paused = [replace(state(FEED, NOW - HOUR), gone_count=3)]
    assert due(registry, paused) == []
    assert due(registry, paused, force=True) == [FEED]


def test_only_named_hosts_may_be_private():
    """Each with its port, of the sources that allow it."""
    allowed = Source(url="https://intranett.example:8443/rss", allow_private=True)
    assert private_hosts([Source(url=FEED), allowed]) == ["intranett.example:8443"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(None, HOUR / 2, HOUR / 2), (HOUR / 2, None, HOUR / 2), (2 * HOUR, None, None), (None, 2 * HOUR, None),
     (3 * HOUR, 2 * HOUR, 2 * HOUR)],
)  # fmt: skip
def test_a_merged_source_alerts_after_the_shorter_time(
    first: timedelta | None, second: timedelta | None, expected: timedelta | None
):
    """Without `alert_after` that is an hour."""
    listed = [query(name, Source(url=FEED, alert_after=after)) for name, after in (("a", first), ("b", second))]
    assert merge_sources(listed)[FEED].alert_after == expected


def test_a_short_interval_is_shorter_than_a_learned_one():
    """Which is a quarter of an hour at least."""
    for minutes, expected in ((10, HOUR / 6), (20, None)):
        listed = [query("a", Source(url=FEED, interval=minutes * HOUR / 60)), query("b", Source(url=FEED))]
        assert merge_sources(listed)[FEED].interval == expected
        assert merge_sources([*reversed(listed)])[FEED].interval == expected
