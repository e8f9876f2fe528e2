"""A small disk that a test can fill, and checks for every kind of failure."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage import Store, seal_sums
from brandwatch.storage.migrations import APPLICATION_ID, FIRST_SEALED_VERSION, MIGRATIONS, apply_migrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer

    Program = Callable[..., subprocess.CompletedProcess[bytes]]

ROWS = """
INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
    moved_to, entries, failures)
    VALUES (1, 'https://a.example/rss', 'feed', 'A', '', 'nb', '', '', x'', x'', '', '', 1, 0);
INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, found)
    VALUES (1, 'g', 'https://a.example/1', 1, 'https://a.example/1', 'Acme åpner', 'T', '', 'A', 'nb', '', 1);
INSERT INTO mention (id, entry, query, query_version, evidence, status, backlog, found)
    VALUES (1, 1, 'acme', 'v1', '[["Acme","title",0,4,"exact"]]', 'relevant', 0, 1777888800);
INSERT INTO sighting VALUES (1, 1, 1, 1, 0);
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def fill() -> Callable[[Path], Path]:
    """Fill a disk; return the file that takes the space."""

    def take(folder: Path) -> Path:
        path = folder / "filler"
        with path.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        return path

    return take


@pytest.fixture
def assert_failed() -> Callable[..., None]:
    """Check the exit code, and one line with an optional hint on the error stream."""

    def check(done: subprocess.CompletedProcess[bytes] | Answer, code: int, *words: str) -> None:
        ended, said = (done.code, done.err) if isinstance(done, tuple) else (done.returncode, done.stderr.decode())
        assert ended == code, said
        lines = said.splitlines()
        assert lines[0].startswith("error: "), said
        assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("hint: ")), said
        assert all(word in said for word in words), said

    return check


@pytest.fixture
def assert_intact() -> Callable[[Path], None]:
    """Check the integrity of a database and of its full-text index."""

    def check(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            connection.execute("INSERT INTO entry_text (entry_text) VALUES ('integrity-check')")

    return check


@pytest.fixture
def make_old() -> Callable[..., None]:
    """Create a database of an old schema version with one mention."""

    def make(path: Path, version: int = 1, journal: str = "WAL") -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA journal_mode = {journal}")
            apply_migrations(connection, stop_before=MIGRATIONS[version])
            connection.executescript(ROWS)
            if version >= FIRST_SEALED_VERSION:
                store = Store(connection, path)
                store.seal_key = store.secret_key
                seal_sums.seal_database(store, {})
                connection.commit()
        path.chmod(0o600)

    return make
