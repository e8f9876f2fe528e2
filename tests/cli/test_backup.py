from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over a database with one mention."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård åpner", "https://a.example/1"))))
    assert cli("poll").code == 0
    return cli


def integrity(path: Path) -> object:
    """Return what SQLite says of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def test_a_copy_is_whole_private_and_told(polled: Cli, home: Path):
    """It has every row, is readable by its owner only whatever the umask, stands alone, and says what it holds."""
    answer = polled("backup", "kopi på disk.db")
    copy = home / "kopi på disk.db"
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith("kopi på disk.db: ")
    assert answer.err.endswith("KiB, 1 entry, 1 mention, sound\n")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert (integrity(copy), [path.name for path in home.glob("*kopi*")]) == ("ok", [copy.name])
    reports = [polled("--db", path, "report", "--format", "csv").out for path in (copy.name, "brandwatch.db")]
    assert reports[0] == reports[1] != ""
    assert polled("-q", "backup", "annen.db").err == ""


def test_what_is_there_stays_unless_somebody_insists(polled: Cli, home: Path):
    """An older copy is replaced with --force only; the database, its log and its lock never."""
    (home / "kopi.db").write_text("min")
    assert polled("backup", "kopi.db").code == 2
    assert (home / "kopi.db").read_text() == "min"
    assert polled("backup", "--force", "kopi.db").code == 0
    assert integrity(home / "kopi.db") == "ok"
    (home / "lenke.db").symlink_to("brandwatch.db")
    for own in ("brandwatch.db", "lenke.db", "brandwatch.db-wal", "brandwatch.db.lock", "queries"):
        assert polled("backup", "--force", own).code == 2


def test_a_copy_that_cannot_be_made(polled: Cli, home: Path):
    """A folder that is not there, and a database that is none, are told; nothing is left behind."""
    assert polled("backup", "borte/kopi.db").code == 5
    assert polled("--db", "borte.db", "backup", "kopi.db").code == 4
    assert not (home / "kopi.db").exists()
    assert list(home.glob(".*")) == []


def test_a_copy_can_be_put_back(polled: Cli, home: Path):
    """What was lost since is there again once the file is copied back, and polls go on."""
    assert polled("backup", "kopi.db").code == 0
    for name in ("brandwatch.db", "brandwatch.db-wal", "brandwatch.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(home / "kopi.db", home / "brandwatch.db")
    assert polled("poll", "--force").code == 0
    assert len(polled("report", "--format", "jsonl").out.splitlines()) == 1
