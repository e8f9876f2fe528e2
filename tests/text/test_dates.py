from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text import dates, languages
from brandwatch.text.dates import is_plausible, parse_date

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAY_5 = datetime(2026, 5, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "Tue, 05 May 2026 10:00:00 GMT",
        "Tue, 05 May 2026 12:00:00 CEST",
        "Tue, 05 May 2026 12:00:00 +0200",
        "05 May 26 10:00 UT",
        "2026-05-05T10:00:00Z",
        "2026-05-05T12:00:00+02:00",
        "2026-05-05T10:00:00.123456Z",
        "2026-05-05 10:00",
        "20260505T100000Z",
        "tir, 05 mai 2026 10:00",
        "tirsdag 5. mai 2026 kl. 10:00",
        "tisdag den 5 maj 2026 10:00",
        "5. mai 2026 10.00",
        "05.05.2026 10:00",
        "Tue, 5 May 2026 10:00:00 +0000 (UTC)",
        "Tue May  5 10:00:00 2026",
        "May 5, 2026 10:00 AM",
        "Dienstag, 5. Mai 2026 12:00 MESZ",
        "5. maí 2026 10:00",
        "ti 5. toukok. 2026 klo 10.00",
        "5 de mayo de 2026 10:00",
        "le 5 mai 2026 à 10h00",
        "5 Μαΐου 2026 10:00",
        "Tue May 05 2026 12:00:00 GMT+0200 (Central European Summer Time)",
        "2026-05-05 10:00:00 +0000 UTC",
        "2026-05-05 12:00:00.25 +0200 CEST m=+0.0001",
        "Tue May  5 12:00:00 CEST 2026",
        "Tue May 05 06:00:00 -0400 2026",
        "Tuesday, 05-May-26 10:00:00 GMT",
        "05/May/2026:12:00:00 +0200",
        "Tue, 05 May 2026 22:00:00 NZST",
        "Tue, 05 May 2026 12:00:00 Europe/Oslo",
        "Tue, 05 May 2026 15:45:00 NPT",
        "Tue, 05 May 2026 10:00:00 XYZT",
        "Tuesday, May 5th, 2026 at 10:00 a.m.",
        "the 5th of May 2026, 10am",
        "5/5/2026 10:00 AM",
        "2026-W19-2T10:00:00Z",
        "2026-125T10:00:00Z",
        "20260505T120000+0200",
        "1777975200",
        "1777975200000",
        "1777975200000000",
        "/Date(1777975200000+0200)/",
        "2026年5月5日 10:00",
        "２０２６-05-05 10:00",
        "2026/5/5 10:00:00",
        "2026-05-05T05:00:00-05:00Z",
    ],
)
def test_date_formats_of_publishers(raw: str):
    """Standard, Nordic and named-zone formats parse to the same moment."""
    read = parse_date(raw, now=NOW)
    assert read is not None
    assert read.replace(microsecond=0) == MAY_5


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("11/13/2026 9:05 PM", "2026-11-13 21:05"),
        ("11/12/2026 9:05 PM", "2026-11-12 21:05"),
        ("12:30 AM, 13 Nov 2026", "2026-11-13 00:30"),
        ("12/11/2026 21:05", "2026-11-12 21:05"),
        ("Thu, 11/12/2026 - 21:05", "2026-11-12 21:05"),
        ("11/12/2026", "2026-11-12"),
        ("13.11.26", "2026-11-13"),
        ("11/13/26", "2026-11-13"),
        ("96-11-13", "1996-11-13"),
        ("Nov. 2026", "2026-11-01"),
        ("13. nóv. 2026", "2026-11-13"),
        ("13 listopada 2026", "2026-11-13"),
        ("Fri, 13 Nov 2026 24:00:00 GMT", "2026-11-14"),
        ("13.11.2026 10:00 - 12:00", "2026-11-13 10:00"),
        ("Wed, 11/12/2025", "2025-11-12"),
        ("Fri, 11/12/2026", "2026-11-12"),
        ("Xyz, 11/12/2025", "2025-12-11"),
        ("03-04-05", "2005-04-03"),
    ],
)
def test_ambiguous_dates_have_one_reading(raw: str, day: str):
    """American order follows from a month above 12, from a.m. and p.m., from the weekday, or from our own clock."""
    assert parse_date(raw, now=NOW) == datetime.fromisoformat(day).replace(tzinfo=UTC)


def test_each_name_of_a_month_means_one_month():
    """No two languages use one name for different months."""
    own = [language.dates.months for language in languages.all_languages()]
    for months in (
        *own,
        *tomllib.loads(Path(dates.__file__).with_suffix(".toml").read_text("utf-8"))["months"].values(),
    ):
        for number, names in enumerate(months, 1):
            for name in names.split():
                assert parse_date(f"7 {name} 2026", now=NOW + timedelta(days=365)) == datetime(
                    2026, number, 7, tzinfo=UTC
                )


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "i går",
        "10:00",
        "5. mai",
        "31.11.2026",
        "30.02.26 10:00",
        "2026-13-45",
        "2026-W60-1",
        "2026-400",
        "Tue, 99 May 2026 10:00:00 GMT",
        "5 zzz 2026 10:00",
        "25:61 5 May 2026",
        "5 days ago",
        "2026-02-30T10:00:00Z",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "31 Dec 9999 23:59:59 GMT",
        "2026-12-24T10:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "2026-05-05T10:00:00+99:99",
        "2026",
        "x" * 10_000,
    ],
)
def test_impossible_dates_are_unknown(raw: str):
    """Impossible, very old and far future dates are rejected."""
    assert parse_date(raw, now=NOW) is None


