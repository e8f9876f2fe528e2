"""Single bits of a database file that flip: what changes in any output is named by a verification."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

FLIPS = int(os.environ.get("BRANDWATCH_FLIPS", "24"))
"""How many bits flip; `make faults` sets more."""

REPORTS = (
    ("report", "--format", "json", "--suppressed"),
    ("report", "--stories", "--format", "json"),
    ("report", "--format", "csv", "--search", "Åsgård"),
    ("stats", "--by", "publisher", "--format", "csv"),
    ("sources", "--format", "json"),
    ("show", "7"),
    ("audit", "--format", "csv"),
)
# One process for all commands; each answer ends with its exit code.
RUN = """
import sys, time_machine, contextlib
from brandwatch.cli import run
for line in open(sys.argv[1], encoding="utf-8"):
    sys.argv = ["brandwatch", *line.rstrip("\\n").split("\\t")]
    code = 0
    with time_machine.travel(1777890000, tick=False):
        try:
            run()
        except SystemExit as ending:
            code = ending.code or 0
        except BaseException as error:
            code = repr(error)
    print("exit", code, flush=True)
    print("-----", flush=True)
"""


@pytest.fixture
def database(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path], home: Path) -> Path:
    """A database with forty mentions, an edit, decisions and response, in one file without a log."""
    entries = [
        (f"Fjordkraft Åsgård åpner nr. {number} i Ålesund", f"https://a.example/{number}") for number in range(40)
    ]
    query(site.put("/rss", rss(*entries)))
    assert cli("poll").code == 0
    site.put("/rss", rss((f"Fjordkraft Åsgård lukker likevel {entries[3][0]}", entries[3][1]), *entries[4:]))
    assert cli("poll", "--force").code == 0
    assert cli("triage", "--set", "relevant", "--tag", "blåbær", "--note", "ring", "5").code == 0
    path = home / "brandwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


def outputs(folder: Path, path: Path, *commands: tuple[str, ...]) -> list[str]:
    """Run commands on a database in one process; return what each prints, with its exit code."""
    script = folder / "commands"
    lines = ("\t".join(("--db", str(path), *command)) for command in commands)
    script.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", RUN, str(script)], capture_output=True, check=False, timeout=300)
    return done.stdout.decode("utf-8", "replace").split("-----\n")


def flip(path: Path, bit: int) -> None:
    """Flip one bit of a file."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def test_no_flipped_bit_changes_an_output_unnoticed(database: Path, tmp_path: Path):
    """What a report, the statistics, the sources or the audit show is as before, or the verification ends with 4."""
    seed = int(os.environ.get("BRANDWATCH_SEED", "20260504"))
    draw = random.Random(seed)
    before = outputs(tmp_path, database, *REPORTS)
    assert [text.rstrip().rpartition("exit ")[2] for text in before[:-1]] == ["0"] * len(REPORTS)
    copy = tmp_path / "flipped.db"
    bits = 8 * database.stat().st_size
    changed, unnoticed = 0, []
    for _ in range(FLIPS):
        bit = draw.randrange(bits)
        shutil.copy(database, copy)
        flip(copy, bit)
        *after, verified, _ = outputs(tmp_path, copy, *REPORTS, ("audit", "--verify"))
        if after != before[:-1]:
            changed += 1
            if verified.endswith("exit 0\n"):
                unnoticed.append(bit)
    assert unnoticed == [], f"seed {seed}"


def test_a_flip_in_a_title_is_named_and_its_twin_is_not(database: Path, tmp_path: Path):
    """One bit of a stored title is damage of its entry; the bit flipped back verifies."""
    place = database.read_bytes().index(b"lukker likevel") * 8
    flip(database, place)
    (answer, _) = outputs(tmp_path, database, ("audit", "--verify"))
    assert answer.endswith("exit 4\n")
    flip(database, place)
    (answer, _) = outputs(tmp_path, database, ("audit", "--verify"))
    assert answer.endswith("exit 4\n") is False
