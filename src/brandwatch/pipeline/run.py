"""One poll: what it is made of, and its order."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.errors import FetchError
from brandwatch.feeds import ParserSandbox
from brandwatch.http import Client, FetchLimits, fetch_all
from brandwatch.models import Document, Fetch, FetchClass, RefreshOutcome, SourceOutcome
from brandwatch.pipeline.expire import ExpiryResult, expire_overdue
from brandwatch.pipeline.job_queue import EndedJob, JobQueue, add_pages
from brandwatch.pipeline.jobs import NextRequest, due_jobs, merge_sources, private_hosts, refreshable_sources
from brandwatch.pipeline.loading import source_registry
from brandwatch.pipeline.read import LazyMatcher, NoSandbox, SlowDocumentError, SourceReader, hash_queries
from brandwatch.pipeline.record import record_result
from brandwatch.pipeline.refresh_responses import LAST_REFRESH, refresh_responses
from brandwatch.pipeline.schedule import IntervalBounds
from brandwatch.storage import open_store, poll_lock
from brandwatch.storage.sources import count_fetched_entries, followed_threads, source_states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence

    from brandwatch.config.query import Query
    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.jobs import SourceJob, SourceResult
    from brandwatch.sources.registry import Registry
    from brandwatch.storage import Store


_LOG = logging.getLogger(__name__)

MAX_POLL_DURATION = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""

# Parsed within 20 ms on the fast path. A thread costs as much as parsing 10 kB.
_MAX_INLINE_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class PollStarted:
    """The first event of a poll: the number of sources that are due."""

    sources: int


PollEvent = PollStarted | SourceOutcome | RefreshOutcome | ExpiryResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll and the objects that it works with.

    *broken* are the names of query files with errors, whose mentions do not expire. *only* names the queries whose
    sources are polled (empty: all); entries are matched against all *queries*. *force* polls sources that are not due.
    """

    queries: Sequence[Query]
    store: Store
    client: Client
    registry: Registry
    broken: Collection[str] = ()
    only: Collection[str] = ()
    force: bool = False
    bounds: IntervalBounds = field(default_factory=IntervalBounds)
    max_duration: timedelta = MAX_POLL_DURATION
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: datetime = field(default_factory=clock.now)

    async def run(self) -> AsyncGenerator[PollEvent]:
        """Poll everything that is due; yield what happens as it happens.

        A poll that is cancelled ends between two transactions: each source is stored whole or not at all.
        """
        end = self.now + self.max_duration
        outcomes = []
        jobs = self.due_jobs()
        yield PollStarted(len(jobs))
        async with self.client:
            async with aclosing(self.read_and_record(jobs)) as recorded:
                async for outcome in recorded:
                    outcomes.append(outcome)
                    yield outcome
            async with aclosing(self._refresh_responses(end)) as refreshed:
                async for outcome_of_refresh in refreshed:
                    yield outcome_of_refresh
        yield await expire_overdue(self.queries, self.broken, self.store, outcomes, self.now)

    def due_jobs(self) -> list[SourceJob]:
        """Return the sources and comment threads that are due."""
        jobs = due_jobs(
            self.queries,
            source_states(self.store),
            self.now,
            self.registry,
            threads=followed_threads(self.store, self.now),
            only=self.only,
            force=self.force,
        )
        month = self.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return [
            replace(job, spent_entries=count_fetched_entries(self.store, job.source.url, month))
            if job.kind.spend
            else job
            for job in jobs
        ]

    async def read_and_record(self, jobs: Sequence[SourceJob]) -> AsyncGenerator[SourceOutcome]:
        """Fetch, read and record the sources of *jobs*; yield how each ended.

        After the longest duration of a poll no further request is sent.
        """
        queries = {query.name: query for query in self.queries}
        with ParserSandbox() as sandbox:
            reader = SourceReader(
                matcher=LazyMatcher(self.queries),
                sandbox=sandbox,
                queries_hash=hash_queries(self.queries),
                key=self.store.secret_key(),
                now=self.now,
                bounds=self.bounds,
                environ=self.environ,
            )
            queue = JobQueue(reader)
            for ended in queue.start(jobs):
                yield self._end(ended, reader, queries)
            seconds = self.max_duration.total_seconds()
            async with aclosing(fetch_all(queue.requests, self.client.step, seconds=seconds)) as answers:
                async for request, answer in answers:
                    if isinstance(request, NextRequest):
                        result = await self._read(reader, request, answer)
                        fetch = record_result(self.store, request.job, result, queries)
                        ended_jobs = queue.handle_result(request.job, result, fetch)
                    else:
                        ended_jobs = queue.handle_token(request, answer)
                    for ended in ended_jobs:
                        yield self._end(ended, reader, queries)

    async def _read(self, reader: SourceReader, request: NextRequest, answer: Document | FetchError) -> SourceResult:
        """Read an answer; a long one in a thread, so that others are fetched meanwhile."""
        job = request.job
        answer = reader.redact(job, answer)
        if isinstance(answer, FetchError):
            # Its body may ask for a pause that the client has not seen.
            self.client.heed(request.request.url, answer)
            return reader.read(job, request.request, answer)
        if len(answer.body) <= _MAX_INLINE_BYTES:
            try:
                return replace(reader, sandbox=NoSandbox()).read(job, request.request, answer)
            except SlowDocumentError:
                pass
        return await asyncio.to_thread(reader.read, job, request.request, answer)

    def _end(self, ended: EndedJob, reader: SourceReader, queries: Mapping[str, Query]) -> SourceOutcome:
        """Return the outcome of a job, and record the error of one that ended without an answer."""
        job, fetch = ended.job, ended.job.fetched
        if ended.error:
            fetch = add_pages(fetch, record_result(self.store, job, reader.failed(job, ended.error), queries))
        elif fetch is None:
            fetch = Fetch(at=self.now, fetch_class=FetchClass.DEFERRED)
        return SourceOutcome(source=job.source, fetch=fetch, is_thread=job.is_thread)

    async def _refresh_responses(self, end: datetime) -> AsyncGenerator[RefreshOutcome]:
        """Refresh the responses of entries of the polled sources, in the time that is left."""
        now = clock.now()
        sources = merge_sources(query for query in self.queries if not self.only or query.name in self.only)
        threads = followed_threads(self.store, now - LAST_REFRESH)
        refreshable = refreshable_sources(sources.values(), threads, self.registry)
        refreshing = refresh_responses(
            self.store, self.client, self.registry, refreshable, now=now, environ=self.environ, longest=end - now
        )
        async with aclosing(refreshing) as outcomes:
            async for outcome in outcomes:
                yield outcome


@contextmanager
def open_poll(
    settings: Settings,
    queries: Sequence[Query],
    *,
    broken: Collection[str] = (),
    only: Collection[str] = (),
    force: bool = False,
    bounds: IntervalBounds = IntervalBounds(),  # noqa: B008 (frozen)
) -> Iterator[Poll]:
    """Wire a poll: the lock, the database, the client and the kinds of source; see `Poll` for the rest.

    Raise AlreadyPollingError where another poll of the database is running.
    """
    limits = FetchLimits.from_environment(os.environ)
    client = Client(limits, private_hosts(merge_sources(queries).values()))
    with poll_lock(settings.db), open_store(settings.db) as store:
        yield Poll(
            queries=queries,
            store=store,
            client=client,
            registry=source_registry(settings.queries),
            broken=broken,
            only=only,
            force=force,
            bounds=bounds,
        )
