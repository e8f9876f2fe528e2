"""List the kinds of source: what each needs, how it is asked, what it knows of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from brandwatch.cli.console import new_table, print_error, print_table
from brandwatch.cli.options import registry
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list
from brandwatch.errors import Exit, QueryFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta
    from typing import TextIO

    from brandwatch.config.kind import Kind
    from brandwatch.sources.registry import Registry


COLUMNS = (
    "kind",
    "title",
    "group",
    "mode",
    "default",
    "auth",
    "env",
    "parameters",
    "dialect",
    "since",
    "interval",
    "spacing",
    "budget",
    "paging",
    "text",
    "responses",
    "refresh",
    "price",
    "terms",
    "verified",
    "about",
)

EPILOG = """[bold]Examples[/bold]

brandwatch sources kinds

brandwatch sources kinds --format json | jq '.items[] | select(.auth == "none") | .kind'
"""


def command(context: typer.Context, *, form: ListFormat = "") -> None:
    """Print the kinds that come with brandwatch, and your own from the folder `sources` beside the query files."""
    chosen, kinds = parse_list_format(form), registry(context.find_root().obj)
    faulty: list[QueryFileError] = []
    rows = [_row(kind) for kind in _readable(kinds, faulty)]
    write_list(chosen, COLUMNS, rows, _write_table)
    for error in faulty:
        print_error(error)
    if faulty:
        raise typer.Exit(Exit.USAGE)


def _readable(kinds: Registry, faulty: list[QueryFileError]) -> Iterator[Kind]:
    """Yield the kinds whose files can be used; the errors of the others go to *faulty*."""
    for name in kinds.kinds:
        try:
            yield kinds.kind(name)
        except QueryFileError as error:
            faulty.append(error)


def _row(kind: Kind) -> dict[str, Any]:
    """Return what a kind can do, as the columns have it."""
    return {
        "kind": kind.name,
        "title": kind.title,
        "group": kind.group,
        "mode": kind.mode,
        "default": "yes" if kind.default else "no",
        "auth": kind.auth,
        "env": list(kind.env),
        "parameters": [parameter.many or parameter.name for parameter in kind.parameters.values()],
        "dialect": _dialect(kind),
        "since": kind.since.form if kind.since else "",
        "interval": _duration(kind.limits.interval),
        "spacing": kind.limits.spacing,
        "budget": kind.limits.budget,
        "paging": kind.paging.most if kind.paging else 1,
        "text": kind.text,
        "responses": list(kind.knows),
        "refresh": kind.refresh.batch if kind.refresh else 0,
        "price": f"{kind.spend.price:g} {kind.spend.currency}" if kind.spend else "",
        "terms": kind.terms,
        "verified": str(kind.verified),
        "about": kind.about,
    }


def _dialect(kind: Kind) -> str:
    """Say how a search asks: for many terms at once, or for one at a time; nothing for what is not searched."""
    if kind.mode == "stream":
        return ""
    return "or" if kind.dialect.joiner else "one"


def _duration(length: timedelta | None) -> str:
    """Return a stretch of time as a kind's file has it."""
    if length is None:
        return ""
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _write_table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write a table: what a kind is for stands below its name, and its terms if it has any."""
    from rich.text import Text

    table = new_table()
    table.add_column("kind", overflow="fold")
    for name in ("mode", "key", "since", "every"):
        table.add_column(name, no_wrap=True)
    table.add_column("responses")
    for row in rows:
        described = Text(row["kind"], style="bold").append(f"\n{row['about']}", style="not bold dim")
        if row["parameters"]:
            described.append(f"\nsays: {', '.join(row['parameters'])}", style="not bold dim")
        if row["terms"]:
            described.append(f"\nterms: {row['terms']}", style="not bold red")
        mode = f"{row['mode']}, {row['dialect']}" if row["dialect"] else row["mode"]
        key = "" if row["auth"] == "none" else row["auth"]
        cells = (mode, key, row["since"], row["interval"], ", ".join(row["responses"]))
        table.add_row(described, *map(Text, cells))
    print_table(table, stream)
