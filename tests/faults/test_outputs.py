"""Files that a user asks for, and commands without a standard stream or with a full one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from brandwatch.cli import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Failed = Callable[..., None]
    Program = Callable[..., subprocess.CompletedProcess[bytes]]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

SUFFIXES = ("csv", "json", "html", "rss", "xlsx")
# An example of each command that ends by itself, with its exit code.
EXAMPLES = {
    "init": ("init --brand Blåbær --feed http://127.0.0.1:9/rss", 0),
    "check": ("check", 0),
    "schema": ("schema", 0),
    "poll": ("poll --force", 3),
    "report": ("report", 0),
    "stats": ("stats", 0),
    "trends": ("trends", 0),
    "precision": ("precision", 0),
    "story": ("story show 1", 0),
    "triage": ("triage --set relevant 1", 0),
    "export": ("export --triage", 0),
    "import": ("import uke.csv", 0),
    "show": ("show 1", 0),
    "why": ("why 1", 0),
    "why-not": ("why-not fjordkraft Fjordkraft", 0),
    "replay": ("replay fjordkraft", 0),
    "sources": ("sources", 0),
    "privacy": ("privacy search Kari", 0),
    "audit": ("audit", 0),
    "backup": ("backup kopi.db", 0),
    "doctor": ("doctor", 0),
    "demo": ("demo", 0),
}
ENDINGS = ("2>&-", ">/dev/full", "2>/dev/full", ">&-")
TRIED_IN_ALL_WAYS = {"poll", "report", "show", "demo"}
SILENT = {"poll", "triage", "import"}
"""The commands that print nothing on standard output."""


@pytest.fixture
def polled(home: Path, cli: Cli, site: Site, rss: Rss, query: Write) -> Path:
    """A database with three mentions, and the table of its triage; return the working folder."""
    titles = [(f"Fjordkraft Åsgård {number}", f"https://a.example/{number}") for number in range(3)]
    query(site.put("/rss", rss(*titles)))
    assert cli("poll").code == 0
    assert cli("export", "--triage", "-o", "uke.csv").code == 0
    return home


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_follows_the_umask(polled: Path, program: Program, mask: int):
    """A web server may read a report if the user's umask lets it; the triage sheet likewise."""
    for arguments in (("report", "-q", "-o", "ny.rss"), ("export", "-q", "--triage", "-o", "ny.csv")):
        assert program(*arguments, umask=mask).returncode == 0
        assert mode(polled / arguments[-1]) == 0o666 & ~mask
    assert sorted(path.name for path in polled.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("before", [0o600, 0o664, 0o444])
def test_a_file_that_is_there_keeps_its_mode(polled: Path, program: Program, before: int):
    """The mode is the user's: a report that is written again is as private, or as public, as before."""
    for suffix in ("rss", "xlsx"):
        path = polled / f"uke.{suffix}"
        path.write_text("gammel")
        path.chmod(before)
        assert program("report", "-q", "-o", path.name, umask=0o027).returncode == 0
        assert (mode(path), path.read_bytes()[:6] == b"gammel") == (before, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_is_there_keeps_its_owner_and_its_group(polled: Path, program: Program):
    """A page that belongs to the web server's group stays readable for it."""
    path = polled / "uke.html"
    path.write_text("gammel")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    assert program("report", "-q", "-o", "uke.html").returncode == 0
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode(path)) == (12345, 23456, 0o640)


def test_a_link_leads_to_its_target(polled: Path, program: Program, assert_failed: Failed):
    """The link stays, and the file behind it keeps its mode; a link in a circle is an error."""
    (polled / "www").mkdir()
    target = polled / "www" / "mentions.rss"
    target.write_text("gammel")
    target.chmod(0o604)
    (polled / "lenke.rss").symlink_to(target)
    (polled / "ny.rss").symlink_to("www/ny.rss")
    assert program("report", "-q", "-o", "lenke.rss").returncode == 0
    assert ((polled / "lenke.rss").is_symlink(), mode(target), b"<feed" in target.read_bytes()) == (True, 0o604, True)
    assert program("report", "-q", "-o", "ny.rss").returncode == 0
    assert ((polled / "ny.rss").is_symlink(), (polled / "www" / "ny.rss").is_file()) == (True, True)
    (polled / "a.csv").symlink_to("b.csv")
    (polled / "b.csv").symlink_to("a.csv")
    assert_failed(program("report", "-q", "-o", "a.csv"), 5, "a.csv cannot be written: Too many levels")


def test_a_folder_that_is_not_there_is_named(polled: Path, program: Program, assert_failed: Failed):
    """The hint says which folder to make; a file or a folder in the place of the other is an error too."""
    failed = program("report", "-q", "-o", "srv/www/uke.csv")
    assert_failed(failed, 5, "srv/www/uke.csv cannot be written", f"there is no folder {polled}/srv/www; make it first")
    assert_failed(program("report", "-q", "-o", "uke.csv/a.csv"), 5, "uke.csv is not a folder")
    assert_failed(program("report", "-q", "--format", "csv", "-o", "queries"), 5, "name a file in this folder")
    long = f"{'å' * 120}.csv"
    assert program("report", "-q", "-o", long).returncode == 0
    assert (polled / long).is_file()


def test_database_backup_and_log_stay_private(polled: Path, program: Program):
    """What nobody else should read does not follow the umask."""
    assert program("--log-file", "poll.log", "poll", "--force", umask=0).returncode == 0
    assert program("backup", "kopi.db", umask=0).returncode == 0
    assert {mode(polled / name) for name in ("brandwatch.db", "poll.log", "kopi.db")} == {0o600}


def test_every_command_has_an_example_here():
    """A new command is tried without its streams too."""
    assert {*EXAMPLES} == {*COMMANDS} - {"serve"}


@pytest.mark.parametrize("command", EXAMPLES)
def test_a_command_without_standard_error_does_its_work(
    polled: Path, site: Site, query: Write, tmp_path: Path, command: str
):
    """Without standard error a command does its work; without standard output it is exit 5 and one line."""
    query(site.url("/rss"), site.url("/borte"))
    arguments, code = EXAMPLES[command]
    lost = code if command in SILENT else 5
    running = {}
    for number, ending in enumerate(ENDINGS if command in TRIED_IN_ALL_WAYS else ENDINGS[:2]):
        folder = shutil.copytree(polled, tmp_path / str(number))
        line = ["bash", "-c", f"exec {sys.executable} -m brandwatch {arguments} {ending}"]
        running[ending] = subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for ending, process in running.items():
        out, err = (stream.decode() for stream in process.communicate(timeout=300))
        assert "Traceback" not in err
        if ending.startswith("2"):
            assert (process.returncode, bool(out), err) == (code, command not in SILENT, ""), ending
        else:
            errors = [line for line in err.splitlines() if line.startswith("error: ")]
            assert (process.returncode, len(errors)) == (lost, int(lost == 5)), (ending, err)
            assert errors == err.splitlines()[-1:] * len(errors), (ending, err)


def test_usage_errors_have_their_exit_code_without_an_error_stream(home: Path):
    """The exit code tells a script of an unknown command, option or file."""
    for arguments in ("finnes-ikke", "report --finnes-ikke", "report --status feil", "report --since feil"):
        for ending in ("2>&-", "2>/dev/full"):
            line = f"{sys.executable} -m brandwatch {arguments} {ending}"
            done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
            assert (done.returncode, done.stdout) == (2, b""), (arguments, ending)


def test_no_file_takes_the_place_of_a_closed_stream(polled: Path):
    """A message never goes into a file that was opened as number 1 or 2."""
    for ending in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        line = f"{sys.executable} -m brandwatch -vv --log-file poll.log poll --force {ending}"
        assert subprocess.run(["bash", "-c", line], timeout=300, check=False).returncode == 0
        line = f"{sys.executable} -m brandwatch audit --verify"
        assert subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False).returncode == 0
    assert all(" brandwatch" in line for line in (polled / "poll.log").read_text().splitlines())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_one_line_under_any_format(
    disk: Path, fill: Callable[[Path], Path], polled: Path, program: Program, assert_failed: Failed, suffix: str
):
    """One line, the old file whole, nothing left beside it, whether the disk of the file or of its parts is full."""
    path = disk / f"uke.{suffix}"
    path.write_text("gammel")
    filler = fill(disk)
    assert_failed(program("report", "-q", "-o", str(path)), 5, "cannot be written: No space left")
    assert path.read_text() == "gammel"
    assert sorted(path.name for path in disk.iterdir()) == ["filler", path.name]
    filler.unlink()
    assert program("report", "-q", "-o", str(path)).returncode == 0


