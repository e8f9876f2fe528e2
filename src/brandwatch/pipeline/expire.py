"""Hide what is near the end of its retention, and delete what is past it, in bounded batches.

A poll deletes only what an earlier poll has hidden, and neither if its clock is not trusted: a clock that leapt ahead
would make everything old at once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import NO_MENTIONS, MentionCounts
from brandwatch.privacy import retention
from brandwatch.storage import migration_copies, privacy_retention

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import PollClock, QueryFacts
    from brandwatch.privacy.retention import Policies
    from brandwatch.storage import Store


_LOG = logging.getLogger(__name__)

EXPIRY_BATCH = 500
"""Mentions that expire in one transaction."""
MAX_EXPIRED_PER_POLL = 10_000
"""Some seconds of work. A database that was never expired is through in a day."""


class ExpiryResult(NamedTuple):
    """The counts of mentions that were hidden, shown again and deleted by age, and the clock that decided.

    *is_more_due*: more mentions are overdue, and are deleted by the next poll.
    """

    counts: MentionCounts
    clock: PollClock
    is_more_due: bool = False


async def expire_overdue(
    queries: Iterable[Query | QueryFacts],
    broken: Collection[str],
    store: Store,
    clock: PollClock,
    most: int = MAX_EXPIRED_PER_POLL,
) -> ExpiryResult:
    """Hide and expire mentions at the end of a poll with a *clock*; neither where that is not trusted.

    Mentions of a *broken* query file stay until it can be read; without a file they have the default retention.
    """
    if clock.doubt or clock.trusted is None:
        return ExpiryResult(NO_MENTIONS, clock)
    now = clock.retention_time(clock.trusted)
    policies = retention.retention_policies(queries, broken)
    # Deletion comes before hiding: no mention has both in one poll.
    shown = await _in_batches(privacy_retention.show_mentions, store, policies, now, most)
    gone = await _in_batches(privacy_retention.expire_mentions, store, policies, now, most)
    hidden = await _in_batches(privacy_retention.hide_mentions, store, policies, now, most)
    longest = retention.source_retention(policies)
    privacy_retention.expire_source_facts(store, longest, now)
    if not broken:
        # The retention of a file that cannot be read may be the longest.
        migration_copies.expire_copies(store.path, longest, now)
    # Below the maximum the last batch found nothing that is overdue.
    is_more_due = gone >= most and bool(privacy_retention.overdue_mentions(store, policies, now, limit=1))
    _LOG.info("expired mentions=%d more_due=%s hidden=%d shown=%d", gone, is_more_due, hidden, shown)
    return ExpiryResult(MentionCounts(hidden=hidden, shown=shown, gone=gone), clock, is_more_due)


async def _in_batches(
    step: Callable[[Store, Policies, datetime, int], int], store: Store, policies: Policies, now: datetime, most: int
) -> int:
    """Repeat a step until it finds no more mentions, or has changed *most*; return the number of these."""
    done = 0
    while done < most and (count := step(store, policies, now, min(EXPIRY_BATCH, most - done))):
        # Most polls find nothing.
        import asyncio  # noqa: PLC0415

        done += count
        # A signal ends the poll between two batches.
        await asyncio.sleep(0)
    return done
