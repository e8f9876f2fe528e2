"""One poll: the objects that it is wired of, and its order."""

import logging
import os
import time
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from brandwatch import clock, storage
from brandwatch.config.query import Query
from brandwatch.config.secrets import LogText
from brandwatch.config.settings import Settings
from brandwatch.errors import FetchError
from brandwatch.feeds import ParserSandbox
from brandwatch.http import Client, FetchLimits, fetch_batches, host_of
from brandwatch.models import Document, Fetch, FetchClass, PollClock, RefreshOutcome, Source, SourceOutcome, SourceState
from brandwatch.pipeline import (
    clock_trust,
    edits,
    expire,
    jobs,
    loading,
    poll_end,
    read,
    record,
    refresh_responses,
    schedule,
    source_condition,
    source_selection,
)
from brandwatch.pipeline.job_queue import EndedJob, JobQueue, add_pages
from brandwatch.pipeline.schedule import LAST_REFRESH, IntervalBounds
from brandwatch.pipeline.source_state import StateRules, hash_queries
from brandwatch.pipeline.work_thread import WorkThread
from brandwatch.sources.registry import Registry
from brandwatch.storage import alert_rows, atomic_files, poll_clock, sources
from brandwatch.storage.sources import SourceSummary

_LOG = logging.getLogger(__name__)

MAX_POLL_DURATION = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""

# A poll that is killed loses what it has not committed: those sources are due again.
_COMMIT_SECONDS = 0.25

RequestAnswer = tuple[jobs.NextRequest | jobs.TokenRequest, Document | FetchError]


@dataclass(frozen=True, slots=True)
class PollStarted:
    """The first event of a poll: the number of sources that are due."""

    sources: int


