from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from brandwatch.cli.doctor import machine
from brandwatch.storage import poll_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

TITLE = "Fjordkraft Åsgård"
OTHER_INDEX = """
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(query)', '(status)') WHERE name = 'mention_of_query';
"""


@pytest.fixture
def checks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, dict[str, Any]]]:
    """What the doctor says, by the name of the check; `code` is the exit code expected."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", *machine.PROXIES, *map(str.lower, machine.PROXIES)):
        monkeypatch.delenv(name, raising=False)

    def call(code: int = 0) -> dict[str, dict[str, Any]]:
        answer = cli("doctor", "--format", "json")
        assert (answer.code, answer.err) == (code, ""), answer
        return {check["check"]: check for check in json.loads(answer.out)["checks"]}

    return call


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Rss, query: Write, home: Path) -> Cli:
    """The command line over a database with one good source."""
    home.chmod(0o700)
    query(site.put("/rss", rss((TITLE, "https://a.example/1"))))
    cli("poll")
    return cli


def test_a_healthy_machine(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]]):
    """Every check is there once, says what it found, and none is a problem."""
    found = checks()
    assert {
        "brandwatch", "sqlite", "expat", "openssl", "libraries", "database", "disk", "folder", "lock", "queries",
        "time zone", "tls", "proxy", "clock", "secrets", "last poll", "sources",
    } == set(found)  # fmt: skip
    assert {check["state"] for check in found.values()} <= {"ok", "warning"}
    assert found["last poll"]["found"].endswith(", 1 source fetched")
    assert found["sources"]["found"] == "1 source, none fails"
    assert "whole, schema version" in found["database"]["found"]
    assert "sqlite-utils 4" in found["libraries"]["found"]
    lines = polled("doctor").out.splitlines()
    assert len(lines) == len(found)
    assert all(line.split()[0] in {"ok", "warning", "problem"} for line in lines)


def test_before_anything_is_set_up(checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """Without query files a poll could not run: that is its exit code; the missing database comes of itself."""
    found = checks(2)
    assert (found["database"]["state"], found["queries"]["state"]) == ("warning", "problem")
    assert "brandwatch init" in found["queries"]["hint"]
    assert list(home.iterdir()) == []


def test_query_files_with_faults(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """Overdue reviews are a warning, errors a problem."""
    path = home / "queries" / "fjordkraft.yaml"
    person = "{name: Kari Nordmann, role: spokesperson, registered: 2020-01-01, basis: x, review_by: 2021-01-01}"
    path.write_text(f"{path.read_text()}people:\n  - {person}\n")
    found = checks()["queries"]
    assert found["state"] == "warning"
    assert "1 overdue review" in found["found"]
    path.write_text("brand: x\n")
    assert "1 error" in checks(2)["queries"]["found"]


@pytest.mark.parametrize("content", [b"dette er tekst", b"SQLite format 3\x00" + b"x" * 4096])
def test_a_database_that_is_none(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path, content: bytes
):
    """What cannot be used is a problem of the database, and stays as it is."""
    path = home / "brandwatch.db"
    path.write_bytes(content)
    assert checks(4)["database"]["state"] == "problem"
    assert path.read_bytes() == content


def test_an_old_database_is_only_looked_at(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """A database of an older version is a warning and is not brought up to date by a look at it."""
    path = home / "brandwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert checks()["schema"]["state"] == "warning"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert list(home.glob("*.bak")) == []


def test_what_others_may_do(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """A database that others read and a folder that others write are warnings with the remedy."""
    (home / "brandwatch.db").chmod(0o644)
    (home / "brandwatch.db.v1.bak").write_text("gammel")
    (home / "brandwatch.dbx").write_text("annet")
    home.chmod(0o777)
    found = checks()
    assert found["privacy"]["hint"] == "chmod 600 brandwatch.db brandwatch.db.v1.bak"
    assert found["folder"]["state"] == "warning"


def test_a_database_of_somebody_else(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    """A file that we may not write, although its folder is ours, is a problem."""
    is_ours = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(".db") and is_ours(path, mode))
    assert checks(4)["owner"]["found"] == "brandwatch.db is not ours to write"


@pytest.mark.parametrize(
    "damage",
    [
        OTHER_INDEX,
        "PRAGMA foreign_keys = OFF; UPDATE mention SET entry = 99",
    ],
    ids=["index", "reference"],
)
def test_damage_that_a_quick_look_does_not_find(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path, damage: str
):
    """An index that does not fit its table, and a row that belongs to nothing, are found."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        connection.executescript(damage)
        connection.commit()
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    assert "it is damaged" in checks(4)["database"]["found"]


def test_a_disk_without_room_for_files(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    """Space is not all that a disk can run out of."""
    full = SimpleNamespace(f_files=100, f_favail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**40))
    answer = polled("doctor")
    assert answer.code == 4
    assert "problem  disk       no more files can be made → delete some files\n" in answer.out


