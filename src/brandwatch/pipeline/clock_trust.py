"""Whether the clock of a poll is trusted: without that nothing is deleted by age."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.http import host_of
from brandwatch.models import ClockDoubt, FetchClass, PollClock
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.models import SourceOutcome


PLAUSIBLE_YEARS = range(2025, 2100)
"""Years in which a poll can take place; a machine that lost the time begins in 1970, 1980 or 2000."""
MAX_CORRECTION = timedelta(minutes=5)
"""A step back that is no leap. Without a time server a clock drifts by up to 9 s a day (100 ppm), 4.3 minutes a month;
a time server takes that back in one step. Time zones and summer time do not move a clock in UTC."""

_DAY = timedelta(days=1)
_SEVERAL = 2


def evaluate_clock(last: PollClock, now: datetime, outcomes: Iterable[SourceOutcome]) -> PollClock:
    """Return the clock of a poll that began *now*, after the *last* one; *outcomes* hold what the servers say."""
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
    elif denying > agreeing and (denying >= _SEVERAL or doubt or last.trusted is None):
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
    """Return why the clock of the last poll is not trusted, empty where it is."""
    if clock.doubt is None or clock.polled is None:
        return ""
    polled = _shown(clock.polled)
    if clock.doubt is ClockDoubt.IMPLAUSIBLE:
        return f"{polled} is not plausible"
    if clock.doubt is ClockDoubt.DENIED and clock.server_time:
        denying = plural(clock.servers - clock.agreeing, "server")
        return f"{polled} contradicts the Date of {denying} ({_shown(clock.server_time)})"
    # There is no leap without a trusted poll before it.
    last = clock.trusted or clock.polled
    direction = "ahead of" if clock.doubt is ClockDoubt.AHEAD else "behind"
    servers = f"{clock.agreeing} of {plural(clock.servers, 'server')} confirm it"
    return (
        f"{polled} is {_span(abs(clock.polled - last))} {direction} the last trusted poll ({_shown(last)}),"
        f" and {servers if clock.servers else 'no server confirms it'}"
    )


def _leap(trusted: datetime | None, now: datetime) -> ClockDoubt | None:
    """Return how a clock leapt since the last trusted poll, `None` where it went on evenly or there was none."""
    if trusted is None:
        return None
    if now > trusted + _DAY + MAX_CORRECTION:
        return ClockDoubt.AHEAD
    return ClockDoubt.BEHIND if now < trusted - MAX_CORRECTION else None


def _shown(when: datetime) -> str:
    """Return a moment in UTC, which is what leaps are counted in."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _span(delta: timedelta) -> str:
    """Return a length of time in days, from two days on, in hours or in minutes."""
    if delta >= 2 * _DAY:
        return plural(delta.days, "day")
    hours = delta // timedelta(hours=1)
    return plural(hours, "hour") if hours else plural(delta // timedelta(minutes=1), "minute")
