"""The schedule of a source: its next poll after an answer or a failure.

Beside `source_state`, because an interval is decided from times alone, and the facts about a document are not.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch.frozen_classes import dataclass
from brandwatch.models import FetchClass
from brandwatch.pipeline import stored_times
from brandwatch.pipeline.alerts import ALERT_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.config.query import Query
    from brandwatch.models import Feed, QueryFacts, Source, SourceState
    from brandwatch.pipeline.jobs import SourceJob


MIN_INTERVAL = timedelta(minutes=15)
MAX_INTERVAL = timedelta(hours=3)
ABSOLUTE_MIN_INTERVAL = timedelta(minutes=5)
"""No source is polled more often, whatever a server or a gap suggests."""
MAX_FAILURE_PAUSE = timedelta(hours=24)
THREAD_DAYS = timedelta(days=14)
"""The comment threads of mentions up to this age are followed, for this long."""
REFRESH_STEPS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=3), timedelta(days=7))
"""The ages at which the responses of an entry are refreshed."""
LAST_REFRESH = REFRESH_STEPS[-1]
CRON_SLACK = timedelta(seconds=30)
"""Cron starts a poll some seconds early or late; what is due by then is due now."""
_INTERVALS_PER_SILENCE = 8
_HURRY_AFTER_GAP = timedelta(days=2)
_JITTER_SHARE = 0.1
_MIN_PATIENCE = 1 / 8
_FULL_PATIENCE_EVERY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBounds:
    """The shortest and the longest interval of a source without one of its own."""

    fastest: timedelta = MIN_INTERVAL
    slowest: timedelta = MAX_INTERVAL


def merge_sources(queries: Iterable[Query | QueryFacts]) -> dict[str, Source]:
    """Merge the sources of queries, each once, by its URL.

    It has the shortest interval and the shortest `alert_after` of all, headers and user agent of the first that gives
    any, and may be on a private network if one query allows it.
    """
    merged: dict[str, Source] = {}
    for query in queries:
        for source in query.sources:
            other = merged.setdefault(source.url, source)
            if other is source:
                continue
            # No interval means a learned one, which is never shorter than `MIN_INTERVAL`.
            shortest = min(other, source, key=lambda source: source.interval or MIN_INTERVAL)
            merged[source.url] = replace(
                shortest,
                headers=other.headers or source.headers,
                user_agent=other.user_agent or source.user_agent,
                allow_private=other.allow_private or source.allow_private,
                alert_after=min(
                    (other.alert_after, source.alert_after), key=lambda alert_after: alert_after or ALERT_AFTER
                ),
            )
    return merged


def promised_silence(job: SourceJob, state: SourceState, now: datetime, feed: Feed) -> timedelta:
    """Return the pause that an answer demands.

    The `ttl` of a feed is often a constant of its generator (Ghost, NodeBB: 60 minutes). A configured interval and the
    shorter interval after a gap take precedence over it, but not over the *backoff* of an API.
    """
    pause = feed.backoff or timedelta()
    if feed.ttl is None or job.interval or not job.kind.limits.ttl or is_hurried(state, now):
        return pause
    return max(pause, feed.ttl)


def is_hurried(state: SourceState, now: datetime) -> bool:
    """Whether a source is polled more often, because of a gap in the last two days."""
    return stored_times.is_within(state.last_gap, now, _HURRY_AFTER_GAP)


def due_after_success(
    state: SourceState,
    now: datetime,
    *,
    interval: timedelta | None,
    bounds: IntervalBounds,
    fresh_until: datetime | None = None,
) -> datetime:
    """Return the next poll after an answer.

    Without an *interval* it is learned: an eighth of the silence of the source, within the bounds. *fresh_until*, given
    by the server, can only delay the poll, by up to a day.
    """
    if interval is None:
        silence = now - (state.last_new or state.first_poll or now)
        interval = min(max(silence / _INTERVALS_PER_SILENCE, bounds.fastest), bounds.slowest)
        if is_hurried(state, now):
            interval = max(ABSOLUTE_MIN_INTERVAL, bounds.fastest / 2)
        elif interval > bounds.fastest:
            interval -= interval * _JITTER_SHARE * _spread(state.url)
    due = now + interval
    if fresh_until is not None:
        due = min(max(due, fresh_until), now + MAX_FAILURE_PAUSE)
    return due


def due_after_failure(
    state: SourceState,
    now: datetime,
    *,
    interval: timedelta | None,
    bounds: IntervalBounds,
    retry_at: datetime | None = None,
) -> datetime:
    """Return the next poll after *state.failures* failures; *retry_at*, given by the server, can only delay it."""
    first = interval or bounds.fastest
    pause = min(first * (1 << min(state.failures - 1, 16)), max(MAX_FAILURE_PAUSE, first))
    if pause > first:
        pause -= pause * _JITTER_SHARE * _spread(state.url)
    return max(now + pause, retry_at) if retry_at else now + pause


def is_hanging(state: SourceState) -> bool:
    """Whether a source has timed out, after another failure."""
    return state.fetch_class is FetchClass.TIMEOUT and state.failures > 1


def patience(state: SourceState) -> float:
    """Return the share of the deadline in which the answer of a source has to begin.

    Half of it after two failures in a row, the last a time-out, then a quarter, then an eighth; every fourth time all,
    for a source that is well again and slow.
    """
    if not is_hanging(state) or state.failures % _FULL_PATIENCE_EVERY == 0:
        return 1.0
    return max(0.5 ** (state.failures - 1), _MIN_PATIENCE)


def skip_hours(feed_hours: frozenset[int], due: datetime) -> datetime:
    """Return the first moment from *due* on outside the hours (UTC) in which the feed must not be polled."""
    for _ in range(24):
        if due.hour not in feed_hours:
            return due
        due = due.replace(minute=0, second=0) + timedelta(hours=1)
    return due


def _spread(url: str) -> float:
    # Between 0 and 1 by the URL, so that not all sources are due at the same moment.
    return hashlib.blake2b(url.encode(), digest_size=1).digest()[0] / 255
