"""The program in this process: its commands in a folder of their own, with a clock that the test moves."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import brandwatch.storage.database_file
from brandwatch.cli import run

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

_CONNECT = brandwatch.storage.database_file.connect


class Result(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


def run_command(folder: Path, *arguments: str) -> Result:
    """Run a command on the database `b.db` and the queries of a folder."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    command = ["brandwatch", "--db", str(folder / "b.db"), "--queries", str(folder / "queries"), *arguments]
    with ExitStack() as stack:
        stack.enter_context(patch.object(sys, "argv", command))
        stack.enter_context(patch.dict(os.environ, {"BRANDWATCH_ALLOW_HOSTS": "127.0.0.1"}))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        code = 0
        try:
            run()
        except SystemExit as ending:
            code = int(ending.code or 0)
    out.seek(0)
    return Result(code, out.read(), err.getvalue())


@contextmanager
def killed_at(statement: int, folder: Path) -> Iterator[None]:
    """Leave *folder* as a kill at the n-th statement of SQL would: with the bytes that the files had at that moment.

    A killed process leaves what it has written; what the block does after the statement is undone with the folder.
    """
    count = 0
    snapshot = folder.with_name(f"{folder.name}.killed")

    def trace(_: str) -> None:
        nonlocal count
        count += 1
        if count == statement:
            # SQLite makes the index of a log anew; that of a living process is of no use to another.
            shutil.copytree(folder, snapshot, ignore=shutil.ignore_patterns("*-shm"))

    def connect(path: Path) -> sqlite3.Connection:
        connection = _CONNECT(path)
        connection.set_trace_callback(trace)
        return connection

    with patch.object(brandwatch.storage.database_file, "connect", connect):
        yield
    if snapshot.exists():
        shutil.rmtree(folder)
        snapshot.rename(folder)
