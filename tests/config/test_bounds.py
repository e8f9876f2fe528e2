"""The smallest and the largest values of a query file: each bound is let through, what is beyond it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.validation import parse_duration, parse_period
from brandwatch.pipeline.loading import load_query_file

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.config.diagnostics import Diagnostic

URL = "https://avisa.example/rss"


def faults(folder: Path, more: str, sources: str = URL) -> tuple[Diagnostic, ...]:
    """What is wrong with a query."""
    path = folder / "acme.yaml"
    path.write_text(f"brand: Acme\nnames: [Acme]\nsources:\n  - {sources}\n{more}\n", encoding="utf-8")
    return load_query_file(path).faults


@pytest.mark.parametrize(
    ("key", "valid", "invalid"),
    [
        ("interval", ["5m", "300s", "30d"], ["4m", "299s", "31d", "721h"]),
        ("alert_after", ["1m", "60s", "30d"], ["59s", "31d"]),
        ("user_agent", ["a" * 200], ["a" * 201, "Blåbær/1", "${NØKKEL}".replace("Ø", "O")]),
    ],
)
def test_the_bounds_of_a_source(tmp_path: Path, key: str, valid: list[str], invalid: list[str]):
    """An interval, the length of an outage, and a user agent."""
    for value, is_valid in [*((value, True) for value in valid), *((value, False) for value in invalid)]:
        assert (faults(tmp_path, "", f"{{url: {URL}, {key}: '{value}'}}") == ()) is is_valid, value


def test_ten_headers_are_enough(tmp_path: Path):
    """The eleventh is refused."""
    for count in (10, 11):
        headers = ", ".join(f"X-{number}: '${{ACME_{number}}}'" for number in range(count))
        assert (faults(tmp_path, "", f"{{url: {URL}, headers: {{{headers}}}}}") == ()) is (count == 10)


@pytest.mark.parametrize(
    ("lines", "is_valid"),
    [
        ("snippet: 0", True), ("snippet: 2000", True), ("snippet: 2001", False), ("snippet: -1", False),
        ("retain: {public: 1d}", True), ("retain: {public: 0d}", False), ("retain: {public: 10y}", True),
        ("retain: {public: 3650d}", True), ("retain: {public: 3651d}", False), ("retain: {staff: 1w}", True),
        ("retain: {public: 1h}", False), ("alert_after: 1m", True), ("alert_after: 59s", False),
    ],
)  # fmt: skip
def test_the_bounds_of_a_query(tmp_path: Path, lines: str, is_valid: bool):
    """The length of a passage, the periods of retention, and the length of an outage."""
    assert (faults(tmp_path, lines) == ()) is is_valid


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("8s", timedelta(seconds=8)), ("15m", timedelta(minutes=15)), (" 15 MIN ", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)), ("1d", timedelta(days=1)), ("9999s", timedelta(seconds=9999)),
        ("10000s", timedelta()), ("1w", timedelta()), ("", timedelta()), ("-1h", timedelta()),
    ],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(text: str, period: timedelta):
    """Of up to four digits; anything else is none."""
    assert parse_duration(text) == period


@pytest.mark.parametrize(
    ("text", "days"), [("90d", 90), ("6w", 42), ("18m", 540), ("2y", 730), (" 1 D ", 1), ("2h", 0), ("10000d", 0)]
)
def test_a_period_is_counted_in_days(text: str, days: int):
    """A month has 30 of them, a year 365."""
    assert parse_period(text) == timedelta(days=days)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ("{url: https://avisa.example/rss, pack: nordic-news}", "a source needs one of"),
        ("{opml: feeds.opml, pack: nordic-news}", "a source needs one of"),
        ("{opml: feeds.opml, headers: {X-Key: '${ACME}'}}", "`headers` cannot apply to an OPML file"),
        ("{pack: nordic-news, headers: {X-Key: '${ACME}'}}", "`headers` cannot apply to a pack"),
    ],
)
def test_a_source_is_one_thing(tmp_path: Path, sources: str, message: str):
    """A feed, a list or a pack: headers belong to a feed."""
    (tmp_path / "feeds.opml").write_text(f'<opml><body><outline xmlUrl="{URL}"/></body></opml>')
    assert any(message in fault.message for fault in faults(tmp_path, "", sources))
    assert faults(tmp_path, "", "{opml: feeds.opml}") == ()
    assert faults(tmp_path, "", f"{{url: {URL}, headers: {{X-Key: '${{ACME}}'}}}}") == ()
