"""The hall: the one place that knows the order of things. Ask what is due, read it, match it, keep it.

Data goes one way: query → request → document → feed → judgement → store. Each source ends in one transaction of the
store, and in one outcome: an expected failure is a value, a bug is an exception.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter, defaultdict
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch import __version__, clock, schedule, secrets, stories
from brandwatch.endpoints import FEED
from brandwatch.errors import FetchError, UsageError
from brandwatch.fetch import Line, ask_all
from brandwatch.models import Document, FetchClass, Find, Outcome, SourceState, Visit
from brandwatch.parse import Worker, parse
from brandwatch.plans import Onward, Plan
from brandwatch.reading import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from brandwatch.endpoints import Endpoint
    from brandwatch.fetch import Client
    from brandwatch.match import Matcher
    from brandwatch.models import Fetch, Judgement, Query
    from brandwatch.plans import Reading
    from brandwatch.store import Store

LONGEST_POLL = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""

# Cron starts a poll some seconds early or late; a source that is due by then is due now.
_CRON_SLACK = timedelta(seconds=30)


async def poll(  # noqa: PLR0913 (what a poll may be told)
    queries: Sequence[Query],
    store: Store,
    client: Client,
    *,
    kinds: Callable[[str], Endpoint] = lambda _: FEED,
    only: Collection[str] = (),
    force: bool = False,
    bounds: schedule.Bounds = schedule.Bounds(),  # noqa: B008 (frozen)
    longest: timedelta = LONGEST_POLL,
) -> AsyncGenerator[Outcome]:
    """Ask every source that is due and yield how each ended, as they end.

    *kinds* knows how sources of a kind are asked. *only* names the queries whose sources are asked (none: all);
    whatever is fetched is matched against all *queries*. *force* asks sources that are not due, or paused, as well.
    After *longest* no further source is asked.
    """
    versions = {query.name: query.version for query in queries}
    with Worker() as worker:
        reader = Reader(
            matcher=cache(partial(_matcher, queries)),
            parse=partial(parse, slow=worker.parse),
            queries_hash=_queries_hash(queries),
            key=store.key(),
            now=clock.now(),
            bounds=bounds,
            environ=os.environ,
        )
        line: Line[Onward] = Line()
        for plan in due(queries, store.sources(), reader.now, kinds=kinds, only=only, force=force):
            try:
                _join(line, Onward(plan, reader.request(plan)))
            except UsageError as error:
                reading = reader.failed(plan, FetchError(FetchClass.BLOCKED, error.message, error.hint))
                yield Outcome(source=plan.source, fetch=store.record(_visit(plan, reading, store, versions)))
        async with aclosing(ask_all(line, client.step, seconds=longest.total_seconds())) as found:
            async for asked, answer in found:
                reading = await _read(reader, asked, secrets.withheld(answer, asked.plan.source, reader.environ))
                fetch = store.record(_visit(asked.plan, reading, store, versions))
                if reading.onward is None:
                    yield Outcome(source=asked.plan.source, fetch=_sum(asked.plan.so_far, fetch))
                else:
                    after = replace(reading.onward.plan, so_far=_sum(asked.plan.so_far, fetch))
                    _join(line, Onward(after, reading.onward.request))


def due(
    queries: Sequence[Query],
    states: Iterable[SourceState],
    now: datetime,
    *,
    kinds: Callable[[str], Endpoint] = lambda _: FEED,
    only: Collection[str] = (),
    force: bool = False,
) -> list[Plan]:
    """Return the sources of *queries* to ask *now*, those waiting longest first; one URL is one source.

    Of a kind with a budget no more are asked than that; the others wait for the next poll, and come first then.
    """
    known = {state.url: state for state in states}
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for query in queries:
        for source in query.sources:
            asking[source.url].add(query.name)
    plans = (
        Plan(
            source=source,
            state=known.get(url, SourceState(url=url, kind=source.kind)),
            interval=source.interval,
            endpoint=kinds(source.kind),
            queries=frozenset(asking[url]),
        )
        for url, source in schedule.sources_of(queries).items()
        if not only or not asking[url].isdisjoint(only)
    )
    waiting = [plan for plan in plans if force or _is_due(plan.state, now)]
    waiting.sort(key=lambda plan: plan.state.next_due.timestamp() if plan.state.next_due else 0.0)
    return list(_within_budgets(waiting))


def _within_budgets(plans: Iterable[Plan]) -> Iterator[Plan]:
    """Yield the plans that the budgets of their kinds allow."""
    spent: Counter[str] = Counter()
    for plan in plans:
        spent[plan.source.kind] += 1
        if not plan.endpoint.budget or spent[plan.source.kind] <= plan.endpoint.budget:
            yield plan


def _join(line: Line[Onward], asked: Onward) -> None:
    """Let a source wait for its turn."""
    line.add(asked, asked.request)


def _sum(before: Fetch | None, fetch: Fetch) -> Fetch:
    """Return what a source gave on all its pages, ended as the last one did."""
    if before is None:
        return fetch
    return replace(
        fetch, size=before.size + fetch.size, entries=before.entries + fetch.entries, new=before.new + fetch.new
    )


def _matcher(queries: Sequence[Query]) -> Matcher:
    """Return who judges entries: made when the first entry comes, since most polls find nothing new, and it is dear."""
    from brandwatch.match import Matcher  # noqa: PLC0415

    return Matcher(queries)


async def _read(reader: Reader, asked: Onward, answer: Document | FetchError) -> Reading:
    """Read an answer; one with a body on a thread, so that the others come in meanwhile."""
    if isinstance(answer, Document) and answer.body:
        return await asyncio.to_thread(reader.read, asked, answer)
    return reader.read(asked, answer)


def _visit(plan: Plan, reading: Reading, store: Store, versions: dict[str, str]) -> Visit:
    """Turn a reading into what the store records, finding out which entries it has already."""
    named = [matched.identity for matched in reading.matched]
    stored = store.twins([one.guid for one in named if one.guid], [one.link for one in named if one.link])
    finds: dict[stories.Identity, Find] = {}
    taken: set[int] = set()
    for position, entry, identity, judgements in reading.matched:
        if identity in finds:
            continue
        twins = (old.id for old in stored if old.id not in taken and stories.same(entry, identity, old.entry, old.link))
        known = next(twins, None)
        taken.update({known} if known is not None else ())
        finds[identity] = Find(
            entry=replace(entry, guid=identity.guid, language=_language(judgements)),
            link=identity.link,
            known=known,
            position=position,
            judgements=judgements,
            versions={name: versions[name] for name in judgements},
        )
    state = replace(reading.state, first_poll=plan.state.first_poll or reading.fetch.at)
    return Visit(state=state, fetch=reading.fetch, finds=tuple(finds.values()), gap=reading.gap)


def _language(judgements: dict[str, Judgement]) -> str:
    """Return the language of an entry, which its judgements agree on."""
    return next((judgement.language for judgement in judgements.values()), "")


def _is_due(state: SourceState, now: datetime) -> bool:
    """Say whether a source may be asked again."""
    return not schedule.is_paused(state) and (state.next_due is None or state.next_due <= now + _CRON_SLACK)


def _queries_hash(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when any query comes, goes or means something else, or another version reads."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()
