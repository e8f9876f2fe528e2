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
from brandwatch.storage.backup import back_up
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


@pytest.fixture
def kept(tmp_path: Path, find: Finds, visit: Visits) -> Path:
    """A database with two mentions of Blåbær Gården."""
    path = tmp_path / "brandwatch.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme møter Blåbær Gården AS"), find("Acme å")))
    return path


def titles(path: Path) -> list[str]:
    """Return the titles of the mentions in a database."""
    with open_store(path, create=False) as store:
        return sorted(mention.entry.title for mention in select_mentions(store, Selection()))


def test_a_copy_is_the_database(kept: Path, tmp_path: Path):
    """A copy is private whatever the umask, holds all there is and can be used in the place of the first."""
    before = os.umask(0)
    try:
        copied = back_up(kept, tmp_path / "kopi å.db")
    finally:
        os.umask(before)
    copy = tmp_path / "kopi å.db"
    assert (copied.mentions, copied.entries, copied.sources, copied.size) == (2, 2, 1, copy.stat().st_size)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert titles(copy) == titles(kept) == ["Acme møter Blåbær Gården AS", "Acme å"]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_is_only_in_the_log_is_copied(kept: Path, tmp_path: Path, find: Finds, visit: Visits):
    """What a poll has stored a moment ago is in the copy, though the file itself does not have it yet."""
    with open_store(kept) as store:
        record_source(store, visit(find("Acme i loggen"), hours=1))
        assert back_up(kept, tmp_path / "kopi.db").mentions == 3
    assert "Acme i loggen" in titles(tmp_path / "kopi.db")


def test_a_copy_is_of_one_moment(kept: Path, tmp_path: Path, find: Finds, visit: Visits):
    """While somebody writes pair after pair, each copy ends, is whole, and holds whole pairs."""
    stop, number = threading.Event(), 0

    def write() -> None:
        nonlocal number
        with open_store(kept) as store:
            while not stop.is_set() and number < 5_000:
                number += 1
                pair = (find(f"Acme {number} {side}", text="tekst " * 400) for side in ("øst", "vest"))
                record_source(store, visit(*pair, hours=1))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [back_up(kept, tmp_path / f"{turn}.db").mentions for turn in range(8)]
    finally:
        stop.set()
        writer.join(timeout=60)
    assert number > 8
    assert counts == sorted(counts)
    assert [count % 2 for count in counts] == [0] * 8


def test_what_is_there_stays(kept: Path, tmp_path: Path):
    """A file is replaced only on purpose, and a link leads to the file that is meant."""
    other, link = tmp_path / "annen", tmp_path / "lenke"
    other.write_text("mitt")
    link.symlink_to(other)
    for target in (other, link):
        with pytest.raises(OutputError, match="is there already"):
            back_up(kept, target)
    assert other.read_text() == "mitt"
    back_up(kept, link, force=True)
    assert link.is_symlink()
    assert titles(other) == titles(kept)


@pytest.mark.parametrize("name", ["brandwatch.db", "brandwatch.db-wal", "brandwatch.db.lock", "lenke", "hard"])
def test_the_database_is_no_place_for_its_copy(kept: Path, tmp_path: Path, name: str):
    """No name of the database itself is written to, not even on purpose."""
    (tmp_path / "lenke").symlink_to(kept)
    (tmp_path / "hard").hardlink_to(kept)
    before = kept.read_bytes()
    with pytest.raises(OutputError, match="a file of the database itself"):
        back_up(kept, tmp_path / name, force=True)
    assert kept.read_bytes() == before


def test_a_log_that_would_be_taken_for_its_own(kept: Path, tmp_path: Path):
    """Beside the log of another database a copy would be read together with that: it is refused."""
    (tmp_path / "kopi.db-wal").touch()
    with pytest.raises(OutputError, match="in use"):
        back_up(kept, tmp_path / "kopi.db", force=True)
    assert not (tmp_path / "kopi.db").exists()


def test_where_nothing_can_be_written(kept: Path, tmp_path: Path):
    """A folder that is missing, a folder in place of a file and a device are told; nothing is left behind."""
    for target in (tmp_path / "ingen" / "kopi.db", tmp_path, Path(os.devnull)):
        with pytest.raises(OutputError):
            back_up(kept, target, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brandwatch.db"]


def test_a_damaged_database_gives_no_copy(kept: Path, tmp_path: Path, find: Finds, visit: Visits):
    """A copy that is not whole gets no name, and what was there under it stays."""
    with open_store(kept) as store:
        record_source(store, visit(*(find(f"Acme {number}", text="tekst " * 300) for number in range(50)), hours=1))
    copy = tmp_path / "kopi.db"
    copy.write_text("forrige")
    damaged = bytearray(kept.read_bytes())
    for page in range(4, len(damaged) // 4096):
        damaged[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    kept.write_bytes(damaged)
    with pytest.raises(StoreError, match="damaged"):
        back_up(kept, copy, force=True)
    assert copy.read_text() == "forrige"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brandwatch.db", "kopi.db"]


def test_an_older_database_is_copied_as_it_is(kept: Path, tmp_path: Path):
    """A copy changes nothing: neither the database nor, in the copy, the version of its schema."""
    with closing(sqlite3.connect(kept)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert back_up(kept, tmp_path / "kopi.db").version == 1
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_what_is_no_database(kept: Path, tmp_path: Path):
    """Nothing, an empty file and the file of another program are told, and give no copy."""
    (tmp_path / "tom").touch()
    (tmp_path / "tekst").write_text("ikke en database " * 10)
    for name in ("ingen", "tom", "tekst"):
        with pytest.raises(StoreError):
            back_up(tmp_path / name, tmp_path / "kopi.db")
    assert not (tmp_path / "kopi.db").exists()


def test_a_database_that_somebody_holds(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """That it cannot be read is told of the database, and not of the file that was to be written."""
    monkeypatch.setattr("brandwatch.storage.database_file._BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="another program holds it"):
            back_up(kept, tmp_path / "kopi.db")
    assert not (tmp_path / "kopi.db").exists()
