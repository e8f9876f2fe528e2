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


def bare(*arguments: str, before: tuple[str, ...] = ()) -> Done:
    """Run the program as cron does at its worst: no environment, `/` as folder, a umask that forbids nothing."""
    environment = {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1"}
    command = [*before, sys.executable, "-m", "brandwatch", *arguments]
    return subprocess.run(
        command,
        env=environment,
        cwd="/",
        umask=0,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("is_nobody", [False, True])
def test_an_empty_environment(home: Path, site: Site, rss: Rss, query: Write, is_nobody: bool):
    """Without PATH, HOME and locale, and without an entry in passwd, all works, and all files are private."""
    before: tuple[str, ...] = ()
    if is_nobody:
        before = ("/usr/bin/unshare", "--mount", "/bin/sh", "-c", NOBODY, "sh")
        if os.geteuid() or subprocess.run([*before, "/bin/true"], capture_output=True, check=False).returncode:
            pytest.skip("passwd cannot be hidden here")
    query(site.put("/rss", rss(("Fjordkraft Åsgårds «mer»", "https://a.example/1"))))
    folder = home / "ny"
    places = ("--db", str(folder / "b.db"), "--queries", str(home / "queries"))
    done = bare(*places, "poll", before=before)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    report = bare(*places, "report", "-q", before=before)
    assert "Fjordkraft Åsgårds «mer»" in report.stdout.decode()
    assert {path.name for path in folder.iterdir()} == {"b.db", "b.db.lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_named_at_all(home: Path):
    """Where neither an option nor HOME says where things are, one line says what is missing."""
    done = bare("poll")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: there are no query files in ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("locale", [{"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}])
def test_an_old_locale(polled: Path, site: Site, program: Program, locale: dict[str, str]):
    """No letter is lost and nothing fails, whatever the encoding that the system believes in."""
    environment = {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1", "PATH": os.environ["PATH"]} | locale
    report = program("report", "--format", "table", env=environment)
    assert (report.returncode, "Fjordkraft Åsgårds «mer»" in report.stdout.decode()) == (0, True), report
    site.put("/rss", "<!doctype html><title>Påskeøl 😀</title>")
    poll = program("poll", "--force", env=environment)
    assert (poll.returncode, b"not-a-feed" in poll.stderr) == (3, True), poll


@pytest.mark.parametrize("command", ["sources", "show 1", "--help"])
def test_a_full_output(polled: Path, command: str):
    """Whatever a command prints: if it cannot be written, that is exit 5 and one line."""
    line = f"{sys.executable} -m brandwatch -q {command} > /dev/full"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1), done.stderr


def test_a_closed_output(polled: Path):
    """A command without a standard output does not lose its answer in silence."""
    line = f"{sys.executable} -m brandwatch -q show 1 >&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (5, b"error: there is no standard output\n")


@pytest.mark.parametrize("command", ["check >&-", "schema >&-", "--version >&-", "--version > /dev/full"])
def test_an_output_that_is_gone(polled: Path, command: str):
    """What is printed without a form is not lost in silence either."""
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m brandwatch {command}"], capture_output=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)


@pytest.mark.parametrize("ending", ["2>&-", "2> /dev/full"])
def test_an_error_stream_that_is_gone(polled: Path, ending: str):
    """A poll does its work and answers with its code also where nobody can be told anything."""
    line = f"{sys.executable} -m brandwatch -v poll --force {ending}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
