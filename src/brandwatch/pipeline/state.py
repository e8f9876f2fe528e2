"""The next state of a source after an answer or a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import FetchClass
from brandwatch.pipeline import schedule

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from brandwatch.models import Document, Feed, SourceState
    from brandwatch.pipeline.jobs import SourceJob


def after_answer(  # noqa: PLR0913 (what an answer is held against)
    plan: SourceJob,
    state: SourceState,
    document: Document,
    fetch_class: FetchClass,
    *,
    now: datetime,
    bounds: schedule.IntervalBounds,
    feed: Feed | None = None,
) -> SourceState:
    """Return the state of a source that answered, with the next time to ask."""
    interval, bounds = _kept_to(plan, bounds)
    if feed and feed.ttl:
        interval = max(interval or feed.ttl, feed.ttl)
    due = schedule.after_success(state, now, interval=interval, bounds=bounds, fresh_until=document.fresh_until)
    return replace(
        state,
        fetch_class=fetch_class,
        error=feed.problem if feed else "",
        moved_to=document.moved_to,
        failures=0,
        gone_count=0,
        failure_share=schedule.failure_share(state.failure_share, failed=False),
        last_poll=now,
        last_success=now,
        next_due=schedule.skip_hours(feed.skip_hours, due) if feed else due,
    )


def between_pages(plan: SourceJob, state: SourceState) -> SourceState:
    """Return the state of a source of which more is to be read in this poll.

    It has not answered yet as far as the next poll is concerned, so that what lies between is asked for again if this
    one ends here.
    """
    before = plan.state
    return replace(
        state, cursor=before.cursor, body_hash=b"", last_success=before.last_success, next_due=before.next_due
    )


def after_fetch_failure(
    plan: SourceJob,
    fetch_class: FetchClass,
    message: str,
    *,
    now: datetime,
    bounds: schedule.IntervalBounds,
    retry_at: datetime | None = None,
) -> SourceState:
    """Return the state of a source that failed: what counts as seen stays, and the pause doubles up to a day."""
    state = replace(
        plan.state,
        fetch_class=fetch_class,
        error=message,
        failures=plan.state.failures + 1,
        gone_count=plan.state.gone_count + 1 if fetch_class is FetchClass.GONE else 0,
        failure_share=schedule.failure_share(plan.state.failure_share, failed=True),
        last_poll=now,
    )
    interval, bounds = _kept_to(plan, bounds)
    due = schedule.after_failure(state, now, interval=interval, bounds=bounds, retry_at=retry_at)
    return replace(state, next_due=due)


def _kept_to(plan: SourceJob, bounds: schedule.IntervalBounds) -> tuple[timedelta | None, schedule.IntervalBounds]:
    """Return the interval and the bounds of a source, none shorter than its endpoint allows."""
    shortest = plan.endpoint.interval
    if shortest is None:
        return plan.interval, bounds
    fastest = max(bounds.fastest, shortest)
    interval = max(plan.interval, shortest) if plan.interval else None
    return interval, schedule.IntervalBounds(fastest=fastest, slowest=max(bounds.slowest, fastest))