@given(st.text(max_size=40))
def test_any_text_parses_to_a_plausible_date_or_none(raw: str):
    """No input raises; the result is a plausible moment or none."""
    read = parse_date(raw, now=NOW)
    assert read is None or (read.tzinfo is UTC and 1990 <= read.year <= 2026)


@pytest.mark.parametrize(
    ("when", "is_meant"),
    [
        (NOW, True),
        (NOW + dates.LATEST, True),
        (NOW + dates.LATEST + timedelta(seconds=1), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
        (datetime(1989, 12, 31, 23, 59, tzinfo=UTC), False),
        (NOW.astimezone(timezone(timedelta(hours=2))), False),
        (NOW.astimezone(timezone(timedelta(0))), True),
    ],
)
def test_a_publisher_can_have_meant_a_time(when: datetime, *, is_meant: bool):
    """In UTC, since 1990, and not far ahead."""
    assert is_plausible(when, NOW) is is_meant


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("13 Nov 69", ""),
        ("13 Nov 91 10:00", "1991-11-13 10:00"),
        ("13 Nov '26 10:00", "2026-11-13 10:00"),
        ("13 Nov 2026 12:30 AM", "2026-11-13 00:30"),
        ("13 Nov 2026 12:30 PM", "2026-11-13 12:30"),
        ("13 Nov 2026 11:30 PM", "2026-11-13 23:30"),
        ("13 Nov 2026 13:30 PM", "2026-11-13 13:30"),
        ("13 Nov 2026 23:59:60", "2026-11-13 23:59:59"),
        ("13 Nov 2026 24:00:00", "2026-11-14"),
        ("13 Nov 2026 24:01:00", ""),
        ("13 Nov 2026 10:00 +0530", "2026-11-13 04:30"),
        ("13 Nov 2026 10:00 -5", "2026-11-13 15:00"),
        ("13 Nov 2026 10:00 -05:30", "2026-11-13 15:30"),
        ("2026-W01-1", "2025-12-29"),
        ("2026-W46", "2026-11-09"),
        ("2026-001", "2026-01-01"),
        ("2026-317", "2026-11-13"),
        ("2025-366", ""),
        ("2024-366", "2024-12-31"),
        ("20261113", "2026-11-13"),
        ("20261113T1030", "2026-11-13 10:30"),
        ("20261113103015", "2026-11-13 10:30:15"),
        ("2026-11", "2026-11-01"),
        ("96-11-13", "1996-11-13"),
        ("13-11-96", "1996-11-13"),
        ("13/11/96", "1996-11-13"),
        ("13 Nov 2026 at 3 pm", "2026-11-13 15:00"),
        ("13 Nov 2026 10h30", "2026-11-13 10:30"),
        ("x" * 200 + " 13 Nov 2026", ""),
    ],
)
def test_parts_of_unusual_dates(raw: str, moment: str):
    """Years of two digits, half days, leap seconds, offsets, weeks and days of the year."""
    read = parse_date(raw, now=NOW)
    wanted = datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None
    assert (read and read.replace(microsecond=0)) == wanted


# RFC 822 §5.1 and the Olson database: hours east of Greenwich.
HOURS_EAST = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "IST": 1, "CET": 1, "MEZ": 1, "MET": 1,
    "CEST": 2, "MESZ": 2, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip


@pytest.mark.parametrize("zone", HOURS_EAST)
def test_the_zones_of_nearly_all_feeds(zone: str):
    """By their names, in a standard date and in any other."""
    noon = datetime(2026, 5, 5, 12, tzinfo=UTC) - timedelta(hours=HOURS_EAST[zone])
    assert parse_date(f"Tue, 05 May 2026 12:00:00 {zone}", now=NOW) == noon
    assert parse_date(f"5. mai 2026 12:00 {zone}", now=NOW) == noon
    assert dates.ZONES.keys() == HOURS_EAST.keys()


@pytest.mark.parametrize(
    ("offset", "hour"), [("+0000", 12), ("-0000", 12), ("+0130", 10.5), ("-0130", 13.5), ("+1200", 0), ("-1159", 23.98)]
)
def test_offsets_of_standard_dates(offset: str, hour: float):
    """Hours and minutes, east and west."""
    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    read = parse_date(f"Tue, 05 May 2026 12:00:00 {offset}", now=NOW)
    assert read is not None
    assert (read - midnight) / timedelta(hours=1) == pytest.approx(hour, abs=0.01)
    assert parse_date(f"2026-05-05T12:00:00{offset}", now=NOW) == read
