from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage.migration_copies import expire_copies, migration_copies, new_copy_path
from brandwatch.storage.migrations import APPLICATION_ID

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"SQLite format 3\0" + bytes(52) + APPLICATION_ID.to_bytes(4, "big") + bytes(28)
MADE = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
YEAR = timedelta(days=365)


def names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def put(path: Path, header: bytes = HEADER, made: datetime = MADE) -> Path:
    """Write a file of a certain age."""
    path.write_bytes(header)
    os.utime(path, (made.timestamp(), made.timestamp()))
    return path


def test_the_name_of_a_copy_has_version_and_date(tmp_path: Path):
    """A second copy of the day gets a number, and so on; a dangling link is in the way too."""
    database = tmp_path / "blåbær.db"
    for expected in ("", "-2", "-3"):
        path = new_copy_path(database, 17, MADE)
        assert path.name == f"blåbær.db.v17.2026-05-04{expected}.bak"
        put(path)
    new_copy_path(database, 18, MADE).symlink_to("ingen")
    assert new_copy_path(database, 18, MADE).name == "blåbær.db.v18.2026-05-04-2.bak"


def test_copies_are_beside_the_file_that_a_link_leads_to(tmp_path: Path):
    """A database that is reached through a link has its copies in one place."""
    (tmp_path / "data").mkdir()
    real = put(tmp_path / "data" / "b.db")
    (tmp_path / "lenke.db").symlink_to(real)
    copy = put(new_copy_path(tmp_path / "lenke.db", 3, MADE))
    assert copy.name == "b.db.v3.2026-05-04.bak"
    assert [each.path for each in migration_copies(tmp_path / "lenke.db")] == [copy]


@pytest.mark.parametrize("name", ["b.db.v16.2026-05-04.bak", "b.db.v16.2026-05-04-2.bak", "b.db.v16.bak"])
def test_a_copy_goes_when_all_of_it_is_past_the_retention(tmp_path: Path, name: str):
    """The day after its date begins the retention; the date of an old name is that of the file."""
    copy, other = put(tmp_path / name), put(tmp_path / "b.db.v17.2026-05-05.bak")
    put(tmp_path / f"{name}-wal")
    last = datetime(2027, 5, 5, tzinfo=UTC)
    expire_copies(tmp_path / "b.db", YEAR, last - timedelta(seconds=1))
    assert copy.exists()
    expire_copies(tmp_path / "b.db", YEAR, last)
    assert names(tmp_path) == [other.name]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("b.db.v16.bak", b"min egen fil"),
        ("b.db.v16.bak", HEADER.replace(APPLICATION_ID.to_bytes(4, "big"), b"ANDR")),
        ("b.db.v16.bak", b""),
        ("b.db.vår.bak", HEADER),
        ("b.db.v16.2026-05-04.bak.bak", HEADER),
        ("b.db.v16.2026-13-04.bak", HEADER),
        ("b.dbx.v16.bak", HEADER),
        ("xb.db.v16.bak", HEADER),
        ("bXdb.v16.bak", HEADER),
    ],
)
def test_other_files_never_go(tmp_path: Path, name: str, header: bytes):
    """A file needs both our name for a copy and our header; the twin with both goes."""
    other, ours = put(tmp_path / name, header), put(tmp_path / "b.db.v15.bak")
    expire_copies(tmp_path / "b.db", YEAR, MADE + 9 * YEAR)
    assert (other.exists(), ours.exists()) == (True, False)


def test_a_link_is_no_copy(tmp_path: Path):
    """What a link of such a name leads to stays, and so does the link."""
    mine = put(tmp_path / "min.db")
    (tmp_path / "b.db.v16.bak").symlink_to(mine)
    expire_copies(tmp_path / "b.db", YEAR, MADE + 9 * YEAR)
    assert names(tmp_path) == ["b.db.v16.bak", "min.db"]


@pytest.mark.parametrize("made", ["1970-01-01", "2000-01-01", "2046-05-04"])
def test_a_copy_without_a_plausible_date_stays(tmp_path: Path, made: str):
    """A machine that had lost the time wrote the date; nobody knows how old the copy is."""
    copy = put(tmp_path / f"b.db.v16.{made}.bak")
    expire_copies(tmp_path / "b.db", YEAR, MADE + 2 * YEAR)
    assert copy.exists()


def test_a_copy_that_cannot_be_deleted_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """It is logged, and the next one is deleted."""
    stuck, other = put(tmp_path / "b.db.v15.bak"), put(tmp_path / "b.db.v16.bak")
    unlink = type(stuck).unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.name == stuck.name:
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(type(stuck), "unlink", refuse)
    expire_copies(tmp_path / "b.db", YEAR, MADE + 9 * YEAR)
    assert (stuck.exists(), other.exists()) == (True, False)
    assert caplog.messages == ["copy not deleted file=b.db.v15.bak error=Operation not permitted"]
