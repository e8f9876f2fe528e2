from __future__ import annotations

import asyncio
import pickle
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from brandwatch.errors import AlreadyPollingError
from brandwatch.feeds import ParserSandbox
from brandwatch.http import Client, fetch_all
from brandwatch.models import (
    Document,
    Fetch,
    FetchClass,
    MentionCounts,
    PollClock,
    RefreshOutcome,
    Selection,
    SourceOutcome,
    SourceRecord,
    SourceState,
)
from brandwatch.pipeline.expire import ExpiryResult
from brandwatch.pipeline.job_queue import JobQueue
from brandwatch.pipeline.jobs import NextRequest
from brandwatch.pipeline.loading import load_queries
from brandwatch.pipeline.poll_end import PollEnded
from brandwatch.pipeline.read import LazyMatcher, SourceReader
from brandwatch.pipeline.record import record_result
from brandwatch.pipeline.run import MAX_POLL_DURATION, Poll, PollStarted, open_poll
from brandwatch.pipeline.schedule import IntervalBounds
from brandwatch.pipeline.source_state import StateRules, hash_queries
from brandwatch.sources.registry import Registry
from brandwatch.storage import Store, open_store, poll_clock
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.sources import source_states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Site
    from time_machine import Traveller

    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.run import PollEvent

    Forum = Callable[..., None]
    Rss = Callable[..., str]
    Run = Callable[..., list[PollEvent]]
    Write = Callable[..., Path]

T = TypeVar("T")

ARTICLE, POST = "Fjordkraft Åsgård øker prisen", "Fjordkraft Åsgård i nord"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


def replies(settings: Settings) -> dict[str, int | None]:
    """Return the replies to all stored mentions, by title."""
    with open_store(settings.db) as store:
        return {mention.entry.title: mention.entry.response.replies for mention in select_mentions(store, Selection())}


def test_a_poll_is_wired_of_named_objects(settings: Settings, query: Write, site: Site):
    """The lock, the database, the client and the kinds are there; a second poll of the database is refused."""
    query(site.url("/rss"))
    queries = load_queries(settings.queries).queries
    with open_poll(settings, queries, only=("fjordkraft",), force=True) as poll:
        assert isinstance(poll.store, Store)
        assert isinstance(poll.client, Client)
        assert isinstance(poll.registry, Registry)
        assert (poll.queries, poll.only, poll.force, poll.bounds) == (queries, ("fjordkraft",), True, IntervalBounds())
        assert [job.source.url for job in poll.due_jobs()] == [site.url("/rss")]
        with pytest.raises(AlreadyPollingError), open_poll(settings, queries):
            pass


@pytest.mark.usefixtures("public")
def test_the_order_of_a_poll(settings: Settings, poll: Run, query: Write, site: Site, rss: Rss, forum: Forum):
    """What is due, each source read and recorded, responses refreshed, then what is too old expired."""
    forum(site.url(""))
    site.put("/rss", rss((ARTICLE, "https://a.example/1")))
    site.put("/latest", '{"posts": [{"id": 7, "title": "' + POST + '", "replies": 1}]}')
    site.put("/posts/7", '{"id": 7, "replies": 5}')
    query(site.url("/rss"), "{kind: fjordforum}", more="retain: {public: 30d}\n")

    first = poll()
    assert [type(event) for event in first] == [PollStarted, SourceOutcome, SourceOutcome, ExpiryResult, PollEnded]
    assert first[0] == PollStarted(2)
    outcomes = [event for event in first if isinstance(event, SourceOutcome)]
    assert {(event.fetch.fetch_class, event.fetch.counts.stored) for event in outcomes} == {(FetchClass.OK, 1)}
    assert replies(settings) == {POST: 1, ARTICLE: None}

    second = poll(after=timedelta(hours=1), force=True)
    assert [type(event) for event in second] == [
        PollStarted, SourceOutcome, SourceOutcome, RefreshOutcome, ExpiryResult, PollEnded,
    ]  # fmt: skip
    refreshed = next(event for event in second if isinstance(event, RefreshOutcome))
    assert (refreshed.entries, refreshed.counted, refreshed.grown, refreshed.error) == (1, 1, 1, "")
    assert replies(settings) == {POST: 5, ARTICLE: None}

    site.put("/rss", rss())
    site.put("/latest", '{"posts": []}')
    for days, counts in ((40, MentionCounts(hidden=2)), (41, MentionCounts(gone=2))):
        *_, last, _ended = poll(after=timedelta(days=days))
        assert isinstance(last, ExpiryResult)
        assert (last.counts, last.is_more_due, last.clock.doubt) == (counts, False, None)
    assert replies(settings) == {}


def test_a_failing_source_is_an_outcome_and_the_others_are_read(poll: Run, query: Write, site: Site, rss: Rss):
    """A source whose secret is missing, and one that is not there, cost themselves only."""
    site.put("/rss", rss((ARTICLE, "https://a.example/1")))
    query(site.url("/rss"), site.url("/absent"), f"url: {site.url('/secret?key=${ABSENT_KEY}')}")
    classes = {
        event.source.url.rpartition("/")[2]: (event.fetch.fetch_class, event.fetch.counts.stored)
        for event in poll()
        if isinstance(event, SourceOutcome)
    }
    assert classes == {
        "rss": (FetchClass.OK, 1),
        "absent": (FetchClass.HTTP_4XX, 0),
        "secret?key=${ABSENT_KEY}": (FetchClass.BLOCKED, 0),
    }


