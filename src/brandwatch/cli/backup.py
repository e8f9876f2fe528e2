"""Copy the database to a file, whole and sound, also while a poll runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.screen import say
from brandwatch.errors import UsageError
from brandwatch.text.numbers import counted

if TYPE_CHECKING:
    from brandwatch.cli.settings import Settings

_UNITS = ("bytes", "KiB", "MiB", "GiB")
_STEP = 1024
_COMPANIONS = ("", "-wal", "-shm", ".lock")

EPILOG = """[bold]Examples[/bold]

brandwatch backup /srv/backup/brandwatch-2026-05-04.db

brandwatch backup --force latest.db                 takes the place of an older copy, once the new one is sound

To restore one, stop the polls, move the database and its -wal and -shm away, and copy the file back to its place.
`privacy forget` does not reach copies: run it on them too (--db FILE), or do not keep them longer than you must.
"""


def command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that the copy goes into.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="A file that is there may be replaced.")] = False,
) -> None:
    """Copy the database as it is at this moment (0600), look the copy through, and say what it holds."""
    from brandwatch.store import open_store

    settings: Settings = context.obj
    _refuse(file, settings.db, force=force)
    with open_store(settings.db, create=False) as store:
        copied = store.copy_to(file)
    if settings.verbosity >= 0:
        held = f"{counted(copied.entries, 'entry', 'entries')}, {counted(copied.mentions, 'mention')}"
        say(f"{file}: {_size(copied.size)}, {held}, sound")


def _refuse(file: Path, database: Path, *, force: bool) -> None:
    """Refuse a file that must not be replaced: the database itself, never; any other, unless somebody insists."""
    own = {os.path.realpath(f"{os.path.realpath(database)}{ending}") for ending in _COMPANIONS}
    if os.path.realpath(file) in own:
        raise UsageError(f"{file} belongs to the database itself", "name another file")
    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is no file", "name a file that the copy goes into")
    if file.exists() and not force:
        raise UsageError(f"{file} is there already and stays as it is", "--force replaces it")


def _size(count: int) -> str:
    """Return a number of bytes for people."""
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{count} bytes"
