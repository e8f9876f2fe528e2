"""The command `audit`."""

from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from brandwatch.cli import console, options, tables
from brandwatch.cli.filters import Filters, parse_moment, with_filters
from brandwatch.errors import StoreError, UsageError
from brandwatch.models import AuditEvent
from brandwatch.storage import Store, audit, open_store
from brandwatch.text import plural, sanitise

COLUMNS = tuple("id at actor deed subject number query query_version rule source fetch hash".split())
_SHORT_HASH_CHARS = 12

EPILOG = """[bold]Examples[/bold]

brandwatch audit 12 13                          the history of mentions 12 and 13

brandwatch audit --since 30d --format csv       the history of all, as a file to hand over

brandwatch audit --verify                       verify that no row was changed or removed; prints the last hash

brandwatch audit --verify --head 5f1d…          also verify that the chain still contains a hash noted earlier

The rows hold no text, no name and no link, and outlive the mentions that they describe.
"""


@with_filters("query since until")
def command(
    context: typer.Context,
    mention_ids: Annotated[list[int] | None, typer.Argument(metavar="[MENTION]...", help="Only these.")] = None,
    *,
    filters: Filters,
    verify: Annotated[bool, typer.Option("--verify", help="Verify the chain instead; exit 4 if broken.")] = False,
    head: Annotated[str, typer.Option(metavar="HASH", help="With --verify: a hash that the chain must contain.")] = "",
    output_format: tables.ListFormat = "",
) -> None:
    """Print the rows of the audit, oldest first, or verify its chain."""
    settings = options.settings_of(context)
    chosen = tables.parse_list_format(output_format)
    if head and not verify:
        raise UsageError("--head needs --verify", "use both")
    with open_store(settings.db, create=False) as store:
        if verify:
            _verify(store, head)
            return
        events = audit.audit_events(
            store,
            mentions=mention_ids or (),
            queries=filters.query or (),
            since=parse_moment(filters.since),
            until=parse_moment(filters.until),
        )
        tables.write_list(chosen, COLUMNS, list(map(_row, events)), _write_table)


def _verify(store: Store, head: str) -> None:
    """Verify the chain and print its last hash; raise StoreError if it is broken or lacks *head*."""
    chain = audit.verify_chain(store)
    if chain.fault:
        raise StoreError(f"the audit was tampered with: {chain.fault}", "compare it with an earlier export")
    if head and all(event.hash.hex() != head.lower() for event in audit.audit_events(store)):
        raise StoreError("the audit was tampered with: it does not contain the noted hash", "compare with exports")
    console.echo_error(f"{plural(chain.rows, 'row')} verified")
    console.write_text(chain.head.hex())


def _row(event: AuditEvent) -> tables.Row:
    """Return the cells of an event, by column; its time is local."""
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


def _write_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    table = console.new_table()
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows:
        cells = row | {"hash": row["hash"][:_SHORT_HASH_CHARS]}
        console.add_row(table, *(sanitise.one_line(str(cells[name])) for name in COLUMNS))
    console.print_table(table, stream)
