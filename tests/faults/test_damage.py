from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Answer, Site

    Done = subprocess.CompletedProcess[bytes]
    Program = Callable[..., Done]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

PAGE = 4096


def nonsense(path: Path) -> None:
    """Write noise over pages 20 to 22."""
    with path.open("r+b") as file:
        file.seek(19 * PAGE)
        file.write(random.Random(1).randbytes(3 * PAGE))


def cut(path: Path) -> None:
    """Take away the second half."""
    os.truncate(path, path.stat().st_size // 2)


def text(path: Path) -> None:
    """Write a text file in its place."""
    path.write_text("dette er ingen database\n" * 500)


@pytest.fixture
def polled(home: Path, cli: Callable[..., Answer], site: Site, rss: Rss, query: Write) -> Path:
    """A database of a hundred pages or so."""
    entries = [(f"Fjordkraft Åsgård {n} " + "og mer " * 300, f"https://a.example/{n}") for n in range(60)]
    query(site.put("/rss", rss(*entries)))
    assert cli("poll").code == 0
    path = home / "brandwatch.db"
    assert path.stat().st_size > 60 * PAGE
    return path


@pytest.mark.parametrize("damage", [nonsense, cut, text])
def test_a_damaged_database(
    polled: Path, cli: Callable[..., Answer], program: Program, failed: Callable[..., None], damage: Callable[..., None]
):
    """A poll says in one line what is wrong, and every command leaves the file as it is; a report has no traceback."""
    damage(polled)
    before = polled.read_bytes()
    failed(program("poll", "--force"), 4, "brandwatch.db")
    assert cli("report", "--format", "csv").code in {0, 4}
    assert polled.read_bytes() == before


def test_a_folder_as_database(home: Path, cli: Callable[..., Answer], query: Write, failed: Callable[..., None]):
    """A folder is no database."""
    query()
    (home / "mappe").mkdir()
    for command in ("poll", "report", "sources"):
        failed(cli("--db", "mappe", command), 4)
    assert list((home / "mappe").iterdir()) == []


# --- where nothing may be written ----------------------------------------------------------------------------------


@pytest.fixture
def closed(home: Path) -> Iterator[Callable[..., Done]]:
    """The command line where the folder at hand cannot be written."""
    # Root without its capabilities is an owner like any other.
    bare = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if bare and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")

    def call(*arguments: str) -> Done:
        home.chmod(0o500)
        command = [*bare, sys.executable, "-m", "brandwatch", *arguments]
        return subprocess.run(command, capture_output=True, timeout=60, check=False)

    yield call
    home.chmod(0o700)


def test_a_report_where_nothing_may_be_written(polled: Path, closed: Callable[..., Done]):
    """A database with an empty log is read also in a folder that is closed."""
    done = closed("report", "-q", "--format", "jsonl")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 60), done.stderr
    assert closed("sources").returncode == 0


def test_a_poll_where_nothing_may_be_written(polled: Path, closed: Callable[..., Done], failed: Callable[..., None]):
    """A poll that cannot write its lock or its database says so, with what to look at."""
    failed(closed("poll", "--force"), 4, "it cannot be", "who may write")
    Path(f"{polled}.lock").unlink()
    failed(closed("poll", "--force"), 4, "Permission denied", "who may write")


def test_a_log_that_cannot_be_read(polled: Path, closed: Callable[..., Done], failed: Callable[..., None]):
    """A database whose log holds something is not shown without it."""
    Path(f"{polled}-wal").write_bytes(b"x" * PAGE)
    failed(closed("report"), 4, "brandwatch.db-wal is not empty", "as the owner")


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_an_old_database_where_nothing_may_be_written(
    home: Path,
    closed: Callable[..., Done],
    failed: Callable[..., None],
    make_old: Callable[..., None],
    journal: str,
):
    """A database that must be brought up to date first says who can do that, and stays as it is."""
    path = home / "b.db"
    make_old(path, journal=journal)
    before = path.read_bytes()
    failed(closed("--db", "b.db", "report"), 4, "has schema version 1", "as its owner")
    assert path.read_bytes() == before
    assert [file.name for file in home.iterdir()] == ["b.db"]
