"""Expire what is older than its retention, in bounded batches, where the clock is trusted."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.pipeline import clock_trust
from brandwatch.privacy.retention import retention_policies, source_retention
from brandwatch.storage.poll_clock import read_poll_clock, save_poll_clock
from brandwatch.storage.privacy_retention import expire_mentions, expire_source_facts, overdue_mentions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import PollClock, SourceOutcome
    from brandwatch.storage import Store


_LOG = logging.getLogger(__name__)

EXPIRY_BATCH = 500
"""The number of mentions that expire in one transaction."""
MAX_EXPIRED_PER_POLL = 10_000
"""The number that expires in one poll: some seconds of work. The oldest database is through in a day."""


class ExpiryResult(NamedTuple):
    """The number of mentions that expired, whether more are due, and the clock by which that was decided."""

    gone: int
    is_more_due: bool
    clock: PollClock


async def expire_overdue(
    queries: Iterable[Query],
    broken: Collection[str],
    store: Store,
    outcomes: Iterable[SourceOutcome],
    now: datetime,
    most: int = MAX_EXPIRED_PER_POLL,
) -> ExpiryResult:
    """Expire mentions at the end of a poll that began *now*; nothing expires where the clock is not trusted.

    Mentions of a *broken* query file stay until it can be read; without a file they have the default retention.
    """
    clock = clock_trust.evaluate_clock(read_poll_clock(store), now, outcomes)
    save_poll_clock(store, clock, clock_trust.MAX_CORRECTION)
    if clock.doubt:
        _LOG.warning("clock not trusted doubt=%s servers=%d agreeing=%d", clock.doubt, clock.servers, clock.agreeing)
        return ExpiryResult(0, is_more_due=False, clock=clock)
    policies = retention_policies(queries, broken)
    gone = 0
    while gone < most and (count := expire_mentions(store, policies, now, min(EXPIRY_BATCH, most - gone))):
        gone += count
        # A signal ends the poll between two batches.
        await asyncio.sleep(0)
    expire_source_facts(store, source_retention(policies), now)
    is_more_due = bool(overdue_mentions(store, policies, now, limit=1))
    _LOG.info("expired mentions=%d more_due=%s", gone, is_more_due)
    return ExpiryResult(gone, is_more_due, clock)
