"""Hours follow each other: those in which nothing was said are not stored, and count all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import Hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_HOUR = timedelta(hours=1)


def filled(query: str, hours: Iterable[Hour], since: datetime, until: datetime) -> Iterator[Hour]:
    """Yield the hours of one query from that of *since* to the one before *until*, quiet ones with a count of none."""
    known = {hour.start: hour for hour in hours}
    start = since.replace(minute=0, second=0, microsecond=0)
    while start < until:
        yield known.get(start) or Hour(query=query, start=start, mentions=0, news=0, stories=0, publishers=0)
        start += _HOUR
