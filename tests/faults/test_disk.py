from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Site

    Program = Callable[..., subprocess.CompletedProcess[bytes]]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

MANY = [(f"Fjordkraft Åsgård {n}", f"https://a.example/{n}", f"<description>{n} tekst</description>") for n in range(3)]
LONG = [(f"Fjordkraft Åsgård {n} " + "og så videre " * 400, f"https://a.example/{n}") for n in range(400)]


def titles(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The titles of a report in JSON."""
    assert done.returncode == 0, done.stderr.decode()
    return [mention["title"][:20] for mention in json.loads(done.stdout)["mentions"]]


def test_a_poll_onto_a_full_disk(  # noqa: PLR0913, PLR0917 (fixtures)
    disk: Path,
    fill: Callable[[Path], Path],
    assert_failed: Callable[..., None],
    assert_intact: Callable[[Path], None],
    program: Program,
    site: Site,
    rss: Rss,
    query: Write,
):
    """The poll reports a full disk, stored mentions stay readable, and with free space a poll stores the rest."""
    database = str(disk / "b.db")
    query(site.put("/rss", rss(*MANY), ETag='"1"'))
    assert program("--db", database, "poll").returncode == 0
    site.put("/rss", rss(*LONG), ETag='"2"')
    assert_failed(program("--db", database, "poll", "--force"), 4, "the disk is full")
    filler = fill(disk)
    assert_failed(program("--db", database, "poll", "--force"), 4, "the disk is full")
    assert len(titles(program("--db", database, "report", "--format", "json"))) == 3
    filler.unlink()
    assert_intact(disk / "b.db")
    site.put("/rss", rss(*LONG[:20]), ETag='"3"')
    assert program("--db", database, "poll", "--force").returncode == 0
    assert len(titles(program("--db", database, "report", "--format", "json"))) == 20


def test_a_first_poll_onto_a_full_disk(
    disk: Path,
    fill: Callable[[Path], Path],
    assert_failed: Callable[..., None],
    program: Program,
    site: Site,
    query: Write,
):
    """If even an empty database does not fit, one line reports it."""
    query(site.put("/rss", ""))
    fill(disk)
    assert_failed(program("--db", str(disk / "b.db"), "poll"), 4, "the disk is full")
    assert_failed(program("--db", str(disk / "b.db"), "report"), 4)
    assert site.log == []


def test_a_report_onto_a_full_disk(  # noqa: PLR0913, PLR0917 (fixtures)
    disk: Path,
    fill: Callable[[Path], Path],
    assert_failed: Callable[..., None],
    program: Program,
    site: Site,
    rss: Rss,
    query: Write,
):
    """The old file is unchanged, and no partial file is left."""
    query(site.put("/rss", rss(*MANY)))
    assert program("poll").returncode == 0
    (disk / "ut.csv").write_text("gammel")
    fill(disk)
    assert_failed(program("report", "-q", "-o", str(disk / "ut.csv")), 5, "ut.csv cannot be written", "No space left")
    assert (disk / "ut.csv").read_text() == "gammel"
    assert sorted(path.name for path in disk.iterdir()) == ["filler", "ut.csv"]


def test_a_backup_onto_a_full_disk(
    disk: Path,
    fill: Callable[[Path], Path],
    assert_failed: Callable[..., None],
    make_old: Callable[..., None],
    program: Program,
    query: Write,
):
    """An old database whose backup does not fit is unchanged, to the byte."""
    old = disk / "b.db"
    make_old(old)
    before = old.read_bytes()
    filler = fill(disk)
    assert_failed(program("--db", str(old), "report"), 4, "cannot be brought up to", "free some space")
    query()
    assert_failed(program("--db", str(old), "poll"), 4, "the disk is full")
    assert old.read_bytes() == before
    assert sorted(path.name for path in disk.iterdir() if "bak" in path.name) == []
    filler.unlink()
    assert program("--db", str(old), "report").returncode == 0
    assert len(list(disk.glob("b.db.v1.*.bak"))) == 1
