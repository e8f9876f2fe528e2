"""The state of one poll: queued sources, budgets, and what becomes of each answer."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config import secrets
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import parse_document
from brandwatch.http import HostQueue
from brandwatch.models import Document, Fetch, FetchClass, SourceOutcome
from brandwatch.pipeline.jobs import NextRequest, TokenRequest
from brandwatch.pipeline.record import source_record
from brandwatch.storage.recording import record_source
from brandwatch.storage.sources import count_fetched_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from brandwatch.config.query import Query
    from brandwatch.models import Feed, Request
    from brandwatch.pipeline.jobs import SourceJob, SourceResult
    from brandwatch.pipeline.read import SourceReader
    from brandwatch.storage import Store


class BudgetTurn(NamedTuple):
    """The sources that may begin now, and those that are put off until the next poll."""

    beginning: tuple[SourceJob, ...] = ()
    put_off: tuple[SourceJob, ...] = ()


class KindBudgets:
    """What is left of the budget of each kind; a kind without one spends as it likes."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._running: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[SourceJob]] = defaultdict(deque)

    def joined(self, plan: SourceJob) -> BudgetTurn:
        """Let a source wait for its budget; return who may begin."""
        if not plan.endpoint.budget:
            return BudgetTurn((plan,))
        self._waiting[plan.source.kind].append(plan)
        return self._next(plan)

    def may_go_on(self, plan: SourceJob) -> bool:
        """Take one more request for a source that has begun; say whether there was one."""
        kind, url = plan.source.kind, plan.source.url
        if not plan.endpoint.budget:
            return True
        if self._held[url]:
            self._held[url] -= 1
            return True
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True

    def ended(self, plan: SourceJob) -> BudgetTurn:
        """Give back what a source did not need; return who may begin."""
        if not plan.endpoint.budget:
            return BudgetTurn()
        self._left[plan.source.kind] += self._held.pop(plan.source.url)
        self._running[plan.source.kind] -= 1
        return self._next(plan)

    def _next(self, plan: SourceJob) -> BudgetTurn:
        """Return who of the kind of a plan may begin, and who cannot any more in this poll."""
        kind = plan.source.kind
        left, waiting = self._left.setdefault(kind, plan.endpoint.budget), self._waiting[kind]
        beginning = []
        while waiting and (left >= waiting[0].endpoint.most or (left and not self._running[kind])):
            first = waiting.popleft()
            wanted = min(first.endpoint.most, left)
            # One of them is spent with the first request.
            self._held[first.source.url] = wanted - 1
            left -= wanted
            self._running[kind] += 1
            beginning.append(first)
        self._left[kind] = left
        is_spent = not left and not self._running[kind]
        put_off = tuple(waiting) if is_spent else ()
        if is_spent:
            waiting.clear()
        return BudgetTurn(tuple(beginning), put_off)


# Read within 20 ms on the fast path.
_SHORT = 400_000


