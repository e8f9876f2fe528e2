"""The parts of a selection by local days or weeks, so that the day of a part is computed, not that of each mention."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Selection
    from brandwatch.storage.database import Store

_DAY_SECONDS = 86_400
_FAR_SECONDS = 2**62
# The first mention that is not yet in a part: days without mentions cost nothing.
_NEXT = "SELECT time FROM mention INDEXED BY mention_by_time WHERE time >= ? AND time < ? ORDER BY time LIMIT 1"
_IS_DAY = "SELECT date(?, 'unixepoch', 'localtime') = ? AND date(?, 'unixepoch', 'localtime') = ?"


class TimePart(NamedTuple):
    """The mentions from *start* on and before *end*, in seconds; *day* is the first local one of the part.

    It is `None` where not all of them may be in the same day or week: SQLite tells of each.
    """

    start: int
    end: int
    day: date | None = None


def period_of(selection: Selection) -> TimePart:
    """Return the whole period of a selection as one part."""
    start, end = rows.seconds(selection.since), rows.seconds(selection.until)
    return TimePart(-_FAR_SECONDS if start is None else start, _FAR_SECONDS if end is None else end)


def local_parts(store: Store, selection: Selection, days: int = 1) -> Iterator[TimePart]:
    """Yield the local days with mentions in the period of a selection, or the weeks from Monday on, in order."""
    start, end, _ = period_of(selection)
    while (first := store.value(_NEXT, [start, end])) is not None:
        try:
            part = _part_of(store, first, days)
        except (OverflowError, ValueError, OSError):
            # Beyond the year 9999.
            yield TimePart(first, end)
            return
        yield part._replace(start=max(part.start, start), end=min(part.end, end))
        start = part.end


def _part_of(store: Store, time: int, days: int) -> TimePart:
    """Return the day, or the week, that a time is in."""
    day = datetime.fromtimestamp(time, UTC).astimezone().date()
    if days > 1:
        day = monday(day)
    start, end = _midnight(day), max(_midnight(day + timedelta(days=days)), time + 1)
    last = day + timedelta(days=days - 1)
    # The hour of a change to or from summer time may be at midnight; and SQLite has rules of its own beyond 2037.
    is_whole = end - start == days * _DAY_SECONDS
    is_known = is_whole and store.value(_IS_DAY, [start, day.isoformat(), end - 1, last.isoformat()])
    return TimePart(start, end, day if is_known else None)


def monday(day: date) -> date:
    """Return the first day of a week."""
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day).astimezone().timestamp())
