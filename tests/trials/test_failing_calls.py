"""Every n-th call on a file or a socket fails once: no traceback, the right exit code, nothing lost or half done.

The result is compared with a command that was not disturbed, and the next one must make up for the failure. The suite
runs a sample of the calls, `make faults` all of them.
"""

from __future__ import annotations

import csv
import errno
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import serving
from tests.trials.call_runner import CallRunner, CommandResult, FailingCall, call_runner

from brandwatch.storage.migrations import APPLICATION_ID, MIGRATIONS, apply_migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Site

IS_WHOLE = "BRANDWATCH_TRIAL_CALLS" in os.environ

NOW = "2026-05-04T12:00:00+00:00"
LATER = "2026-05-04T15:00:00+00:00"
NAME = "Kari Øygard-Nordmann"
KINDS = {
    "open": (1, (errno.EIO, errno.EMFILE)),
    "read": (2, (errno.EIO, errno.EINTR)),
    "write": (4, (errno.ENOSPC, errno.EIO, errno.EINTR)),
    "sync": (8, (errno.EIO, errno.ENOSPC)),
    "name": (16, (errno.EIO, errno.EACCES)),
    "network": (32, (errno.ECONNRESET, errno.EINTR)),
}
"""The kinds of calls, by the bits of the library's mask, and the errors that they have."""

COMMANDS = {
    "first poll": ["poll", "--force"],
    "poll": ["poll", "--force"],
    "report": ["report", "--format", "csv", "-q"],
    "page": ["report", "--format", "html", "-o", "rapport.html", "-q"],
    "workbook": ["report", "-o", "rapport.xlsx", "-q"],
    "stats": ["stats", "--format", "csv"],
    "sources": ["sources", "--format", "csv"],
    "triage": ["triage", "--set", "relevant", "1", "2"],
    "export": ["export", "--triage", "-o", "ark.csv"],
    "import": ["import", "edited.csv"],
    "backup": ["backup", "--force", "copy.db"],
    "search": ["privacy", "search", NAME],
    "forget": ["privacy", "forget", "--name", NAME, "--yes"],
    "replay": ["replay", "fjordkraft"],
    "audit": ["audit", "--verify"],
    "check": ["check"],
    "doctor": ["doctor"],
    "migration": ["report", "--format", "csv", "-q"],
}
"""What is run, by name; `first poll` makes the database, `migration` finds an old one."""

QUERY = "brand: Fjordkraft Åsgård\nnames: [Fjordkraft Åsgård, Acme]\nauthor: full\nsources: [{}]\n"
ITEM = (
    "<item><title>Acme melder {0}{1}</title><link>https://avis.example/{0}</link><author>{2}</author>"
    "<guid isPermaLink='false'>urn:avis:2026:{0}</guid><pubDate>Mon, 04 May 2026 10:0{0}:00 GMT</pubDate>"
    "<description>Sak {0} om strøm og nett på Åsgård i dag{1}</description></item>"
)


