"""Read again how entries were answered: ask about all that are due, keep what is counted, and when to ask once more.

What is asked goes through the gates of the hosts like everything else, in batches where an endpoint takes them, and at
most as often as the budget of its kind allows. What is left is due in the next poll, and comes first then.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import aclosing
from typing import TYPE_CHECKING

from brandwatch.fetch import ask_all
from brandwatch.models import Counted, Response
from brandwatch.polling import rereading

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from brandwatch.fetch import Client
    from brandwatch.models import Recount, Source
    from brandwatch.models.kinds import Kind
    from brandwatch.polling.recounts import Asked
    from brandwatch.store import Store

# How many entries one poll asks about where a kind has no budget.
_MOST = 1_000


async def reread(  # noqa: PLR0913 (what is asked, by whom, until when)
    store: Store,
    client: Client,
    kinds: Callable[[str], Kind],
    sources: Iterable[Source],
    *,
    now: datetime,
    environ: Mapping[str, str],
    longest: timedelta,
) -> AsyncGenerator[Recount]:
    """Ask about all entries, seen through *sources*, whose responses are due, and yield how each request ended.

    *kinds* knows a kind of source by its name. After *longest* nothing further is asked.
    """
    known = {source.url: source for source in sources}
    if not store.to_reread(known, now + rereading.SLACK, 1):
        return
    # Maps over JSON, and their library, are for those who ask more than feeds.
    from brandwatch.polling.recounting import Recounting  # noqa: PLC0415

    recounting = Recounting(store=store, environ=environ, now=now)
    for recount in recounting.begun(_due(store, kinds, known, now)):
        yield recount
    async with aclosing(ask_all(recounting.line, client.step, seconds=longest.total_seconds())) as found:
        async for asked, answer in found:
            for recount in recounting.taken(asked, answer):
                yield recount


def _due(store: Store, kinds: Callable[[str], Kind], known: Mapping[str, Source], now: datetime) -> Iterator[Asked]:
    """Yield what is to be asked, no more of a kind than its budget; what cannot be asked about is never due again."""
    from brandwatch.polling import recounts  # noqa: PLC0415 (as above)

    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for source in known.values():
        by_kind[source.kind].append(source.url)
    for name, urls in by_kind.items():
        kind = kinds(name)
        if kind.refresh is None:
            continue
        budget = kind.limits.budget
        waiting = store.to_reread(urls, now + rereading.SLACK, budget * kind.refresh.batch or _MOST)
        asked, nameless = recounts.batches(kind, waiting, known)
        if nameless:
            store.keep_readings([Counted(id=one.id, response=Response(), reread=None) for one in nameless], now)
        yield from asked[: budget or None]
