"""Parse the dates of publishers: RFC 822 and RFC 3339 here, every other form in `unusual_dates`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

EARLIEST_YEAR = 1990
"""Feeds carry zero dates of many systems (0001, 1601, 1899, 1970); nothing was syndicated before the web."""
LATEST = timedelta(days=2)
"""The maximum lead of a date over our clock: for time zones and fast clocks, not for announced events."""
ZONES = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "IST": 60, "CET": 60, "MEZ": 60, "MET": 60,
    "CEST": 120, "MESZ": 120, "MEST": 120, "EET": 120, "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CST": -360,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "JST": 540, "AEST": 600, "AEDT": 660,
}  # fmt: skip
"""The zones of nearly all feeds, in minutes; the others are in `dates.toml`."""

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2}))?"
)
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3}, )?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) "
    r"([A-Z]{1,4}|[+-][0-9]{4})"
)


def parse_date(raw: str, *, now: datetime) -> datetime | None:
    """Parse a date to UTC; `None` if it is invalid, or not plausible at *now*.

    The default zone is UTC, the default time midnight. Of several readings the first plausible one counts.
    """
    raw = " ".join(raw.split())
    if not raw:
        return None
    if standard := _read_standard(raw):
        return _plausible(standard, now)
    # Most feeds need neither its tables nor its 15 patterns.
    from brandwatch.text import unusual_dates  # noqa: PLC0415

    return next((when for read in unusual_dates.readings(raw) if (when := _plausible(read, now))), None)


def _plausible(read: datetime, now: datetime) -> datetime | None:
    try:
        when = read.astimezone(UTC)
    except OverflowError:
        return None
    return when if _is_in_range(when, now) else None


def is_plausible(when: datetime, now: datetime) -> bool:
    """Whether a publisher can have meant this time, in UTC."""
    return _is_in_range(when, now) and when.utcoffset() == timedelta(0)


def _is_in_range(when: datetime, now: datetime) -> bool:
    return when.year >= EARLIEST_YEAR and when <= now + LATEST


def _read_standard(raw: str) -> datetime | None:
    """Parse a date in a standard form; `None` for any other."""
    try:
        if moment := _RFC_3339.fullmatch(raw):
            read = datetime.fromisoformat(raw)
            return read.replace(microsecond=0) if moment[1] else read.replace(tzinfo=UTC)
        if standard := _RFC_822.fullmatch(raw):
            day, name, year, hour, minute, second, zone = standard.groups()
            month, tzinfo = _MONTHS.get(name.lower(), 0), _standard_zone(zone)
            return tzinfo and datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=tzinfo)
    except ValueError:  # 24:00, a leap second, or what no calendar has
        return None
    return None


@lru_cache(maxsize=256)
def _standard_zone(name: str) -> timezone | None:
    """Look a zone up by name or offset; `None` if it is unknown."""
    if name in ZONES:
        return timezone(timedelta(minutes=ZONES[name]))
    if name.isalpha():
        return None
    minutes = int(name[1:3]) * 60 + int(name[3:])
    return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
