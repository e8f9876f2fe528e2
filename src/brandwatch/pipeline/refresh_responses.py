"""Refresh the responses of stored entries: when, by which requests, and what the answers mean."""

import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from brandwatch.config import secrets
from brandwatch.config.kind import Kind
from brandwatch.errors import FetchError, ParseError
from brandwatch.http import Client, HostQueue, fetch_all
from brandwatch.models import Document, FetchClass, RefreshOutcome, Response, ResponseReading, Source
from brandwatch.pipeline.schedule import CRON_SLACK, LAST_REFRESH, REFRESH_STEPS
from brandwatch.pipeline.work_thread import WorkThread
from brandwatch.sources import auth, refresh
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import explain_refusal
from brandwatch.storage import Store, responses

_LOG = logging.getLogger(__name__)

_GROWING_AGE = timedelta(hours=24)
_MIN_PAUSE = timedelta(hours=1)
# Polls come when cron starts them: a step that is nearer than this to a reading is that reading.
_MIN_STEP_DISTANCE = timedelta(minutes=30)
_PAUSE_PER_AGE = 1 / 2
# Per poll, of a kind without a budget.
_MAX_ENTRIES = 1_000
_GONE = frozenset({404, 410})


def refresh_start(published: datetime | None, found: datetime) -> datetime:
    """Return the moment from which on an entry could be responded to."""
    return min(published, found) if published else found


def first_refresh(published: datetime | None, found: datetime, *, is_counted: bool) -> datetime | None:
    """Return the first refresh of an entry, `None` for never; *is_counted* says that it was found with some counts."""
    step = _next_step(refresh_start(published, found), found)
    if is_counted:
        return step
    return min(step, found + _MIN_PAUSE) if step else found + _MIN_PAUSE


def next_refresh(start: datetime, now: datetime, *, has_changed: bool) -> datetime | None:
    """Return the refresh after an answer, `None` for never.

    *has_changed* says that the counts differ from those before; without that an entry is left alone from a day on.
    """
    step = _next_step(start, now)
    return step if step and (has_changed or step - start <= _GROWING_AGE) else None


def refresh_after_failure(start: datetime, now: datetime, retry_at: datetime | None = None) -> datetime | None:
    """Return the refresh after a failure, `None` for never; *retry_at*, given by the server, can only delay it.

    The pause is half of the entry's age, so that it grows with every failure.
    """
    age = now - start
    if age >= LAST_REFRESH:
        return None
    due = max(now + _MIN_PAUSE, min(now + age * _PAUSE_PER_AGE, start + LAST_REFRESH))
    return max(due, retry_at) if retry_at else due


def _next_step(start: datetime, now: datetime) -> datetime | None:
    return next((start + step for step in REFRESH_STEPS if start + step >= now + _MIN_STEP_DISTANCE), None)


