"""The command `sources`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from brandwatch import __version__, clock, urls
from brandwatch.cli import console, options, sources_check, tables
from brandwatch.errors import Exit, QueryFileError, UsageError
from brandwatch.models import Health, SourceState, Thread
from brandwatch.text.sanitise import one_line, shown_path

if TYPE_CHECKING:
    from rich.text import Text

    from brandwatch.config.kind import Kind


COLUMNS = tuple(
    """
    url kind class error entries mentions last_success next_due rights title failures moved_to first_poll
    last_poll health gaps thread followed_until deferrals remark since detail queries
    """.split()
)
KIND_COLUMNS = tuple(
    """
    kind title group mode default auth env parameters dialect since interval spacing budget paging text
    responses refresh price terms verified about
    """.split()
)
UNWATCHED = "no query names it any more"
_WIDE_CELLS = 110

EPILOG = """[bold]Examples[/bold]

brandwatch sources

brandwatch sources --query acme                                 only the sources of one query

brandwatch sources --format json | jq '.items[] | select(.health != "ok")'

brandwatch sources check https://fjordavisa.example/rss.xml     fetches one now, and stores nothing

brandwatch sources kinds                                        what can be watched besides feeds
"""
_KINDS_EPILOG = """[bold]Examples[/bold]

brandwatch sources kinds

brandwatch sources kinds --format json | jq '.items[] | select(.auth == "none") | .kind'
"""
_ACCEPT_EPILOG = """[bold]Examples[/bold]

brandwatch sources accept https://fjordavisa.example/rss.xml     its new title is the right one
"""
_SHOW_EPILOG = """[bold]Examples[/bold]

brandwatch sources show hackernews

brandwatch sources show discourse > sources/fjordforum.yaml      the start of a kind of your own
"""

app = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def command(
    context: typer.Context,
    *,
    query: Annotated[
        list[str] | None, typer.Option("--query", "-Q", metavar="NAME", help="Only sources of this query.")
    ] = None,
    output_format: tables.ListFormat = "",
) -> None:
    """Print the sources of the query files and of the database with their states, those never fetched too."""
    from brandwatch.pipeline import source_condition
    from brandwatch.storage import open_store, poll_clock, sources

    if context.invoked_subcommand:
        return
    settings = options.settings_of(context)
    chosen = tables.parse_list_format(output_format)
    for name in query or ():
        options.query_by_name(settings.queries, name)
    named, broken = options.queries_of_sources(settings)
    with open_store(settings.db, create=False) as store:
        states = sources.source_states_with_mentions(store)
        gaps = Counter(gap.source for gap in sources.source_gaps(store))
        now = source_condition.trusted_time(poll_clock.read_poll_clock(store), clock.now())
        threads = {thread.url: thread for thread in sources.followed_threads(store)}
    configured = options.configured_sources(settings, query or ())
    listed = {source.url: SourceState(url=source.url, kind=source.kind) for source in configured}
    listed |= {state.url: state for state in states if not query or _is_of(listed, state.url, threads)}
    rows = [
        _row(state, now, gaps[state.url], threads.get(state.url), named.get(state.url, [] if broken == () else None))
        for state in listed.values()
    ]
    tables.write_list(chosen, COLUMNS, rows, _write_table, _as_data)
    if broken:
        console.echo_error(f"sources of query files with errors are missing: {', '.join(broken)} (`brandwatch check`)")


app.command("check", help=sources_check.__doc__, epilog=sources_check.EPILOG)(sources_check.command)


@app.command("accept", epilog=_ACCEPT_EPILOG)
def accept(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A source of `sources`, as its URL is in JSON.")],
) -> None:
    """Accept what a replaced or shrunk source is now: its title and its size are the usual ones from now on."""
    from brandwatch.pipeline import source_history
    from brandwatch.storage import open_store, poll_lock, sources

    settings = options.settings_of(context)
    # A poll that has read the state would store it again.
    with poll_lock(settings.db), open_store(settings.db, create=False) as store:
        states = {state.url: state for state in sources.source_states(store)}
        if url not in states:
            raise options.unknown_name("source", url, states)
        before = states[url]
        if not (before.history.replaced_since or before.history.shrunk_since):
            raise UsageError(f"{one_line(url)} is neither replaced nor shrunk", "`brandwatch sources` shows the states")
        with store.transaction():
            sources.store_source(store, replace(before, history=source_history.accept(before.history)))
    if settings.verbosity >= 0:
        title = f", “{one_line(before.title)}”" if before.title else ""
        console.echo_error(f"accepted: {one_line(url)}{title}")


@app.command("kinds", epilog=_KINDS_EPILOG)
def kinds(context: typer.Context, *, output_format: tables.ListFormat = "") -> None:
    """List the kinds of source: what each needs, how it is asked, and the responses it counts."""
    chosen, known = tables.parse_list_format(output_format), options.registry(options.settings_of(context))
    rows, faulty = [], []
    for name in known.kinds:
        try:
            rows.append(_kind_row(known.kind(name)))
        except QueryFileError as error:
            faulty.append(error)
    tables.write_list(chosen, KIND_COLUMNS, rows, _write_kinds_table)
    for fault in faulty:
        console.print_error(fault)
    if faulty:
        raise typer.Exit(Exit.USAGE)


@app.command("show", epilog=_SHOW_EPILOG)
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="KIND", help="A kind of `sources kinds`, or a pack.")],
) -> None:
    """Print the file of a kind of source, or of a pack of feeds, as a start for one of your own."""
    known = options.registry(options.settings_of(context))
    path, what = known.file(name)
    origin = f"brandwatch {__version__}" if known.is_built_in(path) else shown_path(path)
    console.write_text(f"# {name}, a {what} of {origin}\n{path.read_text(encoding='utf-8').rstrip()}")


# --- the list of sources -----------------------------------------------------------------------------------------


def _is_of(urls: Container[str], url: str, threads: Mapping[str, Thread]) -> bool:
    """Whether a source is one of *urls*, or a thread of one."""
    return url in urls or (url in threads and threads[url].through in urls)


def _row(state: SourceState, now: datetime, gaps: int, thread: Thread | None, queries: list[str] | None) -> tables.Row:
    """Return the cells of a source, by column; times are local with offset.

    *queries* are those that name it, `None` if that is not known.
    """
    from brandwatch.pipeline import source_condition

    condition = source_condition.condition(state, now) if state.first_poll else None
    is_unwatched = queries == [] and thread is None
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
        "health": condition.health if condition else "",
        "gaps": gaps,
        "thread": thread.thread if thread else "",
        "followed_until": _local(thread.until) if thread else "",
        "deferrals": state.deferrals,
        "remark": state.remark,
        "since": _local(condition.since) if condition else "",
        "detail": UNWATCHED if is_unwatched else condition.detail if condition else "",
        "queries": queries or [],
    }


def _local(when: datetime | None) -> str:
    return when.astimezone().isoformat(timespec="seconds") if when else ""


def _write_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a table with remarks below each URL; a narrow screen omits when a source is due."""
    is_wide = not stream.isatty() or console.terminal_width() >= _WIDE_CELLS
    times = ("last_success", "next_due") if is_wide else ("last_success",)
    table = console.new_table()
    table.add_column("source", overflow="fold")
    for name in ("health", "class", "entries", "mentions", *times):
        is_count = name in {"entries", "mentions"}
        table.add_column(name.replace("_", " "), no_wrap=True, justify="right" if is_count else "left")
    for row in rows:
        counts = (str(row[name]) for name in ("entries", "mentions"))
        moments = (row[name][5:16].replace("T", " ") or "never" for name in times)
        health = "unwatched" if row["detail"] == UNWATCHED else row["health"]
        cells = (health, row["class"] or "never fetched", *counts, *moments)
        console.add_row(table, _description(row), *cells)
    console.print_table(table, stream)


