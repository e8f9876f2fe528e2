"""Copy the database into a file, whole and looked through, also while a poll runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import write_text
from brandwatch.cli.doctor.findings import file_size
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.storage.backup import BackupResult


EPILOG = """[bold]Examples[/bold]

brandwatch backup /mnt/copies/brandwatch.db

brandwatch -q backup --force /mnt/copies/brandwatch.db          for cron

To restore: end polls, move the database away together with its -wal and -shm, copy FILE to its place.
`privacy forget` does not reach copies elsewhere: erase there too, with --db FILE, or replace them.
"""


def command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; its folder is there already.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    form: TextOrJson = "text",
) -> None:
    """Copy, look through the copy, and say how large it is and what it holds."""
    import json

    from brandwatch.storage.backup import back_up

    as_json = is_json(form)
    settings: Settings = context.obj
    if str(path) == "-":
        raise UsageError("a copy cannot go to the standard output", "name a file")
    copied = back_up(settings.db, path, force=force)
    if as_json:
        write_text(json.dumps(_as_data(path, copied), ensure_ascii=False, indent=2))
    elif settings.verbosity >= 0:
        write_text(_line(path, copied))


def _line(path: Path, copied: BackupResult) -> str:
    """Return what became of it for people."""
    held = ", ".join(
        (
            plural(copied.mentions, "mention"),
            plural(copied.entries, "entry", "entries"),
            plural(copied.sources, "source"),
        )
    )
    return f"{path} is whole: {file_size(copied.size)}, {held}"


def _as_data(path: Path, copied: BackupResult) -> dict[str, object]:
    """Return what became of it as JSON has it."""
    facts = {name: getattr(copied, name) for name in ("size", "mentions", "entries", "sources")}
    return {"version": 1, "backup": {"path": str(path), "schema": copied.version, **facts}}
