"""The command `why-not`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch import urls
from brandwatch.cli import console, options
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import Entry, MatchResult, Request
from brandwatch.reports.explanation import result_as_data, result_lines
from brandwatch.storage import open_store, recording
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from brandwatch.config.query import Query


EPILOG = """[bold]Examples[/bold]

brandwatch why-not fjordbanken "Jeg var i fjordbank i dag"

brandwatch why-not fjordbanken https://fjordavisa.example/sak/17

brandwatch why-not fjordbanken http://intranet.example/nyheter --allow-private

pbpaste | brandwatch why-not fjordbanken -
"""


def command(
    context: typer.Context,
    name: options.QueryName,
    what: Annotated[str, typer.Argument(metavar="TEXT|URL|-", help="A text, a URL, or - for standard input.")],
    *,
    allow_private: options.AllowPrivate = False,
    output_format: options.TextOrJson = "text",
) -> None:
    """Match it as `poll` would, and print every clause and the nearest miss."""
    from brandwatch import matching

    as_json = options.is_json(output_format)
    settings: Settings = context.obj
    query = options.query_by_name(settings.queries, name)
    entry = _entry(what, settings, allow_private=allow_private)
    result = matching.Matcher([query]).explain(entry)[name]
    miss = "" if result.evidence else matching.nearest_miss(query, entry)
    if as_json:
        console.write_json(_as_data(query, result, miss))
        return
    with console.open_output(None) as stream:
        stream.writelines(f"{line}\n" for line in result_lines(entry, result))
        # A clause that failed explains the result, also where a name is in the text.
        is_explained = bool(result.evidence) or any(not clause.holds for clause in result.clauses)
        if miss or not is_explained:
            stream.write(f"nearest miss: {miss or 'nothing in it resembles one of the names'}\n")


def _entry(what: str, settings: Settings, *, allow_private: bool) -> Entry:
    """Return the argument as an entry: a text, standard input, a stored entry, or a page."""
    import asyncio

    if what.startswith(("http://", "https://")) and " " not in what.strip():
        link = urls.web_link(what)
        if not link:
            raise UsageError(f"“{what}” is not a web address", "for example: https://news.example/story")
        private = [urls.netloc(link)] if allow_private else []
        stored = None
        if settings.db.exists():
            with open_store(settings.db, create=False) as store:
                stored = recording.entry_by_link(store, link)
        return stored.entry if stored else asyncio.run(_fetch_entry(link, private))
    return Entry(text=clean(sys.stdin.read() if what == "-" else what))


async def _fetch_entry(link: str, private: list[str]) -> Entry:
    """Fetch a page as an entry; *private* names the hosts that may be on a private network."""
    from brandwatch.feeds import read_page
    from brandwatch.http import Client, FetchLimits

    async with Client(FetchLimits.from_environment(os.environ), private) as client:
        return read_page(await client.fetch(Request(url=link)))


def _as_data(query: Query, result: MatchResult, miss: str) -> dict[str, Any]:
    return {
        "query": query.name,
        "query_version": query.version,
        **result_as_data(result),
        "nearest_miss": miss or None,
    }
