"""Expire mentions past their retention, in bounded batches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Retention
from brandwatch.pipeline import clock_trust
from brandwatch.storage.poll_clock import read_poll_clock, save_poll_clock
from brandwatch.storage.privacy_retention import expire_mentions, overdue_mentions, tidy_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import PollClock, SourceOutcome
    from brandwatch.storage import Store


EXPIRY_BATCH = 500
"""How many mentions go in one transaction."""
MAX_EXPIRED_PER_POLL = 10_000
"""How many go in one poll: some seconds of work. The oldest database is through in a day."""


class ExpiryResult(NamedTuple):
    """How many mentions went, whether more are due, and the clock by which that was decided."""

    gone: int
    is_more_due: bool
    clock: PollClock


def expire_overdue(
    queries: Iterable[Query],
    broken: Collection[str],
    store: Store,
    outcomes: Iterable[SourceOutcome],
    now: datetime,
    most: int = MAX_EXPIRED_PER_POLL,
) -> ExpiryResult:
    """Let go of what is too old at the end of a poll that began *now*, and say how much that was.

    Mentions of a query whose file is gone are kept as one that says nothing of it; those of a *broken* file stay until
    it can be read. Nothing goes where the clock is not trusted.
    """
    clock = clock_trust.evaluate_clock(read_poll_clock(store), now, outcomes)
    save_poll_clock(store, clock, clock_trust.MAX_CORRECTION)
    if clock.doubt:
        return ExpiryResult(0, is_more_due=False, clock=clock)
    keeping = retention_rules(queries, broken)
    gone = 0
    while gone < most and (count := expire_mentions(store, keeping, now, min(EXPIRY_BATCH, most - gone))):
        gone += count
    longest = max((kept.longest for kept in keeping.values() if kept), default=timedelta())
    tidy_sources(store, max(longest, Retention().longest), now)
    return ExpiryResult(gone, bool(overdue_mentions(store, keeping, now, limit=1)), clock)


def retention_rules(queries: Iterable[Query], broken: Collection[str]) -> dict[str, Retention | None]:
    """Return how the mentions of each query are kept, `None` where nobody knows."""
    return dict.fromkeys(broken) | {query.name: query.keeping for query in queries}
