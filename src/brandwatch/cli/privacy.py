"""Show what is stored of somebody, erase it for good, and print what the law wants told of the watching."""

from __future__ import annotations

import typer

from brandwatch.cli import privacy_forget, privacy_notice, privacy_record, privacy_search

EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"                  every row that holds the name, as JSON

brandwatch privacy forget --name "Kari Nordmann"           what would go

brandwatch privacy forget --name "Kari Nordmann" --yes     erases it, and prints a receipt

brandwatch privacy notice --lang nb                        what staff and authors are told

brandwatch privacy record --format json                    the record of processing
"""

_COMMANDS = {"search": privacy_search, "forget": privacy_forget, "notice": privacy_notice, "record": privacy_record}

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
for name, module in _COMMANDS.items():
    app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)
