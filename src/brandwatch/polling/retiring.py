"""Let go of what is older than its query keeps it, a batch at a time and so many in one poll."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Keeping
from brandwatch.polling import clocks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from brandwatch.models import Outcome, PollClock, Query
    from brandwatch.store import Store

BATCH = 500
"""How many mentions go in one transaction."""
MOST = 10_000
"""How many go in one poll: some seconds of work. The oldest database is through in a day."""


class Retired(NamedTuple):
    """How many mentions went, whether more are due, and the clock by which that was decided."""

    gone: int
    is_more_due: bool
    clock: PollClock


def retire(
    queries: Iterable[Query],
    broken: Collection[str],
    store: Store,
    outcomes: Iterable[Outcome],
    now: datetime,
    most: int = MOST,
) -> Retired:
    """Let go of what is too old at the end of a poll that began *now*, and say how much that was.

    Mentions of a query whose file is gone are kept as one that says nothing of it; those of a *broken* file stay until
    it can be read. Nothing goes where the clock is not trusted.
    """
    clock = clocks.judged(store.custody.clock(), now, outcomes)
    store.custody.keep_clock(clock, clocks.CORRECTION)
    if clock.doubt:
        return Retired(0, is_more_due=False, clock=clock)
    keeping = rules(queries, broken)
    gone = 0
    while gone < most and (count := store.custody.expire(keeping, now, min(BATCH, most - gone))):
        gone += count
    longest = max((kept.longest for kept in keeping.values() if kept), default=timedelta())
    store.custody.tidy(max(longest, Keeping().longest), now)
    return Retired(gone, bool(store.custody.overdue(keeping, now, limit=1)), clock)


def rules(queries: Iterable[Query], broken: Collection[str]) -> dict[str, Keeping | None]:
    """Return how the mentions of each query are kept, `None` where nobody knows."""
    return dict.fromkeys(broken) | {query.name: query.keeping for query in queries}
