"""What a poll prints: changes where nobody looks, everything on a terminal, and its exit code."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START, serving
from tests.source_world import DAY, HOUR

from brandwatch.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]
    Mails = Callable[..., list[tuple[timedelta, list[str]]]]

NAME = "Fjordkraft Åsgård"
QUARTER = timedelta(minutes=15)
EVERY_15_MINUTES = "interval: 15m"


@pytest.fixture
def mails(cli: Cli, clock: Traveller) -> Mails:
    """Polls at equal steps without a terminal; returns what was printed, with its time from the start of the test."""

    def run(count: int, step: timedelta = QUARTER, *arguments: str) -> list[tuple[timedelta, list[str]]]:
        printed = []
        for _ in range(count):
            answer = cli("poll", *arguments)
            if answer.err:
                printed.append((now() - START, answer.err.splitlines()))
            clock.shift(step)
        return printed

    return run


def source(url: str) -> str:
    """Return a source that is polled every 15 minutes, whatever it gave before."""
    return f"{{url: '{url}', {EVERY_15_MINUTES}}}"


def rows(statement: str) -> list[tuple[object, ...]]:
    """Read rows of the current database."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        return connection.execute(statement).fetchall()


def terminal_lines(*arguments: str) -> list[str]:
    """Run the program with standard error on a terminal; return its lines."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "brandwatch", *arguments]
    environ = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=environ)
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        text += piece
    os.close(ours)
    process.wait(timeout=30)
    # The progress leaves an empty line.
    return [line for line in text.decode().splitlines() if line.strip()]


def test_an_outage_is_three_mails_in_ten_days(mails: Mails, site: Site, rss: Rss, query: Write):
    """It began, it lasts for a week, it is over; the lines have its begin, its reason and its length."""
    query(source(site.put("/rss", "", 500)), site.put("/frisk", rss((NAME, "https://a.example/1"))))
    (first,) = mails(8)
    assert (first[0], len(first[1])) == (HOUR, 1)
    url = site.url("/rss")
    assert first[1][0] == (
        f"failing      {url}  since 2026-05-04 12:00 +0000: http-5xx: answered 500 Internal Server Error"
    )
    (still,) = mails(18, 12 * HOUR)
    assert still[0] - first[0] == 7 * DAY + HOUR
    assert still[1][0].startswith(f"failing      {url}  still, since 2026-05-04 12:00 +0000: http-5xx")
    site.put("/rss", rss((NAME, "https://a.example/2")))
    (over,) = mails(1, HOUR, "--force")
    assert over[1] == [f"well again   {url}  after 9 days: failing since 2026-05-04 12:00 +0000"]


def test_a_short_outage_is_no_mail_and_exits_3(cli: Cli, mails: Mails, site: Site, rss: Rss, query: Write):
    """Two failures in half an hour: the exit code shows them, also in a poll that fetches nothing."""
    query(site.put("/rss", "", 500))
    assert cli("poll") == (3, "", "")
    assert cli("poll") == (3, "", "")
    assert len(site.log) == 1
    assert mails(2) == []
    site.put("/rss", rss((NAME, "https://a.example/1")))
    assert mails(12) == []
    assert cli("poll") == (0, "", "")


def test_a_poll_of_one_query_has_its_own_exit_code(cli: Cli, mails: Mails, site: Site, rss: Rss, query: Write):
    """Sources of other queries do not count, and are not reported by it."""
    query(site.put("/rss", "", 500), more="alert_after: 1m\n")
    query(site.put("/frisk", rss((NAME, "https://a.example/1"))), name="annen")
    assert cli("poll").code == 3
    assert mails(4, QUARTER, "annen") == []
    assert cli("poll", "annen").code == 0
    assert len(mails(1)) == 1


@pytest.mark.parametrize(("where", "expected"), [("query", 6), ("source", 6), ("nowhere", 1)])
def test_alert_after_sets_the_time(mails: Mails, site: Site, query: Write, where: str, expected: int):
    """In a query file or at a source; the shortest of two queries counts."""
    url = site.put("/rss", "", 500)
    written = f"{{url: '{url}', {EVERY_15_MINUTES}, alert_after: 6h}}" if where == "source" else source(url)
    query(written, more="alert_after: 6h\n" if where == "query" else "")
    query(f"{{url: '{url}', alert_after: 9h}}", name="annen")
    (first,) = mails(4 * 7, QUARTER)
    assert first[0] == expected * HOUR


def test_a_failure_on_a_terminal_is_shown_and_mailed_later(
    cli: Cli, mails: Mails, site: Site, query: Write, clock: Traveller
):
    """With `-v` every poll shows it; the mail of the next poll without comes all the same."""
    query(source(site.put("/rss", "", 500)))
    for _ in range(20):
        answer = cli("-v", "poll")
        assert answer.messages[0].startswith("http-5xx     ") or "http-5xx" in answer.err
        clock.shift(QUARTER)
    assert len(mails(1)) == 1
    assert mails(8) == []


def test_a_terminal_shows_all_failures_and_what_is_due_next(site: Site, rss: Rss, query: Write, home: Path):
    """Also those that are not fetched now; without a terminal nothing of it is printed."""
    query(site.put("/rss", rss((NAME, "https://a.example/1"))), site.put("/syk", "", 500))
    failed = f"http-5xx     {site.url('/syk')}  answered 500 Internal Server Error"
    first = terminal_lines("poll")
    assert failed in first
    assert "2 sources fetched, 0 unchanged, 1 failed, 0 new mentions, 1 from the backlog" in first
    second = terminal_lines("poll")
    assert second[0] == failed
    assert second[1].startswith("nothing is due; next due: 20")
    assert second[1].endswith(f" minutes), {site.url('/rss')}") or second[1].endswith(f" minutes), {site.url('/syk')}")
    assert terminal_lines("poll", "-q") == [failed]
    command = [sys.executable, "-m", "brandwatch", "poll"]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", b"")
    assert len(site.log) == 2


def test_quiet_prints_errors_only(mails: Mails, site: Site, rss: Rss, query: Write):
    """Without a terminal `-q` prints that a source fails, and not that it is well again."""
    query(source(site.put("/rss", "", 500)))
    assert len(mails(8, QUARTER, "-q")) == 1
    site.put("/rss", rss((NAME, "https://a.example/1")))
    assert mails(8, QUARTER, "-q") == []
    assert mails(8) == []


def test_ten_sources_that_fail_in_turn_are_one_mail(mails: Mails, rss: Rss, query: Write):
    """An outage of a host that begins over three polls; the sources share a line."""
    with serving() as sick, serving() as sound:
        paths = [f"/{number}" for number in range(10)]
        query(*(source(sick.put(path, rss())) for path in paths), source(sound.put("/rss", rss())))
        assert mails(1) == []
        for start in (0, 4, 7):
            for path in paths[start : start + 4]:
                sick.put(path, "", 503)
            assert mails(1) == []
        ((_, lines),) = mails(12)
        assert len(lines) == 1
        assert lines[0].startswith(
            "failing      10 sources at 127.0.0.1  since 2026-05-04 12:15 +0000: http-5xx: answered"
        )
        for path in paths:
            sick.put(path, rss())
        ((_, lines),) = mails(4, 2 * HOUR)[:1]
        assert [line[:37] for line in lines] == ["well again   10 sources at 127.0.0.1 "] or len(lines) <= 5


def test_a_network_that_is_down_is_one_line(cli: Cli, mails: Mails, rss: Rss, query: Write, clock: Traveller):
    """Its outage is none of the sources: no line about any of them, neither when it begins nor when it is over."""
    with serving() as first, serving() as second, serving() as portal:
        sites = [(site, f"/{number}") for site in (first, second) for number in range(8)]
        query(*(source(site.put(path, rss((NAME, f"https://a.example{path}")))) for site, path in sites))
        assert mails(2) == []
        page = portal.put("/", "<!doctype html><title>Gjestenett Blåbær hotell</title>")
        for site, path in sites:
            site.put(path, "", 302, Location=page)
        ((began, lines),) = mails(4 * 4)
        target = f"a redirect to 127.0.0.1:{portal.port}"
        reason = f"every request ends at {target}: not a feed but an HTML page titled “Gjestenett Blåbær hotell”"
        assert began == timedelta(minutes=90)
        assert lines == [f"network      down  since 2026-05-04 12:30 +0000: {reason}"]
        answer = cli("-v", "poll", "--force")
        assert (answer.code, sum(line.startswith("network      down") for line in answer.messages)) == (3, 1)
        for site, path in sites:
            site.put(path, rss((NAME, f"https://a.example{path}")))
        ((over, lines),) = mails(6)
        assert lines == ["network      well again  after 5 hours: down since 2026-05-04 12:30 +0000"]
        assert over < timedelta(hours=6)
        # An hour at most, though their pauses were longer.
        assert cli("poll").code == 0
        assert rows("SELECT count(*) FROM source WHERE error != ''") == [(0,)]


def test_dead_sources_that_are_due_alone_are_no_network(mails: Mails, site: Site, rss: Rss, query: Write):
    """Two sources with unknown names fail in the same way, in polls in which nothing else is due."""
    query(
        "{url: 'http://nordlys.invalid/rss', interval: 5m}",
        "{url: 'http://havblikk.invalid/rss', interval: 5m}",
        f"{{url: '{site.put('/rss', rss((NAME, 'https://a.example/1')))}', interval: 1d}}",
    )
    ((_, lines),) = mails(12)
    assert [line.split()[:2] for line in lines] == [
        ["failing", "http://nordlys.invalid/rss"],
        ["failing", "http://havblikk.invalid/rss"],
    ]


def test_faults_of_query_files_are_printed_on_change(mails: Mails, site: Site, rss: Rss, query: Write, home: Path):
    """A warning once, an error again after a week; a new one, and one that comes back, at once."""
    path = query(site.put("/rss", rss((NAME, "https://a.example/1"))))
    broken = home / "queries" / "feil.yaml"
    broken.write_text("brand: x\nnames: [x]\nnmaes: [x]\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8") + f"  - {site.url('/rss')}\n", encoding="utf-8")
    (first,) = mails(2, 3 * HOUR)
    assert [line for line in first[1] if "warning" in line or "error" in line] == [
        "queries/feil.yaml:3:1: error: unknown key `nmaes`",
        "queries/fjordkraft.yaml:6:5: warning: this source is repeated",
    ]
    (again,) = mails(15, 12 * HOUR)
    assert (again[0] - timedelta(hours=6), "warning" in "".join(again[1]), "nmaes" in "".join(again[1])) == (
        7 * DAY,
        False,
        True,
    )
    broken.unlink()
    assert mails(2) == []
    broken.write_text("brand: x\nnames: [x]\nnmaes: [x]\n", encoding="utf-8")
    assert len(mails(2)) == 1


def test_a_wrong_clock_reports_no_weeks(cli: Cli, mails: Mails, site: Site, query: Write, clock: Traveller):
    """A poll twenty days ahead prints the clock only; with the clock right again the outage is an hour old."""
    site.date = ""
    query(source(site.put("/rss", "", 500)))
    assert mails(4) == []
    clock.shift(20 * DAY)
    answer = cli("poll")
    assert (answer.code, answer.err.startswith("clock: "), answer.err.count("\n")) == (3, True, 1)
    clock.shift(-20 * DAY)
    ((_, lines),) = mails(8, QUARTER, "--force")
    assert lines[0].startswith(f"failing      {site.url('/rss')}  since 2026-05-04 12:00 +0000")


def test_a_source_that_failed_long_before_is_reported_at_once(
    cli: Cli, mails: Mails, site: Site, query: Write, clock: Traveller
):
    """After an upgrade, or where nobody polled without a terminal, the notice has the true begin of the outage."""
    query(source(site.put("/rss", "", 500)))
    for _ in range(5):
        cli("-v", "poll", "--force")
        clock.shift(HOUR)
    with closing(sqlite3.connect("brandwatch.db")) as connection, connection:
        connection.execute("DELETE FROM alert")
    ((_, lines),) = mails(2)
    assert lines[0].startswith(f"failing      {site.url('/rss')}  since 2026-05-04 12:00 +0000")


def test_an_erasure_covers_what_is_remembered_of_failures(cli: Cli, mails: Mails, site: Site, query: Write, home: Path):
    """The title of a page in place of a feed may name a person."""
    query(source(site.put("/rss", "<!doctype html><title>Minneord om Kari Eksempel</title>")))
    assert len(mails(6)) == 1
    assert rows("SELECT count(*) FROM alert WHERE detail LIKE '%Kari Eksempel%'") == [(1,)]
    assert cli("privacy", "forget", "--name", "Kari Eksempel", "--yes").code == 0
    assert not any(b"Kari Eksempel" in path.read_bytes() for path in home.glob("brandwatch.db*"))
    site.put("/rss", "<!doctype html><title>Stengt</title>")
    assert mails(4) == []
