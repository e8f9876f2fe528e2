"""Tell what was done with every stored mention: by a poll, a replay, by hand, by retention or an erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli.console import echo_error, new_table, print_table, write_text
from brandwatch.cli.filters import Queries, Since, Until
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list
from brandwatch.errors import StoreError, UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from brandwatch.config.settings import Settings
    from brandwatch.models import AuditEvent
    from brandwatch.storage import Store


COLUMNS = (
    "id",
    "at",
    "actor",
    "deed",
    "subject",
    "number",
    "query",
    "query_version",
    "rule",
    "source",
    "fetch",
    "hash",
)
_SHORT = 12

EPILOG = """[bold]Examples[/bold]

brandwatch audit 12 13                          what was done with mentions 12 and 13

brandwatch audit --since 30d --format csv       what was done with all, as a file to hand over

brandwatch audit --verify                       whether any row was changed or taken out; prints the last hash

brandwatch audit --verify --head 5f1d…          and whether the chain still holds the hash that was noted then

The rows hold no text, no name and no link, and stay when what they tell of has gone.
"""


def command(
    context: typer.Context,
    mention_ids: Annotated[list[int] | None, typer.Argument(metavar="[MENTION]...", help="Only of these.")] = None,
    *,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    verify: Annotated[bool, typer.Option("--verify", help="Look through the chain instead; exit 4 if broken.")] = False,
    head: Annotated[str, typer.Option(metavar="HASH", help="With --verify: a hash that must be in the chain.")] = "",
    form: ListFormat = "",
) -> None:
    """Print the rows of the audit, oldest first, or look through its chain."""
    from brandwatch.cli.filters import parse_moment
    from brandwatch.storage import open_store
    from brandwatch.storage.audit import audit_events

    settings: Settings = context.obj
    chosen = parse_list_format(form)
    if head and not verify:
        raise UsageError("--head is for --verify", "use both")
    with open_store(settings.db, create=False) as store:
        if verify:
            _verify(store, head)
            return
        found = audit_events(
            store,
            mentions=mention_ids or (),
            queries=queries or (),
            since=parse_moment(since),
            until=parse_moment(until),
        )
        write_list(chosen, COLUMNS, list(map(_row, found)), _write_table)


def _verify(store: Store, head: str) -> None:
    """Say that the chain is whole, and print its last hash; raise StoreError where it is not, or lacks *head*."""
    from brandwatch.storage.audit import audit_events, verify_chain

    found = verify_chain(store)
    if found.fault:
        raise StoreError(f"the audit was tampered with: {found.fault}", "compare it with an export that was kept")
    if head and all(event.hash.hex() != head.lower() for event in audit_events(store)):
        raise StoreError(
            "the audit was tampered with: it does not hold the hash that was noted", "compare with exports"
        )
    echo_error(f"{plural(found.rows, 'row')}, each as it was written")
    write_text(found.head.hex())


def _row(event: AuditEvent) -> dict[str, Any]:
    """Return an event as the columns have it, its time in local time."""
    return {
        "id": event.id,
        "at": event.at.astimezone().isoformat(),
        "actor": event.actor,
        "deed": event.action,
        "subject": event.table,
        "number": event.row,
        "query": event.query,
        "query_version": event.query_version,
        "rule": event.rule,
        "source": event.source_url or ("" if event.source is None else str(event.source)),
        "fetch": "" if event.fetch is None else event.fetch,
        "hash": event.hash.hex(),
    }


def _write_table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write the table; a hash by its beginning."""
    from rich.text import Text

    from brandwatch.text.sanitise import one_line

    table = new_table()
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows:
        cells = row | {"hash": row["hash"][:_SHORT]}
        table.add_row(*(Text(one_line(str(cells[name]))) for name in COLUMNS))
    print_table(table, stream)
