"""Ask sources now and say how it ends; nothing is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.cli.console import echo_error, write_text
from brandwatch.cli.options import AllowPrivate, TextOrJson, is_json, named_sources, registry
from brandwatch.cli.sources_sample import read_sample
from brandwatch.errors import Exit, UsageError

if TYPE_CHECKING:
    from brandwatch.config.kind import Kind
    from brandwatch.config.settings import Settings
    from brandwatch.http import Client
    from brandwatch.models import Document, Source


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
    from brandwatch.pipeline.jobs import private_hosts

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

    kinds = registry(settings)

    async def ask() -> list[bool]:
        async with Client(FetchLimits.from_environment(os.environ), private_hosts(wanted)) as client:
            return [await _checked(source, kinds.kind_to_poll(source.kind), client) for source in wanted]

    if not all(asyncio.run(ask())):
        raise typer.Exit(Exit.SOURCES_FAILED)


def _given(url: str, *, allow_private: bool) -> Source:
    """Return the source of an address that no query file names; nobody's secrets are for it."""
    from brandwatch import urls
    from brandwatch.config import secrets
    from brandwatch.models import Source

    for name in secrets.secret_names(url):
        echo_error("warning: " + "; ".join(secrets.explain_literal_reference(name, "an argument")))
    return Source(url=urls.web_link(url) or url, allow_private=allow_private)


async def _checked(source: Source, kind: Kind, client: Client) -> bool:
    """Fetch and read one source, print the result, and return whether it is whole."""
    from brandwatch.errors import FetchError, ParseError
    from brandwatch.feeds import parse_document
    from brandwatch.pipeline.source_state import newest_published
    from brandwatch.sources.response import read_answer
    from brandwatch.text.sanitise import one_line

    shown = one_line(source.url)
    try:
        feed = read_answer(kind, await _fetched(source, kind, client), dict(source.values), parse_document)
    except (FetchError, ParseError) as error:
        write_text(f"{error.fetch_class:<12} {shown}  {one_line(error.message)}")
        if error.hint:
            echo_error(f"hint: {error.hint}")
        return False
    newest = newest_published(feed, clock.now())
    age = f", newest {newest.astimezone():%Y-%m-%d %H:%M}" if newest else ""
    about = feed.problem or f"“{feed.title}”{age}"
    verdict = "partial" if feed.problem else "ok" if feed.entries else "empty"
    write_text(f"{verdict:<12} {shown}  {len(feed.entries)} entries, {one_line(about)}")
    return not feed.problem


async def _fetched(source: Source, kind: Kind, client: Client) -> Document:
    """Return the answer of a source without its secrets; raise FetchError or ParseError where there is none."""
    import os

    from brandwatch.config import secrets
    from brandwatch.errors import FetchError
    from brandwatch.sources.auth import read_token, token_request
    from brandwatch.sources.request import build_request
    from brandwatch.sources.response import explain_refusal

    token = ""
    try:
        if credentials := token_request(kind, os.environ):
            token = read_token(kind, await client.fetch(credentials), os.environ)
        request = build_request(kind, source, os.environ, clock.now(), token=token)
        return secrets.redact_document(await client.fetch(request), source, os.environ, token)
    except FetchError as error:
        raise explain_refusal(kind, secrets.redact_failure(error, source, os.environ, token, kind.env)) from None