def test_a_source_can_be_read_in_another_process(settings: Settings, query: Write, site: Site, rss: Rss):
    """Reading touches no database: what goes in and what comes out survives pickling, and is recorded later."""
    site.put("/rss", rss((ARTICLE, "https://a.example/1"), ("Kaker", "https://a.example/2")), ETag='"1"')
    query(site.url("/rss"))
    queries = load_queries(settings.queries).queries
    with open_poll(settings, queries) as poll:
        rules = StateRules(now=NOW, queries_hash=hash_queries(queries), key=poll.store.secret_key)
        reader = SourceReader(matcher=LazyMatcher(queries), sandbox=ParserSandbox(), rules=rules, environ={})
        request, answer = asyncio.run(fetched(poll, JobQueue(reader)))
        job, document = over_the_wire((request.job, answer))
        result = reader.read(job, request.request, document)
        assert [matched.entry.title for matched in result.matched] == [ARTICLE]
        assert (result.fetch.fetch_class, result.state.etag, result.next) == (FetchClass.OK, '"1"', None)
        assert over_the_wire(result) == result
        fetch = record_result(poll.store, job, over_the_wire(result), {query.name: query for query in queries})
        assert (fetch.entries, fetch.counts.stored) == (2, 1)
    assert replies(settings) == {ARTICLE: None}


async def fetched(poll: Poll, queue: JobQueue) -> tuple[NextRequest, Document]:
    """Return the request of the only source that is due, and its answer."""
    assert list(queue.start(poll.due_jobs())) == []
    async with poll.client, aclosing(fetch_all(queue.requests, poll.client, seconds=10)) as answers:
        ((request, answer),) = [pair async for pair in answers]
    assert isinstance(request, NextRequest)
    assert isinstance(answer, Document)
    return request, answer


def over_the_wire(value: T) -> T:
    """Return the value as another process would get it."""
    return pickle.loads(pickle.dumps(value))  # type: ignore[no-any-return]  # noqa: S301 (our own)


CLOSED = "http://127.0.0.1:9"
DAY = timedelta(days=1)
PAID = "spend: {price: 1, currency: NOK, cap: cap}\n"


def test_a_source_without_budget_waits_and_says_nothing_of_the_network(
    settings: Settings, poll: Run, query: Write, forum: Forum
):
    """The others fail: the network is down, whatever was not asked; a poll in which one answers shows it well."""
    forum(CLOSED, "limits: {budget: 1}\n")
    query("{kind: fjordforum, tag: nord}", "{kind: fjordforum, tag: sør}", f"{CLOSED}/rss", "http://127.0.0.1:10/rss")
    events = poll()
    ended = events[-1]
    assert isinstance(ended, PollEnded)
    classes = sorted(event.fetch.fetch_class for event in events if isinstance(event, SourceOutcome))
    assert classes == [FetchClass.CONNECT] * 3 + [FetchClass.DEFERRED]
    assert ended.network == "no server can be reached"
    with open_store(settings.db) as store:
        deferrals = sorted((state.deferrals, state.failures) for state in source_states(store))
        assert deferrals == [(0, 1), (0, 1), (0, 1), (1, 0)]
        assert poll_clock.read_poll_clock(store).polled == NOW


def test_only_a_leap_is_remembered_by_its_jobs(settings: Settings, query: Write, site: Site, at: Traveller):
    """The last trusted time, or the present one where there was none; a steady clock leaves them as they are."""
    query(site.url("/rss"))
    queries = load_queries(settings.queries).queries

    def leapt_from(last: PollClock | None) -> datetime | None:
        with open_poll(settings, queries) as opened:
            (job,) = opened.due_jobs(last)
            return job.leapt_from

    assert leapt_from(None) is None
    assert leapt_from(PollClock(trusted=NOW - DAY, polled=NOW - DAY)) is None
    assert leapt_from(PollClock(trusted=NOW - 9 * DAY, polled=NOW - DAY)) == NOW - 9 * DAY
    impossible = datetime(1980, 1, 1, tzinfo=UTC)
    at.move_to(impossible)
    assert leapt_from(PollClock()) == impossible


def test_the_entries_of_a_month_cost_money(settings: Settings, query: Write, site: Site, forum: Forum, at: Traveller):
    """From its first second on, by a clock that is trusted: a leap begins no new month."""
    forum(site.url(""), PAID)
    kind = settings.queries.parent / "sources" / "fjordforum.yaml"
    text = kind.read_text(encoding="utf-8")
    kind.write_text(text.replace("forum.}}", "forum.}, cap: {about: A cap., required: yes}}"), encoding="utf-8")
    query("{kind: fjordforum, tag: nord, cap: '50'}", site.url("/rss"))
    queries = load_queries(settings.queries).queries

    def spent(last: PollClock | None = None) -> list[int]:
        with open_poll(settings, queries, force=True) as opened:
            return sorted(job.spent_entries for job in opened.due_jobs(last))

    with open_poll(settings, queries) as opened:
        urls = [job.source.url for job in opened.due_jobs()]
        for when, entries in (
            (datetime(2026, 5, 1, tzinfo=UTC), 5),
            (datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC), 7),
        ):
            for url in urls:
                fetch = Fetch(at=when, fetch_class=FetchClass.OK, entries=entries)
                record_source(opened.store, SourceRecord(state=SourceState(url=url), fetch=fetch))
    assert spent() == [0, 5]
    assert spent(PollClock(trusted=datetime(2026, 4, 20, tzinfo=UTC))) == [0, 12]
    at.move_to(datetime(2026, 6, 1, tzinfo=UTC))
    assert spent() == [0, 0]


def test_a_poll_ends_before_the_next_begins():
    """Cron starts one every quarter of an hour."""
    assert timedelta(minutes=10) < MAX_POLL_DURATION < timedelta(minutes=15)
