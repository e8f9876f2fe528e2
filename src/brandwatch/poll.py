"""The hall: the one place that knows the order of things. Ask what is due, read it, match it, keep it.

Data goes one way: query → request → document → feed → judgement → store. Each source ends in one transaction of the
store, and in one outcome: an expected failure is a value, a bug is an exception.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from brandwatch import clock, stories
from brandwatch.errors import FetchError, ParseError
from brandwatch.match import Matcher
from brandwatch.models import Document, Fetch, FetchClass, Find, Outcome, Request, SourceState, Visit
from brandwatch.parse import parse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
    from datetime import datetime

    from brandwatch.fetch import Client
    from brandwatch.models import Entry, Feed, Judgement, Query, Source
    from brandwatch.store import Store

DEFAULT_INTERVAL = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=24)
WORKERS = 16

# Cron starts a poll some seconds early or late; a source that is due by then is due now.
_CRON_SLACK = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One source that is due: what is known of it and how often it is to be asked."""

    source: Source
    state: SourceState
    interval: timedelta


async def poll(
    queries: Sequence[Query], store: Store, client: Client, *, only: Collection[str] = (), force: bool = False
) -> AsyncGenerator[Outcome]:
    """Ask every source that is due and yield how each ended, as they end.

    *only* names the queries whose sources are asked (none: all); whatever is fetched is matched against all *queries*.
    *force* asks sources that are not due as well.
    """
    now = clock.now()
    visitor = _Visitor(Matcher(queries), _queries_hash(queries), {query.name: query.version for query in queries}, now)
    plans = due(queries, store.sources(), now, only=only, force=force)
    async with aclosing(_answers([(plan, visitor.request(plan)) for plan in plans], client)) as answers:
        async for plan, answer in answers:
            reading = await asyncio.to_thread(visitor.read, plan, answer)
            visit = visitor.visit(plan, reading, store)
            yield Outcome(source=plan.source, fetch=store.record(visit))


def due(
    queries: Iterable[Query],
    states: Iterable[SourceState],
    now: datetime,
    *,
    only: Collection[str] = (),
    force: bool = False,
) -> list[Plan]:
    """Return the sources of *queries* to ask *now*, those waiting longest first; one URL is one source."""
    known = {state.url: state for state in states}
    plans: dict[str, Plan] = {}
    for query in queries:
        for source in query.sources if not only or query.name in only else ():
            state = known.get(source.url, SourceState(url=source.url, kind=source.kind))
            interval = source.interval or DEFAULT_INTERVAL
            earlier = plans.get(source.url)
            if earlier is None or interval < earlier.interval:
                plans[source.url] = Plan(source=source, state=state, interval=interval)
    waiting = [plan for plan in plans.values() if force or _is_due(plan.state, now)]
    return sorted(waiting, key=lambda plan: plan.state.next_due.timestamp() if plan.state.next_due else 0.0)


