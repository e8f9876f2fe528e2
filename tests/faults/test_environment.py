from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Done = subprocess.CompletedProcess[bytes]
    Program = Callable[..., Done]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NOBODY = 'mount --bind /dev/null /etc/passwd && exec "$@"'


@pytest.fixture
def polled(home: Path, cli: Callable[..., Answer], site: Site, rss: Rss, query: Write) -> Path:
    """A database with one mention."""
    query(site.put("/rss", rss(("Fjordkraft Åsgårds «mer»", "https://a.example/1"))))
    assert cli("poll").code == 0
    return home / "brandwatch.db"


def run_bare(*arguments: str, before: tuple[str, ...] = ()) -> Done:
    """Run the program without environment, in `/`, with umask 0, as a minimal cron does."""
    environment = {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1"}
    command = [*before, sys.executable, "-m", "brandwatch", *arguments]
    return subprocess.run(
        command,
        env=environment,
        cwd="/",
        umask=0,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("is_nobody", [False, True])
def test_an_empty_environment(home: Path, site: Site, rss: Rss, query: Write, is_nobody: bool):
    """Without PATH, HOME, locale and a passwd entry, all commands work, and all files are private."""
    before: tuple[str, ...] = ()
    if is_nobody:
        before = ("/usr/bin/unshare", "--mount", "/bin/sh", "-c", NOBODY, "sh")
        if os.geteuid() or subprocess.run([*before, "/bin/true"], capture_output=True, check=False).returncode:
            pytest.skip("passwd cannot be hidden here")
    query(site.put("/rss", rss(("Fjordkraft Åsgårds «mer»", "https://a.example/1"))))
    folder = home / "ny"
    places = ("--db", str(folder / "b.db"), "--queries", str(home / "queries"))
    done = run_bare(*places, "poll", before=before)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    report = run_bare(*places, "report", "-q", before=before)
    assert "Fjordkraft Åsgårds «mer»" in report.stdout.decode()
    # The cache of query files is there if they were old enough.
    assert {path.name for path in folder.iterdir()} - {"b.db.queries"} == {"b.db", "b.db.lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_option_and_no_home(home: Path):
    """Without an option and HOME, one line names the missing option."""
    done = run_bare("poll")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: there are no query files in ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("locale", [{"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}])
def test_an_old_locale(polled: Path, site: Site, program: Program, locale: dict[str, str]):
    """In any locale encoding, no letter is lost and no command fails."""
    environment = {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1", "PATH": os.environ["PATH"]} | locale
    report = program("report", "--format", "table", env=environment)
    assert (report.returncode, "Fjordkraft Åsgårds «mer»" in report.stdout.decode()) == (0, True), report
    site.put("/rss", "<!doctype html><title>Påskeøl 😀</title>")
    poll = program("poll", "--force", "-v", env=environment)
    assert (poll.returncode, b"not-a-feed" in poll.stderr) == (3, True), poll


@pytest.mark.parametrize("command", ["sources", "show 1", "--help"])
def test_a_full_output(polled: Path, command: str):
    """Output that cannot be written is exit 5 and one line, for every command."""
    line = f"{sys.executable} -m brandwatch -q {command} > /dev/full"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1), done.stderr


def test_a_closed_output(polled: Path):
    """A command without a standard output reports that its output is lost."""
    line = f"{sys.executable} -m brandwatch -q show 1 >&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (5, b"error: there is no standard output\n")


@pytest.mark.parametrize("command", ["check >&-", "schema >&-", "--version >&-", "--version > /dev/full"])
def test_plain_output_to_a_closed_output(polled: Path, command: str):
    """Lost output without a format is an error too."""
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m brandwatch {command}"], capture_output=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)


@pytest.mark.parametrize("command", ["--help", "report -h"])
def test_help_without_an_output(polled: Path, command: str):
    """Lost help is an error too."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m brandwatch {command} >&-"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (5, b"error: there is no standard output\n")


def test_a_report_into_a_special_file(polled: Path, home: Path, program: Program, assert_failed: Callable[..., None]):
    """Pipes and terminals are written to in place; a symbolic link is kept, and its target replaced."""
    piped = program("report", "-q", "--format", "csv", "-o", "/dev/stdout")
    assert (piped.returncode, "Åsgårds «mer»" in piped.stdout.decode()) == (0, True)
    os.mkfifo(home / "rør")
    with subprocess.Popen(["cat", home / "rør"], stdout=subprocess.PIPE) as reader:
        assert program("report", "-q", "--format", "csv", "-o", "rør").returncode == 0
        assert reader.communicate(timeout=300)[0] == piped.stdout
    assert (home / "rør").is_fifo()
    (home / "lenke.csv").symlink_to("uke.csv")
    assert program("report", "-q", "-o", "lenke.csv").returncode == 0
    assert (home / "lenke.csv").is_symlink()
    assert (home / "uke.csv").read_bytes() == piped.stdout
    assert_failed(
        program("report", "-q", "--format", "csv", "-o", "queries"), 5, "queries cannot be written", "directory"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_report_into_a_full_device(polled: Path, home: Path, program: Program, assert_failed: Callable[..., None]):
    """A device is not replaced, even by root, who could replace it by a file."""
    if subprocess.run(
        ["mknod", "-m", "666", "full", "c", "1", "7"], cwd=home, capture_output=True, check=False
    ).returncode:
        pytest.skip("no device can be made here")
    assert_failed(program("report", "-q", "--format", "csv", "-o", "full"), 5, "full cannot be written: No space left")
    assert (home / "full").is_char_device()


def test_pipes_instead_of_files(polled: Path, home: Path, program: Program, assert_failed: Callable[..., None]):
    """A pipe is refused as database and as query file, without waiting for its other end."""
    os.mkfifo(home / "rør.db")
    for command in ("poll", "report", "doctor"):
        done = program("--db", "rør.db", command)
        assert (done.returncode, "rør.db is not a database" in (done.stdout + done.stderr).decode()) == (4, True)
    os.mkfifo(home / "queries" / "rør.yaml")
    done = program("check")
    assert (done.returncode, b"/r\xc3\xb8r.yaml:1:1: error: this is not a file" in done.stdout) == (2, True)
    assert program("poll", "--force").returncode == 3


@pytest.mark.parametrize("ending", ["2>&-", "2> /dev/full"])
def test_a_closed_error_stream(polled: Path, ending: str):
    """A poll does its work and returns its exit code without an error stream."""
    line = f"{sys.executable} -m brandwatch -v poll --force {ending}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
