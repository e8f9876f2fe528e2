"""Fetch sources now and show the result; nothing is stored."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch import clock, urls
from brandwatch.cli import console, options
from brandwatch.config import secrets
from brandwatch.errors import Exit, FetchError, ParseError, UsageError
from brandwatch.models import MAIN_TEXT, TEXT_FIELDS, Document, Entry, Feed, Source
from brandwatch.text import plural, sanitise, titles

if TYPE_CHECKING:
    from brandwatch.config.kind import Kind
    from brandwatch.http import Client
    from brandwatch.sources.registry import Registry


COUNTS = ("comments", "replies", "likes", "shares", "views")
_TEXT_CHARS = 500
# The name of a kind has none of them, and a URL has one: `localhost/rss`, `avisa.example`.
_URL_SIGNS = frozenset(".:/")

EPILOG = """[bold]Examples[/bold]

brandwatch sources check                                  every source of the query files

brandwatch sources check https://fjordavisa.example/rss.xml

brandwatch sources check discourse --sample answer.json --set site=https://forum.example    offline
"""


def command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="[URL|KIND]", help="One source; without it every configured one.")] = "",
    *,
    allow_private: options.AllowPrivate = False,
    sample: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read a saved response of a kind; nothing is fetched.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the kind; repeatable.")
    ] = None,
    output_format: options.TextOrJson = "text",
) -> None:
    """Fetch now and show the result of each source; no mention is made."""
    settings = options.settings_of(context)
    as_json = options.is_json(output_format)
    if sample:
        is_whole = _check_sample(options.registry(settings), url, sample, values or (), as_json=as_json)
    elif as_json or values:
        raise UsageError("--format and --set are for a saved response", "add --sample FILE")
    else:
        import asyncio

        configured = {source.url: source for source in options.configured_sources(settings)}
        if url:
            sources = [
                configured.get(url) or _unknown_source(url, options.registry(settings), allow_private=allow_private)
            ]
        else:
            sources = list(configured.values())
        if not sources:
            raise UsageError("the query files name no source", "add one under `sources:`, or give a URL")
        is_whole = asyncio.run(_check_all(sources, options.registry(settings)))
    if not is_whole:
        raise typer.Exit(Exit.SOURCES_FAILED)


def _unknown_source(url: str, known: Registry, *, allow_private: bool) -> Source:
    """Return the source of a URL outside the query files; it gets no secrets.

    Raise UsageError for the name of a kind, or of none.
    """
    if not _URL_SIGNS.intersection(url):
        _, what = known.file(url)
        raise UsageError(f"“{url}” is a {what}", "give the URL of a source, or of a kind add --sample FILE")
    for name in secrets.secret_names(url):
        console.echo_error("warning: " + "; ".join(secrets.explain_literal_reference(name, "an argument")))
    return Source(url=urls.web_link(url) or url, allow_private=allow_private)


async def _check_all(sources: Sequence[Source], kinds: Registry) -> bool:
    """Fetch every source once; return whether all of them work."""
    from brandwatch.http import Client, FetchLimits
    from brandwatch.pipeline.jobs import private_hosts

    async with Client(FetchLimits.from_environment(os.environ), private_hosts(sources)) as client:
        return all([await _check(source, kinds.kind_to_poll(source.kind), client) for source in sources])


async def _check(source: Source, kind: Kind, client: Client) -> bool:
    """Fetch and parse one source, print the result, and return whether it is whole."""
    from brandwatch.feeds import parse_document
    from brandwatch.pipeline.source_history import newest_published
    from brandwatch.sources.response import read_answer

    url = sanitise.one_line(source.url)
    try:
        feed = read_answer(kind, await _fetch(source, kind, client), dict(source.values), parse_document)
    except (FetchError, ParseError) as error:
        console.write_text(f"{error.fetch_class:<12} {url}  {sanitise.one_line(error.message)}")
        if error.hint:
            console.echo_error(f"hint: {error.hint}")
        return False
    newest = newest_published(feed, clock.now())
    age = f", newest {newest.astimezone():%Y-%m-%d %H:%M}" if newest else ""
    about = feed.problem or feed.remark or f"“{feed.title}”{age}"
    verdict = "partial" if feed.problem or feed.remark else "ok" if feed.entries else "empty"
    console.write_text(f"{verdict:<12} {url}  {len(feed.entries)} entries, {sanitise.one_line(about)}")
    return not feed.problem


async def _fetch(source: Source, kind: Kind, client: Client) -> Document:
    """Return the response of a source without its secrets; raise FetchError or ParseError."""
    from brandwatch.sources import auth, request, response

    token = ""
    try:
        if credentials := auth.token_request(kind, os.environ, source.user_agent):
            token = auth.read_token(kind, await client.fetch(credentials), os.environ)
        built = request.build_request(kind, source, os.environ, clock.now(), token=token)
        return secrets.redact_document(await client.fetch(built), source, os.environ, token)
    except FetchError as error:
        redacted = secrets.redact_failure(error, source, os.environ, token, kind.env)
        raise response.explain_refusal(kind, redacted) from None


# --- a saved response --------------------------------------------------------------------------------------------


def _check_sample(kinds: Registry, name: str, path: Path, values: Iterable[str], *, as_json: bool) -> bool:
    """Print the entries of a saved response of a kind; return whether all of it could be read.

    *values* are the parameters of its source, `name=value`. Raise ParseError for another document.
    """
    from brandwatch.feeds import parse_document
    from brandwatch.sources.expand import example_values
    from brandwatch.sources.response import read_answer

    if not name:
        raise UsageError("a saved response needs its kind", "for example: sources check hackernews --sample FILE")
    kind = kinds.kind(name)
    feed = read_answer(kind, _document(path), example_values(kind) | _parameters(values), parse_document)
    if as_json:
        console.write_json(_as_data(feed))
    else:
        for entry in feed.entries:
            console.write_text(_entry_lines(entry))
    dated = sum(entry.published is not None for entry in feed.entries)
    entries = plural(len(feed.entries), "entry", "entries")
    console.echo_error(f"{entries}, {dated} with a time, {feed.skipped} that could not be read")
    if feed.problem:
        console.echo_error(f"problem: {feed.problem}")
    if feed.remark:
        console.echo_error(f"remark: {feed.remark}")
    return not feed.problem


def _document(path: Path) -> Document:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    content_type = mimetypes.guess_type(path.name)[0] or ""
    return Document(url="https://sample.example/", status=200, body=body, content_type=content_type)


def _parameters(values: Iterable[str]) -> dict[str, str]:
    parameters = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise UsageError(f"“{name}” has no value", "write --set name=value")
        parameters[name] = value
    return parameters


def _entry_lines(entry: Entry) -> str:
    """Return an entry for people: time, title, link and counts, and its texts; a text that is the title stands once."""
    when = entry.published.astimezone().strftime("%Y-%m-%d %H:%M") if entry.published else "no time"
    known = ((name, getattr(entry.response, name)) for name in COUNTS)
    counts = ", ".join(f"{name} {count}" for name, count in known if count is not None)
    title = titles.shown_title(entry.title, entry.text)
    lines = [f"{when:<16}  {title if entry.title else f'“{title}”'}", entry.url or entry.guid]
    lines[1] += f"  ({counts})" if counts else ""
    texts = ((part.field, sanitise.one_line(entry.text[part.start : part.end])) for part in entry.texts)
    lines += [
        f"{TEXT_FIELDS[field]}: {text[:_TEXT_CHARS]}"
        for field, text in texts
        if text and (field != MAIN_TEXT or text != title)
    ]
    return f"\n{'':<16}  ".join(lines)


def _as_data(feed: Feed) -> dict[str, Any]:
    return {
        "entries": list(map(_entry_as_data, feed.entries)),
        "skipped": feed.skipped,
        "problem": feed.problem,
        "remark": feed.remark,
        "mark": feed.cursor,
    }


def _entry_as_data(entry: Entry) -> dict[str, Any]:
    """Return an entry for programs; the unknown is null."""
    from brandwatch.reports.json import utc

    texts = ("guid", "url", "title", "text", "author", "publisher", "language", "thread", "comment_feed")
    return {
        **{name: getattr(entry, name) for name in texts},
        "published": utc(entry.published),
        "updated": utc(entry.updated),
        "parts": [part._asdict() for part in entry.parts],
        "links": list(entry.links),
        "response": {name: getattr(entry.response, name) for name in COUNTS},
    }
