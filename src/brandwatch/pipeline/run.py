"""One poll from due sources to recorded mentions, in order."""

from __future__ import annotations

import hashlib
import os
from contextlib import aclosing
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch import __version__, clock
from brandwatch.feeds import ParserSandbox, parse_document
from brandwatch.http import fetch_all
from brandwatch.pipeline import schedule
from brandwatch.pipeline.jobs import due_jobs
from brandwatch.pipeline.poll_run import PollRun
from brandwatch.pipeline.read import SourceReader
from brandwatch.sources.adapter import FEED_ADAPTER
from brandwatch.storage.sources import followed_threads, source_states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.http import Client
    from brandwatch.matching import Matcher
    from brandwatch.models import SourceOutcome
    from brandwatch.pipeline.jobs import SourceJob
    from brandwatch.sources.adapter import SourceAdapter
    from brandwatch.storage import Store


MAX_POLL_DURATION = timedelta(minutes=14)
"""A poll that cron starts every quarter of an hour is over before the next."""


def plan_poll(
    queries: Sequence[Query],
    store: Store,
    *,
    kinds: Callable[[str], SourceAdapter] = lambda _: FEED_ADAPTER,
    only: Collection[str] = (),
    force: bool = False,
) -> list[SourceJob]:
    """Return what a poll asks now; *kinds* knows how sources of a kind are asked.

    *only* names the queries whose sources are asked (none: all). *force* asks sources that are not due, or paused.
    """
    now = clock.now()
    conversations = followed_threads(store, now)
    return due_jobs(
        queries, source_states(store), now, conversations=conversations, kinds=kinds, only=only, force=force
    )


async def run_poll(  # noqa: PLR0913 (what a poll depends on)
    queries: Sequence[Query],
    plans: Sequence[SourceJob],
    store: Store,
    client: Client,
    *,
    bounds: schedule.IntervalBounds = schedule.IntervalBounds(),  # noqa: B008 (frozen)
    longest: timedelta = MAX_POLL_DURATION,
    now: datetime | None = None,
) -> AsyncGenerator[SourceOutcome]:
    """Ask every source of *plans* and yield how each ended, as they end.

    Whatever is fetched is matched against all *queries*, and dated *now*. After *longest* no further source is asked.
    """
    with ParserSandbox() as worker:
        reader = SourceReader(
            matcher=cache(partial(_matcher, queries)),
            parse=partial(parse_document, slow=worker.parse),
            queries_hash=_queries_hash(queries),
            key=store.secret_key(),
            now=now or clock.now(),
            bounds=bounds,
            environ=os.environ,
        )
        turns = PollRun(reader, store, queries, client.heed)
        for outcome in turns.begun(plans):
            yield outcome
        async with aclosing(fetch_all(turns.line, client.step, seconds=longest.total_seconds())) as found:
            async for asked, answer in found:
                for outcome in await turns.taken(asked, answer):
                    yield outcome


def _matcher(queries: Sequence[Query]) -> Matcher:
    """Return who judges entries: made when the first entry comes, since most polls find nothing new, and it is dear."""
    from brandwatch.matching import Matcher  # noqa: PLC0415

    return Matcher(queries)


def _queries_hash(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when any query comes, goes or means something else, or another version reads."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()
