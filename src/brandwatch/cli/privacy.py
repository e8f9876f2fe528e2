"""Search and erase personal data, and print the notices that the law requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import privacy_documents, privacy_forget
from brandwatch.cli.console import write_text

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings


EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"                  every row that holds the name, as JSON

brandwatch privacy forget --name "Kari Nordmann"           what would be erased

brandwatch privacy forget --name "Kari Nordmann" --yes     erases it, and prints a receipt

brandwatch privacy notice --lang nb                        the notice for staff and authors

brandwatch privacy record --format json                    the record of processing
"""
_SEARCH_EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"

brandwatch privacy search @kari@mastodon.example

brandwatch privacy search https://blaabaer.example/sak/1
"""


def search(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="A name, an account or a web address.")],
) -> None:
    """Print the rows that hold a name in any spelling, and the rows that belong to them."""
    import json

    from brandwatch import clock
    from brandwatch.privacy.subject_search import subject_request
    from brandwatch.reports.json import JSON_VERSION, utc
    from brandwatch.storage import open_store
    from brandwatch.storage.privacy_search import personal_data_rows

    settings: Settings = context.find_root().obj
    links = [name for name in names if name.startswith(("http://", "https://"))]
    request = subject_request(names=[name for name in names if name not in links], urls=links)
    with open_store(settings.db, create=False) as store:
        rows = personal_data_rows(store, request)
    data: dict[str, Any] = {"version": JSON_VERSION, "generated": utc(clock.now())}
    data["rows"] = [privacy_forget.row_as_data(row) for row in rows]
    write_text(json.dumps(data, ensure_ascii=False, indent=2))


app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
app.command(
    "search", help="Print every row that holds a name, an account or a web address, as JSON.", epilog=_SEARCH_EPILOG
)(search)
app.command("forget", help=privacy_forget.__doc__, epilog=privacy_forget.EPILOG)(privacy_forget.command)
for name, command in (("notice", privacy_documents.notice), ("record", privacy_documents.record)):
    app.command(name, help=privacy_documents.HELP[name], epilog=privacy_documents.EPILOGS[name])(command)
