from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import ClockDoubt, Gap, PollClock, Selection
from brandwatch.storage import open_store
from brandwatch.storage.audit import audit_events, verify_chain
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.poll_clock import TimeLimits, read_poll_clock, save_poll_clock
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = TimeLimits(timedelta(minutes=5), timedelta(days=14), timedelta(days=7))
YEAR = 365 * 24


def trust(store: Store, hours: float) -> None:
    """End a poll with a trusted clock some hours after the start."""
    now = START + hours * HOUR
    save_poll_clock(store, PollClock(trusted=now, polled=now), LIMITS)


def hours(store: Store) -> dict[str, float]:
    """Read the first sightings of the mentions, in hours after the start."""
    mentions = select_mentions(store, Selection())
    return {f"{one.entry.title} {one.query}": (one.found - START) / HOUR for one in mentions}


def times(path: Path, statement: str) -> list[float]:
    """Convert stored times to hours after the start."""
    with closing(sqlite3.connect(path)) as connection:
        return [(at - START.timestamp()) / 3600 for (at,) in connection.execute(statement)]


def test_the_clock_of_the_last_poll(store: Store):
    """The time is stored unchanged; before the first poll there is none."""
    assert read_poll_clock(store) == PollClock()
    doubted = PollClock(polled=START, doubt=ClockDoubt.DENIED, servers=3, agreeing=1, server_time=START + HOUR)
    for clock in (doubted, PollClock(trusted=START, polled=START, servers=1, agreeing=1, server_time=START)):
        save_poll_clock(store, clock, LIMITS)
        assert read_poll_clock(store) == clock


@pytest.mark.parametrize("wrong", [-46 * YEAR, -400 * 24, -1, 20 * 24, 400 * 24])
def test_impossible_times_are_corrected(store: Store, find: Finds, visit: Visits, tmp_path: Path, wrong: int):
    """Rows of an untrusted or killed poll get the time of the next trusted poll."""
    record_source(store, visit(find("Acme åpner"), hours=0))
    trust(store, 0)
    record_source(store, visit(find("Acme lukker"), find("Acme åpner", known=1, queries=("acme", "ny")), hours=wrong))
    record_source(store, visit(find("Acme flytter"), hours=2))
    trust(store, 2)
    assert hours(store) == {"Acme åpner acme": 0, "Acme åpner ny": 2, "Acme lukker acme": 2, "Acme flytter acme": 2}
    path = tmp_path / "brandwatch.db"
    assert times(path, "SELECT found FROM entry ORDER BY id") == [0, 2, 2]
    assert times(path, "SELECT at FROM fetch ORDER BY id") == [0, 2, 2]
    assert times(path, "SELECT last_poll FROM source") == [2]
    assert verify_chain(store).fault == ""


def test_possible_times_are_unchanged(store: Store, find: Finds, visit: Visits):
    """Rows between two trusted polls keep their time, as do earlier ones."""
    record_source(store, visit(find("Acme åpner"), hours=-YEAR))
    trust(store, -YEAR)
    trust(store, 0)
    record_source(store, visit(find("Acme lukker"), hours=1))
    trust(store, 31 * 24)
    trust(store, 31 * 24 - 0.05)
    assert hours(store) == {"Acme åpner acme": -YEAR, "Acme lukker acme": 1}
    assert [row.action for row in audit_events(store)] == ["stored", "stored"]


def test_a_gap_with_an_end_before_its_start(store: Store, visit: Visits, tmp_path: Path):
    """A gap with an end in 1980 ends now; an old start stays."""
    trust(store, 0)
    gap = Gap(source="https://a.example/rss", start=START - 9 * HOUR, end=START - 8 * HOUR, reason="x")
    for end in (gap.end, START - 46 * YEAR * HOUR, START + 9 * HOUR):
        record_source(store, replace(visit(), gap=replace(gap, end=end)))
    trust(store, 2)
    assert times(tmp_path / "brandwatch.db", "SELECT until FROM gap ORDER BY id") == [-8, 2, 2]


def old(path: Path, *last_polls: int) -> None:
    """Create a database of version 16 with these times of the last polls."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m017_poll_clock")
        for number, at in enumerate(last_polls):
            connection.execute(
                "INSERT INTO source (url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
                " error, moved_to, entries, failures, last_poll)"
                " VALUES (?, 'feed', '', '', '', '', '', x'', x'', '', '', 0, 0, ?)",
                [f"https://a.example/{number}", at],
            )
        connection.commit()
    path.chmod(0o600)


def test_a_database_of_an_older_version(tmp_path: Path):
    """Its latest poll counts as trusted, unless it is earlier than the program itself."""
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    old(path, int(START.timestamp()), int(START.timestamp()) - 60)
    with open_store(path) as store:
        assert read_poll_clock(store) == PollClock(trusted=START, polled=START)
    old(other, 315532800)
    with open_store(other) as store:
        assert read_poll_clock(store) == PollClock()
