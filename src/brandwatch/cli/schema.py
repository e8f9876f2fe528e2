"""The command `schema`."""

from __future__ import annotations

from brandwatch.cli.console import write_json
from brandwatch.config.query import json_schema

EPILOG = """[bold]Examples[/bold]

brandwatch schema > queries/brandwatch.schema.json

# yaml-language-server: $schema=brandwatch.schema.json     as first line of a query file
"""


def command() -> None:
    """Write the schema to standard output."""
    write_json(json_schema())
