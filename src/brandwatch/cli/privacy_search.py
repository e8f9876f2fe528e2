"""Print every row of every table that holds a name, an account or an address, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli.console import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.config.settings import Settings
    from brandwatch.models import PersonalDataRow


EPILOG = """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"

brandwatch privacy search @kari@mastodon.example

brandwatch privacy search https://blaabaer.example/sak/1
"""


def command(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="A name, an account or a web address.")],
) -> None:
    """Print the rows, and those that belong to them; a name is found however it is written, also in links."""
    import json

    from brandwatch import clock
    from brandwatch.privacy.subject_search import subject_request
    from brandwatch.reports.json import JSON_VERSION, utc
    from brandwatch.storage import open_store
    from brandwatch.storage.privacy_search import personal_data_rows

    settings: Settings = context.find_root().obj
    links = [name for name in names if name.startswith(("http://", "https://"))]
    asked = subject_request(names=[name for name in names if name not in links], urls=links)
    with open_store(settings.db, create=False) as store:
        found = personal_data_rows(store, asked)
    write_text(
        json.dumps(
            {"version": JSON_VERSION, "generated": utc(clock.now()), "rows": rows(found)}, ensure_ascii=False, indent=2
        )
    )


def rows(found: Iterable[PersonalDataRow]) -> list[dict[str, Any]]:
    """Return rows for a program: the table, where it holds what was asked for or whose it is, and all of it."""
    return [
        {
            "table": one.table,
            "columns": list(one.columns),
            "belongs_to": one.owner or None,
            "row": {name: value.hex() if isinstance(value, bytes) else value for name, value in one.row.items()},
        }
        for one in found
    ]
