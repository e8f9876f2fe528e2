from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.dates import parse_date

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
    ],
)
def test_date_formats_of_publishers(raw: str):
    """Standard, Nordic and named-zone formats parse to the same moment."""
    read = parse_date(raw, now=NOW)
    assert read is not None
    assert read.replace(microsecond=0) == MAY_5


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "i går",
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
