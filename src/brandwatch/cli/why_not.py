"""Say why a text, or the page at an address, is no mention: what failed, and how near it came."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import AllowPrivate, TextOrJson, is_json, one_query
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from brandwatch.cli.settings import Settings
    from brandwatch.models import Entry, Judgement, Query

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
    from brandwatch.cli.output import output
    from brandwatch.match import Matcher, nearest
    from brandwatch.report.derivation import lines

    as_json = is_json(form)
    settings: Settings = context.obj
    query = one_query(settings.queries, name)
    entry = _entry(what, settings, allow_private=allow_private)
    judgement = Matcher([query]).explain(entry)[name]
    miss = "" if judgement.evidence else nearest(query, entry)
    with output(None) as stream:
        if as_json:
            stream.write(_as_json(query, judgement, miss))
            return
        stream.writelines(f"{line}\n" for line in lines(entry, judgement))
        if not judgement.evidence:
            stream.write(f"nearest miss: {miss or 'nothing in it looks like one of the names'}\n")


def _entry(what: str, settings: Settings, *, allow_private: bool) -> Entry:
    """Return what is asked about as an entry: a text, the text on standard input, a stored entry, or a page."""
    from brandwatch import urls
    from brandwatch.models import Entry
    from brandwatch.text.safe import clean

    if what.startswith(("http://", "https://")) and " " not in what.strip():
        link = urls.web_link(what)
        if not link:
            raise UsageError(f"“{what}” is not a web address", "for example: https://news.example/story")
        private = [urls.netloc(link)] if allow_private else []
        return _stored(link, settings) or _fetched(link, private)
    return Entry(text=clean(sys.stdin.read() if what == "-" else what))


def _stored(link: str, settings: Settings) -> Entry | None:
    """Return the entry that is stored under a link, if there is one."""
    from brandwatch.store import open_store

    if not settings.db.exists():
        return None
    with open_store(settings.db, create=False) as store:
        found = store.find_entry(link)
    return found.entry if found else None


def _fetched(link: str, private: list[str]) -> Entry:
    """Fetch a page, perhaps from a host on a private network, and return it as an entry."""
    import asyncio

    from brandwatch.fetch import Client, Limits
    from brandwatch.models import Request
    from brandwatch.parse import page

    async def ask() -> Entry:
        async with Client(Limits.from_environment(os.environ), private) as client:
            return page(await client.fetch(Request(url=link)))

    return asyncio.run(ask())


def _as_json(query: Query, judgement: Judgement, miss: str) -> str:
    """Return the judgement for a program."""
    import json

    from brandwatch.report.derivation import as_data
    from brandwatch.report.json import VERSION

    data = {
        "version": VERSION,
        "query": query.name,
        "query_version": query.version,
        **as_data(judgement),
        "nearest_miss": miss or None,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
