from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import (
    Actor,
    AuditAction,
    ClockDoubt,
    Gap,
    PollClock,
    Response,
    Selection,
    SourceHistory,
    Thread,
    TriageChange,
    TriageOrigin,
)
from brandwatch.storage import open_store, poll_clock, verification
from brandwatch.storage.audit import audit_events, verify_chain
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.poll_clock import TimeLimits, read_poll_clock, save_poll_clock
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.triage import decide

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


def test_more_mentions_than_one_batch_are_corrected(
    store: Store, find: Finds, visit: Visits, monkeypatch: pytest.MonkeyPatch
):
    """Each mention gets its time and one row of the audit, and the seals and totals fit what is stored."""
    monkeypatch.setattr(poll_clock, "_BATCH_ROWS", 2)
    trust(store, 0)
    titles = [f"Fjordkraft Åsgård åpner nr. {number}" for number in range(5)]
    record_source(store, visit(*(find(title, queries=("acme", "ny")) for title in titles), hours=-YEAR))
    trust(store, 2)
    assert hours(store) == {f"{title} {query}": 2 for title in titles for query in ("acme", "ny")}
    assert [row.row for row in audit_events(store) if row.action == "changed"] == [*range(1, 11)]
    assert set(store.column("SELECT first_seen FROM story WHERE mentions > 0")) == {int((START + 2 * HOUR).timestamp())}
    assert verify_chain(store).fault == ""
    assert verification.verify_seals(store).count == 0


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
    late = replace(gap, start=START + 8 * HOUR, end=START + 9 * HOUR)
    record_source(store, replace(visit(), gap=late))
    trust(store, 2)
    assert times(tmp_path / "brandwatch.db", "SELECT until FROM gap ORDER BY id") == [-8, 2, 2, 2]
    assert times(tmp_path / "brandwatch.db", "SELECT since FROM gap ORDER BY id") == [-9, -9, -9, 2]


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


WRONG = [-46 * YEAR, -20 * 24, 20 * 24, 400 * 24]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_wrong_clock_read_gets_possible_times(
    store: Store, find: Finds, visit: Visits, tmp_path: Path, wrong: int
):
    """Sightings, responses and revisions of known entries; what was read before and after keeps its time."""
    path = tmp_path / "brandwatch.db"
    first = find("Blåbær Gården åpner", text="Acme", response=Response(likes=1))
    record_source(store, visit(first))
    trust(store, 0)
    for hour, likes in ((wrong, 5), (wrong + 1, 7)):
        edited = find(f"Acme lukker {likes}", known=1, link=first.link, response=Response(likes=likes))
        record_source(store, visit(edited, hours=hour))
    copy = find("Blåbær Gården åpner", text="Acme", known=1, link=first.link)
    record_source(store, visit(copy, url="https://b.example/rss", hours=wrong + 1))
    trust(store, 2)
    assert times(path, "SELECT first_seen FROM sighting ORDER BY source") == [0, 2]
    assert times(path, "SELECT last_seen FROM sighting ORDER BY source") == [2, 2]
    seconds = [hour * 3600 for hour in times(path, "SELECT at FROM response ORDER BY likes")]
    assert [round(second) for second in seconds] == [0, 7198, 7199]
    assert times(path, "SELECT response_at FROM entry") == [2]
    assert times(path, "SELECT since FROM revision ORDER BY number")[0] == 0
    assert set(times(path, "SELECT coalesce(until, since) FROM revision")) == {2}
    assert store.value("SELECT count(*) FROM entry") == 1


