"""The command `backup`."""

from pathlib import Path
from typing import Annotated

import typer

from brandwatch.cli import console, options
from brandwatch.errors import UsageError
from brandwatch.storage import backup
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line, shown_path

EPILOG = """[bold]Examples[/bold]

brandwatch backup /mnt/copies/brandwatch.db

brandwatch -q backup --force /mnt/copies/brandwatch.db          for cron

To restore: end polls, move the database away together with its -wal and -shm, copy FILE to its place.
`privacy forget` does not reach copies elsewhere: erase there too, with --db FILE, or replace them.
"""


def command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; its folder must exist.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Copy a database with damaged rows too, and name them.")
    ] = False,
    output_format: options.TextOrJson = "text",
) -> None:
    """Copy, verify the copy, and print its size and its counts."""
    as_json = options.is_json(output_format)
    settings = options.settings_of(context)
    if str(path) == "-":
        raise UsageError("a copy cannot go to the standard output", "name a file")
    copy = backup.back_up(settings.db, path, force=force, unverified=unverified)
    for line in copy.damage:
        console.echo_error(f"damaged: {one_line(line)}")
    if as_json:
        counts = {name: getattr(copy, name) for name in ("size", "mentions", "entries", "sources")}
        console.write_json({"backup": {"path": str(path), "schema": copy.version, **counts, "damage": copy.damage}})
    elif settings.verbosity >= 0:
        entries = plural(copy.entries, "entry", "entries")
        contents = f"{plural(copy.mentions, 'mention')}, {entries}, {plural(copy.sources, 'source')}"
        state = "holds damaged rows" if copy.damage else "is whole"
        console.write_text(f"{shown_path(path)} {state}: {console.file_size(copy.size)}, {contents}")
