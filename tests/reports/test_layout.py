from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.models import Coverage, Gap, Health, SourceCondition
from brandwatch.reports.layout import coverage_line

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)


def coverage(**facts: object) -> str:
    """The line of a coverage of nine sources."""
    return coverage_line(Coverage(**({"expected": 9, "seen": 9} | facts)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "end"),
    [
        (1, "https://a0.example/ (dns)"),
        (3, "https://a2.example/ (dns)"),
        (10, "https://a9.example/ (dns)"),
        (11, "https://a9.example/ (dns) and 1 more"),
    ],
)
def test_ten_sources_are_listed_and_the_rest_is_counted(count: int, end: str):
    """A line has the first ten that failed, each with its class; only an eleventh one is “more”."""
    line = coverage(
        expected=20, seen=20 - count, failures=tuple((f"https://a{n}.example/", "dns") for n in range(count))
    )
    assert f"{count} failed: https://a0.example/ (dns)" in line
    assert line.endswith(end)


def test_a_coverage_without_remarks_is_short():
    """All sources seen, and nothing else to say."""
    assert coverage() == "coverage: 9 of 9 sources seen"


def test_the_last_gap_and_the_newest_source_are_named():
    """Several gaps are counted, with the last; sources that were added later have a date of their own."""
    gaps = tuple(
        Gap(
            source=f"https://a{n}.example/",
            start=NOON + timedelta(hours=n),
            end=NOON + timedelta(hours=n + 1),
            reason="",
        )
        for n in range(2)
    )
    line = coverage(gaps=gaps)
    assert "2 gaps: entries missed, last at https://a1.example/ (2026-05-04 13:00 to 2026-05-04 14:00)" in line
    same = coverage(first_polls=(("https://a.example/", NOON), ("https://b.example/", NOON)))
    assert same.endswith("watched since 2026-05-04")
    later = coverage(first_polls=(("https://a.example/", NOON), ("https://b.example/", NOON + timedelta(days=3))))
    assert later.endswith("watched since 2026-05-04 (newest source 2026-05-07)")


A, B = "https://a.example/rss", "https://b.example/rss"
AT = SourceCondition(health=Health.FROZEN, since=NOON, detail="the newest entry is 25 days old")
MOVED = SourceCondition(health=Health.MOVED, detail="to c")
FAILING = SourceCondition(health=Health.FAILING, since=NOON, detail="dns")
PAUSED = SourceCondition(health=Health.PAUSED, since=NOON, detail="x")


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"expected": 0, "seen": 0}, "coverage: no source is watched"),
        (
            {"conditions": ((A, AT), (B, AT))},
            ("coverage: 9 of 9 sources seen (2 frozen) · 2 frozen:"
            f" {A} (since 2026-05-04 12:00: the newest entry is 25 days old),"
            f" {B} (since 2026-05-04 12:00: the newest entry is 25 days old)"),
        ),
        (
            {"conditions": ((A, SourceCondition(health=Health.EMPTY)), (B, MOVED))},
            f"coverage: 9 of 9 sources seen (1 empty) · 1 empty: {A} · 1 moved: {B} (to c)",
        ),
        (
            {"seen": 8, "failures": ((A, "dns"),), "conditions": ((A, FAILING),)},
            f"coverage: 8 of 9 sources seen · 1 failed: {A} (dns since 2026-05-04 12:00)",
        ),
        (
            {"seen": 8, "failures": ((A, "gone"),), "conditions": ((A, PAUSED),)},
            f"coverage: 8 of 9 sources seen · 1 failed: {A} (gone, paused since 2026-05-04 12:00)",
        ),
        (
            {"seen": 8, "failures": ((A, "dns"),), "conditions": ((A, SourceCondition(health=Health.FAILING)),)},
            f"coverage: 8 of 9 sources seen · 1 failed: {A} (dns)",
        ),
        (
            {"seen": 8, "failures": ((A, "dns"),), "conditions": ((A, AT),)},
            (f"coverage: 8 of 9 sources seen (1 frozen) · 1 failed: {A} (dns) · 1 frozen:"
            f" {A} (since 2026-05-04 12:00: the newest entry is 25 days old)"),
        ),
        ({"seen": 8, "unseen": (A,)}, f"coverage: 8 of 9 sources seen · 1 not seen: {A}"),
        (
            {"deferred": ((A, 3),)},
            ("coverage: 9 of 9 sources seen · 1 deferred, the budget of their kind is spent:"
            f" {A} (since 3 polls)"),
        ),
        ({"remarks": ((A, "no dates"),)}, f"coverage: 9 of 9 sources seen · 1 with a remark: {A} (no dates)"),
        (
            {"threads": 4, "failing_threads": ((A, "dns"),)},
            f"coverage: 9 of 9 sources seen · 1 of 4 threads below mentions failed: {A} (dns)",
        ),
    ],
)  # fmt: skip
def test_every_state_of_a_source_has_words(facts: dict[str, object], line: str):
    """A source that fails is in one place, unless it is also silent: then its last news has a time of its own."""
    assert coverage(**facts) == line
