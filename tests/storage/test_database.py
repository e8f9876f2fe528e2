from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch.errors import AlreadyPollingError, StoreError
from brandwatch.models import Selection
from brandwatch.storage import database, database_file, open_store, poll_lock
from brandwatch.storage.migrations import APPLICATION_ID, SCHEMA_VERSION
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import count_mentions, select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord


def make(path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord], count: int = 1) -> None:
    """Create a database with *count* mentions."""
    with open_store(path) as store:
        record_source(store, visit(*(find(f"Acme {number}", text="tekst " * 200) for number in range(count))))


def test_every_file_is_private(tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]):
    """Folder, database, its log and the lock are private whatever the umask."""
    path = tmp_path / "new" / "brandwatch.db"
    before = os.umask(0)
    try:
        with poll_lock(path), open_store(path) as store:
            record_source(store, visit(find("Acme")))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        ("brandwatch.db", "brandwatch.db-wal", "brandwatch.db-shm", "brandwatch.db.lock"), 0o600
    )
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_database_header(tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]):
    """Application and version are in the header, tables are strict, the journal mode is WAL."""
    make(tmp_path / "b.db", find, visit)
    connection = sqlite3.connect(tmp_path / "b.db")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    tables = "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT GLOB '*sqlite_*'"
    assert connection.execute(tables).fetchall() == []
    connection.close()


