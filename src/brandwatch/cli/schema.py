"""Print the JSON Schema of a query file, for editors."""

from __future__ import annotations

from brandwatch.cli.output import put

EPILOG = """[bold]Examples[/bold]

brandwatch schema > queries/brandwatch.schema.json

# yaml-language-server: $schema=brandwatch.schema.json     as first line of a query file
"""


def command() -> None:
    """Write the schema to standard output."""
    import json

    from brandwatch.queries import json_schema

    put(json.dumps(json_schema(), ensure_ascii=False, indent=2))
