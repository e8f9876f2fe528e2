"""The key of a database, and what its key file knows of it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.errors import StoreError
from brandwatch.models import SubjectRequest
from brandwatch.storage import key_file, key_use, open_store, restored_copy, verification
from brandwatch.storage.privacy_erasure import erase
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

NAME = "Kari Nordmann"
KEY = key_file.KeyFile(key="ab" * 32)


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key file in the environment."""
    monkeypatch.delenv(key_file.VARIABLE, raising=False)


@pytest.fixture
def path(tmp_path: Path, find: Finds, visit: Visits) -> Path:
    """A database with a key file and two mentions, one of which names a person."""
    path = tmp_path / "blåbær.db"
    with open_store(path) as store:
        key_use.adopt_key_file(store, START)
        record_source(store, visit(find("Acme åpner"), find(f"Acme og {NAME}")))
    return path


def known(path: Path) -> key_file.KeyFile:
    """Read the key file of a database."""
    return key_file.read_key_file(key_file.key_path(path))


def put_back(copy: Path, path: Path) -> None:
    """Put a copy in the place of the database."""
    for companion in path.parent.glob(f"{path.name}-*"):
        companion.unlink()
    shutil.copy(copy, path)


def notice(path: Path) -> str:
    """Read what a command says of the database."""
    with open_store(path, create=False) as store:
        return key_use.copy_notice(store)


def test_the_key_file_knows_the_latest_state(path: Path, find: Finds, visit: Visits):
    """After each command that has written; one that reads leaves it as it is, and needs none to be there."""
    before = known(path)
    with open_store(path, create=False) as store:
        assert (before.database, before.audit_rows) == (store.identity, 3)
        assert key_use.read_state(store) == (before.serial, 3, before.head)
    assert known(path) == before
    with open_store(path) as store:
        record_source(store, visit(find("Acme bygger"), hours=1))
    after = known(path)
    assert (after.serial > before.serial, after.audit_rows, after.head != before.head) == (True, 4, True)
    key_file.key_path(path).unlink()
    with open_store(path, create=False) as store:
        assert store.value("SELECT count(*) FROM mention") == 3
        assert "is missing" in key_use.copy_notice(store)


def test_without_a_key_file_the_database_uses_its_own_key(tmp_path: Path, find: Finds, visit: Visits):
    """There is nothing to say, and none is made."""
    with open_store(tmp_path / "a.db") as store:
        record_source(store, visit(find("Acme")))
        assert (store.uses_own_key, store.seal_key == store.secret_key) == (True, True)
        assert (key_use.claimed_key_file(store), key_use.copy_notice(store)) == (None, "")
        assert restored_copy.catch_up(store, START, continues=True) == ""
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".key"] == []


@pytest.mark.parametrize("is_erased", [False, True])
def test_an_older_copy_is_known_by_its_state(
    path: Path, tmp_path: Path, find: Finds, visit: Visits, *, is_erased: bool
):
    """What was erased since is named; the latest state is none."""
    shutil.copy(path, tmp_path / "copy")
    assert notice(path) == ""
    with open_store(path) as store:
        if is_erased:
            erase(store, SubjectRequest(names=(NAME,)), START)
        else:
            record_source(store, visit(find("Acme bygger"), hours=1))
    assert notice(path) == ""
    put_back(tmp_path / "copy", path)
    words = "; the next poll erases again what was erased since" if is_erased else ""
    assert notice(path) == f"the database {path} is an older copy than its key file knows, or a changed one{words}"


def test_another_audit_of_the_same_length_is_another_state(path: Path):
    """So is a shorter one; a key file that knows no row of the audit says nothing of it."""
    latest = known(path)
    for change, is_older in (
        ({}, False),
        ({"head": "00"}, True),
        ({"audit_rows": latest.audit_rows + 1}, True),
        ({"serial": latest.serial - 1}, False),
        ({"serial": latest.serial + 1}, True),
        ({"audit_rows": 0, "head": ""}, False),
    ):
        with open_store(path, create=False) as store:
            assert key_use.is_older_copy(store, replace(latest, **change)) is is_older, change


def test_an_older_copy_does_not_change_what_the_key_file_knows(path: Path, tmp_path: Path, find: Finds, visit: Visits):
    """Whatever it writes, until a poll continues from it; erasures of both are kept."""
    shutil.copy(path, tmp_path / "copy")
    with open_store(path) as store:
        record_source(store, visit(*(find(f"Acme {number}") for number in range(3)), hours=1))
        record_source(store, visit(find("Acme sist"), hours=2))
    latest = known(path)
    put_back(tmp_path / "copy", path)
    with open_store(path) as store:
        erase(store, SubjectRequest(names=(NAME,)), START)
    kept = known(path)
    assert replace(kept, tombstones=()) == replace(latest, tombstones=())
    assert len(kept.tombstones) > 0
    with open_store(path) as store:
        line = restored_copy.catch_up(store, START, continues=False)
        assert line == key_use.describe_older_copy(store)
        assert known(path).serial == latest.serial
        assert restored_copy.catch_up(store, START, continues=True) == line
        assert known(path).serial == key_use.read_state(store).serial
        assert restored_copy.catch_up(store, START, continues=True) == ""


