"""Peaks and silences as rows, with a sentence that says what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.reports.samples import MENTION

from brandwatch.models import Peak, Silence
from brandwatch.reports.trends import TREND_COLUMNS, peak_row, silence_row

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
PEAK = Peak(
    query="acme", start=START, mentions=5, news=3, stories=2, publishers=1, usual=0.444, chance=1 / 149,
    threshold=1.94,
)  # fmt: skip


def test_a_peak_is_an_hour_with_its_largest_mention():
    """In local time (Oslo here); figures are rounded in cells, and the sentence has all of them."""
    row = peak_row(PEAK, MENTION)
    assert tuple(row) == TREND_COLUMNS
    assert row.pop("says") == (
        "3 news mentions from 1 publisher between 14:00 and 15:00; 0.4 is usual in an hour (chance 1 in 150);"
        " the threshold from the busiest hour and recent peaks was 1.9; 5 mentions of 2 stories in all"
    )
    assert row == {
        "kind": "spike", "query": "acme", "start": "2026-05-04T14:00+02:00", "end": "2026-05-04T15:00+02:00",
        "mentions": 5, "publishers": 1, "usual": 0.44, "chance": 0.0067, "bar": 1.9, "mention": 7,
        "title": "Fjordkraft Åsgård åpner 😀", "news": 3, "stories": 2,
    }  # fmt: skip
    alone = peak_row(PEAK, None)
    assert (alone["mention"], alone["title"]) == ("", "")


@pytest.mark.parametrize(
    ("chance", "odds"),
    [(0.5, "chance 1 in 2"), (1e-6, "chance 1 in 1,000,000"), (9.9e-7, "chance below 1 in 1,000,000"),
     (0.0, "chance below 1 in 1,000,000"), (1 / 12_345, "chance 1 in 12,000")],
)  # fmt: skip
def test_a_probability_is_told_as_odds(chance: float, odds: str):
    """To two digits; beyond a million a number says no more."""
    assert f"({odds})" in peak_row(replace(PEAK, chance=chance), None)["says"]


def test_a_silence_lasts_some_hours():
    """Cells of peaks alone are empty."""
    row = silence_row(Silence(query="acme", start=START, hours=11, expected=10.456, longest=6.27))
    assert tuple(row) == TREND_COLUMNS
    assert row == {
        "kind": "silence", "query": "acme", "start": "2026-05-04T14:00+02:00", "end": "2026-05-05T01:00+02:00",
        "mentions": 0, "publishers": 0, "usual": 10.46, "chance": "", "bar": 6.3, "mention": "", "title": "",
        "says": "no mention for 11 hours, in which 10 mentions were expected; the longest recent silence was 6 hours;"
        " check that the sources answer",
        "news": 0, "stories": 0,
    }  # fmt: skip
