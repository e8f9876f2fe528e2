"""The command `schema`."""

import json

from brandwatch.cli.console import write_text

EPILOG = """[bold]Examples[/bold]

brandwatch schema > queries/brandwatch.schema.json

# yaml-language-server: $schema=brandwatch.schema.json     as first line of a query file
"""


def command() -> None:
    """Write the schema to standard output."""
    from brandwatch.config import query

    write_text(json.dumps(query.json_schema(), ensure_ascii=False, indent=2))