@pytest.mark.parametrize("suffix", ["xlsx", "html", "csv"])
def test_a_limit_on_the_size_of_files_is_a_full_disk(polled: Path, suffix: str):
    """`ulimit -f` is a full disk too, for the file, for its parts, and for a redirected output."""
    with closing(sqlite3.connect(polled / "brandwatch.db")) as connection, connection:
        # Noise, which a workbook cannot compress.
        connection.execute("UPDATE entry SET title = title || hex(randomblob(300000))")
    for target in (f"-o uke.{suffix}", f"--format {suffix} > ut.{suffix}"):
        line = f"ulimit -f 100; exec {sys.executable} -m brandwatch -q report {target}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (5, 1), done.stderr
        assert done.stderr.startswith(b"error: "), done.stderr


def test_a_failed_workbook_leaves_no_parts(disk: Path, fill: Callable[[Path], Path], polled: Path, program: Program):
    """The texts of a report do not stay in the folder for temporary files."""
    parts = polled / "parts"
    parts.mkdir()
    fill(disk)
    done = program("report", "-q", "-o", str(disk / "uke.xlsx"), env=os.environ | {"TMPDIR": str(parts)})
    assert (done.returncode, len(done.stderr.splitlines()), [*parts.iterdir()]) == (5, 1, []), done.stderr
