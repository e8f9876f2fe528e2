"""Refresh the responses of stored entries: requests, answers, and the next time."""

from __future__ import annotations

from collections import defaultdict
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config import secrets
from brandwatch.errors import FetchError, ParseError, UsageError
from brandwatch.http import HostQueue, fetch_all
from brandwatch.models import FetchClass, RefreshOutcome, Response, ResponseReading, Source
from brandwatch.pipeline import refresh_schedule
from brandwatch.sources import auth, refresh, response
from brandwatch.sources.adapter import missing_secret_failure
from brandwatch.sources.url_templates import template_names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from brandwatch.config.kind import Kind, RefreshRule
    from brandwatch.http import Client
    from brandwatch.models import Document, RefreshDue, Request
    from brandwatch.sources.refresh import RefreshRequest
    from brandwatch.storage import Store

    Values = tuple[tuple[str, str], ...]


# How many entries one poll asks about where a kind has no budget.
_MOST = 1_000


async def refresh_responses(  # noqa: PLR0913 (what is asked, by whom, until when)
    store: Store,
    client: Client,
    kinds: Callable[[str], Kind],
    sources: Iterable[Source],
    *,
    now: datetime,
    environ: Mapping[str, str],
    longest: timedelta,
) -> AsyncGenerator[RefreshOutcome]:
    """Ask about all entries, seen through *sources*, whose responses are due, and yield how each request ended.

    *kinds* knows a kind of source by its name. After *longest* nothing further is asked.
    """
    known = {source.url: source for source in sources}
    if not store.to_reread(known, now + refresh_schedule.REFRESH_SLACK, 1):
        return

    recounting = RefreshRun(store=store, environ=environ, now=now)
    for recount in recounting.begun(_due(store, kinds, known, now)):
        yield recount
    async with aclosing(fetch_all(recounting.line, client.step, seconds=longest.total_seconds())) as found:
        async for asked, answer in found:
            for recount in recounting.taken(asked, answer):
                yield recount


def _due(
    store: Store, kinds: Callable[[str], Kind], known: Mapping[str, Source], now: datetime
) -> Iterator[RefreshBatch]:
    """Yield what is to be asked, no more of a kind than its budget; what cannot be asked about is never due again."""
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for source in known.values():
        by_kind[source.kind].append(source.url)
    for name, urls in by_kind.items():
        kind = kinds(name)
        if kind.refresh is None:
            continue
        budget = kind.limits.budget
        waiting = store.to_reread(urls, now + refresh_schedule.REFRESH_SLACK, budget * kind.refresh.batch or _MOST)
        asked, nameless = refresh_batches(kind, waiting, known)
        if nameless:
            store.keep_readings(
                [ResponseReading(id=one.id, response=Response(), refresh_at=None) for one in nameless], now
            )
        yield from asked[: budget or None]


