"""The response to an entry over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.reports.columns import COUNTS, response_counts
from brandwatch.reports.json import utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from brandwatch.models import ResponseSnapshot


UNKNOWN_COUNT = "–"

_BARS = "▁▂▃▄▅▆▇█"
_WIDEST = 24
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def reading_lines(snapshots: Sequence[ResponseSnapshot]) -> Iterator[str]:
    """Yield a line for each count that was ever known: how it went, from what to what, in how long."""
    table = {name: [getattr(snapshot.response, name) for snapshot in _spread(snapshots)] for name in COUNTS}
    known = {name: values for name, values in table.items() if any(value is not None for value in values)}
    took = _length(snapshots[-1].at - snapshots[0].at) if len(snapshots) > 1 else ""
    for name, values in known.items():
        first, last = _shown(values[0]), _shown(values[-1])
        yield f"{name:<8}  {sparkline(values)}  " + (f"{first} → {last}, {took}" if took else last)
    if unknown := [name for name in COUNTS if name not in known]:
        yield f"{', '.join(unknown)}  {UNKNOWN_COUNT}"


def sparkline(values: Sequence[int | None]) -> str:
    """Return a bar for each value, between the lowest and the highest of them; a dash for one that is unknown."""
    known = [value for value in values if value is not None]
    lowest, highest = min(known, default=0), max(known, default=0)
    steps = (len(_BARS) - 1) / ((highest - lowest) or 1)
    return "".join(UNKNOWN_COUNT if value is None else _BARS[round((value - lowest) * steps)] for value in values)


def readings_as_data(snapshots: Sequence[ResponseSnapshot]) -> list[dict[str, Any]]:
    """Return the readings as JSON has them, oldest first."""
    return [{"at": utc(snapshot.at)} | response_counts(snapshot.response) for snapshot in snapshots]


def _spread(snapshots: Sequence[ResponseSnapshot]) -> list[ResponseSnapshot]:
    """Return no more readings than there is room for: what was known at moments of equal distance."""
    if len(snapshots) <= _WIDEST:
        return list(snapshots)
    first, length = snapshots[0].at, snapshots[-1].at - snapshots[0].at
    moments = [first + length * step / (_WIDEST - 1) for step in range(_WIDEST)]
    return [next(one for one in reversed(snapshots) if one.at <= moment) for moment in moments]


def _shown(value: int | None) -> str:
    """Return a count in words; unknown is not zero."""
    return UNKNOWN_COUNT if value is None else str(value)


def _length(length: timedelta) -> str:
    """Return a stretch of time in the largest unit of which it has two."""
    seconds = int(length.total_seconds())
    unit, name = next(((unit, name) for unit, name in _UNITS if seconds >= 2 * unit), _UNITS[-1])
    return f"{round(seconds / unit)} {name}"
