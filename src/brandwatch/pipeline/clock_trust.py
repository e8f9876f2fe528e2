"""Whether a poll can trust the clock of its machine: evidence from earlier polls and from servers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.clock import PLAUSIBLE_YEARS
from brandwatch.errors import UsageError
from brandwatch.models import ClockDoubt, FetchClass, PollClock
from brandwatch.pipeline import network_outage
from brandwatch.pipeline.schedule import LAST_REFRESH, THREAD_DAYS
from brandwatch.pipeline.stored_times import MAX_CORRECTION
from brandwatch.storage import poll_clock
from brandwatch.text import duration, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from brandwatch.models import SourceOutcome


TIME_LIMITS = poll_clock.TimeLimits(correction=MAX_CORRECTION, thread=THREAD_DAYS, refresh=LAST_REFRESH)
"""How far a stored time can be from a trusted clock."""
MAX_STEP = timedelta(days=1)
"""The longest time between two polls that is no leap; a server within it confirms the clock."""
STEADY_DAYS = timedelta(days=1)
"""After so long without a further leap, and without a server that denies it, the time after a leap is accepted."""

_MIN_DENYING_HOSTS = 2


class _Votes(NamedTuple):
    """The number of hosts whose Date confirms or denies a clock, and of those whose certificate it makes invalid.

    Confirming hosts on a private network are counted apart: they may have the clock of this machine. *is_all_private*:
    no host on the internet sent a Date.
    """

    public: int
    private: int
    denying: int
    distrusted: int
    is_all_private: bool
    median: datetime | None

    @property
    def confirms(self) -> bool:
        """Whether most hosts confirm the clock."""
        return self.public + self.private > self.denying + self.distrusted

    @property
    def denies(self) -> bool:
        """Whether more hosts deny the clock than confirm it."""
        return self.denying > self.public + self.private

    @property
    def confirms_leaps(self) -> bool:
        """Whether hosts on the internet confirm the clock; private ones count where there are no others."""
        return self.confirms if self.is_all_private else self.public > self.denying + self.distrusted


def evaluate_clock(
    last: PollClock, now: datetime, outcomes: Iterable[SourceOutcome], private_hosts: Collection[str] = ()
) -> PollClock:
    """Compare the clock of a poll that began *now* with the *last* one, and with the Date of each server."""
    votes = _count_votes(now, outcomes, private_hosts)
    leap = first_doubt(last, now)
    doubt = _doubt(last, now, leap, votes)
    # While servers deny the clock, its steady advance is no evidence.
    steady = _steady_start(last, now) if leap and doubt is not ClockDoubt.DENIED else None
    return PollClock(
        trusted=last.trusted if doubt else now,
        polled=now,
        doubt=doubt,
        servers=votes.public + votes.private + votes.denying,
        agreeing=votes.public + votes.private,
        server_time=votes.median,
        steady=steady,
        lag=last.lag if doubt else _lag(last, now, steady, is_confirmed=votes.confirms_leaps),
    )


def first_doubt(last: PollClock, now: datetime) -> ClockDoubt | None:
    """Compare a clock with the last trusted poll; `None` if it advanced steadily, or without such a poll."""
    if now.year not in PLAUSIBLE_YEARS:
        return ClockDoubt.IMPLAUSIBLE
    if last.trusted is None:
        return None
    if now > last.trusted + MAX_STEP + MAX_CORRECTION:
        return ClockDoubt.AHEAD
    # After a leap that nobody confirmed, a clock that continues from before it is right again.
    is_steady = _is_steady_advance(last.trusted, now) or _is_steady_advance(last.retention_time(last.trusted), now)
    return None if is_steady else ClockDoubt.BEHIND


def accept_clock(last: PollClock, now: datetime) -> PollClock | None:
    """Return the clock with *now* accepted by a user, `None` if nothing is doubted.

    Raise UsageError for a time in which no poll can take place.
    """
    doubt = first_doubt(last, now)
    if doubt is ClockDoubt.IMPLAUSIBLE:
        raise UsageError(f"{_utc(now)} is not plausible", "set the machine's clock first")
    if not (doubt or last.doubt or last.lag):
        return None
    return PollClock(trusted=now, polled=now, steady=_steady_start(last, now))


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
        f"{polled} is {duration(abs(clock.polled - last))} {direction} the last trusted poll ({_utc(last)}),"
        f" and {servers if clock.servers else 'no server confirms it'}"
    )


def _count_votes(now: datetime, outcomes: Iterable[SourceOutcome], private_hosts: Collection[str]) -> _Votes:
    times: dict[str, datetime] = {}
    distrusted: set[str] = set()
    for outcome in outcomes:
        host, when = network_outage.host(outcome.source.url), outcome.fetch.server_time
        if when:
            # A cache without Age repeats an old Date: the latest Date of a host is the nearest.
            times[host] = max(when, times.get(host, when))
        elif outcome.fetch.fetch_class is FetchClass.TLS:
            # By a wrong clock certificates are expired, or not valid yet.
            distrusted.add(host)
    agreeing = {host for host, when in times.items() if abs(when - now) <= MAX_STEP}
    public = len(agreeing.difference(private_hosts))
    return _Votes(
        public=public,
        private=len(agreeing) - public,
        denying=len(times) - len(agreeing),
        distrusted=len(distrusted),
        is_all_private=times.keys() <= set(private_hosts),
        median=sorted(times.values())[len(times) // 2] if times else None,
    )


def _doubt(last: PollClock, now: datetime, leap: ClockDoubt | None, votes: _Votes) -> ClockDoubt | None:
    if leap is ClockDoubt.IMPLAUSIBLE:
        return leap
    if votes.confirms:
        return None
    # One server with a wrong clock must not stop retention while ours advances steadily.
    if votes.denies and (votes.denying >= _MIN_DENYING_HOSTS or leap or last.trusted is None):
        return ClockDoubt.DENIED
    is_steady = now - _steady_start(last, now) > STEADY_DAYS
    return None if is_steady and not votes.denies and not votes.distrusted else leap


def _steady_start(last: PollClock, now: datetime) -> datetime:
    """Return the first poll since which the clock has advanced steadily until now."""
    if last.doubt is None or last.steady is None or last.polled is None:
        return now
    return last.steady if _is_steady_advance(last.polled, now) else now


def _is_steady_advance(before: datetime, now: datetime) -> bool:
    """Whether a clock advanced steadily from an earlier time."""
    return before - MAX_CORRECTION <= now <= before + MAX_STEP + MAX_CORRECTION


def _lag(last: PollClock, now: datetime, steady: datetime | None, *, is_confirmed: bool) -> timedelta:
    """Return the unconfirmed part of all leaps; servers confirm all of them at once."""
    if is_confirmed or last.trusted is None:
        return timedelta()
    if steady is None:
        return last.lag if _is_steady_advance(last.trusted, now) else timedelta()
    # What passed before the leap, and since.
    age = last.retention_time(last.trusted) + (now - steady)
    return max(now - age, timedelta())


def _utc(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