class RefreshTokenRequest(NamedTuple):
    """A token that is asked for, and the requests of its kind that wait for it."""

    kind: Kind
    waiting: tuple[RefreshBatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRun:
    """What waits to be asked about responses, and what becomes of each answer: it is kept, or more is asked."""

    store: Store
    environ: Mapping[str, str]
    now: datetime
    line: HostQueue[RefreshBatch | RefreshTokenRequest] = field(default_factory=HostQueue)

    def begun(self, due: Iterable[RefreshBatch]) -> Iterator[RefreshOutcome]:
        """Let each request wait for its turn, or for the token of its kind; yield how those end that are not asked."""
        waiting: defaultdict[str, list[RefreshBatch]] = defaultdict(list)
        for asked in due:
            if auth.needs_token(asked.kind):
                waiting[asked.kind.name].append(asked)
            else:
                yield from self._lined_up(asked)
        for listed in waiting.values():
            yield from self._entrusted(RefreshTokenRequest(listed[0].kind, tuple(listed)))

    def taken(
        self, asked: RefreshBatch | RefreshTokenRequest, answer: Document | FetchError
    ) -> Iterator[RefreshOutcome]:
        """Take an answer; yield what has ended with it."""
        if isinstance(asked, RefreshTokenRequest):
            yield from self._trusted(asked, answer)
        else:
            yield self._kept(asked, secrets.redact_response(answer, asked.reread.source, self.environ, asked.token))

    def _entrusted(self, wanted: RefreshTokenRequest) -> Iterator[RefreshOutcome]:
        """Let a token wait for its turn; yield how those end that wait for it where it cannot be asked for."""
        try:
            request = auth.token_request(wanted.kind, self.environ)
        except UsageError as error:
            yield from (self._kept(asked, missing_secret_failure(error)) for asked in wanted.waiting)
            return
        if request:
            self.line.add(wanted, request)

    def _trusted(self, wanted: RefreshTokenRequest, answer: Document | FetchError) -> Iterator[RefreshOutcome]:
        """Let the requests that waited for a token wait for their turn; yield how they end without one."""
        try:
            if isinstance(answer, FetchError):
                raise secrets.redact_failure(answer, Source(url=""), self.environ, env=wanted.kind.env)
            token = auth.token_of(wanted.kind, answer)
        except (FetchError, ParseError) as error:
            told = response.explain_refusal(wanted.kind, error) if isinstance(error, FetchError) else error
            # Without its status: that no token is there does not mean that an entry is gone.
            without = FetchError(told.fetch_class, told.message, told.hint, retry_at=told.retry_at)
            yield from (self._kept(asked, without) for asked in wanted.waiting)
            return
        for asked in wanted.waiting:
            yield from self._lined_up(asked._replace(token=token))

    def _lined_up(self, asked: RefreshBatch) -> Iterator[RefreshOutcome]:
        """Let a request wait for its turn; yield how it ends where it cannot be asked."""
        try:
            self.line.add(asked, batch_request(asked, self.environ))
        except UsageError as error:
            yield self._kept(asked, missing_secret_failure(error))

    def _kept(self, asked: RefreshBatch, answer: Document | FetchError) -> RefreshOutcome:
        """Keep what an answer counts, and when to ask again."""
        counted, recount = settle_batch(asked, answer, self.now)
        self.store.keep_readings(counted, self.now)
        return recount


_GONE = frozenset({404, 410})


class RefreshBatch(NamedTuple):
    """One request, the entries it asks about, and the token that it is sent with."""

    kind: Kind
    reread: RefreshRequest
    entries: tuple[RefreshDue, ...]
    token: str = ""


class RefreshResult(NamedTuple):
    """What an answer means for each entry it was asked about, and how the request ended."""

    counted: tuple[ResponseReading, ...]
    recount: RefreshOutcome


def refresh_batches(
    kind: Kind, waiting: Iterable[RefreshDue], known: Mapping[str, Source]
) -> tuple[list[RefreshBatch], list[RefreshDue]]:
    """Return the requests about entries, and those that their kind cannot name; all came through *known* sources."""
    alike: defaultdict[Values, list[RefreshDue]] = defaultdict(list)
    for one in waiting:
        alike[_telling(kind.refresh, known[one.source].values)].append(one)
    asked: list[RefreshBatch] = []
    nameless: list[RefreshDue] = []
    for values, entries in alike.items():
        by_entry = {id(one.entry): one for one in entries}
        for reread in refresh.refresh_requests(kind, [one.entry for one in entries], dict(values)):
            named = tuple(by_entry.pop(id(entry)) for entry in reread.entries.values())
            asked.append(RefreshBatch(kind, reread, named))
        nameless += by_entry.values()
    return asked, nameless


def batch_request(asked: RefreshBatch, environ: Mapping[str, str]) -> Request:
    """Return what to ask; raise UsageError where a secret that is required is not in the environment."""
    request = refresh.build_refresh_request(asked.kind, asked.reread, environ, asked.token)
    return replace(request, spacing=asked.kind.limits.spacing)


def settle_batch(asked: RefreshBatch, answer: Document | FetchError, now: datetime) -> RefreshResult:
    """Read an answer, from which the secrets are withheld.

    What is not in it, or no longer there at all, counts as unchanged.
    """
    try:
        responses = _responses(asked, answer)
    except (FetchError, ParseError) as error:
        return _failed(asked, error, now)
    found = [(one, responses.get(id(one.entry), Response())) for one in asked.entries]
    counted = [(one, response) for one, response in found if response != Response()]
    recount = RefreshOutcome(
        url=asked.reread.source.url,
        fetch_class=FetchClass.OK,
        entries=len(found),
        counted=len(counted),
        grown=sum((response.growth_since(one.entry.response) or 0) > 0 for one, response in counted),
    )
    return RefreshResult(tuple(_counted(one, response, now) for one, response in found), recount)


def _telling(rule: RefreshRule | None, values: Values) -> Values:
    """Return the values that a request depends on: what differs in others is asked about together."""
    if rule is None:
        return ()
    asking = (rule.asking.url, *rule.asking.params.values(), *rule.asking.headers.values())
    used = {name for template in (*asking, *rule.map.fields.values()) for name in template_names(template)}
    return tuple((name, value) for name, value in values if name in used)


def _responses(asked: RefreshBatch, answer: Document | FetchError) -> dict[int, Response]:
    """Return what an answer counts, by the identity of the entry; raise what it ended in where it is none."""
    if isinstance(answer, FetchError):
        is_one = asked.kind.refresh is not None and asked.kind.refresh.batch == 1
        if answer.status in _GONE and is_one:
            return {}
        raise response.explain_refusal(asked.kind, answer)
    found = refresh.read_refresh(asked.kind, asked.reread, answer)
    return {id(entry): response for entry, response in found}


def _counted(one: RefreshDue, response: Response, now: datetime) -> ResponseReading:
    """Return what to keep of one entry: its counts, and when they are read again."""
    has_changed = response not in {Response(), one.entry.response}
    return ResponseReading(
        id=one.id,
        response=response,
        refresh_at=refresh_schedule.next_refresh(_start(one), now, has_changed=has_changed),
    )


def _failed(asked: RefreshBatch, error: FetchError | ParseError, now: datetime) -> RefreshResult:
    """Return what a failure means: every entry is asked about again, but later."""
    counted = tuple(
        ResponseReading(
            id=one.id,
            response=Response(),
            refresh_at=refresh_schedule.refresh_after_failure(_start(one), now, error.retry_at),
        )
        for one in asked.entries
    )
    recount = RefreshOutcome(
        url=asked.reread.source.url,
        fetch_class=FetchClass(error.fetch_class),
        entries=len(asked.entries),
        error=error.message,
    )
    return RefreshResult(counted, recount)


def _start(one: RefreshDue) -> datetime:
    """Return the moment from which on an entry could be answered."""
    return refresh_schedule.refresh_start(one.entry.published, one.found)
