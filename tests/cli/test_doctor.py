from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from tests.conftest import START

from brandwatch.cli.doctor import machine
from brandwatch.feeds import ParserSandbox, sandbox
from brandwatch.feeds.confinement import Confinement
from brandwatch.storage import poll_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

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
    """The checks of the doctor by name; `code` is the expected exit code."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", *machine.PROXIES, *map(str.lower, machine.PROXIES)):
        monkeypatch.delenv(name, raising=False)

    def call(code: int = 0) -> dict[str, dict[str, Any]]:
        answer = cli("doctor", "--format", "json")
        assert (answer.code, answer.err) == (code, ""), answer
        return {check["check"]: check for check in json.loads(answer.out)["checks"]}

    return call


@pytest.fixture
def polled(clock: Traveller, cli: Cli, site: Site, rss: Rss, query: Write, home: Path) -> Cli:
    """The command line over a database with one good source."""
    home.chmod(0o700)
    query(site.put("/rss", rss((TITLE, "https://a.example/1"))))
    cli("poll")
    return cli


def test_a_healthy_machine(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]]):
    """Every check is listed once with its result, without a problem."""
    found = checks()
    assert {
        "brandwatch", "sqlite", "expat", "openssl", "libraries", "database", "disk", "folder", "lock", "queries",
        "writers", "sandbox", "open files", "time zone", "tls", "proxy", "clock", "key", "seals", "secrets",
        "last poll", "sources",
    } == set(found)  # fmt: skip
    assert {check["state"] for check in found.values()} <= {"ok", "warning"}
    assert found["last poll"]["found"].endswith(", 1 source fetched")
    assert found["sources"]["found"] == "1 source, none fails"
    assert "whole, schema version" in found["database"]["found"]
    assert "sqlite-utils 4" in found["libraries"]["found"]
    lines = polled("doctor").out.splitlines()
    assert len(lines) == len(found)
    assert all(line.split()[0] in {"ok", "warning", "problem"} for line in lines)


def test_before_the_setup(checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """Missing query files stop a poll: the exit code says so; a missing database is created by the poll."""
    found = checks(2)
    assert (found["database"]["state"], found["queries"]["state"]) == ("warning", "problem")
    assert "brandwatch init" in found["queries"]["hint"]
    assert list(home.iterdir()) == []


def test_query_files_with_errors(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
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
def test_an_unusable_database(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path, content: bytes
):
    """An unusable file is a problem of the database and stays unchanged."""
    path = home / "brandwatch.db"
    path.write_bytes(content)
    assert checks(4)["database"]["state"] == "problem"
    assert path.read_bytes() == content


def test_an_old_database_is_not_migrated(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """An older version is a warning; the check does not migrate it."""
    path = home / "brandwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert checks()["schema"]["state"] == "warning"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert list(home.glob("*.bak")) == []


def test_permissions(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """A readable database and a writable folder are warnings with the remedy."""
    (home / "brandwatch.db").chmod(0o644)
    (home / "brandwatch.db.v1.bak").write_text("gammel")
    (home / "brandwatch.dbx").write_text("annet")
    home.chmod(0o777)
    found = checks()
    assert found["privacy"]["hint"] == "chmod 600 brandwatch.db brandwatch.db.v1.bak"
    assert found["folder"]["state"] == "warning"


def test_a_read_only_database(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    """A database without write permission in our own folder is a problem."""
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
def test_damage_beyond_the_quick_check(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path, damage: str
):
    """An inconsistent index and a violated foreign key are found."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        connection.executescript(damage)
        connection.commit()
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    assert "it is damaged" in checks(4)["database"]["found"]


@pytest.mark.parametrize(
    ("damage", "finds_newest"),
    [
        ("PRAGMA foreign_keys = OFF; UPDATE mention SET entry = 99", True),
        ("UPDATE gap SET reason = 'x'; UPDATE poll_clock SET trusted = 1", False),
    ],
)
def test_a_large_database_is_checked_in_part(
    polled: Cli,
    checks: Callable[..., dict[str, dict[str, Any]]],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
    *,
    finds_newest: bool,
):
    """The newest entries and mentions are checked, and the doctor says how to check the others."""
    monkeypatch.setattr("brandwatch.cli.doctor.database._MAX_CHECKED_BYTES", 0)
    well = checks()
    assert "its pages were not read" in well["database"]["hint"]
    assert (well["seals"]["found"], "--full" in well["seals"]["hint"]) == (
        "2 seals of the newest entries and mentions verify",
        True,
    )
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        connection.executescript(damage)
        connection.commit()
    assert (checks(4 if finds_newest else 0)["seals"]["state"] == "problem") is finds_newest
    answer = polled("doctor", "--full")
    assert answer.code == 4
    assert "its pages were not read" not in answer.out


def test_a_disk_without_inodes(
    polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    """Inodes can run out as well as space."""
    full = SimpleNamespace(f_files=100, f_favail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**40))
    answer = polled("doctor")
    assert answer.code == 4
    assert "problem  disk       no more files can be made → delete some files\n" in answer.out


def test_a_poll_is_running(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """The lock of a running poll is reported, that of an ended one is not."""
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
    """Invalid variables are reported without a traceback, and no secret is shown."""
    monkeypatch.setenv(variable, value)
    is_broken = state == "problem" or value.endswith(":x")
    found = checks(3 if is_broken else 0)
    assert "s3cret" not in json.dumps(found)
    assert found[check]["state"] == state
    assert words in found[check]["found"]


def test_the_clock_and_the_last_poll(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]]):
    """A clock before the last fetch or in another century is a problem, an old last poll a warning."""
    with time_machine.travel(START + timedelta(hours=25)):
        assert checks()["last poll"]["state"] == "warning"
    with time_machine.travel(START - timedelta(hours=1)):
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
    """A failing source is listed with its class; three failures in a row are a problem; keys are masked."""
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


