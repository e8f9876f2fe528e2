from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch import clock
from brandwatch.storage.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Make = Callable[..., None]


def version(path: Path) -> int:
    """The schema version of a database."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("old", range(1, SCHEMA_VERSION))
def test_an_old_database_is_backed_up_before_migration(home: Path, cli: Cli, make_old: Make, old: int):
    """A report migrates every older version; the backup is private, complete, and of the old version."""
    path = home / "b.db"
    make_old(path, old)
    done = cli("--db", "b.db", "report", "--format", "jsonl")
    assert done.code == 0, done.err
    assert "Acme åpner" in done.out
    (copy,) = home.glob("*.bak")
    assert re.fullmatch(rf"b\.db\.v{old}\.\d{{4}}-\d\d-\d\d\.bak", copy.name)
    assert (version(path), version(copy)) == (SCHEMA_VERSION, old)
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT title, status FROM entry, mention").fetchall() == [("Acme åpner", "relevant")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_existing_backup_is_kept(home: Path, cli: Cli, make_old: Make):
    """A second migration from the same version makes a copy of its own; a file in the way stays."""
    make_old(home / "b.db")
    day = clock.now()
    (home / f"b.db.v1.{day:%Y-%m-%d}.bak").write_text("min")
    with time_machine.travel(day, tick=False):
        assert cli("--db", "b.db", "report").code == 0
    assert (home / f"b.db.v1.{day:%Y-%m-%d}.bak").read_text() == "min"
    assert version(home / f"b.db.v1.{day:%Y-%m-%d}-2.bak") == 1


def test_concurrent_migrations(home: Path, make_old: Make):
    """One process migrates, the others wait for it."""
    make_old(home / "b.db")
    command = [sys.executable, "-m", "brandwatch", "--db", "b.db", "report", "-q", "--format", "jsonl"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(5)]
    answers = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0] * 5, answers
    assert len({out for out, _ in answers}) == 1
    assert version(home / "b.db") == SCHEMA_VERSION
    (copy,) = home.glob("*.bak")
    assert version(copy) == 1


@pytest.mark.parametrize("pragma", [f"user_version = {SCHEMA_VERSION + 1}", "application_id = 7"])
@pytest.mark.parametrize("command", ["report", "poll", "sources"])
def test_foreign_databases_are_unchanged(  # noqa: PLR0913, PLR0917 (fixtures)
    home: Path,
    cli: Cli,
    query: Callable[..., Path],
    make_old: Make,
    assert_failed: Callable[..., None],
    pragma: str,
    command: str,
):
    """Every command refuses a newer version and another program's database, and changes no byte."""
    query()
    make_old(home / "b.db", journal="DELETE")
    with closing(sqlite3.connect(home / "b.db")) as connection:
        connection.execute(f"PRAGMA {pragma}")
    before = (home / "b.db").read_bytes()
    words = f"schema version {SCHEMA_VERSION + 1}" if "version" in pragma else "another program"
    assert_failed(cli("--db", "b.db", command), 4, words)
    assert (home / "b.db").read_bytes() == before
