from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG|INFO|WARNING|ERROR) (brandwatch\.[\w.]+) (.+)")


def levels(text: str) -> set[str]:
    """Return the levels of the log lines in a text."""
    return {match[1] for line in text.splitlines() if (match := _LINE.fullmatch(line))}


@pytest.fixture
def watched(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over one source with one mention, polled anew at each call."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård vokser", "https://a.example/1"))))
    return cli


def test_verbosity_has_two_steps(watched: Cli):
    """A poll logs its decisions with -v, how it made them with -vv, and nothing without either."""
    silent, info, debug = (watched("poll", "--force", *options) for options in ((), ("-v",), ("-vv",)))
    assert (silent.out, silent.err) == ("", "")
    assert levels(info.err) == {"INFO"}
    assert levels(debug.err) == {"INFO", "DEBUG"}
    assert "brandwatch.pipeline.read fetched source=" in info.err
    assert (info.out, debug.out) == ("", "")


def test_the_log_file_is_appended_to_and_private(watched: Cli, home: Path):
    """A file has the log of every run, also of a quiet one; standard error does not repeat it."""
    assert watched("poll", "--log-file", "poll.log").err == ""
    assert stat.S_IMODE((home / "poll.log").stat().st_mode) == 0o600
    first = (home / "poll.log").read_text()
    assert all(_LINE.fullmatch(line) for line in first.splitlines())
    assert levels(first) == {"INFO"}
    watched("-q", "poll", "--force", "--log-file=poll.log")
    second = (home / "poll.log").read_text()
    assert second.startswith(first)
    assert second.count(" started command=poll ") == 2
    assert levels(watched("-vv", "report", "--log-file", "debug.log").err) == levels((home / "debug.log").read_text())


def test_an_existing_log_file_keeps_its_mode(watched: Cli, home: Path):
    """What the user made readable for others stays so."""
    (home / "poll.log").touch(0o644)
    (home / "poll.log").chmod(0o644)
    watched("poll", "--log-file", "poll.log")
    assert stat.S_IMODE((home / "poll.log").stat().st_mode) == 0o644


def test_the_error_that_ends_a_run_is_in_the_log(cli: Cli, home: Path):
    """Standard error has it once, as for people."""
    answer = cli("report", "--log-file", "report.log")
    assert answer.code == 4
    assert answer.err.count("error: ") == 1
    assert re.search(r" ERROR brandwatch failed exit=4 error=\S", (home / "report.log").read_text())


def test_a_log_file_that_cannot_be_opened(watched: Cli, home: Path):
    """It is exit 5 with a message, before anything is fetched."""
    for place in ("nowhere/poll.log", "."):
        answer = watched("poll", "--log-file", place)
        assert answer.code == 5
        assert answer.err.startswith(f"error: the log {place} cannot be written: ")
    assert not (home / "brandwatch.db").exists()


def test_a_full_disk_ends_the_log_and_not_the_poll(watched: Cli):
    """One warning says where the log ends."""
    answer = watched("poll", "--log-file", "/dev/full")
    assert answer.code == 0
    assert answer.err == "warning: the log /dev/full ends here: No space left on device\n"


def test_a_log_holds_no_secret(
    cli: Cli, site: Site, query: Callable[..., Path], home: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither a key of a query, in a path or a parameter, nor one of a redirect, nor a line of httpx with its URL."""
    monkeypatch.setenv("FJORD_KEY", "hemmelig-1")
    site.put("/moved", "", 302, Location="/other?token=hemmelig-2")
    query(site.url("/${FJORD_KEY}/rss"), site.url("/b?api_key=${FJORD_KEY}"), site.url("/moved"))
    answer = cli("-vv", "poll", "--log-file", "poll.log")
    logged = answer.err + (home / "poll.log").read_text()
    assert "fetched source=" in logged
    assert "hemmelig" not in logged
    assert "httpx" not in logged
    assert "httpcore" not in logged


def test_the_log_leaves_no_handler_behind(watched: Cli):
    """A second run in the same process starts anew."""
    before = logging.getLogger("brandwatch").handlers[:]
    watched("-vv", "poll")
    assert logging.getLogger("brandwatch").handlers == before
    assert levels(watched("poll", "--force").err) == set()


def test_a_closed_standard_error_is_no_failure(watched: Cli):
    """The log of `2>&-` goes nowhere."""
    line = f"{sys.executable} -m brandwatch -vv poll 2>&-"
    assert subprocess.run(["bash", "-c", line], env=os.environ, timeout=60, check=False).returncode == 0