@dataclass(frozen=True, slots=True)
class _Reading:
    """An answer, read: how the fetch ended, what the source's state becomes, and the entries that matched."""

    fetch: Fetch
    state: SourceState
    matched: tuple[tuple[int, Entry, stories.Identity, dict[str, Judgement]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Visitor:
    """What one poll knows while it goes from source to source."""

    matcher: Matcher
    queries_hash: bytes
    versions: dict[str, str]
    now: datetime

    def request(self, plan: Plan) -> Request:
        """Return what to ask: conditional only if everything in the last answer was matched against these queries."""
        state = plan.state
        if state.queries_hash != self.queries_hash:
            return Request(url=plan.source.url)
        return Request(url=plan.source.url, etag=state.etag, last_modified=state.last_modified)

    def read(self, plan: Plan, answer: Document | FetchError) -> _Reading:
        """Read one answer without touching anything: parse it and match its entries."""
        match answer:
            case FetchError():
                return self._failed(plan, answer)
            case Document(not_modified=True):
                return self._unchanged(plan, answer, FetchClass.NOT_MODIFIED)
            case Document():
                return self._read_document(plan, answer)
            case _:
                assert_never(answer)

    def visit(self, plan: Plan, reading: _Reading, store: Store) -> Visit:
        """Turn a reading into what the store records, finding out which entries it has already."""
        stored = store.twins(
            [identity.guid for _, _, identity, _ in reading.matched if identity.guid],
            [identity.link for _, _, identity, _ in reading.matched if identity.link],
        )
        finds: dict[stories.Identity, Find] = {}
        taken: set[int] = set()
        for position, entry, identity, judgements in reading.matched:
            if identity in finds:
                continue
            known = next(
                (
                    old.id
                    for old in stored
                    if old.id not in taken and stories.same(entry, identity, old.entry, old.link)
                ),
                None,
            )
            taken.update({known} if known is not None else ())
            finds[identity] = Find(
                entry=replace(entry, guid=identity.guid, language=_language(judgements)),
                link=identity.link,
                known=known,
                position=position,
                judgements=judgements,
                versions={name: self.versions[name] for name in judgements},
            )
        state = replace(reading.state, first_poll=plan.state.first_poll or self.now)
        return Visit(state=state, fetch=reading.fetch, finds=tuple(finds.values()))

    def _read_document(self, plan: Plan, document: Document) -> _Reading:
        """Read a body: the same as last time, a feed, or no feed at all."""
        digest = hashlib.sha256(document.body).digest()
        if digest == plan.state.body_hash and plan.state.queries_hash == self.queries_hash:
            return self._unchanged(plan, document, FetchClass.SAME)
        try:
            feed = parse(document)
        except ParseError as error:
            return self._failed(plan, error, document)
        return self._read_feed(plan, document, feed, digest)

    def _read_feed(self, plan: Plan, document: Document, feed: Feed, digest: bytes) -> _Reading:
        """Match the entries of a feed; keep validators only if the body was whole, so that a loss is asked again."""
        whole = not feed.problem
        fetch_class = FetchClass.PARTIAL if not whole else FetchClass.OK if feed.entries else FetchClass.EMPTY
        state = replace(
            self._succeeded(plan, document, fetch_class),
            title=feed.title,
            rights=feed.rights,
            language=feed.language,
            etag=document.etag if whole else "",
            last_modified=document.last_modified if whole else "",
            body_hash=digest if whole else b"",
            queries_hash=self.queries_hash,
            entries=len(feed.entries),
            error=feed.problem,
        )
        matched = (
            (position, entry, identity, self.matcher.judge(entry, source=plan.source.url, kind=plan.source.kind))
            for position, (entry, identity) in enumerate(
                zip(feed.entries, stories.identities(feed.entries), strict=True)
            )
        )
        return _Reading(
            Fetch(
                at=self.now,
                fetch_class=fetch_class,
                status=document.status,
                size=len(document.body),
                entries=len(feed.entries),
                error=feed.problem,
            ),
            state,
            tuple(match for match in matched if match[3]),
        )

    def _unchanged(self, plan: Plan, document: Document, fetch_class: FetchClass) -> _Reading:
        """Read an answer that brings nothing new."""
        fetch = Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status,
            size=len(document.body),
            entries=plan.state.entries,
        )
        state = replace(
            self._succeeded(plan, document, fetch_class),
            etag=document.etag or plan.state.etag,
            last_modified=document.last_modified or plan.state.last_modified,
        )
        return _Reading(fetch, state)

    def _succeeded(self, plan: Plan, document: Document, fetch_class: FetchClass) -> SourceState:
        """Return the state of a source that answered."""
        return replace(
            plan.state,
            fetch_class=fetch_class,
            error="",
            moved_to=document.moved_to,
            failures=0,
            last_poll=self.now,
            last_success=self.now,
            next_due=self.now + plan.interval,
        )

    def _failed(self, plan: Plan, error: FetchError | ParseError, document: Document | None = None) -> _Reading:
        """Read a failure: what counts as seen stays as it was, and the pause doubles up to a day."""
        fetch_class = FetchClass(error.fetch_class)
        failures = plan.state.failures + 1
        pause = min(plan.interval * 2 ** min(failures - 1, 16), max(LONGEST_PAUSE, plan.interval))
        fetch = Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status if document else error.status if isinstance(error, FetchError) else None,
            size=len(document.body) if document else 0,
            error=error.message,
        )
        state = replace(
            plan.state,
            fetch_class=fetch_class,
            error=error.message,
            failures=failures,
            last_poll=self.now,
            next_due=self.now + pause,
        )
        return _Reading(fetch, state)


async def _answers(
    asked: Sequence[tuple[Plan, Request]], client: Client
) -> AsyncGenerator[tuple[Plan, Document | FetchError]]:
    """Fetch with a few workers and yield each answer as it comes; the queue holds them back while we read."""
    waiting = iter(asked)
    answers: asyncio.Queue[tuple[Plan, Document | FetchError]] = asyncio.Queue(maxsize=WORKERS)

    async def work() -> None:
        for plan, request in waiting:
            try:
                answer: Document | FetchError = await client.fetch(request)
            except FetchError as error:
                answer = error
            await answers.put((plan, answer))

    async with asyncio.TaskGroup() as workers:
        for _ in range(min(WORKERS, len(asked))):
            workers.create_task(work())
        for _ in asked:
            yield await answers.get()


def _language(judgements: dict[str, Judgement]) -> str:
    """Return the language of an entry, which its judgements agree on."""
    return next((judgement.language for judgement in judgements.values()), "")


def _is_due(state: SourceState, now: datetime) -> bool:
    """Say whether a source may be asked again."""
    return state.next_due is None or state.next_due <= now + _CRON_SLACK


def _queries_hash(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when any query comes, goes or means something else."""
    return hashlib.sha256("\n".join(sorted(f"{query.name} {query.version}" for query in queries)).encode()).digest()
