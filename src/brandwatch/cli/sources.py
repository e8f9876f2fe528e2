"""List every source: when it last answered, what went wrong, what it gave."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from brandwatch import clock
from brandwatch.cli import sources_check, sources_kinds, sources_show
from brandwatch.cli.console import new_table, print_table, terminal_width
from brandwatch.cli.options import named_sources
from brandwatch.cli.tables import ListFormat, parse_list_format, write_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from rich.text import Text

    from brandwatch.config.settings import Settings
    from brandwatch.models import SourceState, Thread


COLUMNS = (
    "url",
    "kind",
    "class",
    "error",
    "entries",
    "mentions",
    "last_success",
    "next_due",
    "rights",
    "title",
    "failures",
    "moved_to",
    "first_poll",
    "last_poll",
    "health",
    "gaps",
    "thread",
    "followed_until",
)

_WIDE = 110

EPILOG = """[bold]Examples[/bold]

brandwatch sources

brandwatch sources --format json | jq '.items[] | select(.health != "ok")'

brandwatch sources check https://fjordavisa.example/rss.xml     asks one now, and keeps nothing

brandwatch sources kinds                                        what else can be asked than feeds
"""


app = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def command(
    context: typer.Context,
    *,
    form: ListFormat = "",
) -> None:
    """Print the sources of the query files and of the database, those never asked too."""
    from brandwatch.storage.sources import followed_threads, source_gaps, source_states_with_mentions

    if context.invoked_subcommand:
        return
    from brandwatch.storage import open_store

    settings: Settings = context.obj
    chosen = parse_list_format(form)
    with open_store(settings.db, create=False) as store:
        states, gaps = source_states_with_mentions(store), Counter(gap.source for gap in source_gaps(store))
        below = {one.url: one for one in followed_threads(store)}
    rows = [_row(state, gaps[state.url], below.get(state.url)) for state in _with_unasked(states, settings)]
    write_list(chosen, COLUMNS, rows, _write_table, _as_data)


def _with_unasked(states: Sequence[SourceState], settings: Settings) -> list[SourceState]:
    """Return the states, and empty ones for sources that query files name and nobody has asked yet."""
    from brandwatch.models import SourceState

    known = {state.url: state for state in states}
    named = named_sources(settings)
    return list(({source.url: SourceState(url=source.url, kind=source.kind) for source in named} | known).values())


def _row(state: SourceState, gaps: int, below: Thread | None) -> dict[str, Any]:
    """Return a source as the columns have it, times in local time with offset; *below* is what it is followed for."""
    from brandwatch.pipeline import source_state

    return {
        "url": state.url,
        "kind": state.kind,
        "class": state.fetch_class or "",
        "error": state.error,
        "entries": state.entries,
        "mentions": state.mentions,
        "last_success": _local(state.last_success),
        "next_due": _local(state.next_due),
        "rights": state.rights,
        "title": state.title,
        "failures": state.failures,
        "moved_to": state.moved_to,
        "first_poll": _local(state.first_poll),
        "last_poll": _local(state.last_poll),
        "health": source_state.health(state, clock.now()) if state.first_poll else "",
        "gaps": gaps,
        "thread": below.thread if below else "",
        "followed_until": _local(below.until) if below else "",
    }


def _local(when: datetime | None) -> str:
    """Return a moment in local time with its offset."""
    return when.astimezone().isoformat(timespec="seconds") if when else ""


def _write_table(rows: Sequence[dict[str, Any]], stream: TextIO) -> None:
    """Write a table: what went wrong stands below the address; a narrow screen goes without what is due."""
    from rich.text import Text

    is_wide = not stream.isatty() or terminal_width() >= _WIDE
    times = ("last_success", "next_due") if is_wide else ("last_success",)
    table = new_table()
    table.add_column("source", overflow="fold")
    for name in ("health", "class", "entries", "mentions", *times):
        table.add_column(
            name.replace("_", " "), no_wrap=True, justify="right" if name in {"entries", "mentions"} else "left"
        )
    for row in rows:
        counts = (str(row[name]) for name in ("entries", "mentions"))
        moments = (row[name][5:16].replace("T", " ") or "never" for name in times)
        table.add_row(_described(row), *map(Text, (row["health"], row["class"] or "not asked yet", *counts, *moments)))
    print_table(table, stream)


def _described(row: dict[str, Any]) -> Text:
    """Return the address of a source with what there is to remark on it."""
    from rich.text import Text

    from brandwatch.text.sanitise import one_line

    text = Text(row["url"])
    moved = f"moved to {row['moved_to']}" if row["moved_to"] else ""
    gaps = f"entries were missed {row['gaps']} times" if row["gaps"] else ""
    below = _below(row) if row["followed_until"] else ""
    for remark, style in ((row["error"], "red"), (gaps, "red"), (below, "dim"), (moved, "dim"), (row["rights"], "dim")):
        if remark:
            text.append(f"\n  {one_line(remark)}", style=style)
    return text


def _below(row: dict[str, Any]) -> str:
    """Say below which mention a conversation is, and whether it is still followed."""
    is_over = datetime.fromisoformat(row["followed_until"]) <= clock.now()
    until = "no longer followed" if is_over else f"followed until {row['followed_until'][:10]}"
    return f"what is said below {row['thread'] or 'a mention'}, {until}"


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it."""
    return row | {name: row[name] or None for name in COLUMNS if name.endswith(("_poll", "_success", "_due", "_until"))}


for name, module in {"check": sources_check, "kinds": sources_kinds, "show": sources_show}.items():
    app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)
