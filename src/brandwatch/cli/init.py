"""The command `init`."""

import asyncio
import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from brandwatch import urls
from brandwatch.cli import console, options
from brandwatch.config.diagnostics import render
from brandwatch.config.settings import Settings
from brandwatch.errors import FetchError, OutputError, UsageError
from brandwatch.storage import key_file

EPILOG = """[bold]Examples[/bold]

brandwatch init                                            asks for what is missing

brandwatch init --brand "Fjordkraft Åsgård AS" --name Fjordkraft --site https://fjordkraft.example

brandwatch init --brand Ledgerly --feed https://news.example/rss --language en

brandwatch init --brand Ledgerly --site http://intranet.example --allow-private
"""

_LETTERS = str.maketrans({"å": "aa", "ø": "o", "æ": "ae", "ö": "o", "ä": "a", "ü": "u", "é": "e", "ð": "d", "þ": "th"})

_NO_SOURCES = """\
  # Nothing is polled until there is a source here, in place of the brackets above:
  # - https://news.example/rss       the URL of a feed
  # - {opml: feeds.opml}             or a file of feeds
"""
_MORE_SOURCES = """\
  # Where people talk; remove the # before a line to use it. `brandwatch sources kinds` lists all kinds.
  # - pack: nordic-news
  # - gdelt                          news in 65 languages
  # - hackernews
  # - bluesky
  # - {kind: mastodon, instances: [mastodon.social], tags: [brand]}
"""


def command(
    context: typer.Context,
    *,
    brand: Annotated[str, typer.Option(help="The name of the company, as in reports.")] = "",
    names: Annotated[list[str] | None, typer.Option("--name", help="Another spelling of the name; repeatable.")] = None,
    site: Annotated[str, typer.Option(help="A home page whose feeds to find.")] = "",
    feeds: Annotated[list[str] | None, typer.Option("--feed", help="The URL of a feed; repeatable.")] = None,
    languages: Annotated[list[str] | None, typer.Option("--language", help="nb, nn, da, sv, en …; repeatable.")] = None,
    allow_private: options.AllowPrivate = False,
) -> None:
    """Ask for missing values on a terminal, find feeds, and write the file; nothing is overwritten."""
    settings: Settings = context.obj.for_first_query()
    named, addresses = list(names or ()), list(feeds or ())
    if not brand:
        if not sys.stdin.isatty():
            raise UsageError("`--brand` is required without a terminal", 'for example: --brand "Acme"')
        brand, named, site, addresses = _ask(named, site, addresses)
    brand = " ".join(brand.split())
    path = settings.queries / f"{_slug(brand)}.yaml"
    if path.exists():
        raise UsageError(f"{path} exists and stays as it is", "edit it, or choose another --brand")
    meant = filter(urls.web_link, (_address(site), *addresses)) if allow_private else ()
    private = [urls.netloc(address) for address in meant]
    if site:
        addresses += asyncio.run(_find(_address(site), private))
    sources = _sources(addresses, private)
    _write(path, _file(brand, [brand, *named], languages or [], sources, site))
    _make_key(settings.db)
    _next_steps(settings, path, has_sources=bool(addresses))


def _ask(names: list[str], site: str, feeds: list[str]) -> tuple[str, list[str], str, list[str]]:
    brand = typer.prompt("Name of the company", err=True).strip()
    spellings = typer.prompt("Other spellings, separated by commas", default=", ".join(names), err=True)
    site = typer.prompt("Web site, to find its feeds (optional)", default=site, err=True).strip()
    more = typer.prompt("Feeds to poll, separated by spaces (optional)", default=" ".join(feeds), err=True)
    return brand, [name.strip() for name in spellings.split(",") if name.strip()], site, more.split()


