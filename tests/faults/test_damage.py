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


def overwrite_pages(path: Path) -> None:
    """Overwrite pages 20 to 22 with noise."""
    with path.open("r+b") as file:
        file.seek(19 * PAGE)
        file.write(random.Random(1).randbytes(3 * PAGE))


def truncate(path: Path) -> None:
    """Truncate the file to its first half."""
    os.truncate(path, path.stat().st_size // 2)


def replace_with_text(path: Path) -> None:
    """Replace the file by a text file."""
    path.write_text("dette er ingen database\n" * 500)


@pytest.fixture
def polled(home: Path, cli: Callable[..., Answer], site: Site, rss: Rss, query: Write) -> Path:
    """A database of about a hundred pages."""
    entries = [(f"Fjordkraft Åsgård {n} " + "og mer " * 300, f"https://a.example/{n}") for n in range(60)]
    query(site.put("/rss", rss(*entries)))
    assert cli("poll").code == 0
    path = home / "brandwatch.db"
    assert path.stat().st_size > 60 * PAGE
    return path


@pytest.mark.parametrize("damage", [overwrite_pages, truncate, replace_with_text])
def test_a_damaged_database(
    polled: Path,
    cli: Callable[..., Answer],
    program: Program,
    assert_failed: Callable[..., None],
    damage: Callable[..., None],
):
    """A poll reports the damage in one line, no command changes the file, and no report has a traceback."""
    damage(polled)
    before = polled.read_bytes()
    assert_failed(program("poll", "--force"), 4, "brandwatch.db")
    assert cli("report", "--format", "csv").code in {0, 4}
    assert polled.read_bytes() == before


def test_a_folder_as_database(home: Path, cli: Callable[..., Answer], query: Write, assert_failed: Callable[..., None]):
    """A folder is refused as database."""
    query()
    (home / "mappe").mkdir()
    for command in ("poll", "report", "sources"):
        assert_failed(cli("--db", "mappe", command), 4)
    assert list((home / "mappe").iterdir()) == []


# --- where nothing may be written ----------------------------------------------------------------------------------


@pytest.fixture
def run_read_only(home: Path) -> Iterator[Callable[..., Done]]:
    """Run the program with a working folder that is not writable."""
    # Root without its capabilities is an owner like any other.
    bare = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if bare and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")

    def call(*arguments: str) -> Done:
        home.chmod(0o500)
        command = [*bare, sys.executable, "-m", "brandwatch", *arguments]
        return subprocess.run(command, capture_output=True, timeout=300, check=False)

    yield call
    home.chmod(0o700)


def test_a_report_in_a_read_only_folder(polled: Path, run_read_only: Callable[..., Done]):
    """A database with an empty write-ahead log can be read in a read-only folder."""
    done = run_read_only("report", "-q", "--format", "jsonl")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 60), done.stderr
    assert run_read_only("sources").returncode == 0


def test_a_poll_in_a_read_only_folder(
    polled: Path, run_read_only: Callable[..., Done], assert_failed: Callable[..., None]
):
    """A poll that cannot write its lock or database reports it, and what to check."""
    assert_failed(run_read_only("poll", "--force"), 4, "it cannot be", "who may write")
    Path(f"{polled}.lock").unlink()
    assert_failed(run_read_only("poll", "--force"), 4, "Permission denied", "who may write")


def test_a_write_ahead_log_in_a_read_only_folder(
    polled: Path, run_read_only: Callable[..., Done], assert_failed: Callable[..., None]
):
    """A database with content in its log is not shown without that content."""
    Path(f"{polled}-wal").write_bytes(b"x" * PAGE)
    assert_failed(run_read_only("report"), 4, "brandwatch.db-wal is not empty", "as the owner")


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_an_old_database_in_a_read_only_folder(
    home: Path,
    run_read_only: Callable[..., Done],
    assert_failed: Callable[..., None],
    make_old: Callable[..., None],
    journal: str,
):
    """A database that needs a migration is left as it is; the message says who can migrate it."""
    path = home / "b.db"
    make_old(path, journal=journal)
    before = path.read_bytes()
    assert_failed(run_read_only("--db", "b.db", "report"), 4, "has schema version 1", "as its owner")
    assert path.read_bytes() == before
    assert [file.name for file in home.iterdir()] == ["b.db"]