@pytest.mark.parametrize("is_keyed", [True, False])
def test_what_an_older_copy_brings_back_is_erased_again(tmp_path: Path, find: Finds, visit: Visits, *, is_keyed: bool):
    """Also in a copy from before the key file; the line has how many rows, and everything verifies afterwards."""
    path = tmp_path / "blåbær.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme åpner"), find(f"Acme og {NAME}")))
    if not is_keyed:
        shutil.copy(path, tmp_path / "copy")
    with open_store(path) as store:
        key_use.adopt_key_file(store, START)
    if is_keyed:
        shutil.copy(path, tmp_path / "copy")
    with open_store(path) as store:
        erase(store, SubjectRequest(names=(NAME,)), START)
    put_back(tmp_path / "copy", path)
    with open_store(path) as store:
        line = restored_copy.catch_up(store, START, continues=True)
        assert "; erased again: 1 entry, 1 mention, 1 sighting, " in line
        assert store.column("SELECT title FROM entry") == ["Acme åpner"]
        assert store.uses_own_key is False
        assert verification.verify_database(store).damage == ()
        assert restored_copy.catch_up(store, START, continues=True) == ""


def test_expired_mentions_are_not_in_the_key_file(path: Path):
    """They are many, and retention makes them again; an erasure is."""
    with open_store(path) as store, store.transaction():
        store.execute("INSERT INTO tombstone (kind, length, hash, at) VALUES ('expired', 0, x'01', 1)")
        store.execute("INSERT INTO tombstone (kind, length, hash, at) VALUES ('words', 13, x'02', 1)")
    assert known(path).tombstones == (("words", 13, "02"),)
    with open_store(path, create=False) as store:
        assert key_use.missing_tombstones(store, known(path)) == []
        more = replace(known(path), tombstones=(("words", 13, "02"), ("author", 4, "0a")))
        assert key_use.missing_tombstones(store, more) == [("author", 4, b"\x0a")]


def test_a_key_file_belongs_to_one_database(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another database neither takes it nor writes to it; a file that belongs to none is taken."""
    other = tmp_path / "annen.db"
    with open_store(other) as store:
        assert store.uses_own_key
    monkeypatch.setenv(key_file.VARIABLE, f"{path}.key")
    before = known(path)
    with open_store(other) as store:
        assert key_use.claimed_key_file(store) is None
        with pytest.raises(StoreError, match="belongs to another database"):
            key_use.adopt_key_file(store, START)
    assert known(other) == before
    free = tmp_path / "ny.key"
    key_file.write_key_file(free, KEY)
    monkeypatch.setenv(key_file.VARIABLE, str(free))
    with open_store(other) as store:
        assert key_use.adopt_key_file(store, START) == free
        assert (known(other).key, known(other).database) == (KEY.key, store.identity)
        with pytest.raises(StoreError, match="already"):
            key_use.adopt_key_file(store, START)


def test_the_seals_need_the_key_that_they_were_made_with(path: Path, find: Finds, visit: Visits):
    """With another one nothing is written, and the notice says whose file it is."""
    key_file.write_key_file(key_file.key_path(path), replace(KEY, database="annen"))
    with open_store(path) as store:
        with pytest.raises(StoreError, match="were not made with the key in"):
            record_source(store, visit(find("Acme bygger"), hours=1))
        assert key_use.copy_notice(store).startswith(f"the key file {path}.key belongs to another database")
    key_file.write_key_file(key_file.key_path(path), KEY)
    assert notice(path) == ""


def test_a_named_key_file_must_be_there(tmp_path: Path, find: Finds, visit: Visits, monkeypatch: pytest.MonkeyPatch):
    """Also for a database that does not use it yet; without the name it is not asked for."""
    path = tmp_path / "a.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme 1")))
    monkeypatch.setenv(key_file.VARIABLE, str(tmp_path / "borte.key"))
    with open_store(path) as store, pytest.raises(StoreError, match=r"borte\.key is missing"):
        record_source(store, visit(find("Acme 2"), hours=1))
    key_file.write_key_file(tmp_path / "borte.key", KEY)
    with open_store(path) as store:
        record_source(store, visit(find("Acme 2"), hours=1))
        assert (store.uses_own_key, store.value("SELECT count(*) FROM mention")) == (True, 2)


def test_a_new_database_takes_a_key_file_that_belongs_to_none(tmp_path: Path):
    """One beside it, or a new one where the environment names it; that of a database that is gone is refused."""
    path = tmp_path / "a.db"
    key_file.write_key_file(key_file.key_path(path), KEY)
    with open_store(path) as store:
        assert (store.uses_own_key, store.seal_key.hex()) == (False, KEY.key)
    path.unlink()
    key_file.write_key_file(key_file.key_path(path), replace(KEY, database="annen"))
    with pytest.raises(StoreError, match="belongs to a database that is not there"), open_store(path):
        pass


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_new_key_hides_no_damage_unless_the_old_key_is_lost(
    tmp_path: Path, find: Finds, visit: Visits, *, is_lost: bool
):
    """Then nothing can be verified, and everything is sealed as it is."""
    path = tmp_path / "blåbær.db"
    with open_store(path) as store:
        if is_lost:
            key_use.adopt_key_file(store, START)
        record_source(store, visit(find("Acme åpner")))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entry SET author = 'forfalsket'")
    key_file.key_path(path).unlink(missing_ok=True)
    with open_store(path) as store:
        key_use.adopt_key_file(store, START)
        damage = verification.verify_database(store).damage
    assert ("entry 1 “Acme åpner” was changed" in damage) is not is_lost
    assert bool(damage) is not is_lost
