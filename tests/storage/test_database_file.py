"""What the errors of SQLite and of files mean, and which files are databases of ours."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

import pytest

from brandwatch.errors import StoreError
from brandwatch.storage import database_file, open_store, read_errors
from brandwatch.storage.migrations import APPLICATION_ID, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"SQLite format 3\0" + bytes(44) + (1).to_bytes(4, "big") + bytes(4) + APPLICATION_ID.to_bytes(4, "big")
HEADER += bytes(100 - len(HEADER))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """An empty database of ours."""
    path = tmp_path / "blåbær.db"
    with open_store(path):
        pass
    return path


def failure(code: int, *, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    """Make the error that SQLite raises with a code."""
    error = kind("words of SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_READONLY, "it cannot be written"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "it cannot be written"),
        (sqlite3.SQLITE_CANTOPEN, "it cannot be opened"),
        (sqlite3.SQLITE_BUSY, "another program holds it"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another program holds it"),
        (sqlite3.SQLITE_LOCKED, "another program holds it"),
        (sqlite3.SQLITE_NOTADB, "it is not a database"),
        (sqlite3.SQLITE_IOERR, "the disk cannot be read or written"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk cannot be read or written"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "the disk is full"),
        (sqlite3.SQLITE_IOERR_READ, "cannot be read: input/output error"),
        (sqlite3.SQLITE_IOERR_SHORT_READ, "cannot be read: input/output error"),
        (sqlite3.SQLITE_MISUSE, "words of SQLite"),
    ],
)
def test_an_error_of_sqlite_is_explained(database: Path, code: int, message: str):
    """By its code, also by the extended one; the words of an unknown one are passed on."""
    with pytest.raises(StoreError, match=message), database_file.wrap_sqlite_errors(database):
        raise failure(code)


@pytest.mark.parametrize(
    ("number", "message", "hint"),
    [
        (errno.ENOSPC, "the disk is full", "free some space"),
        (errno.EDQUOT, "the disk is full", "free some space"),
        (errno.EROFS, "it cannot be written", "who may write"),
        (errno.EACCES, "Permission denied", "who may write"),
        (errno.EISDIR, "Is a directory", "--db names a file"),
        (errno.EMFILE, "Too many open files", ""),
    ],
)
def test_an_error_of_a_file_is_explained(database: Path, number: int, message: str, hint: str):
    """What the system says, with a hint where there is one."""
    with pytest.raises(StoreError, match=message) as caught, database_file.wrap_sqlite_errors(database):
        raise OSError(number, os.strerror(number))
    assert hint in caught.value.hint
    assert bool(hint) == bool(caught.value.hint)


def test_an_error_without_a_number_has_its_words(database: Path):
    """A program of another kind may raise one."""
    with pytest.raises(StoreError, match="uten nummer"), database_file.wrap_sqlite_errors(database):
        raise OSError("uten nummer")


@pytest.mark.parametrize(
    ("code", "is_unwritable"),
    [
        (sqlite3.SQLITE_READONLY, True),
        (sqlite3.SQLITE_READONLY_DIRECTORY, True),
        (sqlite3.SQLITE_CANTOPEN, True),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, True),
        (sqlite3.SQLITE_IOERR_SHMSIZE, True),
        (sqlite3.SQLITE_IOERR, False),
        (sqlite3.SQLITE_BUSY, False),
        (sqlite3.SQLITE_CORRUPT, False),
    ],
)
def test_a_database_that_cannot_be_written_is_told_from_other_errors(code: int, *, is_unwritable: bool):
    """Another error of SQLite, and an error of a file, are none of it."""
    assert database_file.is_unwritable(failure(code)) is is_unwritable
    assert database_file.is_unwritable(sqlite3.OperationalError("without a code")) is False
    assert database_file.is_unwritable(OSError(errno.EROFS, "")) is False


def test_damage_that_a_second_look_does_not_find_is_a_read_error(database: Path):
    """SQLite takes a failed read for damage; what a check of all pages finds is damage."""

    class FirstLook(sqlite3.DatabaseError):
        sqlite_errorname = "SQLITE_CORRUPT"

    for kind, message in ((FirstLook, "cannot be read: input/output error"), (sqlite3.DatabaseError, "it is damaged")):
        with pytest.raises(StoreError, match=message), database_file.wrap_sqlite_errors(database):
            raise failure(sqlite3.SQLITE_CORRUPT, kind=kind)
    damaged = bytearray(database.read_bytes())
    damaged[8192 : 8192 + 4096] = b"\xff" * 4096
    database.write_bytes(damaged)
    assert read_errors.is_sound(database) is False
    with pytest.raises(StoreError, match="it is damaged"), database_file.wrap_sqlite_errors(database):
        raise failure(sqlite3.SQLITE_CORRUPT, kind=FirstLook)


def test_the_reason_of_a_file_that_cannot_be_read(database: Path, monkeypatch: pytest.MonkeyPatch):
    """The database and its log are read to their ends; a log that is not there is no error."""
    assert read_errors.is_sound(database) is True
    assert read_errors.read_error(database) == ""
    log = database.with_name(f"{database.name}-wal")
    log.mkdir()
    assert read_errors.read_error(database) == os.strerror(errno.EISDIR)
    with pytest.raises(StoreError, match=r"blåbær\.db cannot be read: Is a directory"):
        raise database_file.sqlite_failure(failure(sqlite3.SQLITE_IOERR), database)
    assert read_errors.read_error(database.with_name("borte.db")) == ""
    database.rename(database.with_name("annet.db"))
    assert read_errors.read_error(database) == os.strerror(errno.EISDIR)
    database.with_name("annet.db").rename(database)
    log.rmdir()
    offsets: list[int] = []
    read = os.pread

    def fail_at_the_end(descriptor: int, count: int, offset: int) -> bytes:
        offsets.append(offset)
        if offset:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", fail_at_the_end)
    assert read_errors.read_error(database) == os.strerror(errno.EIO)
    assert offsets == [0, database.stat().st_size]


@pytest.mark.parametrize(
    ("header", "is_ours"),
    [
        (HEADER, True),
        (HEADER[:72], True),
        (HEADER[:71], False),
        (HEADER.replace(b"SQLite", b"Sqlite"), False),
        (HEADER.replace(APPLICATION_ID.to_bytes(4, "big"), b"BRWU"), False),
        (HEADER[:67] + HEADER[68:], False),
        (b"", False),
    ],
)
def test_our_header(tmp_path: Path, header: bytes, *, is_ours: bool):
    """The format of SQLite, and our number at byte 68."""
    path = tmp_path / "a.db"
    path.write_bytes(header)
    assert database_file.has_our_header(path) is is_ours


def test_only_a_file_has_our_header(tmp_path: Path):
    """A link to one, a folder, a pipe and nothing have none, and nobody waits for the other end of the pipe."""
    path, link, folder, pipe = (tmp_path / name for name in ("a.db", "lenke", "mappe", "rør"))
    path.write_bytes(HEADER)
    link.symlink_to(path)
    folder.mkdir()
    os.mkfifo(pipe)
    found = [database_file.has_our_header(each) for each in (path, link, folder, pipe, tmp_path / "ingen")]
    assert found == [True, False, False, False, False]
    with pytest.raises(StoreError, match="is not a database"):
        database_file.refuse_foreign_file(pipe)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER[:99], "is not a database"),
        (HEADER.replace(b"SQLite", b"Sqlite"), "is not a database"),
        (HEADER.replace(APPLICATION_ID.to_bytes(4, "big"), b"BRWU"), "another program"),
        (HEADER[:60] + (SCHEMA_VERSION + 1).to_bytes(4, "big") + HEADER[64:], "schema version"),
    ],
)
def test_a_foreign_file_is_known_by_its_header(tmp_path: Path, header: bytes, message: str):
    """One of ours is let through, of the newest version too, and so is an empty file."""
    path = tmp_path / "a.db"
    for ours in (b"", HEADER, HEADER[:60] + SCHEMA_VERSION.to_bytes(4, "big") + HEADER[64:]):
        path.write_bytes(ours)
        database_file.refuse_foreign_file(path)
    path.write_bytes(header)
    with pytest.raises(StoreError, match=message):
        database_file.refuse_foreign_file(path)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EPERM])
def test_a_header_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    """An error of the disk is a StoreError; another one stays what it is, and is explained by the caller."""
    path = tmp_path / "a.db"
    path.write_bytes(HEADER)

    class Failing:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, _count: int) -> bytes:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(type(path), "open", lambda *_args: Failing())
    with pytest.raises(OSError if number == errno.EPERM else StoreError, match=os.strerror(number)):
        database_file.refuse_foreign_file(path)


def test_what_an_examination_finds(database: Path):
    """Version and sizes; a row that belongs to none is damage, unless only the beginning is read."""
    found = database_file.examine_database(database)
    assert (found.version, found.newest_version) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert (found.size, found.log_size) == (database.stat().st_size, 0)
    assert database_file.is_current(database) is True
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO gap (source, since, until, reason) VALUES (99, 1, 2, 'x')")
        connection.commit()
        assert database_file.examine_database(database, every_page=False).log_size > 0
    with pytest.raises(StoreError, match="it is damaged"):
        database_file.examine_database(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    assert database_file.is_current(database) is False


def test_a_damaged_page_is_found_by_an_examination_of_every_page(database: Path):
    """An examination of the beginning does not read it."""
    data = bytearray(database.read_bytes())
    data[-4096:] = b"\xff" * 4096
    database.write_bytes(data)
    assert database_file.examine_database(database, every_page=False).size == len(data)
    with pytest.raises(StoreError, match="it is damaged"):
        database_file.examine_database(database)


def test_a_database_that_cannot_be_written_is_read_without_its_log(database: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the log is empty; else it would be read without what is in it. Another error is raised as it is."""
    connect, errors = database_file.connect, [failure(sqlite3.SQLITE_READONLY_DIRECTORY)]

    class Refused(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise errors[0]

    monkeypatch.setattr(database_file, "connect", lambda path: sqlite3.connect(path, factory=Refused))
    with closing(database_file.connect_to_read(database)) as connection:
        assert connection.execute("SELECT count(*) FROM mention").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM mention")
    log = database.with_name(f"{database.name}-wal")
    log.write_bytes(b"x")
    with pytest.raises(StoreError, match=r"its log blåbær\.db-wal is not empty"):
        database_file.connect_to_read(database)
    errors[0] = failure(sqlite3.SQLITE_BUSY)
    with pytest.raises(sqlite3.OperationalError, match="words of SQLite"):
        database_file.connect_to_read(database)
    log.unlink()
    with closing(connect(database)) as connection:
        assert connection.in_transaction is False
