"""Parse dates in forms beyond the standards: Nordic and other words, numbers in any order, what programs print.

In a module of its own because the dates of most feeds do not need it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brandwatch.text import languages
from brandwatch.text.dates import ZONES

if TYPE_CHECKING:
    from collections.abc import Iterator

    Day = tuple[int, int, int]


_MAX_CHARS = 100  # the longest real date seen has 62: JavaScript's, with the full name of its zone
_TWO_DIGIT_PIVOT = 70
_HALF_DAY_HOURS = 12
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
# Seconds since 1970 or a smaller unit, as a number or in the JSON of .NET; all digits of a moment.
_EPOCH = re.compile(
    r"(?:\\?/Date\()?(\d{9,10})(?:\.\d+|\d{3}|\d{6}|\d{9})?(?:[+-]\d{4})?(?:\)\\?/)?", re.IGNORECASE | re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?\s*(?P<zone>\D.*)?", re.ASCII)

_COMMENT = re.compile(r"\(([^()]*)\)")
_AM_PM = r"\s*([ap])\.?\s?m\b\.?"
# The clock, perhaps behind the `T` of ISO 8601 or the colon of a web server's log.
_CLOCK = re.compile(
    rf"(?:(?<=\d\d\d\d):|(?<=\d)[Tt]|(?<![\d:]))(\d{{1,2}}):(\d{{1,2}})(?::(\d{{1,2}}))?(?:[.,]\d+)?(?:{_AM_PM})?",
    re.IGNORECASE,
)
# Behind a day only: 10.00, 10h30, 3 pm.
_DOTTED_CLOCK = re.compile(r"(?<![\d.+-])(\d{1,2})[.h](\d\d)(?:[.m](\d\d))?()(?![\d.])")
_HOUR = re.compile(rf"(?<![\d.+-])(\d{{1,2}})()(){_AM_PM}", re.IGNORECASE)
_CUT = "\x1f"  # stands where the clock stood; white space to a pattern
_OFFSET = re.compile(r"([+\u2212-])(\d{1,2})(?::?(\d\d))?(?!\d)")
_ZONE_NAME = re.compile(r"[^\W\d_]+(?:/[A-Za-z_]+)*")

_WORD = r"(?P<word>[^\W\d_]{3,}+)\.?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|o)?"
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?([./ -])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)")
# The other forms of a day, the surest first.
_FORMS = tuple(
    map(
        re.compile,
        (
            # The letters are those of East Asia. Google wrote months with three digits.
            r"(?<!\d)(?P<year>\d{4})\s?[-/.年년]\s?0?(?P<month>\d{1,2})\s?[-/.月월]\s?(?P<day>\d{1,2})(?!\d)",
            r"(?<!\d)(?P<year>\d{4})-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?(?!\d)",
            r"(?<!\d)(?P<year>\d{4})-(?P<day_of_year>\d{3})(?!\d)",
            # `de` is Spanish and Portuguese. A weekday was seen behind the number of the day.
            rf"{_DAY}[.,]?[\s/-]*(?:de\s+|of\s+|\w+day,\s+)?{_WORD},?[\s/-]*(?:del?\s+)?(?P<year>\d{{4}}|['’]?\d\d)(?!\d)",
            # `date` and Ruby write the zone before the year.
            rf"{_WORD}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?(?P<zone>(?:\s+[A-Z]{{1,5}})?(?:\s*[+-]\d{{4}})?),?\s*{_YEAR}",
            rf"(?<!\d)(?P<year>\d{{4}})[\s.,-]+{_WORD}[\s.,-]+(?P<day>\d{{1,2}})(?!\d)",
            r"^\D*(?P<year>\d{4})-(?P<month>\d\d)(?![\d-])",
            rf"^\D*?{_WORD},?\s+{_YEAR}",
        ),
    )
)


def readings(raw: str) -> Iterator[datetime]:
    """Yield the possible meanings of a date on one line, the most likely first."""
    if len(raw) > _MAX_CHARS:
        return
    text = unicodedata.normalize("NFKC", raw)
    if epoch := _EPOCH.fullmatch(text):
        yield datetime.fromtimestamp(int(epoch[1]), UTC)
    elif compact := _COMPACT.fullmatch(text):
        year, month, day, *clock = compact.groups()[:6]
        yield from _moments([(int(year), int(month), int(day))], [*clock, None], compact["zone"] or "")
    else:
        yield from _read_worded(text)


def _read_worded(text: str) -> Iterator[datetime]:
    """Take the clock out of a date, then the day; the words behind them are the zone."""
    comments = " ".join(_COMMENT.findall(text))
    text = _COMMENT.sub(" ", text)
    clock = _CLOCK.search(text)
    if clock:
        text = f"{text[: clock.start()]}{_CUT}{text[clock.end() :]}"
    for days, start, end, zone in _find_days(text, is_american=bool(clock and clock[4])):
        rest = f"{text[:start]} {text[end:]}"
        behind = rest.partition(_CUT)[2] if _CUT in rest else text[end:]
        late_clock = None if clock else _DOTTED_CLOCK.search(behind) or _HOUR.search(behind)
        if late_clock:
            behind = behind[late_clock.end() :]
        found = clock or late_clock
        parts: list[str | None] = list(found.groups()) if found else [None] * 4
        yield from _moments(days, parts, f"{zone} {behind} {comments}")


def _find_days(text: str, *, is_american: bool) -> Iterator[tuple[list[Day], int, int, str]]:
    """Yield the possible days of each form that fits, the place of its match, and the zone inside it."""
    for form in _FORMS:
        if (match := form.search(text)) and (day := _read_day(match.groupdict(default=""))):
            yield [day], match.start(), match.end(), match.groupdict(default="").get("zone", "")
    if match := _NUMERIC.search(text):
        weekday = text[: match.start()].strip()[:3].lower()
        yield _order_numbers(match, weekday, is_american=is_american), match.start(), match.end(), ""


def _read_day(parts: dict[str, str]) -> Day | None:
    year = _full_year(parts["year"])
    try:
        if "week" in parts:
            day = date.fromisocalendar(year, int(parts["week"]), int(parts["weekday"] or 1))
            return day.year, day.month, day.day
        if "day_of_year" in parts:
            day = date(year, 1, 1) + timedelta(days=int(parts["day_of_year"]) - 1)
            return (day.year, day.month, day.day) if day.year == year else None
    except ValueError:
        return None
    month = _months().get(_plain(parts["word"])) if "word" in parts else int(parts["month"])
    return (year, month, int(parts.get("day", 1))) if month else None


def _order_numbers(match: re.Match[str], weekday: str, *, is_american: bool) -> list[Day]:
    """Return the days that three numbers may mean: with the day first, American, with the year first."""
    first, sign, second, last = int(match[1]), match[2], int(match[3]), match[4]
    year = _full_year(last)
    days = [(year, second, first)]
    if sign != ".":
        days.insert(0 if is_american else 1, (year, first, second))
    if len(last) == len(match[1]) and sign == "-":
        days.append((_full_year(match[1]), second, int(last)))
    return sorted(days, key=lambda day: _weekday(day) != weekday) if weekday in _WEEKDAYS else days


def _weekday(day: Day) -> str:
    try:
        return _WEEKDAYS[date(*day).weekday()]
    except ValueError:
        return ""


def _full_year(written: str) -> int:
    digits = written.lstrip("'’")
    if len(digits) > 2:  # noqa: PLR2004 (digits; RFC 2822 §4.3)
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _TWO_DIGIT_PIVOT else 2000)


def _moments(days: list[Day], clock: list[str | None], zone: str) -> Iterator[datetime]:
    """Yield the moment of each day that the calendar has."""
    hour, minute, second = (int(part or 0) for part in clock[:3])
    if clock[3] and hour <= _HALF_DAY_HOURS:
        hour = hour % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if clock[3].lower() == "p" else 0)
    # 24:00 is the next midnight, a leap second the last of its minute.
    ends_day = (hour, minute, second) == (24, 0, 0)
    for day in days:
        try:
            at = time(0 if ends_day else hour, minute, min(second, 59), tzinfo=_zone(zone))
            yield datetime.combine(date(*day), at) + timedelta(days=ends_day)
        except (ValueError, OverflowError):
            continue


@lru_cache(maxsize=256)
def _zone(text: str) -> tzinfo:
    """Find the zone in the words behind a date: UTC if there is none or an unknown one, which keeps the day.

    Raise ValueError for an offset of more than a day.
    """
    if offset := _OFFSET.search(text):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    for name in _ZONE_NAME.findall(text):
        if "/" in name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
        minutes_east = ZONES.get(name.upper(), _table()["zones"].get(name))
        if minutes_east is not None:
            return timezone(timedelta(minutes=minutes_east))
    return UTC


@cache
def _table() -> dict[str, Any]:
    """Read `dates.toml`: minutes by zone, and the months of languages without a file."""
    table = tomllib.loads(Path(__file__).with_name("dates.toml").read_text(encoding="utf-8"))
    zones = {name: int(float(hours) * 60) for hours, names in table["zones"].items() for name in names.split()}
    return {"zones": zones, "months": list(table["months"].values())}


@cache
def _months() -> dict[str, int]:
    """Index the months of all languages by name, without accents."""
    own = [language.dates.months for language in languages.all_languages()]
    tables = [*_table()["months"], *own]
    return {_plain(name): at for months in tables for at, names in enumerate(months, 1) for name in names.split()}


def _plain(word: str) -> str:
    """Fold a word to small letters without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))
