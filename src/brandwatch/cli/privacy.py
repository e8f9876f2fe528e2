"""Show everything that is stored of somebody, and erase it so that it does not come back."""

from __future__ import annotations

import typer

from brandwatch.cli import privacy_forget, privacy_search

EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"                  every row that holds the name, as JSON

brandwatch privacy forget --name "Kari Nordmann"           what would go

brandwatch privacy forget --name "Kari Nordmann" --yes     erases it, and prints a receipt
"""

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
for name, module in {"search": privacy_search, "forget": privacy_forget}.items():
    app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)
