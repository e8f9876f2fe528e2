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
    """Get the levels of the log lines."""
    return {match[1] for line in text.splitlines() if (match := _LINE.fullmatch(line))}


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over one source with one mention, polled anew at each call."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård vokser", "https://a.example/1"))))
    return cli


def test_verbosity_has_two_steps(polled: Cli):
    """Decisions are logged with -v, details with -vv, nothing without either."""
    silent, info, debug = (polled("poll", "--force", *options) for options in ((), ("-v",), ("-vv",)))
    assert (silent.out, silent.err) == ("", "")
    assert levels(info.err) == {"INFO"}
    assert levels(debug.err) == {"INFO", "DEBUG"}
    assert "brandwatch.pipeline.read fetched source=" in info.err
    assert (info.out, debug.out) == ("", "")


def test_the_log_file_is_appended_to_and_private(polled: Cli, home: Path):
    """The file has the log of every run, also with -q; standard error does not repeat it."""
    assert polled("poll", "--log-file", "poll.log").err == ""
    assert stat.S_IMODE((home / "poll.log").stat().st_mode) == 0o600
    first = (home / "poll.log").read_text()
    assert all(_LINE.fullmatch(line) for line in first.splitlines())
    assert levels(first) == {"INFO"}
    polled("-q", "poll", "--force", "--log-file=poll.log")
    second = (home / "poll.log").read_text()
    assert second.startswith(first)
    assert second.count(" started command=poll ") == 2
    assert levels(polled("-vv", "report", "--log-file", "debug.log").err) == levels((home / "debug.log").read_text())


def test_an_existing_log_file_keeps_its_mode(polled: Cli, home: Path):
    """Permissions set by the user stay."""
    (home / "poll.log").touch(0o644)
    (home / "poll.log").chmod(0o644)
    polled("poll", "--log-file", "poll.log")
    assert stat.S_IMODE((home / "poll.log").stat().st_mode) == 0o644


def test_the_final_error_is_in_the_log(cli: Cli, home: Path):
    """Standard error has it once, as a message."""
    answer = cli("report", "--log-file", "report.log")
    assert answer.code == 4
    assert answer.err.count("error: ") == 1
    assert re.search(r" ERROR brandwatch failed exit=4 error=\S", (home / "report.log").read_text())


def test_a_log_file_that_cannot_be_opened(polled: Cli, home: Path):
    """Exit 5 with a message, before any fetch."""
    for place in ("nowhere/poll.log", "."):
        answer = polled("poll", "--log-file", place)
        assert answer.code == 5
        assert answer.err.startswith(f"error: the log {place} cannot be written: ")
    assert not (home / "brandwatch.db").exists()


def test_a_full_disk_ends_the_log_and_not_the_poll(polled: Cli):
    """One warning states the end of the log."""
    answer = polled("poll", "--log-file", "/dev/full")
    assert answer.code == 0
    assert answer.err == "warning: the log /dev/full ends here: No space left on device\n"


def test_a_log_holds_no_secret(
    cli: Cli, site: Site, query: Callable[..., Path], home: Path, monkeypatch: pytest.MonkeyPatch
):
    """No key of a query, of a redirect or of httpx's URL lines, in a path or a parameter."""
    monkeypatch.setenv("FJORD_KEY", "hemmelig-1")
    site.put("/moved", "", 302, Location="/other?token=hemmelig-2")
    query(site.url("/${FJORD_KEY}/rss"), site.url("/b?api_key=${FJORD_KEY}"), site.url("/moved"))
    answer = cli("-vv", "poll", "--log-file", "poll.log")
    logged = answer.err + (home / "poll.log").read_text()
    assert "fetched source=" in logged
    assert "hemmelig" not in logged
    assert "httpx" not in logged
    assert "httpcore" not in logged


def test_the_log_leaves_no_handler_behind(polled: Cli):
    """A second run in the same process starts anew."""
    before = logging.getLogger("brandwatch").handlers[:]
    polled("-vv", "poll")
    assert logging.getLogger("brandwatch").handlers == before
    assert levels(polled("poll", "--force").err) == set()


def test_a_closed_standard_error_is_no_failure(polled: Cli):
    """With `2>&-` the log is discarded."""
    line = f"{sys.executable} -m brandwatch -vv poll 2>&-"
    assert subprocess.run(["bash", "-c", line], env=os.environ, timeout=300, check=False).returncode == 0
