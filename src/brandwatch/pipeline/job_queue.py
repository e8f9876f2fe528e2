"""The jobs of one poll that wait: for an access token, for the budget of their kind, or for their next page."""

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from brandwatch.errors import FetchError
from brandwatch.http import HostQueue
from brandwatch.models import Document, Fetch, FetchClass, Request
from brandwatch.pipeline.jobs import NextRequest, SourceJob, SourceResult, TokenRequest
from brandwatch.pipeline.read import SourceReader
from brandwatch.sources import auth, pagination

_LOG = logging.getLogger(__name__)


class BudgetTurn(NamedTuple):
    """The jobs that may start now, and those that are deferred to the next poll."""

    starting: tuple[SourceJob, ...] = ()
    deferred: tuple[SourceJob, ...] = ()


class KindBudgets:
    """The requests that are left of the budget of each kind; a kind without one has no limit."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._reserved: dict[str, int] = {}
        self._running: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[SourceJob]] = defaultdict(deque)

    def start(self, job: SourceJob) -> BudgetTurn:
        """Queue a job for the budget of its kind; return the jobs that may start."""
        if not job.kind.limits.budget:
            return BudgetTurn((job,))
        self._waiting[job.source.kind].append(job)
        return self._next(job)

    def spend(self, job: SourceJob) -> bool:
        """Spend one more request of a job that has started; return whether there was one."""
        kind, url = job.source.kind, job.source.url
        if not job.kind.limits.budget:
            return True
        if self._reserved[url]:
            self._reserved[url] -= 1
            return True
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True

    def end(self, job: SourceJob) -> BudgetTurn:
        """Give the requests that a job did not need back to the budget; return the jobs that may start."""
        if not job.kind.limits.budget:
            return BudgetTurn()
        self._left[job.source.kind] += self._reserved.pop(job.source.url)
        self._running[job.source.kind] -= 1
        return self._next(job)

    def _next(self, job: SourceJob) -> BudgetTurn:
        """Start jobs of the same kind while the budget covers all their pages; the last one may be cut short."""
        kind = job.source.kind
        left, waiting = self._left.setdefault(kind, job.kind.limits.budget), self._waiting[kind]
        starting = []
        while waiting:
            first = waiting[0]
            max_requests = pagination.max_pages(first.kind)
            if first.kind.probe is not None:
                max_requests += 1
            if left < max_requests and (not left or self._running[kind]):
                break
            waiting.popleft()
            reserved = min(max_requests, left)
            self._reserved[first.source.url] = reserved - 1  # the first request is spent at once
            left -= reserved
            self._running[kind] += 1
            starting.append(first)
        self._left[kind] = left
        deferred: tuple[SourceJob, ...] = ()
        if not left and not self._running[kind]:
            deferred = tuple(waiting)
            waiting.clear()
        return BudgetTurn(tuple(starting), deferred)


class EndedJob(NamedTuple):
    """A job that is over: it failed with an *error*, was read to its end, or is deferred with nothing fetched."""

    job: SourceJob
    error: FetchError | None = None


class JobQueue:
    """Turns jobs into requests, and yields the jobs that end: with an answer, or without a request."""

    def __init__(self, reader: SourceReader) -> None:
        self.requests: HostQueue[NextRequest | TokenRequest] = HostQueue()
        self._reader = reader
        self._budgets = KindBudgets()

    def start(self, jobs: Iterable[SourceJob]) -> Iterator[EndedJob]:
        """Queue the first request of each job, or that for the access token of its kind."""
        waiting: defaultdict[str, list[SourceJob]] = defaultdict(list)
        token_requests: dict[str, Request] = {}
        for job in jobs:
            try:
                token = None
                if job.kind.token:
                    token = auth.token_request(job.kind, self._reader.environ, job.source.user_agent)
            except FetchError as error:
                yield EndedJob(job, error)
                continue
            if token:
                token_requests[job.source.kind] = token
                waiting[job.source.kind].append(job)
            else:
                yield from self._start(self._budgets.start(job))
        for kind, request in token_requests.items():
            self.requests.add(TokenRequest(tuple(waiting[kind]), request), request)

    def handle_token(self, request: TokenRequest, answer: Document | FetchError) -> Iterator[EndedJob]:
        """Queue the jobs that waited for an access token; without one they end."""
        for job in request.jobs:
            try:
                token = auth.read_token(job.kind, answer, self._reader.environ)
            except FetchError as error:
                yield EndedJob(job, error)
            else:
                yield from self._start(self._budgets.start(replace(job, token=token)))

    def handle_result(self, job: SourceJob, result: SourceResult, fetch: Fetch) -> Iterator[EndedJob]:
        """Queue the next request of a job, or end it; *fetch* is the recorded one of this result."""
        fetched = add_pages(job.fetched, fetch)
        if result.next is None:
            yield from self._end(replace(job, fetched=fetched))
            return
        next_job = replace(result.next.job, fetched=fetched)
        try:
            _raise_over_spend_cap(next_job)
        except FetchError as error:
            yield from self._end(next_job, error)
            return
        # A probe is sent once also with the last request of a budget: the empty answer would never be settled.
        if self._budgets.spend(next_job) or next_job.probed is not None:
            self.requests.add(NextRequest(next_job, result.next.request), result.next.request)
        else:
            # The next poll starts where this one did.
            _LOG.info("stopped source=%s page=%d reason=budget kind=%s", job, job.page, job.source.kind)
            yield from self._end(next_job)

    def _end(self, job: SourceJob, error: FetchError | None = None) -> Iterator[EndedJob]:
        yield EndedJob(job, error)
        yield from self._start(self._budgets.end(job))

    def _start(self, turn: BudgetTurn) -> Iterator[EndedJob]:
        """Queue the first request of the jobs that may start."""
        for job in turn.deferred:
            _LOG.info("deferred source=%s kind=%s", job, job.source.kind)
            yield EndedJob(job)
        for job in turn.starting:
            try:
                _raise_over_spend_cap(job)
                request = self._reader.request(job)
            except FetchError as error:
                yield from self._end(job, error)
            else:
                self.requests.add(NextRequest(job, request), request)


def _raise_over_spend_cap(job: SourceJob) -> None:
    """Raise FetchError (`blocked`) for a source that costs money and is not requested again this month."""
    if job.kind.spend is None:
        return
    entries = job.spent_entries
    if job.fetched:
        entries += job.fetched.entries
    if reason := pagination.over_spend_cap(job.kind, job.source, entries):
        raise FetchError(FetchClass.BLOCKED, reason, "a higher cap, or fewer names")


def add_pages(before: Fetch | None, fetch: Fetch) -> Fetch:
    """Add up the pages of a source, which ended as the last one did."""
    if before is None:
        return fetch
    return replace(
        fetch,
        size=before.size + fetch.size,
        entries=before.entries + fetch.entries,
        counts=before.counts + fetch.counts,
        remark=fetch.remark or before.remark,
        server_time=fetch.server_time or before.server_time,
    )
