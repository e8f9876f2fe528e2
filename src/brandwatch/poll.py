"""The hall: the one place that knows the order of things. Ask what is due, read it, match it, keep it.

Data goes one way: query → request → document → feed → judgement → store. Each source ends in one transaction of the
store, and in one outcome: an expected failure is a value, a bug is an exception.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch import __version__, clock, schedule, secrets, stories
from brandwatch.due import due
from brandwatch.endpoints import FEED
from brandwatch.errors import FetchError, ParseError, UsageError
from brandwatch.fetch import Line, ask_all
from brandwatch.models import Conversation, Document, FetchClass, Find, FoundBy, Outcome, Request, Visit
from brandwatch.parse import Worker, parse
from brandwatch.plans import Onward
from brandwatch.reading import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from brandwatch.endpoints import Endpoint
    from brandwatch.fetch import Client
    from brandwatch.match import Matcher
    from brandwatch.models import Entry, Feed, Fetch, Judgement, Query
    from brandwatch.plans import Plan, Reading
    from brandwatch.store import Store

LONGEST_POLL = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""

# Read within 20 ms on the fast path.
_SHORT = 400_000
FOLLOWED = timedelta(days=14)
"""How long what is said below an entry is followed."""


def planned(
    queries: Sequence[Query],
    store: Store,
    *,
    kinds: Callable[[str], Endpoint] = lambda _: FEED,
    only: Collection[str] = (),
    force: bool = False,
) -> list[Plan]:
    """Return what a poll asks now; *kinds* knows how sources of a kind are asked.

    *only* names the queries whose sources are asked (none: all). *force* asks sources that are not due, or paused.
    """
    now = clock.now()
    conversations = store.conversations(now)
    return due(queries, store.sources(), now, conversations=conversations, kinds=kinds, only=only, force=force)


async def poll(
    queries: Sequence[Query],
    plans: Sequence[Plan],
    store: Store,
    client: Client,
    *,
    bounds: schedule.Bounds = schedule.Bounds(),  # noqa: B008 (frozen)
    longest: timedelta = LONGEST_POLL,
) -> AsyncGenerator[Outcome]:
    """Ask every source of *plans* and yield how each ended, as they end.

    Whatever is fetched is matched against all *queries*. After *longest* no further source is asked.
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
        quick = replace(reader, parse=partial(parse, slow=_postpone))
        line: Line[Onward] = Line()
        async for plan, begun in _begun(plans, reader, client, store):
            if isinstance(begun, Request):
                line.add(Onward(plan, begun), begun)
            else:
                fetch = store.record(_visit(plan, reader.failed(plan, begun), store, versions))
                yield Outcome(source=plan.source, fetch=fetch)
        async with aclosing(ask_all(line, client.step, seconds=longest.total_seconds())) as found:
            async for (plan, request), answer in found:
                shown = secrets.withheld(answer, plan.source, reader.environ, plan.endpoint.token)
                reading = await _read(reader, quick, Onward(plan, request), shown)
                fetch = _sum(plan.so_far, store.record(_visit(plan, reading, store, versions)))
                onward = _within_cap(reading, reader, store) if reading.onward else None
                if isinstance(onward, Onward):
                    line.add(Onward(replace(onward.plan, so_far=fetch), onward.request), onward.request)
                    continue
                if onward:
                    fetch = _sum(fetch, store.record(_visit(plan, reader.failed(plan, onward), store, versions)))
                yield Outcome(source=plan.source, fetch=fetch)


async def _begun(
    plans: Iterable[Plan], reader: Reader, client: Client, store: Store
) -> AsyncGenerator[tuple[Plan, Request | FetchError]]:
    """Yield what each source is asked first, or why it cannot be; a token is got once for all sources of a kind."""
    trusted: dict[str, Endpoint | FetchError] = {}
    for plan in plans:
        kind = plan.source.kind
        try:
            if kind not in trusted:
                trusted[kind] = await _trusted(plan.endpoint, client, reader)
            endpoint = trusted[kind]
            if isinstance(endpoint, FetchError):
                yield plan, endpoint
                continue
            ready = replace(plan, endpoint=endpoint)
            yield ready, _too_dear(ready, reader, store) or reader.request(ready)
        except UsageError as error:
            yield plan, FetchError(FetchClass.BLOCKED, error.message, error.hint)


async def _trusted(endpoint: Endpoint, client: Client, reader: Reader) -> Endpoint | FetchError:
    """Return an endpoint with its token, if it wants one; raise UsageError where a secret is missing."""
    wanted = endpoint.credentials(reader.environ)
    if wanted is None:
        return endpoint
    try:
        return endpoint.trusted(await client.fetch(wanted))
    except ParseError as error:
        return FetchError(error.fetch_class, error.message, error.hint)
    except FetchError as error:
        return error


def _too_dear(plan: Plan, reader: Reader, store: Store) -> FetchError | None:
    """Return why a source that costs money is not asked again this month, `None` for any other."""
    if not plan.endpoint.is_paid:
        return None
    month = reader.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    said = plan.endpoint.overspent(plan.source, store.read_since(plan.source.url, month))
    return FetchError(FetchClass.BLOCKED, said, "a higher cap, or fewer names") if said else None


def _within_cap(reading: Reading, reader: Reader, store: Store) -> Onward | FetchError | None:
    """Return what is asked next, unless it costs too much."""
    return reading.onward and (_too_dear(reading.onward.plan, reader, store) or reading.onward)


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


class _SlowError(Exception):
    """A document takes what may be slow."""


def _postpone(_: Document) -> Feed:
    """Leave a document to a thread."""
    raise _SlowError


async def _read(reader: Reader, quick: Reader, asked: Onward, answer: Document | FetchError) -> Reading:
    """Read an answer; one that may take long (*quick* does not read it) on a thread: the others come in meanwhile.

    A thread costs as much as reading 10 kB, and gives no second processor to what is not waiting.
    """
    if isinstance(answer, FetchError) or len(answer.body) <= _SHORT:
        try:
            return quick.read(asked, answer)
        except _SlowError:
            pass
    return await asyncio.to_thread(reader.read, asked, answer)


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
            follow=_followed(plan, entry, judgements, reading.fetch.at),
            reread=plan.endpoint.reread(entry, reading.fetch.at),
        )
    is_first = plan.state.first_poll is None
    state = replace(reading.state, first_poll=reading.fetch.at) if is_first else reading.state
    return Visit(state=state, fetch=reading.fetch, finds=tuple(finds.values()), gap=reading.gap)


def _followed(plan: Plan, entry: Entry, judgements: dict[str, Judgement], now: datetime) -> Conversation | None:
    """Return where a young mention is talked about; what is said below a comment is there as well."""
    is_shown = any(not judgement.suppressed and judgement.matched is FoundBy.LOCAL for judgement in judgements.values())
    is_young = entry.published is None or now - entry.published < FOLLOWED
    source = plan.endpoint.conversation(plan.source, entry) if is_shown and is_young and not plan.thread else None
    return Conversation(url=source.url, kind=source.kind, until=now + FOLLOWED) if source else None


def _language(judgements: dict[str, Judgement]) -> str:
    """Return the language of an entry, which its judgements agree on."""
    return next((judgement.language for judgement in judgements.values()), "")


def _queries_hash(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when any query comes, goes or means something else, or another version reads."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()