class RefreshTokenRequest(NamedTuple):
    """The request for the access token of a kind, and the requests that wait for it."""

    kind: Kind
    waiting: tuple[refresh.RefreshRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRefresh:
    """One refresh of all entries, seen through *sources*, whose responses are due.

    Each answer in its *queue* is recorded, or leads to further requests.
    """

    store: Store
    registry: Registry
    sources: Iterable[Source]
    environ: Mapping[str, str]
    now: datetime
    queue: HostQueue[refresh.RefreshRequest | RefreshTokenRequest] = field(default_factory=HostQueue)

    async def run(self, client: Client, longest: timedelta) -> AsyncGenerator[RefreshOutcome]:
        """Send the requests that are due; yield the outcome of each. After *longest* no further request is sent."""
        by_url = {source.url: source for source in self.sources}
        # One query for all kinds: in most polls nothing is due.
        if not responses.refresh_due(self.store, by_url, self.now + CRON_SLACK, 1):
            return
        for outcome in self._start(self._due_requests(by_url)):
            yield outcome
        answers = fetch_all(self.queue, client, seconds=longest.total_seconds(), in_flight=client.in_flight)
        with WorkThread() as thread:
            async with aclosing(answers):
                async for request, answer in answers:
                    if isinstance(request, RefreshTokenRequest):
                        for outcome in self._handle_token(request, answer):
                            yield outcome
                    else:
                        redacted = secrets.redact_response(answer, request.source, self.environ, request.token)
                        yield await thread.run(partial(self._record, request, redacted))

    def _due_requests(self, sources: Mapping[str, Source]) -> Iterator[refresh.RefreshRequest]:
        """Yield the requests that are due, of each kind within its budget; drop entries that no request can name."""
        urls_by_kind: defaultdict[str, list[str]] = defaultdict(list)
        for source in sources.values():
            urls_by_kind[source.kind].append(source.url)
        for name, urls in urls_by_kind.items():
            kind = self.registry.kind(name)
            if kind.refresh is None:
                continue
            budget = kind.limits.budget
            limit = budget * kind.refresh.batch or _MAX_ENTRIES
            due = responses.refresh_due(self.store, urls, self.now + CRON_SLACK, limit)
            requests, unnamed = refresh.refresh_requests(kind, due, sources)
            _LOG.info("refresh kind=%s due=%d requests=%d unnamed=%d", name, len(due), len(requests), len(unnamed))
            if unnamed:
                never = [ResponseReading(id=entry.id, response=Response(), refresh_at=None) for entry in unnamed]
                responses.record_readings(self.store, never, self.now)
            yield from requests[: budget or None]

    def _start(self, requests: Iterable[refresh.RefreshRequest]) -> Iterator[RefreshOutcome]:
        """Queue each request, or the token that it waits for; yield the outcomes of those that cannot be sent."""
        waiting: defaultdict[str, list[refresh.RefreshRequest]] = defaultdict(list)
        for request in requests:
            if auth.requires_token(request.kind):
                waiting[request.kind.name].append(request)
            else:
                yield from self._enqueue(request)
        for listed in waiting.values():
            kind = listed[0].kind
            try:
                token = auth.token_request(kind, self.environ, listed[0].source.user_agent)
            except FetchError as error:
                yield from (self._record(request, error) for request in listed)
            else:
                if token:
                    self.queue.add(RefreshTokenRequest(kind, tuple(listed)), token)

    def _handle_token(self, request: RefreshTokenRequest, answer: Document | FetchError) -> Iterator[RefreshOutcome]:
        """Queue the requests that waited for a token; without one they fail."""
        try:
            token = auth.read_token(request.kind, answer, self.environ)
        except FetchError as error:
            # Without its status: a token that is not there does not mean that an entry is gone.
            failure = FetchError(error.fetch_class, error.message, error.hint, retry_at=error.retry_at)
            yield from (self._record(waiting, failure) for waiting in request.waiting)
        else:
            for waiting in request.waiting:
                yield from self._enqueue(replace(waiting, token=token))

    def _enqueue(self, request: refresh.RefreshRequest) -> Iterator[RefreshOutcome]:
        try:
            self.queue.add(request, refresh.build_refresh_request(request, self.environ, self.now))
        except FetchError as error:
            yield self._record(request, error)

    def _record(self, request: refresh.RefreshRequest, answer: Document | FetchError) -> RefreshOutcome:
        readings, outcome = settle_refresh(request, answer, self.now)
        responses.record_readings(self.store, readings, self.now)
        _LOG.info(
            "refreshed source=%s class=%s entries=%d counted=%d grown=%d error=%s",
            secrets.LogText(outcome.url),
            outcome.fetch_class,
            outcome.entries,
            outcome.counted,
            outcome.grown,
            secrets.LogText(outcome.error),
        )
        return outcome


class RefreshResult(NamedTuple):
    """The new response of each entry of a request, and how the request ended."""

    readings: tuple[ResponseReading, ...]
    outcome: RefreshOutcome


def settle_refresh(request: refresh.RefreshRequest, answer: Document | FetchError, now: datetime) -> RefreshResult:
    """Read an answer, from which secrets are redacted; an entry that is not in it counts as unchanged.

    After a failure every entry is due again, later.
    """
    kind, entries = request.kind, tuple(request.due.values())
    try:
        if isinstance(answer, Document):
            counts = refresh.read_refresh(request, answer, now)
        elif answer.status in _GONE and kind.refresh is not None and kind.refresh.batch == 1:
            counts = {}  # the only entry of this request is gone: it keeps its counts
        else:
            raise explain_refusal(kind, answer)
    except (FetchError, ParseError) as error:
        return _settle_failure(request, error, now)
    readings, counted, grown = [], 0, 0
    for entry in entries:
        response = counts.get(entry.id, Response())
        if response != Response():
            counted += 1
            if (response.growth_since(entry.entry.response) or 0) > 0:
                grown += 1
        start = refresh_start(entry.entry.published, entry.found)
        has_changed = response not in {Response(), entry.entry.response}
        due = next_refresh(start, now, has_changed=has_changed)
        readings.append(ResponseReading(id=entry.id, response=response, refresh_at=due))
    outcome = RefreshOutcome(
        url=request.source.url, fetch_class=FetchClass.OK, entries=len(entries), counted=counted, grown=grown
    )
    return RefreshResult(tuple(readings), outcome)


def _settle_failure(request: refresh.RefreshRequest, error: FetchError | ParseError, now: datetime) -> RefreshResult:
    readings = []
    for entry in request.due.values():
        start = refresh_start(entry.entry.published, entry.found)
        due = refresh_after_failure(start, now, error.retry_at)
        readings.append(ResponseReading(id=entry.id, response=Response(), refresh_at=due))
    outcome = RefreshOutcome(
        url=request.source.url, fetch_class=error.fetch_class, entries=len(readings), error=error.message
    )
    return RefreshResult(tuple(readings), outcome)
