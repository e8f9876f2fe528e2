"""The command `audit`."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, TextIO

import typer

from brandwatch import clock
from brandwatch.cli import console, options, query_scope, tables
from brandwatch.cli.filters import Filters, parse_moment, with_filters
from brandwatch.errors import StoreError, UsageError
from brandwatch.models import AuditEvent
from brandwatch.storage import Store, audit, key_use, open_store, poll_lock, verification
from brandwatch.text import plural, sanitise

COLUMNS = tuple("id at actor deed subject number query query_version rule source fetch hash content".split())
_SCREEN_COLUMNS = tuple("id at actor deed subject query rule source query_version fetch hash content".split())
_MIN_COLUMNS = 5
_SHORT_HASH_CHARS = 12
_MINUTE_CHARS = len("2026-12-01T12:00")

EPILOG = """[bold]Examples[/bold]

brandwatch audit 12 13                          the history of mentions 12 and 13

brandwatch audit --since 30d --format csv       the history of all, as a file to hand over

brandwatch audit --verify                       verify all that is stored; print the last hash

brandwatch audit --verify --head 5f1d…          also verify that the chain contains this hash

brandwatch audit --new-key                      make a key file, and seal everything with its key

brandwatch audit --verify --accept              seal damaged rows as they are now

The rows hold no text, no name and no link, and outlive the mentions that they describe.
"""


@with_filters("query since until")
def command(
    context: typer.Context,
    mention_ids: Annotated[list[int] | None, typer.Argument(metavar="[MENTION]...", help="Only these.")] = None,
    *,
    filters: Filters,
    verify: Annotated[bool, typer.Option("--verify", help="Verify all that is stored; exit 4 if damaged.")] = False,
    head: Annotated[str, typer.Option(metavar="HASH", help="With --verify: a hash that the chain must contain.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="With --verify: seal damaged rows as they are now.")] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Seal everything with a key outside the database, in a new file.")
    ] = False,
    output_format: tables.ListFormat = "",
) -> None:
    """Print the rows of the audit, oldest first, or verify its chain and all that is stored."""
    settings = options.settings_of(context)
    chosen = tables.parse_list_format(output_format)
    if (head or accept) and not verify:
        raise UsageError(f"{'--head' if head else '--accept'} needs --verify", "use both")
    if new_key:
        with poll_lock(settings.db), open_store(settings.db, create=False) as store:
            path = key_use.adopt_key_file(store, clock.now())
        shown = sanitise.shown_path(path)
        console.echo_error(f"written: {shown}; nothing can be stored without it: keep a copy elsewhere")
        return
    with open_store(settings.db, create=False) as store:
        if verify:
            _verify_chain(store, head)
            _verify_rows(store, accept=accept)
            return
        query_scope.require_queries(query_scope.query_scope(store, settings), filters.query or ())
        _require_mentions(store, mention_ids or ())
        events = audit.audit_events(
            store,
            mentions=mention_ids or (),
            queries=filters.query or (),
            since=parse_moment(filters.since),
            until=parse_moment(filters.until),
        )
        rows = list(map(_row, events))
        tables.write_list(chosen, COLUMNS, rows, _write_table)
    if not rows and settings.verbosity >= 0:
        console.echo_error("no rows of the audit")


def _require_mentions(store: Store, numbers: Sequence[int]) -> None:
    """Raise UsageError for a mention that the audit does not know; it knows those that are gone."""
    known = {event.row for event in audit.audit_events(store, mentions=numbers)} if numbers else ()
    for number in numbers:
        if number not in known:
            raise UsageError(f"the audit has no mention {number}", "`brandwatch report` lists them with their numbers")


def _verify_chain(store: Store, head: str) -> None:
    """Verify the chain; raise StoreError if it is broken or lacks *head*."""
    chain = audit.verify_chain(store)
    if chain.unverified:
        console.echo_error(f"{plural(chain.unverified, 'row')} from before a lost key cannot be verified")
    if chain.fault:
        raise StoreError(f"the audit was tampered with: {chain.fault}", "compare it with an earlier export")
    if head and all(event.hash.hex() != head.lower() for event in audit.audit_events(store)):
        raise StoreError("the audit was tampered with: it does not contain the noted hash", "compare with exports")


def _verify_rows(store: Store, *, accept: bool) -> None:
    """Verify all that is stored and print the last hash of the audit; raise StoreError for damaged rows.

    Damaged mentions are hidden from reports until they verify again, or are accepted.
    """
    if notice := key_use.copy_notice(store):
        console.echo_error(notice)
        if store.uses_own_key:
            raise StoreError(f"the seals of {store.path} were not made with its key file", "restore a backup, or poll")
    result = verification.verify_database(store)
    if result.damage and accept:
        for line in result.damage:
            console.echo_error(f"accepted: {sanitise.one_line(line)}")
        verification.accept_damage(store, result.seals.damaged, clock.now())
        result = verification.verify_database(store)
    for line in result.damage:
        console.echo_error(f"damaged: {sanitise.one_line(line)}")
    hidden = verification.isolate_damage(store, result.seals.damaged, clock.now())
    if result.damage:
        hint = "restore a backup, or accept what is stored: --accept"
        apart = f"; reports leave out {plural(hidden, 'mention')}" if hidden else ""
        raise StoreError(f"the database {store.path} was changed by another program or is damaged{apart}", hint)
    console.echo_error(
        f"{plural(result.audit_rows, 'row')} of the audit and {plural(result.seals.units, 'seal')} verified"
    )
    console.write_text(result.head.hex())


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
        "content": event.content.hex(),
    }


def _write_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a table: on a screen the columns that fit whole, in the order of their use; elsewhere all of them."""
    is_screen = stream.isatty()
    lines = [_screen_cells(row) if is_screen else row | _short_hashes(row) for row in rows]
    names = _fitting_columns(lines, console.terminal_width()) if is_screen else COLUMNS
    table = console.new_table()
    for name in names:
        table.add_column(name, overflow="fold")
    for line in lines:
        console.add_row(table, *(sanitise.one_line(str(line[name])) for name in names))
    console.print_table(table, stream)
    if is_screen and len(names) < len(_SCREEN_COLUMNS):
        missing = ", ".join(_SCREEN_COLUMNS[len(names) :])
        console.echo_error(f"without {missing}: they need a wider terminal, or --format csv")


def _short_hashes(row: tables.Row) -> tables.Row:
    return {name: row[name][:_SHORT_HASH_CHARS] for name in ("hash", "content")}


def _screen_cells(row: tables.Row) -> tables.Row:
    """Return the cells of a row for a screen: the time to the minute, the subject with its number."""
    at, subject = row["at"][:_MINUTE_CHARS].replace("T", " "), f"{row['subject']} {row['number']}"
    return row | _short_hashes(row) | {"at": at, "subject": subject}


def _fitting_columns(lines: Sequence[tables.Row], width: int) -> tuple[str, ...]:
    """Return the first columns for a screen that are as wide as it at most; the first five are always there."""
    widths = [max(map(len, (name, *(str(line[name]) for line in lines)))) + 1 for name in _SCREEN_COLUMNS]
    count = sum(total <= width for total in accumulate(widths))
    return _SCREEN_COLUMNS[: max(count, _MIN_COLUMNS)]
