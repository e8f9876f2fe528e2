from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage.atomic_files import atomic_path, leftovers, sweep_leftovers, unmarked_leftovers
from brandwatch.storage.migrations import APPLICATION_ID

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, pathlib, sys
from brandwatch.storage.atomic_files import atomic_path
with atomic_path(pathlib.Path(sys.argv[1])) as unfinished:
    unfinished.write_text("halv")
    pathlib.Path(f"{unfinished}-journal").write_text("halv")
    os.kill(os.getpid(), 9)
"""


def leave(target: Path) -> Path:
    """Start a program that is killed while it writes a file; return what it leaves."""
    before = set(leftovers(target.parent))
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = set(leftovers(target.parent)) - before
    return left


def test_the_file_appears_whole(tmp_path: Path):
    """The file has no name before it is whole; a failure leaves the older file and nothing else."""
    target = tmp_path / "blåbær.csv"
    with atomic_path(target) as unfinished:
        assert unfinished.stat().st_mode & 0o777 == 0o600
        unfinished.write_text("hel")
        assert not target.exists()
    assert target.read_text() == "hel"
    with pytest.raises(FileNotFoundError), atomic_path(target) as unfinished:
        unfinished.with_name("ingen").read_text()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("blåbær.csv", "hel")]


def test_the_leftovers_of_a_killed_program_are_swept(tmp_path: Path):
    """The next file in the folder sweeps them, whatever its name, with SQLite's files beside them."""
    left = leave(tmp_path / "uke å.csv")
    assert left.name.startswith(".uke å.csv.brandwatch-")
    with atomic_path(tmp_path / "annen.csv"):
        assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["annen.csv"]


def test_a_file_that_is_being_written_is_no_leftover(tmp_path: Path):
    """A living writer holds the lock of its file; what it wrote is a leftover only after its end."""
    with atomic_path(tmp_path / "a.csv") as unfinished:
        assert leftovers(tmp_path) == []
        assert sweep_leftovers(tmp_path) == []
        assert unfinished.exists()
    left = leave(tmp_path / "b.csv")
    descriptor = os.open(left, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    assert leftovers(tmp_path) == []
    os.close(descriptor)
    assert leftovers(tmp_path) == [left]


@pytest.mark.parametrize(
    "name",
    [
        "rapport.brandwatch-abcdefgh",
        ".rapport.brandwatch-abcdefghi",
        ".rapport.brandwatch-ABCDEFGH",
        ".rapport.abcdefgh",
    ],
)
def test_other_files_are_not_swept(tmp_path: Path, name: str):
    """A name that is only similar, a link and a folder of such a name stay; the file with the exact name goes."""
    other, link, folder = (tmp_path / each for each in (name, ".x.brandwatch-lenke_aa", ".x.brandwatch-mappe_aa"))
    other.write_text("min")
    link.symlink_to(other)
    folder.mkdir()
    ours = tmp_path / ".rapport.brandwatch-abcdefgh"
    ours.write_text("halv")
    assert sweep_leftovers(tmp_path) == [ours]
    assert sorted(tmp_path.iterdir()) == sorted([other, link, folder])


def test_the_files_of_others_are_not_swept(tmp_path: Path):
    """In a shared folder another user's file stays."""
    if os.geteuid():
        pytest.skip("only root may give files away")
    other = tmp_path / ".x.brandwatch-abcdefgh"
    other.write_text("deres")
    os.chown(other, 12345, -1)
    assert sweep_leftovers(tmp_path) == []


def test_a_long_name_leaves_room(tmp_path: Path):
    """A name of 255 bytes can be written, in any letters."""
    for name in ("a" * 255, "å" * 127, "🫐" * 63):
        with atomic_path(tmp_path / name):
            pass
    assert len(list(tmp_path.iterdir())) == 3


def test_a_hidden_copy_without_our_mark_is_only_reported(tmp_path: Path):
    """What an earlier version left looks like a user's own copy: a database is reported, a text is not."""
    header = b"SQLite format 3\0" + bytes(52) + APPLICATION_ID.to_bytes(4, "big") + bytes(28)
    (tmp_path / ".b.db.20261201").write_bytes(header)
    (tmp_path / ".notat.20261201").write_text("min")
    assert [path.name for path in unmarked_leftovers(tmp_path)] == [".b.db.20261201"]
    assert sweep_leftovers(tmp_path) == []