PollEvent = edits.QueryEdit | PollStarted | SourceOutcome | RefreshOutcome | expire.ExpiryResult | poll_end.PollEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll and the objects that it works with.

    *broken* are the names of query files with errors, whose mentions do not expire. *only* names the queries whose
    sources are polled (empty: all); entries are matched against all *queries*. *force* polls sources that are not due.
    *prints_notices*: the notices of the last event are printed, and not again by a later poll.
    """

    queries: Sequence[Query]
    store: storage.Store
    client: Client
    registry: Registry
    broken: Collection[str] = ()
    only: Collection[str] = ()
    force: bool = False
    prints_notices: bool = False
    bounds: IntervalBounds = field(default_factory=IntervalBounds)
    max_duration: timedelta = MAX_POLL_DURATION
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: datetime = field(default_factory=clock.now)

    async def run(self) -> AsyncGenerator[PollEvent]:
        """Poll everything that is due; yield what happens as it happens.

        A poll that is cancelled ends between two transactions: each source is stored whole or not at all.
        """
        end = self.now + self.max_duration
        async with aclosing(edits.apply_edits(self.queries, self.broken, self.store)) as applied:
            async for edit in applied:
                yield edit
        last = poll_clock.read_poll_clock(self.store)
        # Before the poll changes them.
        summaries = sources.source_summaries(self.store)
        remarkable = self._remarkable_states(summaries)
        due = self.due_jobs(last, summaries)
        yield PollStarted(len(due))
        outcomes = []
        async with self.client:
            async with aclosing(self.read_and_record(due)) as recorded:
                async for outcome in recorded:
                    outcomes.append(outcome)
                    yield outcome
            self._count_deferrals(due, outcomes)
            evaluated = self._evaluate_clock(last, outcomes)
            if not evaluated.doubt:
                async with aclosing(self.refresh_responses(end)) as refreshed:
                    async for outcome_of_refresh in refreshed:
                        yield outcome_of_refresh
        expiry = await expire.expire_overdue(self.queries, self.broken, self.store, evaluated)
        yield expiry
        facts = self._facts(summaries, remarkable, due, outcomes)
        # Times by an untrusted clock would make outages of hours last for weeks.
        changes = poll_end.AlertChanges() if expiry.clock.doubt else poll_end.decide_alerts(facts)
        yield poll_end.conclude(facts, changes)
        # A poll that is killed before has its notices printed again, rather than never.
        poll_end.store_alerts(self.store, changes, facts, are_printed=self.prints_notices)

    def polled_sources(self) -> dict[str, Source]:
        """Return the sources that the poll is for, by URL."""
        return schedule.merge_sources(query for query in self.queries if not self.only or query.name in self.only)

    def _remarkable_states(self, summaries: Mapping[str, SourceSummary]) -> tuple[SourceState, ...]:
        alerts = alert_rows.source_alerts(self.store)
        urls = source_selection.remarkable_sources(self.polled_sources(), summaries, alerts)
        return sources.states_of_sources(self.store, urls)

    def _facts(
        self,
        summaries: Mapping[str, SourceSummary],
        remarkable: Sequence[SourceState],
        due: Sequence[jobs.SourceJob],
        outcomes: Sequence[SourceOutcome],
    ) -> poll_end.PollFacts:
        """Collect what is known at the end of the poll; *summaries* and *remarkable* states are those at its begin."""
        polled = self.polled_sources()
        read_again = sources.states_of_sources(self.store, {job.source.url for job in due})
        return poll_end.PollFacts(
            now=self.now,
            polled=polled,
            summaries=summaries,
            states={state.url: state for state in (*remarkable, *read_again)},
            outcomes={
                outcome.source.url: outcome
                for outcome in outcomes
                if outcome.source.url in polled and outcome.fetch.fetch_class is not FetchClass.DEFERRED
            },
            missing=len(due) - len(outcomes),
            failed_before={job.source.url for job in due if source_condition.is_failing(job.state)},
            alerts=alert_rows.source_alerts(self.store),
            subjects=alert_rows.subject_alerts(self.store),
        )

    def due_jobs(
        self, last: PollClock | None = None, summaries: Mapping[str, SourceSummary] | None = None
    ) -> list[jobs.SourceJob]:
        """Return the sources and comment threads that are due, with what they have cost this month.

        *summaries* are those of all sources, if they were read already. *last* is the clock of the last poll. After a
        leap this poll is in safe mode: it fetches and stores, and deletes nothing.
        """
        leapt_from = None
        if last and (doubt := clock_trust.first_doubt(last, self.now)):
            leapt_from = last.trusted or self.now
            _LOG.info("safe mode doubt=%s now=%s trusted=%s", doubt, self.now, last.trusted)
        if summaries is None:
            summaries = sources.source_summaries(self.store)
        resting = set() if self.force else source_selection.resting_sources(summaries.values(), self.now)
        threads = sources.followed_threads(self.store, self.now)
        urls = {*schedule.merge_sources(self.queries), *(thread.url for thread in threads)} - resting
        due = jobs.due_jobs(
            self.queries,
            sources.states_of_sources(self.store, urls),
            self.now,
            self.registry,
            threads=threads,
            only=self.only,
            force=self.force,
            slowest=self.bounds.slowest,
            resting=resting,
        )
        # A wrong clock starts no new month.
        month = min(self.now, leapt_from or self.now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        due = [
            replace(job, spent_entries=sources.count_fetched_entries(self.store, job.source.url, month))
            if job.kind.spend
            else job
            for job in due
        ]
        return [replace(job, leapt_from=leapt_from) for job in due] if leapt_from else due

    async def read_and_record(self, due: Sequence[jobs.SourceJob]) -> AsyncGenerator[SourceOutcome]:
        """Fetch, read and record sources; yield how each ended.

        After the longest duration of a poll no further request is sent.
        """
        rules = StateRules(
            now=self.now, queries_hash=hash_queries(self.queries), key=self.store.secret_key, bounds=self.bounds
        )
        matcher = read.LazyMatcher(self.queries)
        with ParserSandbox() as sandbox, WorkThread() as thread:
            reader = read.SourceReader(matcher=matcher, sandbox=sandbox, rules=rules, environ=self.environ)
            queue = JobQueue(reader)
            for ended in queue.start(due):
                yield await self._outcome(ended, reader, thread)
            seconds, in_flight = self.max_duration.total_seconds(), self.client.in_flight
            batches = fetch_batches(queue.requests, self.client, seconds=seconds, in_flight=in_flight)
            async with aclosing(batches):
                async for answers in batches:
                    for ended in await self._handle_answers(answers, queue, reader, thread):
                        yield await self._outcome(ended, reader, thread)

    def _evaluate_clock(self, last: PollClock, outcomes: Sequence[SourceOutcome]) -> PollClock:
        """Compare the clock of this poll with the servers and store the result; a trusted one corrects wrong times."""
        private = {host_of(one.source.url) for one in outcomes if self.client.may_be_private(one.source.url)}
        evaluated = clock_trust.evaluate_clock(last, self.now, outcomes, private)
        poll_clock.save_poll_clock(self.store, evaluated, clock_trust.TIME_LIMITS)
        if evaluated.doubt:
            counts = (evaluated.servers, evaluated.agreeing)
            _LOG.info("clock not trusted doubt=%s servers=%d agreeing=%d", evaluated.doubt, *counts)
        return evaluated

    def _count_deferrals(self, due: Sequence[jobs.SourceJob], outcomes: Sequence[SourceOutcome]) -> None:
        """Store which sources were due and not fetched: their budget was spent, or the poll took too long."""
        fetched = {outcome.source.url for outcome in outcomes if outcome.fetch.fetch_class is not FetchClass.DEFERRED}
        waiting = [job.state for job in due if not job.is_thread and job.source.url not in fetched]
        if waiting:
            _LOG.info("waiting sources=%d", len(waiting))
            sources.count_deferrals(self.store, waiting)

    async def _handle_answers(
        self, answers: Sequence[RequestAnswer], queue: JobQueue, reader: read.SourceReader, thread: WorkThread
    ) -> list[EndedJob]:
        """Read and record answers in the thread; return the jobs that end with them.

        A poll that is cancelled meanwhile reads no further source, and records those that it has read.
        """
        redacted = [
            (request, self._redact(reader, request, answer))
            for request, answer in answers
            if isinstance(request, jobs.NextRequest)
        ]
        recorded = iter(await thread.run(partial(self._read_and_record, redacted, reader, thread)))
        ended: list[EndedJob] = []
        for request, answer in answers:
            if isinstance(request, jobs.TokenRequest):
                ended += queue.handle_token(request, answer)
            elif (one := next(recorded, None)) is not None:
                ended += queue.handle_result(request.job, *one)
        return ended

    def _redact(
        self, reader: read.SourceReader, request: jobs.NextRequest, answer: Document | FetchError
    ) -> Document | FetchError:
        redacted = reader.redact(request.job, answer)
        if isinstance(redacted, FetchError):
            # Its body may ask for a pause that the client has not seen.
            self.client.respect_retry_after(request.request, redacted)
        return redacted

    def _read_and_record(
        self,
        answers: Sequence[tuple[jobs.NextRequest, Document | FetchError]],
        reader: read.SourceReader,
        thread: WorkThread,
    ) -> list[tuple[jobs.SourceResult, Fetch]]:
        """Read answers and record their results together, at least every 250 ms."""
        recorded: list[tuple[jobs.SourceResult, Fetch]] = []
        results: list[tuple[jobs.SourceJob, jobs.SourceResult]] = []
        start = time.monotonic()
        for request, answer in answers:
            if thread.is_stopping:
                break
            results.append((request.job, reader.read(request.job, request.request, answer)))
            if time.monotonic() - start > _COMMIT_SECONDS:
                recorded += self._record(results)
                results, start = [], time.monotonic()
        return recorded + self._record(results)

    def _record(
        self, results: Sequence[tuple[jobs.SourceJob, jobs.SourceResult]]
    ) -> list[tuple[jobs.SourceResult, Fetch]]:
        queries = {query.name: query for query in self.queries}
        fetches = record.record_results(self.store, results, queries, self.broken)
        return [(result, fetch) for (_, result), fetch in zip(results, fetches, strict=True)]

    async def _outcome(self, ended: EndedJob, reader: read.SourceReader, thread: WorkThread) -> SourceOutcome:
        """Build the outcome of a job; record the error of one that ended without an answer."""
        job, fetch = ended.job, ended.job.fetched
        if ended.error:
            _LOG.info("failed source=%s class=%s error=%s", job, ended.error.fetch_class, LogText(ended.error.message))
            failure = [(job, reader.failure(job, ended.error))]
            ((_, failed),) = await thread.run(partial(self._record, failure))
            fetch = add_pages(fetch, failed)
        elif fetch is None:
            fetch = Fetch(at=self.now, fetch_class=FetchClass.DEFERRED)
        return SourceOutcome(source=job.source, fetch=fetch, is_thread=job.is_thread)

    async def refresh_responses(self, end: datetime) -> AsyncGenerator[RefreshOutcome]:
        """Refresh the responses of entries of the polled sources, until the end of the poll."""
        now = clock.now()
        polled = self.polled_sources()
        threads = sources.followed_threads(self.store, now - LAST_REFRESH)
        refreshable = jobs.refreshable_sources(polled.values(), threads, self.registry)
        if not refreshable:
            return
        refresh = refresh_responses.ResponseRefresh(
            store=self.store, registry=self.registry, sources=refreshable, environ=self.environ, now=now
        )
        async with aclosing(refresh.run(self.client, end - now)) as outcomes:
            async for outcome in outcomes:
                yield outcome


@contextmanager
def open_poll(  # noqa: PLR0913 (the options of a poll)
    settings: Settings,
    queries: Sequence[Query],
    *,
    broken: Collection[str] = (),
    only: Collection[str] = (),
    force: bool = False,
    prints_notices: bool = False,
    bounds: IntervalBounds = IntervalBounds(),  # noqa: B008 (frozen)
    in_flight: int | None = None,
) -> Iterator[Poll]:
    """Wire a poll: the lock, the database, the client and the kinds of source; see `Poll` for the rest.

    *in_flight* is the number of concurrent requests, `None` for the default. Raise AlreadyPollingError where another
    poll of the database is running, UsageError where the limit of descriptors is too low for *in_flight*.
    """
    with storage.poll_lock(settings.db), storage.open_store(settings.db) as store:
        atomic_files.sweep_leftovers(settings.db.parent)
        yield wire_poll(
            store,
            settings,
            queries,
            broken=broken,
            only=only,
            force=force,
            prints_notices=prints_notices,
            bounds=bounds,
            in_flight=in_flight,
        )


def wire_poll(
    store: storage.Store,
    settings: Settings,
    queries: Sequence[Query],
    *,
    in_flight: int | None = None,
    **options: Any,  # noqa: ANN401
) -> Poll:
    """Wire a poll of a database whose lock the caller holds; *options* are further fields of `Poll`."""
    limits = FetchLimits.from_environment(os.environ, in_flight)
    client = Client(limits, jobs.private_hosts(schedule.merge_sources(queries).values()))
    registry = loading.source_registry(settings.queries)
    return Poll(queries=queries, store=store, client=client, registry=registry, **options)
