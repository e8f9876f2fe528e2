"""When to ask a source again, and how it fares: decisions from facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from brandwatch.models import FetchClass, Health

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Feed, Source, SourceState


MIN_INTERVAL = timedelta(minutes=15)
MAX_INTERVAL = timedelta(hours=3)
SHORTEST_INTERVAL = timedelta(minutes=5)
"""Nothing is asked more often, whatever else says so."""
MAX_FAILURE_PAUSE = timedelta(hours=24)
FULL_READ_INTERVAL = timedelta(hours=24)
"""How often a whole document is asked for, since some servers answer 304 although there is something new."""
GONES_UNTIL_PAUSE = 3

_SHARE_OF_SILENCE = 8
_HURRY = timedelta(days=2)
_JITTER = 0.1
_FAILURES_UNTIL_FAILING = 3
_FLAKY = 0.15
_MEMORY = 0.8
_FROZEN = timedelta(days=3)
_RHYTHMS_UNTIL_FROZEN = 8
_DATED_FOR_RHYTHM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBounds:
    """How often a source is asked whose query sets no interval."""

    fastest: timedelta = MIN_INTERVAL
    slowest: timedelta = MAX_INTERVAL


def sources_of(queries: Iterable[Query]) -> dict[str, Source]:
    """Return each address that queries name once, with all that they say of it.

    It is asked as often as the most eager of them wants, with the headers of the first that gives any, and may be on a
    private network if one of them lets it.
    """
    named: dict[str, Source] = {}
    for query in queries:
        for source in query.sources:
            named[source.url] = _merged(named.get(source.url, source), source)
    return named


def after_success(
    state: SourceState,
    now: datetime,
    *,
    interval: timedelta | None,
    bounds: IntervalBounds,
    fresh_until: datetime | None = None,
) -> datetime:
    """Return when to ask again after an answer.

    An *interval* of the query's own is kept to; *fresh_until*, the server's word, can only make it longer, to a day.
    """
    if interval is None:
        silence = now - (state.last_new or state.first_poll or now)
        interval = min(max(silence / _SHARE_OF_SILENCE, bounds.fastest), bounds.slowest)
        if state.last_gap and now - state.last_gap < _HURRY:
            interval = max(SHORTEST_INTERVAL, bounds.fastest / 2)
        elif interval > bounds.fastest:
            interval -= interval * _JITTER * _spread(state.url)
    due = now + interval
    if fresh_until is not None:
        due = min(max(due, fresh_until), now + MAX_FAILURE_PAUSE)
    return due


def after_failure(
    state: SourceState,
    now: datetime,
    *,
    interval: timedelta | None,
    bounds: IntervalBounds,
    retry_at: datetime | None = None,
) -> datetime:
    """Return when to ask again after *state.failures* failures: the pause doubles up to a day.

    *retry_at*, the server's word, can only make it longer.
    """
    first = interval or bounds.fastest
    pause = min(first * (1 << min(state.failures - 1, 16)), max(MAX_FAILURE_PAUSE, first))
    if pause > first:
        pause -= pause * _JITTER * _spread(state.url)
    return max(now + pause, retry_at) if retry_at else now + pause


def is_paused(state: SourceState) -> bool:
    """Say whether a source is not asked any more: it has said three times that it is gone for good."""
    return state.gone_count >= GONES_UNTIL_PAUSE


def may_be_conditional(state: SourceState, now: datetime) -> bool:
    """Say whether a source may be asked only for what has changed: not if the last whole document is a day old."""
    return state.last_full is not None and now - state.last_full < FULL_READ_INTERVAL


def skip_hours(feed_hours: frozenset[int], due: datetime) -> datetime:
    """Return the first moment from *due* on that is in no hour (UTC) in which the feed does not want to be asked."""
    for _ in range(24):
        if due.hour not in feed_hours:
            return due
        due = due.replace(minute=0, second=0) + timedelta(hours=1)
    return due


def failure_share(before: float, *, failed: bool) -> float:
    """Return the share of failures after one more fetch, the latest weighing most."""
    return _MEMORY * before + (1 - _MEMORY) * failed


def health(state: SourceState, now: datetime) -> Health:
    """Return how a source fares."""
    if is_paused(state):
        return Health.PAUSED
    if state.fetch_class is FetchClass.THROTTLED:
        return Health.THROTTLED
    if state.failures >= _FAILURES_UNTIL_FAILING:
        return Health.FAILING
    if state.failures or state.failure_share > _FLAKY:
        return Health.FLAKY
    if _is_frozen(state, now):
        return Health.FROZEN
    return Health.MOVED if state.moved_to else Health.OK


def rhythm(feed: Feed) -> timedelta | None:
    """Return the usual time between two entries of a document, `None` where too few are dated."""
    times = sorted(entry.published for entry in feed.entries if entry.published)
    if len(times) < _DATED_FOR_RHYTHM:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    return gaps[len(gaps) // 2]


def newest_published(feed: Feed, now: datetime) -> datetime | None:
    """Return when the newest entry was published, future dates left out."""
    return max((entry.published for entry in feed.entries if entry.published and entry.published <= now), default=None)


def _merged(one: Source, other: Source) -> Source:
    """Return one source for two of the same address."""
    # A query that sets no interval wants what is learned, which is never quicker than `FASTEST`.
    eager = min(one, other, key=lambda source: source.interval or MIN_INTERVAL)
    allow_private = one.allow_private or other.allow_private
    return replace(eager, headers=one.headers or other.headers, allow_private=allow_private)


def _is_frozen(state: SourceState, now: datetime) -> bool:
    """Say whether a source answers and has had nothing new far beyond its own rhythm."""
    latest = max((moment for moment in (state.newest, state.last_new) if moment), default=None)
    if latest is None or state.rhythm is None or state.last_success is None:
        return False
    return now - latest > max(_FROZEN, state.rhythm * _RHYTHMS_UNTIL_FROZEN)


def _spread(url: str) -> float:
    """Return a number between 0 and 1 that is a source's own, so that not all are asked at the same moment."""
    return hashlib.blake2b(url.encode(), digest_size=1).digest()[0] / 255
