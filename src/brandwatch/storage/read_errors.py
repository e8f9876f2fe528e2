"""Whether a database is damaged or only cannot be read: SQLite reports a read error of the disk as damage.

Apart from `database_file` because nothing of it runs before something has failed.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

_READ_BYTES = 1 << 22


def read_error(path: Path) -> str:
    """Return the system's reason why the database or its log cannot be read; empty if all of both can."""
    for file in (path, Path(f"{path}-wal")):
        try:
            _read_all(file)
        except FileNotFoundError:
            continue
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _read_all(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        offset = 0
        # As SQLite reads: `pread`.
        while count := len(os.pread(descriptor, _READ_BYTES, offset)):
            offset += count
    finally:
        os.close(descriptor)


def is_sound(path: Path) -> bool:
    """Whether a second look finds a whole database: then an error was that of a moment."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
