"""Print the file of a kind of source, or of a pack of feeds, to read it or to start one of your own."""

from __future__ import annotations

from typing import Annotated

import typer

from brandwatch.cli.console import write_text
from brandwatch.cli.options import registry

EPILOG = """[bold]Examples[/bold]

brandwatch sources show hackernews

brandwatch sources show discourse > sources/fjordforum.yaml      a start for a kind of your own
"""


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="KIND", help="Its name, or that of a pack; `sources kinds` has all.")],
) -> None:
    """Write the file as it is, after a line that says where it comes from."""
    from brandwatch import __version__

    kinds = registry(context.find_root().obj)
    path, what = kinds.file(name)
    origin = f"brandwatch {__version__}" if kinds.is_built_in(path) else str(path)
    write_text(f"# {name}, a {what} of {origin}\n{path.read_text(encoding='utf-8').rstrip()}")
