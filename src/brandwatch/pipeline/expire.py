"""Expire what is older than its retention, in bounded batches, if the clock of the poll is trusted.

A clock that leapt ahead would make everything old at once.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from brandwatch.config.query import Query
from brandwatch.http import host_of
from brandwatch.models import ClockDoubt, FetchClass, PollClock, SourceOutcome
from brandwatch.privacy import retention
from brandwatch.storage import Store, migration_copies, privacy_retention, sources
from brandwatch.text import plural

_LOG = logging.getLogger(__name__)

EXPIRY_BATCH = 500
"""Mentions that expire in one transaction."""
MAX_EXPIRED_PER_POLL = 10_000
"""Some seconds of work. A database that was never expired is through in a day."""
PLAUSIBLE_YEARS = range(2025, 2100)
"""Years in which a poll can take place; a machine that lost the time begins in 1970, 1980 or 2000."""
MAX_CORRECTION = timedelta(minutes=5)
"""A step back that is no leap. Without a time server a clock drifts by up to 9 s a day (100 ppm), 4.3 minutes a month;
a time server takes that back in one step. Time zones and summer time do not move a clock in UTC."""

_DAY = timedelta(days=1)
_MIN_DENYING_HOSTS = 2


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
    clock = evaluate_clock(sources.read_poll_clock(store), now, outcomes)
    sources.save_poll_clock(store, clock, MAX_CORRECTION)
    if clock.doubt:
        _LOG.info("clock not trusted doubt=%s servers=%d agreeing=%d", clock.doubt, clock.servers, clock.agreeing)
        return ExpiryResult(0, is_more_due=False, clock=clock)
    policies = retention.retention_policies(queries, broken)
    gone = 0
    while gone < most:
        count = privacy_retention.expire_mentions(store, policies, now, min(EXPIRY_BATCH, most - gone))
        if not count:
            break
        gone += count
        # A signal ends the poll between two batches.
        await asyncio.sleep(0)
    longest = retention.source_retention(policies)
    privacy_retention.expire_source_facts(store, longest, now)
    if not broken:
        # The retention of a file that cannot be read may be the longest.
        migration_copies.expire_copies(store.path, longest, now)
    # Below the maximum the last batch found nothing that is overdue.
    is_more_due = gone >= most and bool(privacy_retention.overdue_mentions(store, policies, now, limit=1))
    _LOG.info("expired mentions=%d more_due=%s", gone, is_more_due)
    return ExpiryResult(gone, is_more_due, clock)


def evaluate_clock(last: PollClock, now: datetime, outcomes: Iterable[SourceOutcome]) -> PollClock:
    """Compare the clock of a poll that began *now* with the *last* one, and with the Date of each server."""
    times: dict[str, datetime] = {}
    distrusted: set[str] = set()
    for outcome in outcomes:
        host, when = host_of(outcome.source.url), outcome.fetch.server_time
        if when:
            # A cache without Age repeats an old Date: the latest Date of a host is the nearest.
            times[host] = max(when, times.get(host, when))
        elif outcome.fetch.fetch_class is FetchClass.TLS:
            # By a wrong clock certificates are expired, or not valid yet.
            distrusted.add(host)
    agreeing = sum(abs(when - now) <= _DAY for when in times.values())
    denying = len(times) - agreeing
    doubt = _leap(last.trusted, now)
    if now.year not in PLAUSIBLE_YEARS:
        doubt = ClockDoubt.IMPLAUSIBLE
    elif agreeing > denying + len(distrusted):
        doubt = None
    # One server with a wrong clock must not stop retention while ours goes on evenly.
    elif denying > agreeing and (denying >= _MIN_DENYING_HOSTS or doubt or last.trusted is None):
        doubt = ClockDoubt.DENIED
    return PollClock(
        trusted=last.trusted if doubt else now,
        polled=now,
        doubt=doubt,
        servers=len(times),
        agreeing=agreeing,
        server_time=sorted(times.values())[len(times) // 2] if times else None,
    )


def explain_clock(clock: PollClock) -> str:
    """Explain why the clock of the last poll is not trusted; empty where it is."""
    if clock.doubt is None or clock.polled is None:
        return ""
    polled = _utc(clock.polled)
    if clock.doubt is ClockDoubt.IMPLAUSIBLE:
        return f"{polled} is not plausible"
    if clock.doubt is ClockDoubt.DENIED and clock.server_time:
        denying = plural(clock.servers - clock.agreeing, "server")
        return f"{polled} contradicts the Date of {denying} ({_utc(clock.server_time)})"
    # There is no leap without a trusted poll before it.
    last = clock.trusted or clock.polled
    direction = "ahead of" if clock.doubt is ClockDoubt.AHEAD else "behind"
    servers = f"{clock.agreeing} of {plural(clock.servers, 'server')} confirm it"
    return (
        f"{polled} is {_span(abs(clock.polled - last))} {direction} the last trusted poll ({_utc(last)}),"
        f" and {servers if clock.servers else 'no server confirms it'}"
    )


def _leap(trusted: datetime | None, now: datetime) -> ClockDoubt | None:
    """Compare a clock with the last trusted poll; `None` where it went on evenly, or without such a poll."""
    if trusted is None:
        return None
    if now > trusted + _DAY + MAX_CORRECTION:
        return ClockDoubt.AHEAD
    return ClockDoubt.BEHIND if now < trusted - MAX_CORRECTION else None


def _utc(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _span(delta: timedelta) -> str:
    # “25 hours” says more than “1 day” of a leap.
    if delta >= 2 * _DAY:
        return plural(delta.days, "day")
    hours = delta // timedelta(hours=1)
    return plural(hours, "hour") if hours else plural(delta // timedelta(minutes=1), "minute")
