"""A copy of the database as it was, put beside it before its tables change."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


def put_aside(path: Path, version: int) -> None:
    """Copy the database at *path* to `<path>.v<version>.bak` (0600), whole or not at all; one that is there stays.

    The caller keeps other writers away, and has written nothing in its own transaction.
    """
    kept = path.with_name(f"{path.name}.v{version}.bak")
    if kept.exists():
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{kept.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        # Not through the caller's connection: SQLite copies nothing from one that is in a write transaction.
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(name)) as copy:
            source.backup(copy)
        Path(name).replace(kept)
    except BaseException:
        for leftover in (name, f"{name}-journal", f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)
        raise