class PollRun:
    """What waits to be asked, and what becomes of each answer: an outcome, or another request."""

    def __init__(
        self, reader: SourceReader, store: Store, queries: Iterable[Query], heed: Callable[[str, FetchError], None]
    ) -> None:
        self.line: HostQueue[NextRequest | TokenRequest] = HostQueue()
        self._heed, self._budgets = heed, KindBudgets()
        self._reader, self._quick = reader, replace(reader, parse=partial(parse_document, slow=_postpone))
        self._store, self._queries = store, {query.name: query for query in queries}

    def begun(self, plans: Iterable[SourceJob]) -> Iterator[SourceOutcome]:
        """Let each source wait for its turn, or for the token of its kind; yield the outcome of what is not asked."""
        waiting: defaultdict[str, list[SourceJob]] = defaultdict(list)
        wanted: dict[str, Request] = {}
        for plan in plans:
            try:
                credentials = plan.endpoint.credentials(self._reader.environ)
            except FetchError as error:
                yield self._failed(plan, error)
                continue
            if credentials:
                wanted[plan.source.kind] = credentials
                waiting[plan.source.kind].append(plan)
            else:
                yield from self._lined_up(plan)
        for kind, request in wanted.items():
            self.line.add(TokenRequest(tuple(waiting[kind]), request), request)

    async def taken(self, asked: NextRequest | TokenRequest, answer: Document | FetchError) -> list[SourceOutcome]:
        """Take an answer; return the outcome of what has ended with it."""
        if isinstance(asked, TokenRequest):
            return list(self._trusted(asked, answer))
        plan = asked.plan
        shown = secrets.redact_response(answer, plan.source, self._reader.environ, plan.endpoint.token)
        reading = await self._read(asked, self._heeded(plan, asked.request.url, shown))
        fetch = _sum(plan.so_far, replace(self._recorded(plan, reading), server_time=answer.server_time))
        if reading.onward is None:
            return [SourceOutcome(source=plan.source, fetch=fetch, is_thread=plan.is_followed), *self._after(plan)]
        after = replace(reading.onward.plan, so_far=fetch)
        if dear := self._too_dear(after):
            return [self._failed(after, dear), *self._after(plan)]
        # A doubt is asked about once, also with the last request of a budget: else it would never be settled.
        if not self._budgets.may_go_on(after) and after.doubted is None:
            # It is as if it had not been asked: the next poll begins where this one did.
            return [SourceOutcome(source=plan.source, fetch=fetch, is_thread=plan.is_followed), *self._after(plan)]
        self.line.add(NextRequest(after, reading.onward.request), reading.onward.request)
        return []

    def _heeded(self, plan: SourceJob, url: str, answer: Document | FetchError) -> Document | FetchError:
        """Return an answer, a refusal in the words of its endpoint; let its host alone where these ask for it."""
        if not isinstance(answer, FetchError):
            return answer
        refusal = plan.endpoint.refused(answer)
        self._heed(url, refusal)
        return refusal

    def _trusted(self, asked: TokenRequest, answer: Document | FetchError) -> Iterator[SourceOutcome]:
        """Let the sources that waited for a token wait for their turn; yield those that cannot be asked without."""
        for plan in asked.plans:
            try:
                if isinstance(answer, FetchError):
                    raise self._told(plan, answer)
                yield from self._lined_up(replace(plan, endpoint=plan.endpoint.trusted(answer)))
            except ParseError as error:
                yield self._failed(plan, FetchError(error.fetch_class, error.message, error.hint))
            except FetchError as error:
                yield self._failed(plan, error)

    def _told(self, plan: SourceJob, refusal: FetchError) -> FetchError:
        """Return why there is no token, in the words of the endpoint and without what was sent for it."""
        shown = secrets.redact_failure(refusal, plan.source, self._reader.environ, env=plan.endpoint.env)
        return plan.endpoint.refused(shown)

    def _lined_up(self, plan: SourceJob) -> Iterator[SourceOutcome]:
        """Let a source wait for its turn, within the budget of its kind; yield the outcome of what is not asked."""
        yield from self._turned(self._budgets.joined(plan))

    def _after(self, plan: SourceJob) -> Iterator[SourceOutcome]:
        """Let those wait for their turn that waited for a source to end; yield the outcome of what is not asked."""
        yield from self._turned(self._budgets.ended(plan))

    def _turned(self, turn: BudgetTurn) -> Iterator[SourceOutcome]:
        """Let sources begin; yield the outcome of those that cannot be asked, or are put off."""
        for plan in turn.put_off:
            fetch = Fetch(at=self._reader.now, fetch_class=FetchClass.DEFERRED)
            yield SourceOutcome(source=plan.source, fetch=fetch, is_thread=plan.is_followed)
        for plan in turn.beginning:
            try:
                begun = self._too_dear(plan) or self._reader.request(plan)
            except FetchError as error:
                begun = error
            if isinstance(begun, FetchError):
                yield self._failed(plan, begun)
                yield from self._after(plan)
            else:
                self.line.add(NextRequest(plan, begun), begun)

    def _too_dear(self, plan: SourceJob) -> FetchError | None:
        """Return why a source that costs money is not asked again this month, `None` for any other."""
        if not plan.endpoint.is_paid:
            return None
        month = self._reader.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        said = plan.endpoint.overspent(plan.source, count_fetched_entries(self._store, plan.source.url, month))
        return FetchError(FetchClass.BLOCKED, said, "a higher cap, or fewer names") if said else None

    async def _read(self, asked: NextRequest, answer: Document | FetchError) -> SourceResult:
        """Read an answer; one that may take long on a thread, so that the others come in meanwhile.

        A thread costs as much as reading 10 kB, and gives no second processor to what is not waiting.
        """
        if isinstance(answer, FetchError) or len(answer.body) <= _SHORT:
            try:
                return self._quick.read(asked, answer)
            except _SlowError:
                pass
        return await asyncio.to_thread(self._reader.read, asked, answer)

    def _failed(self, plan: SourceJob, error: FetchError) -> SourceOutcome:
        """Record that a source cannot be asked, or no further, and say so."""
        fetch = self._recorded(plan, self._reader.failed(plan, error))
        return SourceOutcome(source=plan.source, fetch=_sum(plan.so_far, fetch), is_thread=plan.is_followed)

    def _recorded(self, plan: SourceJob, reading: SourceResult) -> Fetch:
        """Keep what an answer gave."""
        return record_source(self._store, source_record(plan, reading, self._store, self._queries))


def _sum(before: Fetch | None, fetch: Fetch) -> Fetch:
    """Return what a source gave on all its pages, ended as the last one did."""
    if before is None:
        return fetch
    return replace(
        fetch,
        size=before.size + fetch.size,
        entries=before.entries + fetch.entries,
        new=before.new + fetch.new,
        server_time=fetch.server_time or before.server_time,
    )


class _SlowError(Exception):
    """A document takes what may be slow."""


def _postpone(_: Document) -> Feed:
    """Leave a document to a thread."""
    raise _SlowError
