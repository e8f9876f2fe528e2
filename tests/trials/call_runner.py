"""A process that runs commands in forks with a failing call, a folder for them, and what its database holds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# What must be equal in the end. Numbers of rows depend on how often was tried.
CONTENT = (
    "SELECT guid, link, title, text, author, publisher, published FROM entry ORDER BY guid",
    (
        "SELECT guid, query, status, suppressed, backlog, evidence FROM mention, entry WHERE entry.id = entry"
        " ORDER BY 1, 2"
    ),
    "SELECT guid, source.url FROM sighting, entry, source WHERE entry.id = entry AND source.id = source ORDER BY 1, 2",
    "SELECT count(*) FROM tombstone",
    "SELECT count(*) FROM decision",
)


class FailingCall(NamedTuple):
    """The call number *nth* of a kind (a bit of the library's mask) fails with an error of the system."""

    kind: int
    nth: int
    error: int


class CommandResult(NamedTuple):
    """The end of a command: its exit code and output, the calls of the kind, and the path of the one that failed."""

    code: int
    calls: int
    path: str
    out: str
    err: str


class CallRunner:
    """Runs commands on the database `b.db` of a folder, which can be put back to a template."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self.home = folder / "home"
        self._errors = folder / "err.txt"

    def run(self, command: list[str], now: str, call: FailingCall = FailingCall(0, 0, 0)) -> CommandResult:  # noqa: B008
        """Run a command in the folder, at a time, with a call that fails."""
        job = {
            "folder": str(self.home),
            "errors": str(self._errors),
            "command": ["--db", "b.db", "--queries", "queries", *command],
            "now": now,
            **call._asdict(),
        }
        # Pipes, both.
        self._process.stdin.write(json.dumps(job) + "\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]
        result = json.loads(self._process.stdout.readline())  # type: ignore[union-attr]
        out = (self.home / "out.txt").read_text("utf-8", "replace")
        return CommandResult(**result, out=out, err=self._errors.read_text("utf-8"))

    def reset(self, template: Path) -> None:
        """Put the files of a template into the folder."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(template, self.home)

    def content(self) -> list[object]:
        """Check that the database is whole, and read what it holds: nothing before there is one."""
        path = self.home / "b.db"
        if not path.exists() or not path.stat().st_size:
            return []
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            return [connection.execute(s).fetchall() for s in CONTENT if "tombstone" in tables or "tombstone" not in s]


@contextmanager
def call_runner(library: Path, folder: Path) -> Iterator[CallRunner]:
    """Start the process with the library."""
    environment = os.environ | {"LD_PRELOAD": str(library), "BRANDWATCH_ALLOW_HOSTS": "127.0.0.1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tests.trials.forked_commands", str(folder / "warm")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    ) as process:
        yield CallRunner(process, folder)