def test_a_time_that_a_trusted_poll_had_too_is_kept(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """A clock 20 days behind may poll at the very second of an earlier poll: what that one stored is right."""
    record_source(store, visit(find("Acme åpner"), hours=-20 * 24))
    trust(store, -20 * 24)
    trust(store, 0)
    record_source(store, visit(find("Acme lukker"), hours=-20 * 24))
    trust(store, 2)
    path = tmp_path / "brandwatch.db"
    assert hours(store) == {"Acme åpner acme": -20 * 24, "Acme lukker acme": 2}
    assert times(path, "SELECT first_seen FROM sighting WHERE entry = 1") == [-20 * 24]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_state_of_a_source_gets_possible_times(store: Store, visit: Visits, tmp_path: Path, wrong: int):
    """It is due, and is read whole; a source that the wrong clock did not fetch stays as it is."""
    path, urls = tmp_path / "brandwatch.db", ("https://a.example/rss", "https://b.example/rss")
    for url in urls:
        record_source(store, with_state(visit(url=url), START))
    trust(store, 0)
    record_source(store, with_state(visit(url=urls[0], hours=wrong), START + wrong * HOUR))
    trust(store, 2)
    columns = ("last_poll", "last_success", "last_new", "last_gap", "failing_since")
    for column in columns:
        assert times(path, f"SELECT {column} FROM source ORDER BY id") == [2, 0]  # noqa: S608 (ours)
    due = store.column("SELECT ifnull(next_due, '-') || ifnull(last_full, '-') || etag FROM source ORDER BY id")
    assert due[0] == "--"
    assert due[1].endswith('"blåbær"')


def with_state(record: SourceRecord, at: datetime) -> SourceRecord:
    """Add times and a validator to the state in a source record."""
    history = SourceHistory(failing_since=at)
    state = replace(record.state, last_new=at, last_gap=at, last_full=at, history=history, etag='"blåbær"')
    return replace(record, state=state)


def test_the_times_of_a_trusted_clock_that_was_ahead_are_corrected(
    store: Store, find: Finds, visit: Visits, tmp_path: Path
):
    """Nothing of a poll that was trusted by mistake stays in the future."""
    path = tmp_path / "brandwatch.db"
    record_source(store, visit(find("Acme åpner")))
    trust(store, 0)
    found = find("Acme lukker", response=Response(likes=5), reread=START + 400 * 25 * HOUR)
    record_source(store, with_state(visit(found, hours=400 * 24), START + 400 * 24 * HOUR))
    store.execute("UPDATE applied_query SET at = 9999999999")
    trust(store, 400 * 24)
    trust(store, 2)
    assert hours(store) == {"Acme åpner acme": 0, "Acme lukker acme": 2}
    assert times(path, "SELECT last_poll FROM source UNION SELECT max(at) FROM fetch") == [2]
    assert times(path, "SELECT reread FROM entry WHERE id = 2") == [2]
    assert store.value("SELECT max(latest) FROM story") <= START.timestamp() + 2 * 3600
    assert verify_chain(store).fault == ""


def test_decisions_and_threads_get_possible_times(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """A thread is followed for two weeks at most, and for two weeks if a clock in 1980 followed it."""
    path = tmp_path / "brandwatch.db"
    record_source(store, visit(find("Acme åpner")))
    trust(store, 0)
    for hour in (-46 * YEAR, 400 * 24):
        until = START + (hour + 14 * 24) * HOUR
        thread = Thread(url=f"https://a.example/{hour}", kind="comments", until=until)
        record_source(store, visit(replace(find("Acme åpner", known=1), thread=thread), hours=hour))
        with store.transaction():
            change = TriageChange(tags=(f"Ås {hour}",))
            decide(store, {1: change}, TriageOrigin.TRIAGE, START + hour * HOUR)
    trust(store, 2)
    assert times(path, "SELECT until FROM conversation") == [2 + 14 * 24] * 2
    assert times(path, "SELECT at FROM decision") == [2, 2]


def test_a_clock_accepted_by_hand_is_in_the_audit(store: Store, find: Finds, visit: Visits):
    """It corrects times as a trusted poll does, and the chain has who decided."""
    trust(store, 0)
    record_source(store, visit(find("Acme"), hours=400 * 24))
    now = START + 2 * HOUR
    save_poll_clock(store, PollClock(trusted=now, polled=now), LIMITS, is_by_hand=True)
    assert hours(store) == {"Acme acme": 2}
    *_, last = audit_events(store)
    assert (last.actor, last.action, last.table, last.at) == (Actor.HAND, AuditAction.DECIDED, "poll_clock", now)


def test_an_accepted_leap_keeps_the_times_since(store: Store, find: Finds, visit: Visits):
    """What was read while a clock proved steady was read at these times, ahead of or behind the last trusted poll."""
    trust(store, 40 * 24)
    for hour in (0, 12, 24):
        record_source(store, visit(find(f"Acme {hour}"), hours=hour))
    now = START + 25 * HOUR
    save_poll_clock(store, PollClock(trusted=now, polled=now, steady=START), LIMITS)
    assert hours(store) == {"Acme 0 acme": 0, "Acme 12 acme": 12, "Acme 24 acme": 24}
