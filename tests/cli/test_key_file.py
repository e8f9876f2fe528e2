from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage import key_file, key_use, open_store, seal_sums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

NAME = "Kari Nordmann"
TITLES = ["Fjordkraft Åsgård åpner", "Fjordkraft Åsgård selger blåbær", "Fjordkraft Åsgård bygger"]


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over three mentions; one text names a person, one author has an account."""
    more = (f"<description>Sier {NAME} i Fjordkraft Åsgård.</description>", "<author>@kari_fjord</author>", "")
    entries = [(title, f"https://a.example/{number}", more[number]) for number, title in enumerate(TITLES)]
    query(site.put("/rss", rss(*entries)))
    assert cli("poll").code == 0
    return cli


def put_back(home: Path, copy: str) -> None:
    """Put a copy in the place of the database."""
    for file in home.glob("brandwatch.db-*"):
        file.unlink()
    shutil.copy(home / copy, home / "brandwatch.db")


def titles(cli: Cli) -> list[str]:
    """List the titles of a report, in the order of TITLES."""
    found = [mention["title"] for mention in json.loads(cli("report", "--format", "json").out)["mentions"]]
    return sorted(found, key=TITLES.index)


def test_init_makes_a_key_file_that_the_first_poll_uses(cli: Cli, home: Path, site: Site, rss: Callable[..., str]):
    """Only its owner reads it; doctor says where it lies, and everything verifies with it alone."""
    feed = site.put("/rss", rss((TITLES[0], "https://a.example/1")))
    answer = cli("init", "--brand", "Fjordkraft Åsgård", "--feed", feed)
    key = home / "brandwatch.db.key"
    assert (answer.code, stat.S_IMODE(key.stat().st_mode)) == (0, 0o600)
    assert f"written: {home}/brandwatch.db.key" in answer.err
    assert cli("poll").code == cli("audit", "--verify").code == 0
    with open_store(home / "brandwatch.db", create=False) as store:
        assert store.seal_key.hex() == json.loads(key.read_text())["key"] != store.secret_key.hex()
    (found,) = [line for line in cli("doctor").out.splitlines() if line.split()[1] == "key"]
    assert "brandwatch.db.key (mode 0600), beside the database → move it to another disk" in found


def test_a_database_without_a_key_file_works_as_before(polled: Cli, home: Path):
    """Nothing is asked for; the key file is a step of its own, which the audit records."""
    assert polled("report", "--format", "csv").err.startswith("coverage")
    assert polled("audit", "--verify").code == polled("poll", "--force").code == 0
    assert not (home / "brandwatch.db.key").exists()
    answer = polled("audit", "--new-key")
    assert (answer.code, answer.err.startswith(f"written: {home}/brandwatch.db.key; ")) == (0, True)
    assert polled("audit", "--verify").err == "4 rows of the audit and 14 seals verified\n"
    assert polled("audit", "--format", "csv").out.splitlines()[-1].split(",")[2:6] == ["hand", "keyed", "key", "1"]
    again = polled("audit", "--new-key")
    assert (again.code, "uses the key file" in again.err) == (4, True)


def test_a_key_file_that_is_not_in_use_is_a_warning(polled: Cli, home: Path):
    """A first poll without the variable makes a database with a key of its own: `doctor` names the idle file."""
    key_file.create_key_file(home / "brandwatch.db.key")
    line = next(line for line in polled("doctor").out.splitlines() if " key " in line)
    assert line.startswith(f"warning  key        the key file {home}/brandwatch.db.key is not in use: ")
    assert polled("audit", "--new-key").code == 0
    assert "is not in use" not in polled("doctor").out


@pytest.mark.parametrize("is_keyed_before", [False, True])
def test_an_older_copy_is_recognised_and_erased_again(polled: Cli, home: Path, *, is_keyed_before: bool):
    """Report, doctor and poll say it in one line; what was erased since is gone after the poll, and stays so."""
    if is_keyed_before:
        assert polled("audit", "--new-key").code == 0
    assert polled("backup", "copy.db").code == 0
    assert polled("privacy", "forget", "--name", NAME, "--author", "@kari_fjord", "--yes").code == 0
    assert titles(polled) == TITLES[2:]
    put_back(home, "copy.db")
    assert titles(polled) == TITLES
    (line, *_) = polled("report", "--format", "csv").err.splitlines()
    assert "is an older copy" in line
    assert "the next poll erases again what was erased since" in line
    assert [line in polled("doctor").out, polled("poll").code] == [True, 0]
    assert titles(polled) == TITLES[2:]
    assert NAME.encode() not in (home / "brandwatch.db").read_bytes()
    assert polled("report", "--format", "csv").err.startswith("coverage")
    assert polled("audit", "--verify").code == 0
    assert polled("poll", "--force").err == ""
    assert titles(polled) == TITLES[2:]


def test_the_poll_prints_one_line_about_an_older_copy(polled: Cli, home: Path):
    """What was erased again is counted; a copy from after the erasure is an older one too, with nothing to erase."""
    polled("backup", "copy.db")
    polled("privacy", "forget", "--url", "https://a.example/1", "--yes")
    polled("backup", "later.db")
    put_back(home, "copy.db")
    assert polled("poll").err.count("erased again: 1 entry, 1 mention, 1 sighting") == 1
    polled("triage", "--set", "relevant", "1")
    put_back(home, "later.db")
    (line,) = polled("poll").err.splitlines()
    assert line.endswith("is an older copy than its key file knows, or a changed one")


def test_privacy_forget_erases_an_older_copy_again(polled: Cli, home: Path):
    """Not only a poll: the next request finds an older copy, and nothing of the earlier one comes back."""
    polled("backup", "copy.db")
    polled("privacy", "forget", "--name", NAME, "--yes")
    put_back(home, "copy.db")
    answer = polled("privacy", "forget", "--author", "@kari_fjord", "--yes")
    assert (answer.code, "erased again" in answer.err) == (0, True)
    assert titles(polled) == TITLES[2:]
    put_back(home, "copy.db")
    assert polled("poll").code == 0
    assert titles(polled) == TITLES[2:]


def test_notes_and_sources_of_an_older_copy_are_blanked_again(polled: Cli, home: Path):
    """Words in rows that stay are found by their hashes too."""
    polled("triage", "--note", f"Ring {NAME}", "--set", "relevant", "3")
    polled("backup", "copy.db")
    polled("privacy", "forget", "--name", NAME, "--yes")
    put_back(home, "copy.db")
    polled("poll")
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        assert connection.execute("SELECT id, note FROM mention").fetchall() == [(2, ""), (3, "")]


@pytest.mark.parametrize("trouble", ["missing", "a folder", "no key file", "another key"])
def test_without_its_key_file_nothing_is_written(polled: Cli, home: Path, trouble: str):
    """Each has exit code 4 and one message; the database stays as it is, and reports can be read."""
    polled("audit", "--new-key")
    key = home / "brandwatch.db.key"
    good = key.read_text()
    key.unlink()
    if trouble == "a folder":
        key.mkdir()
    elif trouble != "missing":
        key.write_text("{}" if trouble == "no key file" else good.replace(json.loads(good)["key"], "ab" * 32))
    before = (home / "brandwatch.db").read_bytes()
    said = {"a folder": "cannot be read", "another key": "were not made with the key in"}.get(trouble, trouble)
    for command in (("poll", "--force"), ("audit", "--verify"), ("triage", "--set", "relevant", "1"),
                    ("privacy", "forget", "--name", NAME, "--yes"), ("backup", "copy.db")):  # fmt: skip
        answer = polled(*command)
        assert (command, answer.code, said in answer.err) == (command, 4, True)
    hint = {"no key file": "put the file back", "missing": "put the file back"}.get(trouble, "")
    assert hint in polled("report").err
    line = next(line for line in polled("doctor").out.splitlines() if " key " in line)
    assert (line.startswith("problem"), said in line, "→ poll" in line) == (True, True, False)
    assert ((home / "brandwatch.db").read_bytes() == before, (home / "copy.db").exists()) == (True, False)
    assert titles(polled) == TITLES
    if key.is_dir():
        key.rmdir()
    key.write_text(good)
    assert polled("poll", "--force").code == polled("audit", "--verify").code == 0


def test_who_has_the_database_alone_cannot_forge_it(polled: Cli, home: Path):
    """A forger knows the key in the database and seals everything again: the key file tells, with another chain too."""
    polled("audit", "--new-key")
    key = (home / "brandwatch.db.key").read_text()
    with open_store(home / "brandwatch.db") as store:
        with store.transaction():
            store.change_seal_key(store.secret_key)
            store.execute("UPDATE entry SET title = 'Fjordkraft Åsgård er konkurs' WHERE id = 1")
            store.seals.discard()
            seal_sums.seal_database(store, {})
        store.seals.has_saved = False
    assert (home / "brandwatch.db.key").read_text() == key
    answer = polled("audit", "--verify")
    assert (answer.code, answer.out) == (4, "")
    assert "is an older copy than its key file knows, or a changed one" in polled("report").err


def test_a_lost_key_is_replaced_by_hand(polled: Cli, home: Path):
    """Rows from before are no longer verified, and that is said; from then on everything is again."""
    polled("audit", "--new-key")
    (home / "brandwatch.db.key").unlink()
    assert polled("audit", "--new-key").code == 0
    answer = polled("audit", "--verify")
    assert (answer.code, answer.err.splitlines()[0]) == (0, "4 rows from before a lost key cannot be verified")
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_edited")
        connection.execute("UPDATE audit SET at = 1 WHERE id = 5")
    assert polled("audit", "--verify").code == 4


def test_a_new_database_takes_no_key_file_of_another(polled: Cli, home: Path):
    """Beside the key file of a database that is gone none is made; with the file away, one is."""
    polled("audit", "--new-key")
    for file in home.glob("brandwatch.db*"):
        if file.suffix != ".key":
            file.unlink()
    answer = polled("poll")
    assert (answer.code, "belongs to a database that is not there" in answer.err) == (4, True)
    (home / "brandwatch.db.key").rename(home / "away.key")
    for file in home.glob("brandwatch.db*"):
        file.unlink()
    assert polled("poll").code == 0


def test_the_first_poll_makes_the_key_file_that_the_environment_names(
    cli: Cli,
    home: Path,
    site: Site,
    rss: Callable[..., str],
    query: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
):
    """Without `init` too. Once a database uses it, a missing one is never made again."""
    query(site.put("/rss", rss((TITLES[0], "https://a.example/1"))))
    key = home / "disk" / "blåbær.key"
    monkeypatch.setenv("BRANDWATCH_KEY_FILE", str(key))
    answer = cli("poll")
    assert (answer.code, "cannot be written" in answer.err) == (4, True)
    key.parent.mkdir()
    assert cli("poll").code == cli("audit", "--verify").code == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with open_store(home / "brandwatch.db", create=False) as store:
        assert not store.uses_own_key
    key.unlink()
    assert (cli("poll", "--force").code, key.exists()) == (4, False)


@pytest.mark.parametrize("is_database_first", [True, False])
def test_an_erasure_killed_between_database_and_key_file_is_completed(
    polled: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, *, is_database_first: bool
):
    """Whichever of the two was written alone, the next command completes the other."""
    polled("audit", "--new-key")
    key = home / "brandwatch.db.key"
    before = key.read_text()
    polled("backup", "copy.db")
    if is_database_first:
        with monkeypatch.context() as killed:
            killed.setattr(key_use, "update_key_file", lambda *_, **__: None)
            polled("privacy", "forget", "--name", NAME, "--yes")
        assert json.loads(key.read_text())["tombstones"] == []
        assert polled("poll", "--force").err == ""
    else:
        polled("privacy", "forget", "--name", NAME, "--yes")
        after = json.loads(key.read_text())
        put_back(home, "copy.db")
        # The state of before with the hashes of after.
        key.write_text(json.dumps(json.loads(before) | {"tombstones": after["tombstones"]}))
        assert polled("poll", "--force").code == 0
    assert titles(polled) == TITLES[1:]
    assert len(json.loads(key.read_text())["tombstones"]) > 2
    assert polled("audit", "--verify").code == 0
