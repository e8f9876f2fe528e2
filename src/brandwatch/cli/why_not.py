"""Say why a text, or the page at an address, is no mention: what failed, and how near it came."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import AllowPrivate, TextOrJson, is_json, query_by_name
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from brandwatch.config.query import Query
    from brandwatch.config.settings import Settings
    from brandwatch.models import Entry, MatchResult


EPILOG = """[bold]Examples[/bold]

brandwatch why-not fjordbanken "Jeg var i fjordbank i dag"

brandwatch why-not fjordbanken https://fjordavisa.example/sak/17

brandwatch why-not fjordbanken http://intranet.example/nyheter --allow-private

pbpaste | brandwatch why-not fjordbanken -
"""


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="QUERY", help="The query, by the name of its file.")],
    what: Annotated[str, typer.Argument(metavar="TEXT|URL|-", help="A text, an address, or - for standard input.")],
    *,
    allow_private: AllowPrivate = False,
    form: TextOrJson = "text",
) -> None:
    """Judge it as `poll` would, and print every clause that was tried and the nearest miss."""
    from brandwatch.cli.console import open_output
    from brandwatch.matching import Matcher, nearest_miss
    from brandwatch.reports.explanation import result_lines

    as_json = is_json(form)
    settings: Settings = context.obj
    query = query_by_name(settings.queries, name)
    entry = _entry(what, settings, allow_private=allow_private)
    judgement = Matcher([query]).explain(entry)[name]
    miss = "" if judgement.evidence else nearest_miss(query, entry)
    with open_output(None) as stream:
        if as_json:
            stream.write(_as_json(query, judgement, miss))
            return
        stream.writelines(f"{line}\n" for line in result_lines(entry, judgement))
        if not judgement.evidence:
            stream.write(f"nearest miss: {miss or 'nothing in it looks like one of the names'}\n")


def _entry(what: str, settings: Settings, *, allow_private: bool) -> Entry:
    """Return what is asked about as an entry: a text, the text on standard input, a stored entry, or a page."""
    from brandwatch import urls
    from brandwatch.models import Entry
    from brandwatch.text.sanitise import clean

    if what.startswith(("http://", "https://")) and " " not in what.strip():
        link = urls.web_link(what)
        if not link:
            raise UsageError(f"“{what}” is not a web address", "for example: https://news.example/story")
        private = [urls.netloc(link)] if allow_private else []
        return _stored(link, settings) or _fetched(link, private)
    return Entry(text=clean(sys.stdin.read() if what == "-" else what))


def _stored(link: str, settings: Settings) -> Entry | None:
    """Return the entry that is stored under a link, if there is one."""
    from brandwatch.storage import open_store
    from brandwatch.storage.entries import entry_by_link

    if not settings.db.exists():
        return None
    with open_store(settings.db, create=False) as store:
        found = entry_by_link(store, link)
    return found.entry if found else None


def _fetched(link: str, private: list[str]) -> Entry:
    """Fetch a page, perhaps from a host on a private network, and return it as an entry."""
    import asyncio

    from brandwatch.feeds import read_page
    from brandwatch.http import Client, FetchLimits
    from brandwatch.models import Request

    async def ask() -> Entry:
        async with Client(FetchLimits.from_environment(os.environ), private) as client:
            return read_page(await client.fetch(Request(url=link)))

    return asyncio.run(ask())


def _as_json(query: Query, judgement: MatchResult, miss: str) -> str:
    """Return the judgement for a program."""
    import json

    from brandwatch.reports.explanation import result_as_data
    from brandwatch.reports.json import JSON_VERSION

    data = {
        "version": JSON_VERSION,
        "query": query.name,
        "query_version": query.version,
        **result_as_data(judgement),
        "nearest_miss": miss or None,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
