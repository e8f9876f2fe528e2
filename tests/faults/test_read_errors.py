"""A read error of the disk is reported as that, with the system's reason, and never as damage or another format."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]
    Run = Callable[..., subprocess.CompletedProcess[str]]

# Reading this file at its beginning is an input/output error, on any machine.
UNREADABLE = Path("/proc/self/mem")
REASON = "Input/output error"
# The reads of SQLite fail on one file, from the n-th on or the n-th alone.
LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int seen;
ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t at) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, name, sizeof name - 1);
    name[length < 0 ? 0 : length] = 0;
    const char *end = getenv("FAILING_FILE"), *first = getenv("FAIL_FROM"), *only = getenv("FAIL_AT");
    if (end && length >= (ssize_t)strlen(end) && !strcmp(name + length - strlen(end), end)) {
        seen++;
        if ((first && seen >= atoi(first)) || (only && seen == atoi(only))) { errno = EIO; return -1; }
    }
    return ((ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64"))(descriptor, bytes, count, at);
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that makes reads fail; needs a C compiler."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("library")
    (folder / "reads.c").write_text(LIBRARY)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "reads.so", folder / "reads.c", "-ldl"], check=True)
    return folder / "reads.so"


@pytest.fixture
def failing(home: Path, library: Path, query: Write) -> Run:
    """Run the program over a database of several pages, of which reads fail: `failing("report", FAIL_FROM="5")`."""
    query()
    program = [sys.executable, "-m", "brandwatch", "--db", "b.db"]
    subprocess.run([*program, "poll"], capture_output=True, check=False)
    with closing(sqlite3.connect("b.db")) as connection:
        connection.execute("CREATE TABLE filler (text TEXT)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("Blåbær " * 500,)] * 60)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = os.environ | {"LD_PRELOAD": str(library), "FAILING_FILE": "/b.db"} | environment
        return subprocess.run([*program, *arguments], env=settings, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("command", [["poll"], ["sources"], ["backup", "kopi.db"]])
@pytest.mark.parametrize("first", ["1", "4"])
def test_an_unreadable_database_is_not_called_damaged(failing: Run, command: list[str], first: str):
    """From the header on: exit 4, one line with the reason; nothing is called damaged, and the file stays."""
    before = Path("b.db").read_bytes()
    done = failing(*command, FAIL_FROM=first)
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines()[0] == f"error: the database b.db cannot be read: {REASON}"
    assert "damaged" not in done.stderr
    assert Path("b.db").read_bytes() == before
    assert not Path("kopi.db").exists()


def test_an_unreadable_page_is_named_by_the_check(failing: Run):
    """The check of all pages reports a read error in words; the doctor has the reason."""
    done = failing("doctor", FAIL_FROM="40")
    assert f"the database b.db cannot be read: {REASON} → see the system's log" in done.stdout
    assert done.returncode == 4


@pytest.mark.parametrize("at", ["2", "9"])
def test_a_passing_read_error_is_no_damage(failing: Run, at: str):
    """SQLite calls one failed read damage; a second look finds a whole database."""
    done = failing("poll", FAIL_AT=at)
    assert done.returncode == 4
    assert done.stderr.startswith("error: the database b.db cannot be read: input/output error\nhint: see the system's")
    assert failing("sources").returncode == 0


def test_damage_is_still_damage(failing: Run):
    """The twin: pages that can be read and do not fit together."""
    content = bytearray(Path("b.db").read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    Path("b.db").write_bytes(content)
    for done in (failing("poll"), failing("backup", "kopi.db")):
        assert done.returncode == 4
        assert "damaged" in done.stderr


def test_an_unreadable_header_is_not_that_of_another_program(cli: Cli, home: Path, query: Write):
    """It is not called a file of another program."""
    query()
    (home / "b.db").symlink_to(UNREADABLE)
    for command in ("report", "sources"):
        answer = cli("--db", "b.db", command)
        assert (answer.code, answer.err.splitlines()[0]) == (
            4, f"error: the database b.db cannot be read: {REASON}",
        )  # fmt: skip


def test_an_unreadable_query_file_costs_only_itself(cli: Cli, home: Path, query: Write):
    """It is an error of that file, and the others are polled; an erasure warns of what it could not search."""
    query(name="god")
    (home / "queries" / "syk.yaml").symlink_to(UNREADABLE)
    answer = cli("check")
    assert answer.code == 2
    assert f"syk.yaml:1:1: error: cannot be read: {REASON}" in answer.out + answer.err
    assert cli("poll").code == 3
    answer = cli("privacy", "forget", "--name", "Kari Øygard")
    assert (answer.code, answer.err.splitlines()[0]) == (
        0, f"queries/syk.yaml cannot be read, and may hold it: {REASON}",
    )  # fmt: skip


def test_an_unreadable_opml_file_is_an_error_at_its_line(cli: Cli, home: Path, query: Write):
    """The line of the query file is the place of the error."""
    query("{opml: liste.opml}")
    (home / "queries" / "liste.opml").symlink_to(UNREADABLE)
    answer = cli("check")
    assert answer.code == 2
    assert f"liste.opml cannot be read: {REASON}" in answer.out + answer.err


def test_an_unreadable_kind_is_an_error_in_its_file(cli: Cli, home: Path, query: Write):
    """The file of the kind is the place of the error."""
    query("{kind: forum}")
    (home / "sources").mkdir()
    (home / "sources" / "forum.yaml").symlink_to(UNREADABLE)
    answer = cli("check")
    assert answer.code == 2
    assert f"cannot be read: {REASON}" in answer.out + answer.err


@pytest.mark.parametrize("name", ["ark.xlsx", "ark.csv"])
def test_an_unreadable_triage_sheet_is_not_called_another_format(cli: Cli, home: Path, query: Write, name: str):
    """It is not called another format."""
    query()
    cli("poll")
    (home / name).symlink_to(UNREADABLE)
    answer = cli("import", name)
    assert (answer.code, answer.err) == (2, f"error: {name} cannot be read: {REASON}\n")


def test_an_unreadable_query_folder_is_not_called_empty(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch):
    """It is not called empty; the twin without any file is."""
    (home / "queries").mkdir()
    assert "there are no query files" in cli("check").err

    def fail(_: Path) -> None:
        raise OSError(5, REASON)

    monkeypatch.setattr(Path, "iterdir", fail)
    answer = cli("check")
    assert (answer.code, answer.err) == (2, f"error: the folder queries cannot be read: {REASON}\n")
