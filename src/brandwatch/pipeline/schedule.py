"""When to poll a source again, the state it has then, and its health: decisions from facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from brandwatch.models import FetchClass, Health

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models import Document, Feed, SourceState
    from brandwatch.pipeline.jobs import SourceJob


MIN_INTERVAL = timedelta(minutes=15)
MAX_INTERVAL = timedelta(hours=3)
SHORTEST_INTERVAL = timedelta(minutes=5)
"""No source is polled more often, whatever else asks for it."""
MAX_FAILURE_PAUSE = timedelta(hours=24)
FULL_READ_INTERVAL = timedelta(hours=24)
"""How often a whole document is requested, since some servers answer 304 although there is something new."""
GONES_UNTIL_PAUSE = 3

_INTERVALS_PER_SILENCE = 8
_HURRY_AFTER_GAP = timedelta(days=2)
_JITTER = 0.1
_FAILURES_UNTIL_FAILING = 3
_FLAKY_SHARE = 0.15
_MEMORY = 0.8
_MIN_FROZEN = timedelta(days=3)
_RHYTHMS_UNTIL_FROZEN = 8
_MIN_DATED_ENTRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBounds:
    """The shortest and the longest interval of a source without one of its own."""

    fastest: timedelta = MIN_INTERVAL
    slowest: timedelta = MAX_INTERVAL


def after_answer(  # noqa: PLR0913 (what decides a state)
    job: SourceJob,
    state: SourceState,
    document: Document,
    fetch_class: FetchClass,
    *,
    now: datetime,
    bounds: IntervalBounds,
    feed: Feed | None = None,
) -> SourceState:
    """Return the state of a source that answered, with its next poll."""
    interval, bounds = _limits_of(job, bounds)
    if feed and feed.ttl:
        interval = max(interval or feed.ttl, feed.ttl)
    due = after_success(state, now, interval=interval, bounds=bounds, fresh_until=document.fresh_until)
    return replace(
        state,
        fetch_class=fetch_class,
        error=feed.problem if feed else "",
        moved_to=document.moved_to,
        failures=0,
        gone_count=0,
        failure_share=failure_share(state.failure_share, failed=False),
        last_poll=now,
        last_success=now,
        next_due=skip_hours(feed.skip_hours, due) if feed else due,
    )


def between_pages(job: SourceJob, state: SourceState) -> SourceState:
    """Return the state of a source of which another page is read in this poll.

    If this poll ends here, the next one must read the same interval again: for that one the source has not answered.
    """
    before = job.state
    return replace(
        state, cursor=before.cursor, body_hash=b"", last_success=before.last_success, next_due=before.next_due
    )


def after_fetch_failure(
    job: SourceJob,
    fetch_class: FetchClass,
    message: str,
    *,
    now: datetime,
    bounds: IntervalBounds,
    retry_at: datetime | None = None,
) -> SourceState:
    """Return the state of a source that failed: seen entries stay seen, and the pause doubles up to a day."""
    state = replace(
        job.state,
        fetch_class=fetch_class,
        error=message,
        failures=job.state.failures + 1,
        gone_count=job.state.gone_count + 1 if fetch_class is FetchClass.GONE else 0,
        failure_share=failure_share(job.state.failure_share, failed=True),
        last_poll=now,
    )
    interval, bounds = _limits_of(job, bounds)
    return replace(state, next_due=after_failure(state, now, interval=interval, bounds=bounds, retry_at=retry_at))


def _limits_of(job: SourceJob, bounds: IntervalBounds) -> tuple[timedelta | None, IntervalBounds]:
    """Return the interval and the bounds of a source, none shorter than its kind allows."""
    shortest = job.kind.limits.interval
    if shortest is None:
        return job.interval, bounds
    fastest = max(bounds.fastest, shortest)
    interval = max(job.interval, shortest) if job.interval else None
    return interval, IntervalBounds(fastest=fastest, slowest=max(bounds.slowest, fastest))


def after_success(
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
        if state.last_gap and now - state.last_gap < _HURRY_AFTER_GAP:
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
    """Return the next poll after *state.failures* failures; *retry_at*, given by the server, can only delay it."""
    first = interval or bounds.fastest
    pause = min(first * (1 << min(state.failures - 1, 16)), max(MAX_FAILURE_PAUSE, first))
    if pause > first:
        pause -= pause * _JITTER * _spread(state.url)
    return max(now + pause, retry_at) if retry_at else now + pause


def is_paused(state: SourceState) -> bool:
    """Whether a source is polled no more: it was gone for good (410) three times in a row."""
    return state.gone_count >= GONES_UNTIL_PAUSE


def may_be_conditional(state: SourceState, now: datetime) -> bool:
    """Whether a request may be conditional: the last whole document is younger than a day."""
    return state.last_full is not None and now - state.last_full < FULL_READ_INTERVAL


def skip_hours(feed_hours: frozenset[int], due: datetime) -> datetime:
    """Return the first moment from *due* on outside the hours (UTC) in which the feed must not be polled."""
    for _ in range(24):
        if due.hour not in feed_hours:
            return due
        due = due.replace(minute=0, second=0) + timedelta(hours=1)
    return due


def failure_share(before: float, *, failed: bool) -> float:
    """Return the share of failures after one more fetch, the latest weighing most."""
    return _MEMORY * before + (1 - _MEMORY) * failed


def health(state: SourceState, now: datetime) -> Health:
    """Return the health of a source in one word."""
    if is_paused(state):
        return Health.PAUSED
    if state.fetch_class is FetchClass.THROTTLED:
        return Health.THROTTLED
    if state.failures >= _FAILURES_UNTIL_FAILING:
        return Health.FAILING
    if state.failures or state.failure_share > _FLAKY_SHARE:
        return Health.FLAKY
    if _is_frozen(state, now):
        return Health.FROZEN
    return Health.MOVED if state.moved_to else Health.OK


def _is_frozen(state: SourceState, now: datetime) -> bool:
    """Whether a source answers, but has had nothing new for far longer than its rhythm."""
    latest = max((moment for moment in (state.newest, state.last_new) if moment), default=None)
    if latest is None or state.rhythm is None or state.last_success is None:
        return False
    return now - latest > max(_MIN_FROZEN, state.rhythm * _RHYTHMS_UNTIL_FROZEN)


def rhythm(feed: Feed) -> timedelta | None:
    """Return the median time between two entries of a document, `None` where too few are dated."""
    times = sorted(entry.published for entry in feed.entries if entry.published)
    if len(times) < _MIN_DATED_ENTRIES:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    return gaps[len(gaps) // 2]


def newest_published(feed: Feed, now: datetime) -> datetime | None:
    """Return the publication of the newest entry, dates in the future left out."""
    return max((entry.published for entry in feed.entries if entry.published and entry.published <= now), default=None)


def _spread(url: str) -> float:
    """Return a number between 0 and 1 by the URL, so that not all sources are due at the same moment."""
    return hashlib.blake2b(url.encode(), digest_size=1).digest()[0] / 255