def test_a_poll_is_running(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """The doctor sees the lock of a running poll, and not that of one that has ended."""
    assert checks()["lock"]["found"] == "no poll is running"
    with poll_lock(home / "brandwatch.db"):
        assert checks()["lock"]["found"] == "a poll is running"


@pytest.mark.parametrize(
    ("variable", "value", "check", "state", "words"),
    [
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "tls", "problem", "SSL_CERT_FILE names /nowhere/ca.pem"),
        ("SSL_CERT_FILE", "/etc/passwd", "tls", "problem", "cannot be read"),
        ("SSL_CERT_DIR", "/nowhere", "tls", "problem", "SSL_CERT_DIR names /nowhere"),
        ("https_proxy", "http://kari:s3cret@proxy.example:3128/?k=s3cret", "proxy", "ok", "http://proxy.example:3128"),
        ("HTTP_PROXY", "proxy.example:3128", "proxy", "ok", "HTTP_PROXY=http://proxy.example:3128"),
        ("HTTP_PROXY", "http://kari:s3cret@:x", "proxy", "ok", "none"),
        ("ALL_PROXY", "socks5://kari:s3cret@proxy.example:x", "proxy", "ok", "none"),
        ("TZ", "Nowhere/Atlantis", "time zone", "warning", "TZ names “Nowhere/Atlantis”"),
        ("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", "time zone", "ok", "(+0"),
    ],
)  # fmt: skip
def test_the_environment(  # noqa: PLR0913, PLR0917 (a table)
    polled: Cli,
    checks: Callable[..., dict[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    check: str,
    state: str,
    words: str,
):
    """Variables that lead nowhere are said without a traceback, and no secret is shown."""
    monkeypatch.setenv(variable, value)
    is_broken = state == "problem" or value.endswith(":x")
    found = checks(3 if is_broken else 0)
    assert "s3cret" not in json.dumps(found)
    assert found[check]["state"] == state
    assert words in found[check]["found"]


def test_the_clock_and_the_last_poll(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]]):
    """A clock behind the last fetch or in another century is a problem, a poll of long ago a warning."""
    now = datetime.now(UTC)  # noqa: TID251 (the machine's own time)
    with time_machine.travel(now + timedelta(hours=25)):
        assert checks()["last poll"]["state"] == "warning"
    with time_machine.travel(now - timedelta(hours=1)):
        assert "before the last fetch" in checks(3)["clock"]["found"]
    with time_machine.travel(datetime(1970, 1, 2, tzinfo=UTC)):
        assert "not plausible" in checks(3)["clock"]["found"]


def test_failing_sources(
    polled: Cli,
    site: Site,
    query: Write,
    checks: Callable[..., dict[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
):
    """A source that fails is named with its class; three failures in a row are a problem; keys are not shown."""
    monkeypatch.setenv("KEY", "s3cret")
    query(site.url("/borte?api_key=${KEY}"), name="to")
    polled("poll", "--force")
    found = checks()["sources"]
    assert found["state"] == "warning"
    assert found["found"].startswith("1 of 2 fail: 127.0.0.1/borte (http-4xx, never answered)")
    for _ in range(2):
        polled("poll", "--force")
    site.put("/rss", "", 500)
    polled("poll", "--force")
    found = checks(3)["sources"]
    assert found["state"] == "problem"
    assert "Fjordavisa (http-5xx, since 20" in found["found"]
    assert "api_key" not in found["found"]


def test_sources_that_no_file_names_any_more(
    polled: Cli, site: Site, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]
):
    """A source that was taken out is no trouble, however it ended."""
    query(site.url("/borte"), name="to")
    for _ in range(3):
        polled("poll", "--force")
    assert checks(3)["sources"]["state"] == "problem"
    query(name="to")
    assert checks()["sources"]["found"] == "1 source, none fails"


def test_sources_that_wait(polled: Cli, site: Site, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]):
    """What was never asked, or was due long ago, is told although the last poll went well."""
    assert "waiting" not in checks()
    query(site.url("/ny"), name="to")
    assert checks()["waiting"]["found"] == "1 of 2 never fetched, 0 overdue for more than a day"
    now = datetime.now(UTC)  # noqa: TID251 (the machine's own time)
    with time_machine.travel(now + timedelta(days=3)):
        polled("poll", "to")
        found = checks()
    assert found["last poll"]["state"] == "ok"
    assert found["waiting"]["found"] == "0 of 2 never fetched, 1 overdue for more than a day"


def test_a_source_that_stands_still(
    cli: Cli, site: Site, rss: Rss, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]
):
    """One that answers, but has had nothing new far beyond its rhythm, is named."""
    items = rss(*((TITLE, f"https://a.example/{number}") for number in range(4)))
    for hour in range(7, 10):
        items = items.replace("10:00:00", f"0{hour}:00:00", 1)
    query(site.put("/rss", items))
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC)) as clock:
        cli("poll")
        assert checks()["sources"]["state"] == "ok"
        clock.shift(timedelta(days=9))
        cli("poll", "--force")
        found = checks()["sources"]
    assert (found["state"], found["found"]) == ("warning", "0 of 1 fail, 1 frozen: Fjordavisa (frozen)")


def test_secrets_that_are_missing(
    polled: Cli,
    site: Site,
    query: Write,
    checks: Callable[..., dict[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
):
    """A variable that a source needs and that is not set, or cannot be sent, is named; no value is shown."""
    query(f"url: {site.url('/rss?key=${URL_KEY}')}\n    headers: {{X-Key: '${{HEADER_KEY}}'}}", name="to")
    monkeypatch.setenv("URL_KEY", "s3cret")
    found = checks()["secrets"]
    assert (found["state"], found["found"]) == ("warning", "the environment variable HEADER_KEY is not set")
    monkeypatch.setenv("HEADER_KEY", "s3cret\n")
    assert "HEADER_KEY has a character that cannot be sent" in checks()["secrets"]["found"]
    monkeypatch.setenv("HEADER_KEY", "s3cret")
    found = checks()["secrets"]
    assert (found["state"], found["found"]) == ("ok", "2 variables, all set")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """Where no poll could write is a problem."""
    home.chmod(0o500)
    assert checks(4)["folder"]["state"] == "problem"
    home.chmod(0o700)
