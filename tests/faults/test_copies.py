"""Copies from before migrations and leftovers of killed commands, over the whole program."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

DAY = timedelta(days=1)
COPY = "b.db.v16.2026-05-04.bak"
# The program, killed at the call of one function.
KILLED = """
import importlib, os, sys
module, _, name = sys.argv.pop(1).partition(":")
place = importlib.import_module(module)
assert hasattr(place, name)
setattr(place, name, lambda *_, **__: os.kill(os.getpid(), 9))
from brandwatch.__main__ import main
main()
"""


@pytest.fixture
def upgraded(  # noqa: PLR0913, PLR0917 (fixtures)
    home: Path, cli: Cli, site: Site, query: Write, rss: Callable[..., str], make_old: Write, clock: Traveller
) -> Cli:
    """The command line over a database that was upgraded from version 16."""
    query(site.put("/feed", rss(("Fjordkraft Åsgård vokser", "https://a.example/1"))))
    make_old(home / "b.db", 16)
    answer = cli("--db", "b.db", "poll")
    assert (answer.code, copies()) == (0, [COPY]), answer
    return cli


def pass_days(cli: Cli, clock: Traveller, days: int) -> None:
    """Move the clock, and vouch for it."""
    clock.shift(days * DAY)
    cli("--db", "b.db", "doctor", "--accept-clock")


def copies() -> list[str]:
    """The names of the copies in the current folder."""
    return sorted(path.name for path in Path().glob("*.bak"))


def checks(cli: Cli, name: str) -> list[dict[str, str]]:
    """Return the results of one check of the doctor."""
    listed = json.loads(cli("--db", "b.db", "doctor", "--format", "json").out)["checks"]
    return [check for check in listed if check["check"] == name]


def test_a_copy_lives_as_long_as_the_longest_retention(upgraded: Cli, clock: Traveller):
    """The default is two years for what the brand itself says; the doctor has the date; a poll deletes the copy."""
    pass_days(upgraded, clock, 730)
    (check,) = checks(upgraded, "copy")
    assert check["state"] == "ok"
    assert check["found"].startswith(f"{COPY}: schema version 16, 0.2 MiB, of 2026-05-04, 730 days old; a poll deletes")
    assert check["found"].endswith("on 2028-05-04")
    assert upgraded("--db", "b.db", "poll", "--force").code == 0
    assert copies() == [COPY]
    clock.shift(DAY)
    assert upgraded("--db", "b.db", "poll", "--force").code == 0
    assert copies() == []


def test_a_longer_retention_keeps_the_copy(upgraded: Cli, site: Site, query: Write, clock: Traveller):
    """The retention of the query files counts, not the default."""
    query(site.url("/feed"), more="retain: {public: 2000d}\n")
    pass_days(upgraded, clock, 1500)
    upgraded("--db", "b.db", "poll", "--force")
    assert copies() == [COPY]


def test_an_untrusted_clock_deletes_no_copy(upgraded: Cli, site: Site, clock: Traveller):
    """A poll whose clock leapt and is not confirmed leaves it; the doctor says what happens next."""
    site.date = ""
    clock.shift(1500 * DAY)
    assert upgraded("--db", "b.db", "poll", "--force").code == 3
    assert copies() == [COPY]
    (check,) = checks(upgraded, "copy")
    assert check["state"] == "warning"
    assert check["found"].endswith("1500 days old; all of it is past its retention")
    assert "the next poll deletes it, if its clock is trusted" in check["hint"]


def test_a_broken_query_file_keeps_the_copy(upgraded: Cli, query: Write, clock: Traveller):
    """Its retention is unknown, and may be the longest; once it can be read the copy goes."""
    broken = query(name="gård")
    broken.write_text("brand: [")
    pass_days(upgraded, clock, 1500)
    upgraded("--db", "b.db", "poll", "--force")
    assert copies() == [COPY]
    assert "stays until the query files can be read" in checks(upgraded, "copy")[0]["found"]
    broken.unlink()
    upgraded("--db", "b.db", "poll", "--force")
    assert copies() == []


def test_a_copy_with_a_wrong_date_is_reported(upgraded: Cli, clock: Traveller):
    """Neither one from 1970 nor one of tomorrow is deleted; the doctor asks a person."""
    Path(COPY).rename("b.db.v16.1970-01-01.bak")
    pass_days(upgraded, clock, 1500)
    upgraded("--db", "b.db", "poll", "--force")
    assert checks(upgraded, "copy")[0]["found"].endswith("its date is not plausible")
    assert checks(upgraded, "copy")[0]["hint"] == f"rm {Path('b.db.v16.1970-01-01.bak').resolve()}"
    Path("b.db.v16.1970-01-01.bak").rename("b.db.v16.2199-01-01.bak")
    assert checks(upgraded, "copy")[0]["state"] == "warning"


def test_a_restored_database_gets_a_copy_of_its_own(upgraded: Cli, home: Path, make_old: Write):
    """The second copy of the day does not replace the first."""
    first = Path(COPY).read_bytes()
    for path in home.glob("b.db*"):
        if path.suffix != ".bak":
            path.unlink()
    make_old(home / "b.db", 16)
    with sqlite3.connect(home / "b.db") as connection:
        connection.execute("UPDATE entry SET title = 'Acme senere'")
    connection.close()
    assert upgraded("--db", "b.db", "sources").code == 0
    assert copies() == ["b.db.v16.2026-05-04-2.bak", COPY]
    assert Path(COPY).read_bytes() == first


def test_failing_migrations_make_one_copy(
    home: Path, cli: Cli, make_old: Write, clock: Traveller, monkeypatch: pytest.MonkeyPatch
):
    """Each command tries again; a copy of the same content is not kept twice."""

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("no such module: fts5")

    make_old(home / "b.db", 16)
    monkeypatch.setattr("brandwatch.storage.database.apply_migrations", fail)
    for days in range(3):
        assert cli("--db", "b.db", "report").code == 4
        clock.move_to(START + days * DAY)
    assert copies() == [COPY]


@pytest.mark.parametrize("call", ["_copy", "_examine"])
def test_a_killed_backup_is_swept_by_the_next_poll(upgraded: Cli, call: str):
    """The doctor reports what it left beside the database; a poll deletes it, and the next backup is whole."""
    done = killed(f"brandwatch.storage.backup:{call}", "backup", "kopi å.db")
    assert done == -signal.SIGKILL
    (left,) = Path().glob(".kopi*")
    (check,) = checks(upgraded, "leftover")
    assert check["found"].startswith(f"{left.name}, 0.")
    assert check["hint"] == "the next poll or backup deletes it"
    assert upgraded("--db", "b.db", "poll").code == 0
    assert list(Path().glob(".*")) == []
    assert checks(upgraded, "leftover") == []
    assert upgraded("--db", "b.db", "backup", "kopi å.db").code == 0


def test_a_killed_backup_elsewhere_is_swept_by_the_next(upgraded: Cli, home: Path):
    """The next backup into that folder deletes it."""
    (home / "kopier").mkdir()
    killed("brandwatch.storage.backup:_examine", "backup", "kopier/a.db")
    assert len(list(Path("kopier").iterdir())) == 1
    assert upgraded("--db", "b.db", "backup", "kopier/b.db").code == 0
    assert [path.name for path in Path("kopier").iterdir()] == ["b.db"]


def test_a_killed_report_is_swept_by_the_next(upgraded: Cli, home: Path):
    """The older file stays whole; the next report into that folder deletes the leftover."""
    (home / "ut").mkdir()
    Path("ut/uke.csv").write_text("gammel")
    assert killed("os:fsync", "report", "-q", "-o", "ut/uke.csv") == -signal.SIGKILL
    assert sorted(path.name for path in Path("ut").iterdir())[1:] == ["uke.csv"]
    assert Path("ut/uke.csv").read_text() == "gammel"
    assert upgraded("--db", "b.db", "report", "-q", "-o", "ut/dag.csv").code == 0
    assert sorted(path.name for path in Path("ut").iterdir()) == ["dag.csv", "uke.csv"]


def test_an_erasure_reaches_leftovers(upgraded: Cli):
    """A leftover that holds the name is listed, and deleted with the rest."""
    killed("brandwatch.storage.backup:_examine", "backup", "kopi.db")
    (left,) = Path().glob(".kopi*")
    request = ("--db", "b.db", "privacy", "forget", "--text", "Acme åpner")
    plan = upgraded(*request).out
    assert {f"delete     {COPY}", f"delete     {left.name}"} <= set(plan.splitlines())
    assert upgraded(*request, "--yes").code == 0
    assert (copies(), left.exists()) == ([], False)


def killed(call: str, *arguments: str) -> int:
    """Run the program until a call kills it; return its exit status."""
    command = [sys.executable, "-c", KILLED, call, "--db", "b.db", *arguments]
    return subprocess.run(command, capture_output=True, timeout=300, check=False).returncode
