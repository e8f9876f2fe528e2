"""When the responses of an entry are refreshed: decisions from facts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


REFRESH_STEPS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=3), timedelta(days=7))
"""How long after an entry was published its responses are read again."""
LAST_REFRESH = REFRESH_STEPS[-1]
REFRESH_SLACK = timedelta(seconds=30)
"""Cron starts a poll some seconds early or late; what is due by then is due now."""

_WHILE_GROWING = timedelta(hours=24)
_HOUR = timedelta(hours=1)
# Polls come when cron starts them: a step that is nearer than this to a reading is that reading.
_APART = timedelta(minutes=30)
_SHARE_OF_AGE = 2


def refresh_start(published: datetime | None, found: datetime) -> datetime:
    """Return the moment from which on an entry could be answered."""
    return min(published, found) if published else found


def first_refresh(published: datetime | None, found: datetime, *, is_counted: bool) -> datetime | None:
    """Return when the responses of an entry are first read again, `None` for never.

    *is_counted* says that it was found with some counts.
    """
    step = _next(refresh_start(published, found), found)
    if is_counted:
        return step
    return min(step, found + _HOUR) if step else found + _HOUR


def next_refresh(start: datetime, now: datetime, *, has_changed: bool) -> datetime | None:
    """Return when to read again after an answer, `None` for never.

    *has_changed* says that it counts otherwise than the reading before, or that there was none.
    """
    step = _next(start, now)
    return step if step and (has_changed or step - start <= _WHILE_GROWING) else None


def refresh_after_failure(start: datetime, now: datetime, retry_at: datetime | None = None) -> datetime | None:
    """Return when to try again after a failure, `None` for never.

    The pause is half of the entry's age, so that it grows with every failure. *retry_at*, the server's word, can only
    make it longer.
    """
    age = now - start
    if age >= LAST_REFRESH:
        return None
    due = max(now + _HOUR, min(now + age / _SHARE_OF_AGE, start + LAST_REFRESH))
    return max(due, retry_at) if retry_at else due


def _next(start: datetime, now: datetime) -> datetime | None:
    """Return the first step that is not just now."""
    return next((start + step for step in REFRESH_STEPS if start + step >= now + _APART), None)
