"""The hall: the one place that knows the order of things. Ask what is due, read it, match it, keep it.

Data goes one way: query → request → document → feed → judgement → store. Each source ends in one transaction of the
store, and in one outcome: an expected failure is a value, a bug is an exception.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import aclosing
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch import __version__, clock
from brandwatch.fetch import ask_all
from brandwatch.parse import Worker, parse
from brandwatch.polling import schedule
from brandwatch.polling.due import due
from brandwatch.polling.endpoints import FEED
from brandwatch.polling.reading import Reader
from brandwatch.polling.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from brandwatch.fetch import Client
    from brandwatch.match import Matcher
    from brandwatch.models import Outcome, Query
    from brandwatch.polling.endpoints import Endpoint
    from brandwatch.polling.plans import Plan
    from brandwatch.store import Store

LONGEST_POLL = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""


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
    return due(queries, store.states(), now, conversations=conversations, kinds=kinds, only=only, force=force)


async def poll(  # noqa: PLR0913 (what a poll depends on)
    queries: Sequence[Query],
    plans: Sequence[Plan],
    store: Store,
    client: Client,
    *,
    bounds: schedule.Bounds = schedule.Bounds(),  # noqa: B008 (frozen)
    longest: timedelta = LONGEST_POLL,
    now: datetime | None = None,
) -> AsyncGenerator[Outcome]:
    """Ask every source of *plans* and yield how each ended, as they end.

    Whatever is fetched is matched against all *queries*, and dated *now*. After *longest* no further source is asked.
    """
    with Worker() as worker:
        reader = Reader(
            matcher=cache(partial(_matcher, queries)),
            parse=partial(parse, slow=worker.parse),
            queries_hash=_queries_hash(queries),
            key=store.key(),
            now=now or clock.now(),
            bounds=bounds,
            environ=os.environ,
        )
        turns = Turns(reader, store, queries, client.heed)
        for outcome in turns.begun(plans):
            yield outcome
        async with aclosing(ask_all(turns.line, client.step, seconds=longest.total_seconds())) as found:
            async for asked, answer in found:
                for outcome in await turns.taken(asked, answer):
                    yield outcome


def _matcher(queries: Sequence[Query]) -> Matcher:
    """Return who judges entries: made when the first entry comes, since most polls find nothing new, and it is dear."""
    from brandwatch.match import Matcher  # noqa: PLC0415

    return Matcher(queries)


def _queries_hash(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when any query comes, goes or means something else, or another version reads."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()
