"""The command `schema`."""

from __future__ import annotations

from brandwatch.cli.console import write_json

EPILOG = """[bold]Examples[/bold]

brandwatch schema > queries/brandwatch.schema.json

# yaml-language-server: $schema=brandwatch.schema.json     as first line of a query file
"""


def command() -> None:
    """Write the schema to standard output."""
    from brandwatch.config import query

    write_json(query.json_schema())