def foreign(path: Path) -> None:
    """Create a database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (b)")
    connection.close()


def newer(path: Path) -> None:
    """Create a database of a later version."""
    with open_store(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (foreign, "another program"),
        (newer, f"schema version {SCHEMA_VERSION + 1}"),
        (lambda path: path.write_text("dette er tekst"), "not a database"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00" + b"x" * 10), "is not a database"),
        (lambda path: path.mkdir(), "Is a directory"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_other_databases_are_left_alone(tmp_path: Path, prepare: Callable[[Path], None], message: str, create: bool):
    """A foreign, newer or broken file is refused, stays identical, and gets no companion files."""
    path = tmp_path / "brandwatch.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=message), open_store(path, create=create):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["brandwatch.db"]
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_a_newer_version_that_is_in_the_log_only_is_refused(tmp_path: Path, *, create: bool):
    """A newer program writes while this one begins: the header of the file is that of before."""
    path = tmp_path / "brandwatch.db"
    with open_store(path):
        pass
    with closing(sqlite3.connect(path)) as newer_program:
        newer_program.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(StoreError, match=f"schema version {SCHEMA_VERSION + 1}"), open_store(path, create=create):
            pass
        with pytest.raises(StoreError, match=f"schema version {SCHEMA_VERSION + 1}"):
            database_file.examine_database(path)
        newer_program.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        with open_store(path, create=create) as store:
            assert store.value("PRAGMA user_version") == SCHEMA_VERSION


def test_who_writes_does_not_open_a_database_that_can_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It fails before it has fetched anything; a report reads it."""
    path = tmp_path / "brandwatch.db"
    with open_store(path):
        pass

    class Unwritable(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DIRECTORY
            raise error

    monkeypatch.setattr(database_file, "connect", lambda path: sqlite3.connect(path, factory=Unwritable))
    with pytest.raises(StoreError, match="it cannot be written"), open_store(path):
        pass
    with open_store(path, create=False) as store:
        assert count_mentions(store, Selection()) == 0


def test_a_database_of_just_the_limit_is_small(
    tmp_path: Path,
    find: Callable[..., EntryRecord],
    visit: Callable[..., SourceRecord],
    monkeypatch: pytest.MonkeyPatch,
):
    """It is checked each time; one that is a byte larger was checked at this moment."""
    path = tmp_path / "brandwatch.db"
    with time_machine.travel("2026-05-04 10:00Z", tick=False):
        monkeypatch.setattr(database, "_LARGE_BYTES", 0)
        make(path, find, visit, count=60)
        make(path, find, visit)
        whole = path.read_bytes()
        path.write_bytes(whole[: 10 * 4096] + random.Random(1).randbytes(3 * 4096) + whole[13 * 4096 :])
        monkeypatch.setattr(database, "_LARGE_BYTES", len(whole) - 1)
        with open_store(path):
            pass
        monkeypatch.setattr(database, "_LARGE_BYTES", len(whole))
        with pytest.raises(StoreError), open_store(path):
            pass


def test_a_damaged_database_is_refused(
    tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Random pages or a truncated file are an error with a hint before any write."""
    path = tmp_path / "brandwatch.db"
    make(path, find, visit, count=60)
    whole = path.read_bytes()
    noise = random.Random(1).randbytes(3 * 4096)
    for damaged in (whole[: 10 * 4096] + noise + whole[13 * 4096 :], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(StoreError) as caught, open_store(path):
            pass
        assert caught.value.exit_code == 4
        assert path.read_bytes() == damaged


def test_a_large_database_is_checked_once_a_day(
    tmp_path: Path,
    find: Callable[..., EntryRecord],
    visit: Callable[..., SourceRecord],
    monkeypatch: pytest.MonkeyPatch,
):
    """Damage in unread pages is found within a day."""
    monkeypatch.setattr(database, "_LARGE_BYTES", 0)
    path = tmp_path / "brandwatch.db"
    with time_machine.travel("2026-05-04 10:00Z") as clock:
        make(path, find, visit, count=60)
        make(path, find, visit)
        whole = path.read_bytes()
        path.write_bytes(whole[: 10 * 4096] + random.Random(1).randbytes(3 * 4096) + whole[13 * 4096 :])
        with open_store(path):
            pass
        clock.shift(86_400)
        with pytest.raises(StoreError), open_store(path):
            pass


def test_a_small_database_is_checked_each_time(
    tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """By whatever writes to it, also a minute after the last check; a report reads what can be read."""
    path = tmp_path / "brandwatch.db"
    with time_machine.travel("2026-05-04 10:00Z") as clock:
        make(path, find, visit, count=60)
        make(path, find, visit)
        clock.shift(60)
        whole = path.read_bytes()
        path.write_bytes(whole[: 10 * 4096] + random.Random(1).randbytes(3 * 4096) + whole[13 * 4096 :])
        with pytest.raises(StoreError), open_store(path):
            pass
        with open_store(path, create=False) as store:
            assert store.value("SELECT count(*) FROM seal_state") == 1


def test_a_check_in_the_future_does_not_count(
    tmp_path: Path,
    find: Callable[..., EntryRecord],
    visit: Callable[..., SourceRecord],
    monkeypatch: pytest.MonkeyPatch,
):
    """A clock that was ahead has written its time; the database is checked, and again a day later."""
    monkeypatch.setattr(database, "_LARGE_BYTES", 0)
    path = tmp_path / "brandwatch.db"
    with time_machine.travel("2026-05-04 10:00Z", tick=False) as clock:
        make(path, find, visit, count=60)
        with open_store(path) as store:
            checked = store.value("SELECT at FROM checked")
            store.execute("UPDATE checked SET at = at + 1")
        with open_store(path) as store:
            assert store.value("SELECT at FROM checked") == checked
        clock.shift(86_399)
        with open_store(path) as store:
            assert store.value("SELECT at FROM checked") == checked
        clock.shift(1)
        with open_store(path) as store:
            assert store.value("SELECT at FROM checked") == checked + 86_400


@pytest.mark.parametrize(("error", "is_explained"), [(13, True), (30, True), (5, False)])
def test_an_older_database_that_cannot_be_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, *, is_explained: bool
):
    """Where nothing may be written, both versions are named; another error, and one of a new database, is as it is."""

    def refuse(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    path = tmp_path / "brandwatch.db"
    with open_store(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    connection.close()
    monkeypatch.setattr("brandwatch.storage.backup.backup_before_migration", refuse)
    monkeypatch.setattr("brandwatch.storage.database.create_tables", refuse)
    message = f"has schema version {SCHEMA_VERSION - 1} and cannot be brought up to {SCHEMA_VERSION} where it is"
    with pytest.raises(StoreError, match=message if is_explained else os.strerror(error)), open_store(path):
        pass
    with pytest.raises(StoreError, match=r"^the database .*new\.db: "), open_store(tmp_path / "new.db"):
        pass


def test_a_poll_is_seen_while_it_runs(tmp_path: Path):
    """By others too, through a link as well; not before, not after, and the lock file alone is none."""
    path, link = tmp_path / "b.db", tmp_path / "lenke.db"
    link.symlink_to(path)
    assert database.is_polling(path) is False
    with poll_lock(link):
        assert database.is_polling(path) is database.is_polling(link) is True
    assert (tmp_path / "b.db.lock").exists()
    assert database.is_polling(path) is database.is_polling(link) is False
    # The look itself holds nothing.
    with poll_lock(path):
        assert database.is_polling(path) is True


def test_a_snapshot_stays_as_it_was(
    tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Whatever others write meanwhile; after it there is what they wrote."""
    path = tmp_path / "b.db"
    with open_store(path) as writer, open_store(path, create=False) as reader:
        for hours in range(2):
            with reader.snapshot():
                before = count_mentions(reader, Selection())
                record_source(writer, visit(find(f"Acme {hours}"), hours=hours))
                assert (before, count_mentions(reader, Selection())) == (hours, hours)
            assert count_mentions(reader, Selection()) == hours + 1


def test_a_reader_does_not_create_a_database(tmp_path: Path):
    """A report without a database is an error and leaves no files."""
    with pytest.raises(StoreError, match="no database"), open_store(tmp_path / "x" / "b.db", create=False):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_reader_reads_while_a_poll_writes(
    tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """A report during a poll works, and has the committed rows."""
    path = tmp_path / "b.db"
    with open_store(path) as writer:
        record_source(writer, visit(find("Acme 1")))
        with open_store(path, create=False) as reader:
            mentions = select_mentions(reader, Selection())
            next(mentions)
            record_source(writer, visit(find("Acme 2"), hours=1))
            assert list(mentions) == []
            assert count_mentions(reader, Selection()) == 2


def test_one_poll_at_a_time(tmp_path: Path):
    """A second poll fails at once; the lock is free after the first."""
    path = tmp_path / "b.db"
    with poll_lock(path), pytest.raises(AlreadyPollingError), poll_lock(path):
        pass
    with poll_lock(path):
        pass


KILLED = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from brandwatch.models import *
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source
with open_store(Path(sys.argv[1])) as store:
    start = int(sys.argv[2])
    for number in range(start, start + 100_000):
        at = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=number)
        finds = tuple(EntryRecord(entry=Entry(title=f"Acme {number}-{part}", text="x" * 500), link=f"content:{number}-{part}", stored_id=None,
            position=part, results={"a": MatchResult(evidence=(Evidence(term="", field="", start=0, end=0, rule=""),))}, versions={"a": "1"}) for part in range(5))
        state = SourceState(url="https://a.example/", etag=str(number), first_poll=at)
        record_source(store, SourceRecord(state=state, fetch=Fetch(at=at, fetch_class=FetchClass.OK), entries=finds))
        print(number, flush=True)
"""  # noqa: E501 (a program)


def test_a_killed_poll_loses_nothing(tmp_path: Path):
    """Killed at any moment: the database is sound, and each source record is complete with its validator."""
    path, number = tmp_path / "b.db", 0
    for attempt in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), str(number)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.01 * attempt)
        process.send_signal(signal.SIGKILL)
        said = [int(line) for line in process.stdout.read().split() if line.isdigit()]
        process.wait(300)
        process.stdout.close()
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (entries, last) = connection.execute(
            "SELECT count(*), max(cast(substr(link, 9) AS INTEGER)) FROM entry"
        ).fetchone()
        (etag,) = connection.execute("SELECT etag FROM source").fetchone()
        connection.close()
        number = last + 1
        assert entries == 5 * number
        assert int(etag) == last >= max(said, default=0)