def _description(row: tables.Row) -> Text:
    """Return the URL of a source with its remarks."""
    from rich.text import Text

    text = Text(urls.readable_link(row["url"]))
    since = f"since {row['since'][:16].replace('T', ' ')}" if row["since"] and row["detail"] != UNWATCHED else ""
    condition = ": ".join(filter(None, (since, row["detail"])))
    moved = f"moved to {row['moved_to']}" if row["moved_to"] and row["health"] != Health.MOVED else ""
    waits = f"due in {row['deferrals']} polls and not fetched" if row["deferrals"] > 1 else ""
    gaps = f"entries were missed {row['gaps']} times" if row["gaps"] else ""
    thread = ""
    if row["followed_until"]:
        is_over = datetime.fromisoformat(row["followed_until"]) <= clock.now()
        until = "no longer followed" if is_over else f"followed until {row['followed_until'][:10]}"
        thread = f"the thread below {row['thread'] or 'a mention'}, {until}"
    remarks = (
        (condition, "dim" if row["detail"] == UNWATCHED else "red"),
        (row["error"] if row["error"] != row["detail"] else "", "red"),
        (row["remark"] if row["health"] != Health.EMPTY else "", "dim"),
        (waits, "red"),
        (gaps, "red"),
        (thread, "dim"),
        (moved, "dim"),
        (row["rights"], "dim"),
    )
    for remark, style in remarks:
        if remark:
            text.append(f"\n  {one_line(remark)}", style=style)
    return text


def _as_data(row: tables.Row) -> tables.Row:
    """Return a row for JSON, in which an unknown time is null."""
    times = [name for name in COLUMNS if name.endswith(("_poll", "_success", "_due", "_until", "since"))]
    return row | {name: row[name] or None for name in times}


# --- the list of kinds -------------------------------------------------------------------------------------------


def _kind_row(kind: Kind) -> tables.Row:
    """Return the abilities of a kind, by column."""
    terms_at_once = "or" if kind.dialect.joiner else "one"
    return {
        "kind": kind.name,
        "title": kind.title,
        "group": kind.group,
        "mode": kind.mode,
        "default": "yes" if kind.default else "no",
        "auth": kind.auth,
        "env": list(kind.env),
        "parameters": [parameter.many or parameter.name for parameter in kind.parameters.values()],
        "dialect": "" if kind.mode == "stream" else terms_at_once,
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


def _duration(length: timedelta | None) -> str:
    if length is None:
        return ""
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _write_kinds_table(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write a table with the purpose of each kind below its name, and its parameters and terms."""
    from rich.text import Text

    table = console.new_table()
    table.add_column("kind", overflow="fold")
    for name in ("mode", "key", "since", "every"):
        table.add_column(name, no_wrap=True)
    table.add_column("responses")
    for row in rows:
        description = Text(row["kind"], style="bold").append(f"\n{row['about']}", style="not bold dim")
        if row["parameters"]:
            description.append(f"\nparameters: {', '.join(row['parameters'])}", style="not bold dim")
        if row["terms"]:
            description.append(f"\nterms: {row['terms']}", style="not bold red")
        mode = f"{row['mode']}, {row['dialect']}" if row["dialect"] else row["mode"]
        key = "" if row["auth"] == "none" else row["auth"]
        cells = (mode, key, row["since"], row["interval"], ", ".join(row["responses"]))
        console.add_row(table, description, *cells)
    console.print_table(table, stream)
