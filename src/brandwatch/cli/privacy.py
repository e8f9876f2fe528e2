"""Print what the law wants told of the watching, from the query files."""

from __future__ import annotations

import typer

from brandwatch.cli import privacy_notice, privacy_record

EPILOG = """[bold]Examples[/bold]

brandwatch privacy notice --lang nb                        what staff and authors are told

brandwatch privacy record --format json                    the record of processing
"""

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
for name, module in {"notice": privacy_notice, "record": privacy_record}.items():
    app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)
