"""The sources to poll: which are due now, each with its state and its progress; and what reading them gives."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.config.secrets import LogText
from brandwatch.models import COMMENTS_KIND, FEED_KIND, Document, Entry, Fetch, Gap, MatchResult, Request, SourceState
from brandwatch.pipeline import schedule
from brandwatch.pipeline.schedule import CRON_SLACK, MAX_INTERVAL
from brandwatch.pipeline.source_condition import is_paused
from brandwatch.pipeline.stored_times import believed_due
from brandwatch.sources.registry import PLAIN_FEED, Registry
from brandwatch.sources.request import thread_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from brandwatch.config.kind import Kind
    from brandwatch.config.query import Query
    from brandwatch.models import Source, Thread
    from brandwatch.stories.identity import Identity


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceJob:
    """One source to poll, its stored state, and its progress in this poll.

    *queries* are those that name it. A comment thread is named by none; *thread* is the link of its entry. *interval*
    is `None` where it is learned. *token* is the access token of this poll. *spent_entries* were read this month before
    this poll, where entries cost money.

    A source may have pages: *page* is the number of the one to be requested now, *listed* counts the entries of those
    before, *cursor* is their newest, *fetched* their result. *probed* is an empty answer that is held until a probe
    tells whether the source is closed. *leapt_from* is the last trusted poll if the clock has leapt since.
    """

    source: Source
    state: SourceState
    kind: Kind = PLAIN_FEED
    queries: frozenset[str] = frozenset()
    interval: timedelta | None = None
    is_thread: bool = False
    thread: str = ""
    token: str = ""
    spent_entries: int = 0
    page: int = 1
    listed: int = 0
    cursor: str = ""
    fetched: Fetch | None = None
    probed: Document | None = None
    leapt_from: datetime | None = None

    def __str__(self) -> str:
        return str(LogText(self.source.url))


class MatchedEntry(NamedTuple):
    """An entry that matched: its position in the document, its identity, and the results by query name.

    *is_seen*: the source had it before this poll, unchanged. That is asked only if its queries or their reader are new.
    """

    position: int
    entry: Entry
    identity: Identity
    results: dict[str, MatchResult]
    is_seen: bool = False


class NextRequest(NamedTuple):
    """A request, and the job that its answer is read for."""

    job: SourceJob
    request: Request


class TokenRequest(NamedTuple):
    """The request for the access token of a kind, and the jobs that wait for it."""

    jobs: tuple[SourceJob, ...]
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult:
    """An answer, read. It can be pickled. It is the last of its source unless there is a *next* request.

    *unparsed* are the seen entries of the document that were not read again. *is_rematched*: the last document of the
    source was matched against other queries, or read by another version.
    """

    fetch: Fetch
    state: SourceState
    matched: tuple[MatchedEntry, ...] = ()
    gap: Gap | None = None
    unparsed: bytes = b""
    is_rematched: bool = False
    next: NextRequest | None = None


def due_jobs(  # noqa: PLR0913 (what decides what is due)
    queries: Sequence[Query],
    states: Iterable[SourceState],
    now: datetime,
    registry: Registry,
    *,
    threads: Collection[Thread] = (),
    only: Collection[str] = (),
    force: bool = False,
    slowest: timedelta = MAX_INTERVAL,
    resting: Collection[str] = (),
) -> list[SourceJob]:
    """Return the sources of *queries*, then comment threads, that are due *now*, those that wait longest first.

    A source that hangs comes after the others, unless it was deferred for that.

    *only* names the queries whose sources are polled (empty: all). *force* includes sources that are not due or paused.
    *slowest* is the longest interval of a source without one of its own. *resting* are the URLs of sources that are
    known not to be due; their states are not needed.
    A budget of a kind goes to the jobs in this order: what a query names comes before the threads below its mentions.
    """
    states_by_url = {state.url: state for state in states}
    merged = schedule.merge_sources(queries)
    # A thread that is due is asked for as its source is, due or not.
    needed = merged.keys() - (set(resting) - {thread.through for thread in threads})
    jobs = {job.source.url: job for job in _query_jobs(queries, merged, needed, states_by_url, registry)}
    thread_jobs = {job.source.url: job for job in _thread_jobs(threads, jobs, states_by_url, registry)}
    jobs |= {url: job for url, job in thread_jobs.items() if url not in merged}
    due = [
        job
        for url, job in jobs.items()
        if url not in resting
        and (not only or not job.queries.isdisjoint(only))
        and (force or _is_due(job, now, slowest))
    ]
    due.sort(key=lambda job: _place(job, now, slowest))
    threads_due = sum(job.is_thread for job in due)
    known = len(merged) + sum(url not in merged for url in thread_jobs)
    _LOG.info("due sources=%d threads=%d of=%d", len(due) - threads_due, threads_due, known)
    return due


def _place(job: SourceJob, now: datetime, slowest: timedelta) -> tuple[bool, bool, float]:
    """Return the key by which sources are sorted."""
    when = next_due(job, now, slowest)
    is_last = schedule.is_hanging(job.state) and not job.state.deferrals
    return job.is_thread, is_last, when.timestamp() if when else 0.0


def next_due(job: SourceJob, now: datetime, slowest: timedelta = MAX_INTERVAL) -> datetime | None:
    """Return the next poll of a source, `None` for now: it was never fetched, or the stored time is impossible."""
    return believed_due(job.state, now, max(job.interval or slowest, job.kind.limits.interval or slowest))


def _is_due(job: SourceJob, now: datetime, slowest: timedelta) -> bool:
    due = next_due(job, now, slowest)
    return not is_paused(job.state) and (due is None or due <= now + CRON_SLACK)


def _query_jobs(
    queries: Sequence[Query],
    merged: Mapping[str, Source],
    needed: Collection[str],
    states: Mapping[str, SourceState],
    registry: Registry,
) -> Iterator[SourceJob]:
    """Yield a job for each of the *merged* sources that is *needed*."""
    queries_by_url: defaultdict[str, set[str]] = defaultdict(set)
    for query in queries:
        for source in query.sources:
            if source.url in needed:
                queries_by_url[source.url].add(query.name)
    for url, source in merged.items():
        if url not in needed:
            continue
        yield SourceJob(
            source=source,
            state=states.get(url) or SourceState(url=url, kind=source.kind),
            kind=registry.kind_to_poll(source.kind),
            queries=frozenset(queries_by_url[url]),
            interval=source.interval,
        )


def _thread_jobs(
    threads: Iterable[Thread], jobs: Mapping[str, SourceJob], states: Mapping[str, SourceState], registry: Registry
) -> Iterator[SourceJob]:
    """Yield a job for each comment thread, except those of sources that no query names any more."""
    for thread in threads:
        parent = jobs.get(thread.through)
        if parent and (source := thread_source(parent.kind, parent.source, Entry(comment_feed=thread.url))):
            yield SourceJob(
                source=source,
                state=states.get(source.url) or SourceState(url=source.url, kind=source.kind),
                kind=registry.kind_to_poll(source.kind),
                queries=parent.queries,
                is_thread=True,
                thread=thread.thread,
            )


def private_hosts(sources: Iterable[Source]) -> list[str]:
    """Return the hosts, with their ports, of the sources that may be on a private network."""
    return [urls.netloc(source.url) for source in sources if source.allow_private]


def refreshable_sources(sources: Iterable[Source], threads: Iterable[Thread], registry: Registry) -> list[Source]:
    """Return the sources whose entries can be refreshed: *sources* and their comment threads, but no feeds.

    A feed has all its counts whenever it is read.
    """
    by_url = {source.url: source for source in sources}
    thread_sources = {}
    for thread in threads:
        if parent := by_url.get(thread.through):
            source = thread_source(registry.kind_to_poll(parent.kind), parent, Entry(comment_feed=thread.url))
            if source and source.url not in by_url:
                thread_sources[source.url] = source
    return [source for source in (by_url | thread_sources).values() if source.kind not in {FEED_KIND, COMMENTS_KIND}]
