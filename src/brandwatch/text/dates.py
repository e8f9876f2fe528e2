"""Parse the dates of publishers: RFC 822, RFC 3339, and Nordic and other variants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache

EARLIEST_YEAR = 1990
"""Feeds carry zero dates of many systems (0001, 1601, 1899, 1970); nothing was syndicated before the web."""
LATEST = timedelta(days=2)
"""The maximum lead of a date over our clock: for time zones and fast clocks, not for announced events."""

# The standard library and dateutil know the American zones; the offsets are those of the IANA database.
_ZONES = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "IST": 60, "CET": 60, "MEZ": 60, "MET": 60,
    "CEST": 120, "MESZ": 120, "MEST": 120, "EET": 120, "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CST": -360,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "JST": 540, "AEST": 600, "AEDT": 660,
}  # fmt: skip
# The names of RFC 822; those of other dates are in the language files.
_RFC_822_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH_OF_RFC_822 = {name: number for number, name in enumerate(_RFC_822_MONTHS, 1)}
# The standard forms, which nearly every feed has.
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3}, )?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) "
    r"([A-Z]{1,4}|[+-][0-9]{4})"
)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})(?:-?(\d{2}))?(?:[T ]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(.*))?", re.IGNORECASE
)
_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:\D+?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(.*))?")
_WEEKDAY = r"(?:[^\W\d]+(?:\.?,?\s+|,))?"
_DAY_AND_MONTH = r"(\d{1,2})\.?[\s-]+([^\W\d]+)\.?,?[\s-]+(\d{4}|\d{2})"
_TIME_AND_ZONE = r"(?:\D*?(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:\.\d+)?)?\s*(.*))?"
_OFFSET = re.compile(r"(?:(?:GMT|UTC|UT)\s*)?([+-])\s*(\d{1,2}):?(\d{2})?(?:\s*\(.*\))?", re.IGNORECASE)
# Seconds since 1970, the same in milliseconds, or all digits of a moment.
_EPOCH = re.compile(r"([0-9]{9,10})(?:\.[0-9]+)?|([0-9]{12,13})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_TWO_DIGIT_PIVOT = 70


def parse_date(raw: str, *, now: datetime) -> datetime | None:
    """Parse a date to UTC; `None` if it is invalid, or not plausible at *now*.

    The default zone is UTC, the default time midnight.
    """
    raw = " ".join(raw.split())
    if not raw:
        return None
    try:
        read = _standard(raw) or _read(raw)
        when = read.astimezone(UTC) if read else None
    except (ValueError, OverflowError):
        return None
    if when is None or when.year < EARLIEST_YEAR or when > now + LATEST:
        return None
    return when


def _standard(raw: str) -> datetime | None:
    """Parse a date in a standard form; `None` for any other."""
    try:
        if _RFC_3339.fullmatch(raw):
            return datetime.fromisoformat(raw)
        if standard := _RFC_822.fullmatch(raw):
            day, name, year, hour, minute, second, zone = standard.groups()
            month, tzinfo = _MONTH_OF_RFC_822.get(name.lower(), 0), _zone(zone)
            return tzinfo and datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=tzinfo)
    except ValueError:  # 24:00, a leap second, or what no calendar has
        return None
    return None


def _read(raw: str) -> datetime | None:
    """Parse a date in any other form; raise ValueError if no calendar has it."""
    if epoch := _EPOCH.fullmatch(raw):
        return datetime.fromtimestamp(int(epoch[1]) if epoch[1] else int(epoch[2]) // 1000, UTC)
    if compact := _COMPACT.fullmatch(raw):
        year, month, day, *clock = compact.groups()
        return _at(int(year), int(month), int(day), clock, None)
    if iso := _ISO.fullmatch(raw):
        year, month, day, *clock, zone = iso.groups()
        return _at(int(year), int(month), int(day or 1), clock, zone)
    if numeric := _NUMERIC.fullmatch(raw):
        day, month, year, *clock, zone = numeric.groups()
        return _at(int(year), int(month), int(day), clock, zone)
    pattern, months = _worded_dates()
    if (worded := pattern.fullmatch(raw)) and (month := months.get(worded[2].lower())):
        day, _, year, *clock, zone = worded.groups()
        number = int(year)
        if len(year) == 2:  # noqa: PLR2004 (digits; RFC 2822 §4.3)
            number += 1900 if number >= _TWO_DIGIT_PIVOT else 2000
        return _at(number, month, int(day), clock, zone)
    return _guess(raw)


@cache
def _worded_dates() -> tuple[re.Pattern[str], dict[str, int]]:
    """Build the pattern of dates such as `tirsdag den 5. maj 2026 kl. 10:00`, and index the months by name."""
    from brandwatch.text import languages  # noqa: PLC0415 (7 ms, which the dates of most feeds do not need)

    dates = [each.dates for each in languages.all_languages()]
    before_day = "|".join(sorted({word for each in dates for word in each.before_day}))
    pattern = re.compile(rf"{_WEEKDAY}(?:(?:{before_day})\s+)?{_DAY_AND_MONTH}{_TIME_AND_ZONE}")
    months = {name: at for each in dates for at, names in enumerate(each.months, 1) for name in names.split()}
    return pattern, months


def _at(year: int, month: int, day: int, clock: list[str | None], zone: str | None) -> datetime | None:
    # 24:00 is the next midnight, a leap second the last of its minute.
    hour, minute, second = (int(part or 0) for part in clock)
    tzinfo = _zone((zone or "").strip())
    if tzinfo is None:
        return None
    ends_day = (hour, minute, second) == (24, 0, 0)
    when = datetime(year, month, day, 0 if ends_day else hour, minute, min(second, 59), tzinfo=tzinfo)
    return when + timedelta(days=ends_day)


@lru_cache(maxsize=256)
def _zone(name: str) -> timezone | None:
    """Look a zone up by name or offset: UTC for no name, `None` if it is unknown."""
    if not name:
        return UTC
    if name.upper() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name.upper()]))
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return None
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))


def _guess(raw: str) -> datetime | None:
    """Parse any other form with dateutil, if the text has a year, a month and a day."""
    if not re.search(r"(?:19|20)\d\d", raw) or len(raw) > 64:  # noqa: PLR2004 (the longest real date seen has 45)
        return None
    # 10 ms, which the dates of most feeds do not need.
    from dateutil import parser as dateutil  # noqa: PLC0415

    zones = {name: minutes * 60 for name, minutes in _ZONES.items()}
    readings = [
        dateutil.parse(raw, default=datetime(2000, *blank, tzinfo=UTC), tzinfos=zones) for blank in ((1, 1), (2, 2))
    ]
    # A missing part comes from the default: then the results differ.
    return readings[0] if readings[0] == readings[1] else None