def feed(*items: str) -> str:
    """A feed with these entries."""
    return f"<rss version='2.0'><channel><title>Fjordavisa</title>{''.join(items)}</channel></rss>"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail; skip without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    path = tmp_path_factory.mktemp("library") / "failing_calls.so"
    source = Path(__file__).with_name("failing_calls.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(path), str(source), "-ldl"], check=True)
    return path


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site for all commands."""
    with serving() as opened:
        opened.date = "Mon, 04 May 2026 12:00:00 GMT"
        yield opened


@pytest.fixture(scope="module")
def runner(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallRunner]:
    """The process that runs the commands."""
    with call_runner(library, tmp_path_factory.mktemp("commands")) as started:
        yield started


def edit_sheet(path: Path) -> None:
    """Decide about every mention of a triage sheet."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"status": "relevant"} for row in rows)


@pytest.fixture(scope="module")
def templates(runner: CallRunner, site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders to begin with: without a database, after a poll (its feed has changed since), with an old database."""
    folder = tmp_path_factory.mktemp("templates")
    first, polled, old = folder / "first", folder / "polled", folder / "old"
    (first / "queries").mkdir(parents=True)
    url = site.put("/rss", feed(*(ITEM.format(n, "", NAME if n == 1 else "Åse Fjellvik") for n in range(3))))
    (first / "queries" / "fjordkraft.yaml").write_text(QUERY.format(url), encoding="utf-8")
    runner.reset(first)
    begun = runner.run(["poll"], NOW)
    assert begun.code == 0, begun
    assert runner.run(["export", "--triage", "-o", "edited.csv"], NOW).code == 0
    edit_sheet(runner.home / "edited.csv")
    shutil.copytree(runner.home, polled)
    site.put("/rss", feed(*(ITEM.format(n, " igjen" if n == 2 else "", "Åse Fjellvik") for n in range(1, 5))))
    shutil.copytree(first, old)
    with closing(sqlite3.connect(old / "b.db")) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
        apply_migrations(connection, stop_before=MIGRATIONS[16])
    return {"first poll": first, "migration": old} | dict.fromkeys(
        COMMANDS.keys() - {"first poll", "migration"}, polled
    )


def right_codes(name: str, path: str) -> set[int]:
    """The exit codes that tell of a failing call at a path; 0 where the command can do without it."""
    place = Path(path).name
    if path.startswith("socket:"):
        return {0, 3}
    if "b.db" in place:
        return {0, 4}
    if "/queries" in path or place == "edited.csv":
        # A poll goes on with the other files.
        return {0, 2, 3}
    # A copy of the database is verified before it has its name, and the folder of a key file is synced.
    is_of_database = name == "backup" or path.endswith("/home")
    return {0, 5, 4} if is_of_database else {0, 5}


def failing_calls(kind: str, calls: int) -> list[FailingCall]:
    """Every call with every error; in the suite the first, one in the middle and the last, each with one of them."""
    mask, errors = KINDS[kind]
    if IS_WHOLE:
        return [FailingCall(mask, nth, error) for nth in range(1, calls + 1) for error in errors]
    numbers = sorted({1, calls // 2, calls} - {0})
    return [FailingCall(mask, nth, errors[place % len(errors)]) for place, nth in enumerate(numbers)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_failing_call_costs_one_command_at_most(name: str, kind: str, runner: CallRunner, templates: dict[str, Path]):
    """The command ends as if nothing were wrong, or with its exit code; the next one does what was not done."""
    command, template = COMMANDS[name], templates[name]
    runner.reset(template)
    usual = runner.run(command, LATER, FailingCall(KINDS[kind][0], 0, 0))
    content = runner.content()
    assert (usual.code, usual.err.count("Traceback")) == (0, 0) or name == "doctor", usual
    for call in failing_calls(kind, usual.calls):
        runner.reset(template)
        result = runner.run(command, LATER, call)
        place = f"{kind} {call.nth} of {usual.calls}: {errno.errorcode[call.error]} at {result.path}: {result}"
        assert_told(name, result, usual, place)
        if result.code == usual.code:
            assert runner.content() == content, place
        again = runner.run(command, LATER)
        assert again.code == usual.code, (place, again)
        assert runner.content() == content, place


def assert_told(name: str, result: CommandResult, usual: CommandResult, place: str) -> None:
    """A failure has its exit code and a line; what is done without it has the usual output."""
    assert "Traceback" not in result.err, place
    assert result.code in right_codes(name, result.path) | {usual.code}, place
    if result.code == usual.code:
        # Without a query file there is less to list, which is said.
        has_remark = name == "sources" and "query files with errors" in result.err
        assert result.out == usual.out or has_remark or name in {"doctor", "forget", "backup"}, place
    elif result.code != 3 and name not in {"check", "doctor"}:
        # These two print what they find wrong.
        assert result.err.startswith("error: ") or "\nerror: " in result.err, place
