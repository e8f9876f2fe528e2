"""Ask sources now and say how it ends; nothing is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.cli.console import echo_error, write_text
from brandwatch.cli.options import AllowPrivate, TextOrJson, is_json, named_sources, private_hosts, registry
from brandwatch.cli.sources_sample import read_sample
from brandwatch.errors import Exit, UsageError

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.http import Client
    from brandwatch.models import Document, Request, Source
    from brandwatch.sources.adapter import SourceAdapter


EPILOG = """[bold]Examples[/bold]

brandwatch sources check                                  every source of the query files

brandwatch sources check https://fjordavisa.example/rss.xml

brandwatch sources check discourse --sample answer.json --set site=https://forum.example    asks nobody
"""


def command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="[URL|KIND]", help="One source, known or not; all without.")] = "",
    *,
    allow_private: AllowPrivate = False,
    sample: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read a saved answer of a kind, and ask nobody.")
    ] = None,
    said: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What a query would say of it; repeatable.")
    ] = None,
    form: TextOrJson = "text",
) -> None:
    """Ask now and say how it ends, source by source; nothing is stored, no mention is made."""
    import asyncio
    import os

    from brandwatch.http import Client, FetchLimits
    from brandwatch.pipeline.loading import adapter_lookup, source_registry

    settings: Settings = context.find_root().obj
    as_json = is_json(form)
    if sample:
        if not read_sample(registry(settings), url, sample, said or (), as_json=as_json):
            raise typer.Exit(Exit.SOURCES_FAILED)
        return
    if as_json or said:
        raise UsageError("--format and --set are for a saved answer", "add --sample FILE")
    named = {source.url: source for source in named_sources(settings)}
    wanted = [named.get(url) or _given(url, allow_private=allow_private)] if url else list(named.values())
    if not wanted:
        raise UsageError("the query files name no source", "add one under `sources:`, or give an address")

    endpoint_of = adapter_lookup(source_registry(settings.queries))

    async def ask() -> list[bool]:
        async with Client(FetchLimits.from_environment(os.environ), private_hosts(wanted)) as client:
            return [await _checked(source, endpoint_of(source.kind), client) for source in wanted]

    if not all(asyncio.run(ask())):
        raise typer.Exit(Exit.SOURCES_FAILED)


def _given(url: str, *, allow_private: bool) -> Source:
    """Return the source of an address that no query file names; nobody's secrets are for it."""
    from brandwatch import urls
    from brandwatch.config import secrets
    from brandwatch.models import Source

    for name in secrets.secret_names(url):
        echo_error("warning: " + "; ".join(secrets.no_secret(name, "an argument")))
    return Source(url=urls.web_link(url) or url, allow_private=allow_private)


async def _checked(source: Source, endpoint: SourceAdapter, client: Client) -> bool:
    """Ask one source, print how it ends, and say whether it gave what it should."""
    from brandwatch.errors import FetchError, ParseError
    from brandwatch.feeds import parse_document
    from brandwatch.pipeline import schedule
    from brandwatch.text.sanitise import one_line

    shown = one_line(source.url)
    try:
        feed = endpoint.read(await _asked(source, endpoint, client), source, parse_document)
    except (FetchError, ParseError) as error:
        write_text(f"{error.fetch_class:<12} {shown}  {one_line(error.message)}")
        if error.hint:
            echo_error(f"hint: {error.hint}")
        return False
    newest = schedule.newest_published(feed, clock.now())
    age = f", newest {newest.astimezone():%Y-%m-%d %H:%M}" if newest else ""
    about = feed.problem or f"“{feed.title}”{age}"
    verdict = "partial" if feed.problem else "ok" if feed.entries else "empty"
    write_text(f"{verdict:<12} {shown}  {len(feed.entries)} entries, {one_line(about)}")
    return not feed.problem


async def _asked(source: Source, endpoint: SourceAdapter, client: Client) -> Document:
    """Return what a source answers, without its secrets; raise FetchError where it does not, or one is missing."""
    import os

    from brandwatch.config import secrets

    if credentials := endpoint.credentials(os.environ):
        endpoint = endpoint.trusted(await _fetched(credentials, source, endpoint, client))
    request = endpoint.request(source, os.environ, mark="", now=clock.now())
    document = await _fetched(request, source, endpoint, client)
    return secrets.redact_document(document, source, os.environ, endpoint.token)


async def _fetched(request: Request, source: Source, endpoint: SourceAdapter, client: Client) -> Document:
    """Return an answer as it is; raise FetchError in the words of the endpoint, without secrets."""
    import os

    from brandwatch.config import secrets
    from brandwatch.errors import FetchError

    try:
        return await client.fetch(request)
    except FetchError as error:
        shown = secrets.redact_failure(error, source, os.environ, endpoint.token, endpoint.env)
        raise endpoint.refused(shown) from None
