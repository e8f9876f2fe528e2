"""Which stored times a poll believes. A wrong clock may have written them, or may be the one that reads them.

A time that is not believed counts for nothing, and stays as it is stored: only a trusted clock corrects it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brandwatch.models import SourceState


MAX_CORRECTION = timedelta(minutes=5)
"""A step back that is no leap. Without a time server a clock drifts by up to 9 s a day (100 ppm), 4.3 minutes a month;
a time server takes that back in one step. Time zones and summer time do not move a clock in UTC."""
MAX_WAIT = timedelta(days=31)
"""The longest interval of a source is 30 days; hours in which a feed must not be polled add a day."""

_MAX_DELAY = timedelta(days=1)
_MAX_SKIPPED_HOURS = timedelta(days=1)

MIN_BELIEVED_WAIT = _MAX_DELAY + _MAX_SKIPPED_HOURS
"""A next poll within this time is believed of every source."""


def believed_due(state: SourceState, now: datetime, interval: timedelta) -> datetime | None:
    """Return the next poll of a source, `None` where it was never fetched or no rule can have set the time.

    *interval* is the longest of the source. A server or a failure delays a poll by a day at most, `skipHours` by
    another one.
    """
    if state.next_due is None or (state.last_poll is not None and is_future(state.last_poll, now)):
        return None
    longest = min(max(interval, _MAX_DELAY) + _MAX_SKIPPED_HOURS, MAX_WAIT)
    return None if state.next_due > now + longest + MAX_CORRECTION else state.next_due


def is_future(when: datetime, now: datetime) -> bool:
    """Whether a time was written by a clock that was ahead of this one."""
    return when > now + MAX_CORRECTION


def is_within(when: datetime | None, now: datetime, period: timedelta) -> bool:
    """Whether a time is known, past, and less than a period ago."""
    return when is not None and not is_future(when, now) and now - when < period
