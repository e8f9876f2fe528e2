from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import StoreError
from brandwatch.storage import key_file

if TYPE_CHECKING:
    from pathlib import Path

TOMBSTONE = ("words", 13, "00ff" * 8)


def test_a_key_file_is_private_and_comes_back(tmp_path: Path):
    """A new key has 32 random bytes, in a file that only its owner reads; what is written is read."""
    path = tmp_path / "brandwatch.db.key"
    made = key_file.create_key_file(path)
    assert (len(bytes.fromhex(made.key)), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert key_file.create_key_file(path) == made
    assert key_file.create_key_file(tmp_path / "other.key").key != made.key
    changed = key_file.KeyFile(key=made.key, database="ab", serial=3, audit_rows=2, head="cd", tombstones=(TOMBSTONE,))
    key_file.write_key_file(path, changed)
    assert (key_file.read_key_file(path), stat.S_IMODE(path.stat().st_mode)) == (changed, 0o600)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["brandwatch.db.key", "other.key"]


def test_a_key_file_that_cannot_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An error of the disk leaves no empty file, which would be taken for a damaged key; the next attempt makes one."""
    path = tmp_path / "brandwatch.db.key"
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        with pytest.raises(StoreError, match="cannot be written"):
            key_file.create_key_file(path)
    assert list(tmp_path.iterdir()) == []
    assert key_file.create_key_file(path) == key_file.read_key_file(path)


def test_a_link_to_a_key_file_stays_a_link(tmp_path: Path):
    """A file on another disk that the name beside the database leads to is replaced there."""
    real, link = tmp_path / "disk" / "real.key", tmp_path / "brandwatch.db.key"
    real.parent.mkdir()
    made = key_file.create_key_file(real)
    link.symlink_to(real)
    key_file.write_key_file(link, key_file.KeyFile(key=made.key, serial=9))
    assert (link.is_symlink(), key_file.read_key_file(real).serial) == (True, 9)


def test_the_environment_names_the_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without it the file lies beside the database, whatever link leads there."""
    database, link = tmp_path / "a" / "b.db", tmp_path / "link.db"
    database.parent.mkdir()
    link.symlink_to(database)
    monkeypatch.delenv(key_file.VARIABLE, raising=False)
    assert key_file.key_path(link) == tmp_path / "a" / "b.db.key"
    assert (key_file.is_beside(link), key_file.has_key_file(link)) == (True, False)
    monkeypatch.setenv(key_file.VARIABLE, str(tmp_path / "elsewhere"))
    assert key_file.key_path(link) == tmp_path / "elsewhere"
    assert (key_file.is_beside(link), key_file.has_key_file(link)) == (False, True)


GOOD = {
    "version": 1, "key": "ab" * 32, "database": "", "serial": 0, "audit_rows": 0, "head": "", "tombstones": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"version": 1',
        *(json.dumps(GOOD | change).encode() for change in (
            {"version": 2}, {"key": "ab"}, {"key": "x" * 64}, {"key": None}, {"serial": "a"},
            {"tombstones": [["words", 1]]}, {"tombstones": [["words", 1, "x"]]}, {"tombstones": 1},
        )),
    ],
)  # fmt: skip
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, content: bytes):
    """Its name is in the message; the same file with right values is read."""
    path = tmp_path / "blåbær.key"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"blåbær\.key is no key file"):
        key_file.read_key_file(path)
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    assert key_file.read_key_file(path) == key_file.KeyFile(key="ab" * 32)


def test_a_key_file_that_cannot_be_read_or_written_is_an_error(tmp_path: Path):
    """Missing, a folder, below a file: one message each, of the database's kind."""
    with pytest.raises(StoreError, match="missing"):
        key_file.read_key_file(tmp_path / "none.key")
    with pytest.raises(StoreError, match="cannot be read"):
        key_file.read_key_file(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        key_file.create_key_file(tmp_path / "file" / "a.key")
    with pytest.raises(StoreError, match="cannot be written"):
        key_file.write_key_file(tmp_path / "none" / "a.key", key_file.KeyFile(key="ab" * 32))
