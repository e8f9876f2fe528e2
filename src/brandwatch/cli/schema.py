"""Print the JSON Schema of a query file, for editors."""

from __future__ import annotations

from brandwatch.cli.console import write_text

EPILOG = """[bold]Examples[/bold]

brandwatch schema > queries/brandwatch.schema.json

# yaml-language-server: $schema=brandwatch.schema.json     as first line of a query file
"""


def command() -> None:
    """Write the schema to standard output."""
    import json

    from brandwatch.config.query_schema import json_schema

    write_text(json.dumps(json_schema(), ensure_ascii=False, indent=2))
