from __future__ import annotations

import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Site

    Program = Callable[..., subprocess.CompletedProcess[bytes]]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

# The first poll waits for its source as long as the other programs of the test may take.
POLL = [sys.executable, "-m", "brandwatch", "poll", "--force"]


@contextmanager
def hanging() -> Iterator[socket.socket]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_SECONDS)
        yield server


def url(server: socket.socket) -> str:
    """The URL of a feed on a server."""
    return f"http://127.0.0.1:{server.getsockname()[1]}/rss"


def count_rows(table: str) -> int:
    """The number of rows of a table in the current database, 0 before it exists."""
    try:
        with closing(sqlite3.connect("file:brandwatch.db?mode=ro", uri=True)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 (ours)
    except sqlite3.OperationalError:
        return 0


def has_begun(site: Site, asked: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether a poll has sent requests, or is over."""
    return len(site.log) > asked or process.poll() is not None


def test_two_polls_at_once(program: Program, site: Site, rss: Rss, query: Write, assert_failed: Callable[..., None]):
    """The second poll ends with 75 while the first still waits; a report is possible meanwhile."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    assert program("poll").returncode == 0
    with hanging() as server:
        query(url(server))
        first = subprocess.Popen(POLL, stderr=subprocess.PIPE)
        connection, _ = server.accept()
        report = program("report", "-q", "--format", "jsonl")
        assert_failed(program("poll"), 75, "another poll is running")
        assert first.poll() is None
        connection.close()
        first.communicate(timeout=PATIENCE_SECONDS)
    assert (report.returncode, len(report.stdout.splitlines())) == (0, 1)
    assert first.returncode == 3


def test_polls_that_are_killed(
    home: Path, site: Site, rss: Rss, query: Write, program: Program, assert_intact: Callable[[Path], None]
):
    """Killed ten times at random while the feeds grow: one more poll stores every entry once."""
    paths = [f"/{number}" for number in range(6)]
    query(*(site.url(path) for path in paths))
    noise = random.Random(4)
    for attempt in range(11):
        for path in paths:
            entries = [
                (f"Fjordkraft Åsgård {path} {n}", f"https://a.example{path}/{n}") for n in range(10 + 5 * attempt)
            ]
            site.put(path, rss(*entries), ETag=f'"{attempt}"')
        if attempt == 10:
            break
        asked = len(site.log)
        process = subprocess.Popen(POLL, stderr=subprocess.DEVNULL)
        wait_until(partial(has_begun, site, asked, process))
        time.sleep(noise.random() * 0.15)
        process.kill()
        process.wait(PATIENCE_SECONDS)
    assert program("poll", "--force").returncode == 0
    assert_intact(home / "brandwatch.db")
    assert count_rows("entry") == count_rows("mention") == count_rows("(SELECT DISTINCT link FROM entry)") == 6 * 60
    assert count_rows("sighting") == 6 * 60


@pytest.fixture
def stop_poll(site: Site, rss: Rss, query: Write) -> Callable[..., tuple[int, str]]:
    """Stop a poll by a signal after the first of two sources; return its exit code and output."""

    def stop(sent: signal.Signals, *options: str) -> tuple[int, str]:
        with hanging() as server:
            query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))), url(server))
            process = subprocess.Popen([*POLL, *options], stderr=subprocess.PIPE, text=True)
            connection, _ = server.accept()
            wait_until(lambda: count_rows("mention"))
            process.send_signal(sent)
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
            connection.close()
        return process.returncode, said

    return stop


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_poll_stores_its_results(
    stop_poll: Callable[..., tuple[int, str]],
    assert_intact: Callable[[Path], None],
    home: Path,
    sent: signal.Signals,
    code: int,
):
    """A signal ends the poll at once without a traceback; finished sources are stored and summed up."""
    ended, said = stop_poll(sent, "-v")
    assert "1 source fetched, 0 unchanged, 0 failed, 0 new mentions, 1 from the backlog" in said
    assert (ended, "Traceback" in said) == (code, False), said
    assert_intact(home / "brandwatch.db")
    assert (count_rows("mention"), count_rows("fetch")) == (1, 1)
