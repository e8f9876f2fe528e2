from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import OutputError, StoreError
from brandwatch.models import Selection
from brandwatch.storage import open_store
from brandwatch.storage.atomic_files import atomic_path
from brandwatch.storage.backup import back_up
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from brandwatch.models import EntryRecord, SourceRecord

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


@pytest.fixture
def database(tmp_path: Path, find: Finds, visit: Visits) -> Path:
    """A database with two mentions of Blåbær Gården."""
    path = tmp_path / "brandwatch.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme møter Blåbær Gården AS"), find("Acme å")))
    return path


def titles(path: Path) -> list[str]:
    """Read the titles of the mentions in a database."""
    with open_store(path, create=False) as store:
        return sorted(mention.entry.title for mention in select_mentions(store, Selection()))


def test_a_backup_is_a_complete_database(database: Path, tmp_path: Path):
    """A backup is private whatever the umask, complete, and usable in place of the original."""
    before = os.umask(0)
    try:
        copied = back_up(database, tmp_path / "kopi å.db")
    finally:
        os.umask(before)
    copy = tmp_path / "kopi å.db"
    assert (copied.mentions, copied.entries, copied.sources, copied.size) == (2, 2, 1, copy.stat().st_size)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert titles(copy) == titles(database) == ["Acme møter Blåbær Gården AS", "Acme å"]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_write_ahead_log_is_included(database: Path, tmp_path: Path, find: Finds, visit: Visits):
    """Rows that are only in the log so far are in the backup."""
    with open_store(database) as store:
        record_source(store, visit(find("Acme i loggen"), hours=1))
        assert back_up(database, tmp_path / "kopi.db").mentions == 3
    assert "Acme i loggen" in titles(tmp_path / "kopi.db")


def test_a_backup_is_a_snapshot(database: Path, tmp_path: Path, find: Finds, visit: Visits):
    """During constant writes of pairs, each backup ends, is sound, and has whole pairs."""
    stop, number = threading.Event(), 0

    def write() -> None:
        nonlocal number
        with open_store(database) as store:
            while not stop.is_set() and number < 5_000:
                number += 1
                pair = (find(f"Acme {number} {side}", text="tekst " * 400) for side in ("øst", "vest"))
                record_source(store, visit(*pair, hours=1))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [back_up(database, tmp_path / f"{turn}.db").mentions for turn in range(8)]
    finally:
        stop.set()
        writer.join(timeout=300)
    assert number > 8
    assert counts == sorted(counts)
    assert [count % 2 for count in counts] == [0] * 8


def test_existing_files_are_not_overwritten(database: Path, tmp_path: Path):
    """A file is replaced only on request, and a link is followed to its target."""
    other, link = tmp_path / "annen", tmp_path / "lenke"
    other.write_text("mitt")
    link.symlink_to(other)
    for target in (other, link):
        with pytest.raises(OutputError, match="is there already"):
            back_up(database, target)
    assert other.read_text() == "mitt"
    back_up(database, link, force=True)
    assert link.is_symlink()
    assert titles(other) == titles(database)


@pytest.mark.parametrize("name", ["brandwatch.db", "brandwatch.db-wal", "brandwatch.db.lock", "lenke", "hard"])
def test_the_database_is_not_its_own_backup(database: Path, tmp_path: Path, name: str):
    """No path of the database itself is written to, not even on request."""
    (tmp_path / "lenke").symlink_to(database)
    (tmp_path / "hard").hardlink_to(database)
    before = database.read_bytes()
    with pytest.raises(OutputError, match="a file of the database itself"):
        back_up(database, tmp_path / name, force=True)
    assert database.read_bytes() == before


def test_a_foreign_log_is_refused(database: Path, tmp_path: Path):
    """Beside the log of another database, SQLite would read both together."""
    (tmp_path / "kopi.db-wal").touch()
    with pytest.raises(OutputError, match="in use"):
        back_up(database, tmp_path / "kopi.db", force=True)
    assert not (tmp_path / "kopi.db").exists()


def test_unwritable_targets_are_refused(database: Path, tmp_path: Path):
    """A missing folder, a folder as file and a device are errors; nothing is left behind."""
    for target in (tmp_path / "ingen" / "kopi.db", tmp_path, Path(os.devnull)):
        with pytest.raises(OutputError):
            back_up(database, target, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brandwatch.db"]


def test_a_damaged_database_has_no_backup(database: Path, tmp_path: Path, find: Finds, visit: Visits):
    """A failed backup gets no name, and the file under that name stays."""
    with open_store(database) as store:
        record_source(store, visit(*(find(f"Acme {number}", text="tekst " * 300) for number in range(50)), hours=1))
    copy = tmp_path / "kopi.db"
    copy.write_text("forrige")
    damaged = bytearray(database.read_bytes())
    for page in range(4, len(damaged) // 4096):
        damaged[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    database.write_bytes(damaged)
    with pytest.raises(StoreError, match="damaged"):
        back_up(database, copy, force=True)
    assert copy.read_text() == "forrige"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brandwatch.db", "kopi.db"]


def test_a_database_that_does_not_verify_is_copied_on_request_only(database: Path, tmp_path: Path):
    """The first damaged row is named; the copy that is asked for has it too, and says so."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE entry SET comment_feed = 'forfalsket'")
    copy = tmp_path / "kopi.db"
    with pytest.raises(StoreError, match="was not copied: entry 1 “Acme møter Blåbær Gården AS” was changed"):
        back_up(database, copy)
    assert not copy.exists()
    assert [line[:7] for line in back_up(database, copy, unverified=True).damage] == ["entry 1", "entry 2"]
    assert titles(copy) == titles(database)


def test_a_database_that_verifies_has_no_damage(database: Path, tmp_path: Path):
    """Whether or not an unverified copy would do."""
    for unverified in (False, True):
        assert back_up(database, tmp_path / f"{unverified}.db", unverified=unverified).damage == ()


def test_a_backup_holds_what_was_there_when_it_began(
    database: Path, tmp_path: Path, find: Finds, visit: Visits, monkeypatch: pytest.MonkeyPatch
):
    """What a poll writes between its begin and the first page is in the next one."""

    def write_first(path: Path) -> AbstractContextManager[Path]:
        with open_store(database) as store:
            record_source(store, visit(find(f"Acme før {path.stem}"), hours=1))
        return atomic_path(path)

    monkeypatch.setattr("brandwatch.storage.backup.atomic_path", write_first)
    assert [back_up(database, tmp_path / f"{turn}.db").mentions for turn in range(2)] == [2, 3]


def test_an_older_database_is_not_migrated(database: Path, tmp_path: Path):
    """Neither the database nor the backup changes its schema version."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert back_up(database, tmp_path / "kopi.db").version == 1
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_other_files_are_refused(database: Path, tmp_path: Path):
    """A missing file, an empty file and another program's file are errors without a backup."""
    (tmp_path / "tom").touch()
    (tmp_path / "tekst").write_text("ikke en database " * 10)
    for name in ("ingen", "tom", "tekst"):
        with pytest.raises(StoreError):
            back_up(tmp_path / name, tmp_path / "kopi.db")
    assert not (tmp_path / "kopi.db").exists()


def test_a_locked_database_is_an_error(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The error names the database, not the target."""
    monkeypatch.setattr("brandwatch.storage.database_file.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="another program holds it"):
            back_up(database, tmp_path / "kopi.db")
    assert not (tmp_path / "kopi.db").exists()