def _slug(brand: str) -> str:
    """Return a name for the file: lower-case letters, digits and hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", brand.lower().translate(_LETTERS)).strip("-")
    if not slug:
        raise UsageError(f"“{brand}” gives no file name", "the brand needs a letter or digit from a to z")
    return slug


def _address(site: str) -> str:
    """Return the URL of a site, empty for none; raise UsageError for an invalid one."""
    address = urls.web_link(site if "//" in site else f"https://{site}") if site else ""
    if site and not address:
        raise UsageError(f"“{site}” is not a web address", "for example: https://www.acme.example")
    return address


async def _find(address: str, private: list[str]) -> list[str]:
    """Return the URLs of the feeds of a site; one that cannot be read is a warning and has none."""
    from brandwatch.feeds.discovery import discover_feeds
    from brandwatch.http import Client, FetchLimits

    try:
        async with Client(FetchLimits.from_environment(os.environ), private) as client:
            found = await discover_feeds(address, client)
    except FetchError as error:
        console.echo_error(f"warning: no feed was found at {address}: {error.message}")
        if error.hint:
            console.echo_error(f"hint: {error.hint}")
        return []
    for feed in found:
        console.echo_error(f"found: {feed.url}  ({feed.title}, {feed.entries} entries)")
    if not found:
        console.echo_error(f"no feed was found at {address}")
    # What a page or a redirect calls a feed goes into a query file, where `${NAME}` would be a secret.
    return [urls.web_link(feed.url) for feed in found]


def _sources(addresses: list[str], private: list[str]) -> str:
    """Return URLs as the lines of a YAML list, each once; private hosts get `allow_private`."""
    lines = []
    for address in dict.fromkeys(addresses):
        is_private = bool(urls.web_link(address)) and urls.netloc(address) in private
        lines.append(
            f"  - url: {_quote(address)}\n    allow_private: yes\n" if is_private else f"  - {_quote(address)}\n"
        )
    return "".join(lines)


def _file(brand: str, names: list[str], languages: list[str], sources: str, site: str) -> str:
    """Return the text of the query file, with comments for a first reader."""
    domains = [urls.readable_host(urls.host(site))] if "." in urls.host(site) else []
    listed = "".join(f"  - {_quote(name)}\n" for name in dict.fromkeys(names))
    return f"""\
# yaml-language-server: $schema=brandwatch.schema.json
# Mentions of {brand}. Validate this file with `brandwatch check`.

brand: {_quote(brand)}

# The names that people use. Genitives and compounds (Acmes, Acme-ansatt) match too.
# A name that is also an ordinary word matches only with its capitals.
names:
{listed}
# The brand's own channels; their mentions have the voice `owned`.
owned:
  domains: [{", ".join(domains)}]

# Roles tied to the brand, without names: “the adviser at {brand}”. People are never watched by name, except official
# representatives under `people`; see docs/privacy.md.
staff_mentions: on

# Phrases and sites where the name means something else.
exclude:
  words: []
  sites: []

# nb, nn, da, sv, en, de, fi; none means all.
languages: [{", ".join(languages)}]

# Retention by voice (owned and official: 2y); afterwards only counts remain. Of authors only accounts are stored, no
# names; of texts the passage around the evidence.
retain: {{public: 365d, staff: 90d}}
author: handle
snippet: 500

# The sources.
sources:{"" if sources else " []"}
{sources or _NO_SOURCES}{_MORE_SOURCES}
# Your own test texts: `brandwatch check` runs them through the matcher.
examples:
  match:
    - {_quote(f"Sjekk dette bildet av rådgiveren i {brand}")}
  reject: []
"""


def _quote(text: str) -> str:
    """Return text in double quotes, which YAML and JSON share."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Write the file and the schema beside it, and load the file as `poll` would."""
    from brandwatch.config import query
    from brandwatch.pipeline import loading

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        schema = path.with_name("brandwatch.schema.json")
        if not schema.exists():
            schema.write_text(json.dumps(query.json_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    faults = loading.load_query_file(path).faults
    if faults:
        path.unlink()
        raise UsageError("these values do not make a valid query:\n" + "\n".join(map(render, faults)))


def _make_key(database: Path) -> None:
    """Make the key file of a database that is not there yet; one that is there gets one by a step of its own."""
    path = key_file.key_path(database)
    if database.exists() or path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_file.create_key_file(path)
    console.echo_error(f"written: {path}, the key that shows changes by other programs")
    console.echo_error(
        f"nothing can be stored without it; move it to another disk, and name it with {key_file.VARIABLE}"
    )


def _next_steps(settings: Settings, path: Path, *, has_sources: bool) -> None:
    """Echo the next steps; the crontab line is data, for `| crontab -`."""
    console.echo_error(f"written: {path}")
    if not has_sources:
        console.echo_error("it has no sources yet: add the URL of a feed under `sources:`")
    console.echo_error("next: `brandwatch check`, then `brandwatch poll`, then `brandwatch report`")
    console.echo_error("to poll every 15 minutes, add this line with `crontab -e`:")
    program = shlex.quote(str(Path(sys.argv[0]).resolve()))
    places = f"--db {shlex.quote(str(settings.db.resolve()))} --queries {shlex.quote(str(settings.queries.resolve()))}"
    named = os.environ.get(key_file.VARIABLE, "")
    variable = f"{key_file.VARIABLE}={shlex.quote(str(Path(named).resolve()))} " if named else ""
    console.write_text(f"*/15 * * * * {variable}{program} {places} poll")
