"""Read the times people type: `7d`, `2h`, `yesterday`, `2026-05-01`, `2026-05-01T10:00`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from brandwatch import clock
from brandwatch.errors import UsageError

_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAYS_AGO = {"today": 0, "i dag": 0, "idag": 0, "yesterday": 1, "i går": 1, "igår": 1}


def span(written: str) -> timedelta:
    """Return the length of time that *written* names (`15m`, `2h`); raise UsageError for what names none."""
    found = _AGO.fullmatch(written.strip().lower())
    if found is None or not int(found[1]):
        raise UsageError(f"“{written}” is not a length of time", "write 15m, 2h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def moment(written: str) -> datetime | None:
    """Return the moment that *written* names, in UTC; `None` for nothing. A date is its midnight in local time.

    Raise UsageError for what names no moment.
    """
    text = " ".join(written.lower().split())
    if not text:
        return None
    now = clock.now()
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if text in _DAYS_AGO:
        # A day may have 23 or 25 hours: count in dates, then ask where midnight is.
        day = now.astimezone().date() - timedelta(days=_DAYS_AGO[text])
        return datetime(day.year, day.month, day.day).astimezone(UTC)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        hint = "write 7d, 2h, yesterday, 2026-05-01 or 2026-05-01T10:00"
        raise UsageError(f"“{written}” is not a time", hint) from None