def test_sources_with_one_title_are_told_apart(
    polled: Cli, site: Site, rss: Rss, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]
):
    """A title that two sources have is no name: their URLs are."""
    query(site.put("/annen", rss((TITLE, "https://a.example/9"))), name="to")
    polled("poll", "--force")
    for path in ("/rss", "/annen"):
        site.put(path, "", 500)
    polled("poll", "--force")
    found = checks()["sources"]["found"]
    assert found.startswith("2 of 2 fail: 127.0.0.1/")
    assert ("127.0.0.1/rss (http-5xx" in found, "127.0.0.1/annen (http-5xx" in found) == (True, True)


def test_removed_sources_are_ignored(
    polled: Cli, site: Site, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]
):
    """A source outside all query files is no problem, whatever its last state."""
    query(site.url("/borte"), name="to")
    for _ in range(3):
        polled("poll", "--force")
    assert checks(3)["sources"]["state"] == "problem"
    query(name="to")
    assert checks()["sources"]["found"] == "1 source, none fails"


def test_waiting_sources(polled: Cli, site: Site, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]):
    """Sources that were never polled or are long overdue are listed although the last poll succeeded."""
    assert "waiting" not in checks()
    query(site.url("/ny"), name="to")
    assert checks()["waiting"]["found"] == "1 of 2 never fetched, 0 overdue for more than a day"
    with time_machine.travel(START + timedelta(days=3)):
        polled("poll", "to")
        found = checks()
    assert found["last poll"]["state"] == "ok"
    assert found["waiting"]["found"] == "0 of 2 never fetched, 1 overdue for more than a day"


def test_a_stalled_source(
    cli: Cli, site: Site, rss: Rss, query: Write, checks: Callable[..., dict[str, dict[str, Any]]]
):
    """A source that responds without news far beyond its usual interval is listed."""
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
    assert (found["state"], found["found"]) == (
        "warning",
        "none of 1 fail, 1 frozen: Fjordavisa (frozen since 2026-05-04 08:00 +0000)",
    )


def test_missing_secrets(
    polled: Cli,
    site: Site,
    query: Write,
    checks: Callable[..., dict[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
):
    """Unset or unusable variables of a source are listed; no value is shown."""
    query(f"url: {site.url('/rss?key=${URL_KEY}')}\n    headers: {{X-Key: '${{HEADER_KEY}}'}}", name="to")
    monkeypatch.setenv("URL_KEY", "s3cret")
    found = checks()["secrets"]
    assert (found["state"], found["found"]) == ("warning", "the environment variable HEADER_KEY is not set")
    monkeypatch.setenv("HEADER_KEY", "s3cret\n")
    assert "HEADER_KEY has a character that cannot be sent" in checks()["secrets"]["found"]
    monkeypatch.setenv("HEADER_KEY", "s3cret")
    found = checks()["secrets"]
    assert (found["state"], found["found"]) == ("ok", "2 variables, all set")


@pytest.mark.parametrize(
    ("confinement", "state", "words"),
    [
        (Confinement.FILTER, "ok", "without files, network and other processes"),
        (Confinement.NAMESPACE, "ok", "could read, delete or empty files"),
        (Confinement.NONE, "warning", "could use the network"),
    ],
)
def test_the_confinement_of_the_sandbox_is_named(
    checks: Callable[..., dict[str, dict[str, Any]]],
    query: Write,
    monkeypatch: pytest.MonkeyPatch,
    confinement: Confinement,
    state: str,
    words: str,
):
    """The doctor says what the system takes away from the process that reads damaged documents."""
    query()
    monkeypatch.setattr(ParserSandbox, "confinement", lambda _: confinement)
    found = checks()["sandbox"]
    assert (found["state"], words in found["found"]) == (state, True)


@pytest.mark.parametrize(
    ("limit", "state", "found"),
    [
        (1024, "ok", "a limit of 1,024: 50 requests at a time, 64 idle connections"),
        (64, "warning", "a limit of 64: 20 requests at a time, 0 idle connections"),
        (resource.RLIM_INFINITY, "ok", "no limit: 50 requests at a time, 64 idle connections"),
    ],
)
def test_the_limit_of_open_files_is_in_connections(monkeypatch: pytest.MonkeyPatch, limit: int, state: str, found: str):
    """A warning where a poll has fewer requests at a time than it would have elsewhere."""
    monkeypatch.setattr(machine, "raise_descriptor_limit", lambda: limit)
    checked = machine.check_open_files()
    assert (checked.state, checked.found, bool(checked.hint)) == (state, found, state == "warning")


def test_a_sandbox_that_does_not_start_is_a_problem(
    checks: Callable[..., dict[str, dict[str, Any]]], query: Write, monkeypatch: pytest.MonkeyPatch
):
    """A poll could read no damaged document: a problem."""
    query()
    monkeypatch.setattr(sandbox, "_PROGRAM", "raise SystemExit(9)")
    assert checks(3)["sandbox"]["found"] == "it does not start: the process that read it ended (9)"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(polled: Cli, checks: Callable[..., dict[str, dict[str, Any]]], home: Path):
    """A folder without write permission is a problem: no poll can write there."""
    home.chmod(0o500)
    assert checks(4)["folder"]["state"] == "problem"
    home.chmod(0o700)
