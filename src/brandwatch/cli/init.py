"""Write a query file for a brand, and say how to go on from there."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import urls
from brandwatch.cli.console import echo_error, print_error, write_text
from brandwatch.cli.options import AllowPrivate
from brandwatch.errors import FetchError, OutputError, UsageError

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.feeds.discovery import FoundFeed


EPILOG = """[bold]Examples[/bold]

brandwatch init                                            asks

brandwatch init --brand "Fjordkraft Åsgård AS" --name Fjordkraft --site https://fjordkraft.example

brandwatch init --brand Ledgerly --feed https://news.example/rss --language en

brandwatch init --brand Ledgerly --site http://intranet.example --allow-private
"""

_LETTERS = str.maketrans({"å": "aa", "ø": "o", "æ": "ae", "ö": "o", "ä": "a", "ü": "u", "é": "e", "ð": "d", "þ": "th"})

_NO_SOURCES = """\
  # Nothing is polled until something stands here, in place of the brackets above:
  # - https://news.example/rss       the address of a feed
  # - {opml: feeds.opml}             or a file of them
"""
_MORE_SOURCES = """\
  # Where people talk; take away the # before what you want. `brandwatch sources kinds` lists all there are.
  # - pack: nordic-news
  # - gdelt                          news in 65 languages
  # - hackernews
  # - bluesky
  # - {kind: mastodon, instances: [mastodon.social], tags: [brand]}
"""


def command(
    context: typer.Context,
    *,
    brand: Annotated[str, typer.Option(help="The company's name, as reports show it.")] = "",
    names: Annotated[list[str] | None, typer.Option("--name", help="Another spelling people use; repeatable.")] = None,
    site: Annotated[str, typer.Option(help="A home page, to look for its feeds.")] = "",
    feeds: Annotated[list[str] | None, typer.Option("--feed", help="The address of a feed; repeatable.")] = None,
    languages: Annotated[list[str] | None, typer.Option("--language", help="nb, nn, da, sv, en …; repeatable.")] = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Ask for what is not given (on a terminal), look for feeds, write the file; nothing is ever overwritten."""
    settings: Settings = context.obj.for_first_query()
    named, addresses = list(names or ()), list(feeds or ())
    if not brand:
        if not sys.stdin.isatty():
            raise UsageError(
                "whose mentions? `--brand` is needed where nobody can be asked", 'for example: --brand "Acme"'
            )
        brand, named, site, addresses = _ask(named, site, addresses)
    brand = " ".join(brand.split())
    path = settings.queries / f"{_slug(brand)}.yaml"
    if path.exists():
        raise UsageError(f"{path} is there already and stays as it is", "edit it, or choose another --brand")
    meant = filter(urls.web_link, (_address(site), *addresses)) if allow_private else ()
    private = [urls.netloc(address) for address in meant]
    # What a page or a redirect calls a feed goes into a query file, where `${NAME}` would be a secret.
    addresses += [urls.web_link(feed.url) for feed in _find(_address(site), private)] if site else []
    sources = _sources(addresses, private)
    _write(path, _file(brand, [brand, *named], languages or [], sources, site))
    _next_steps(settings, path, has_sources=bool(addresses))


def _ask(names: list[str], site: str, feeds: list[str]) -> tuple[str, list[str], str, list[str]]:
    """Ask the person at the keyboard."""
    brand = typer.prompt("Name of the company", err=True).strip()
    spellings = typer.prompt("Other spellings, with commas between", default=", ".join(names), err=True)
    site = typer.prompt("Web address, to look for feeds (or nothing)", default=site, err=True).strip()
    more = typer.prompt("Feeds to poll, with spaces between (or nothing)", default=" ".join(feeds), err=True)
    return brand, [name.strip() for name in spellings.split(",") if name.strip()], site, more.split()


def _slug(brand: str) -> str:
    """Return a name for the file: small letters, digits and hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", brand.lower().translate(_LETTERS)).strip("-")
    if not slug:
        raise UsageError(f"“{brand}” gives no name for a file", "the brand needs a letter or digit from a to z")
    return slug


def _address(site: str) -> str:
    """Return the address of a site, empty for none; raise UsageError for what is no address."""
    address = urls.web_link(site if "//" in site else f"https://{site}") if site else ""
    if site and not address:
        raise UsageError(f"“{site}” is not a web address", "for example: https://www.acme.example")
    return address


def _find(address: str, private: list[str]) -> tuple[FoundFeed, ...]:
    """Return the feeds of a site; a site that cannot be read costs only a remark."""
    from brandwatch.feeds.discovery import discover_feeds
    from brandwatch.http import Client, FetchLimits

    async def ask() -> tuple[FoundFeed, ...]:
        async with Client(FetchLimits.from_environment(os.environ), private) as client:
            return await discover_feeds(address, client)

    try:
        found = asyncio.run(ask())
    except FetchError as error:
        print_error(error)
        return ()
    for feed in found:
        echo_error(f"found: {feed.url}  ({feed.title}, {feed.entries} entries)")
    if not found:
        echo_error(f"no feed was found at {address}")
    return found


def _sources(addresses: list[str], private: list[str]) -> str:
    """Return addresses as the lines of a list, each once, with leave for the hosts that may be on a private network."""
    lines = []
    for address in dict.fromkeys(addresses):
        is_private = bool(urls.web_link(address)) and urls.netloc(address) in private
        lines.append(
            f"  - url: {_quoted(address)}\n    allow_private: yes\n" if is_private else f"  - {_quoted(address)}\n"
        )
    return "".join(lines)


def _file(brand: str, names: list[str], languages: list[str], sources: str, site: str) -> str:
    """Return the text of the query file, commented for somebody who never saw one."""
    domains = [urls.host(site)] if "." in urls.host(site) else []
    return f"""\
# yaml-language-server: $schema=brandwatch.schema.json
# What is said about {brand}. Check this file with `brandwatch check`.

brand: {_quoted(brand)}

# What people call it. Genitives and compounds (Acmes, Acme-ansatt) are understood.
# A name that is an ordinary word too counts only with its capitals.
names:
{_listed(names)}
# The brand's own channels: what comes from them is told apart from what others say.
owned:
  domains: [{", ".join(domains)}]

# Roles tied to the brand, without names: “the adviser at {brand}”. People are never watched by name, but for official
# representatives under `people`; see docs/privacy.md.
staff_mentions: on

# Phrases and sites in which the name means something else.
exclude:
  words: []
  sites: []

# nb, nn, da, sv, en, de, fi; none means all.
languages: [{", ".join(languages)}]

# How long mentions are kept, by voice (owned and official: 2y); then only their counts stay. Of an author accounts are
# kept and nobody's name, of a text the passage around what was found.
retain: {{public: 365d, staff: 90d}}
author: handle
snippet: 500

# Where to look.
sources:{"" if sources else " []"}
{sources or _NO_SOURCES}{_MORE_SOURCES}
# Texts of your own: `brandwatch check` says whether they are taken as you mean them.
examples:
  match:
    - {_quoted(f"Sjekk dette bildet av rådgiveren i {brand}")}
  reject: []
"""


def _listed(texts: list[str]) -> str:
    """Return texts as the lines of a list, each once."""
    return "".join(f"  - {_quoted(text)}\n" for text in dict.fromkeys(texts))


def _quoted(text: str) -> str:
    """Return text in the double quotes of YAML, which are those of JSON."""
    import json

    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Write the file and the schema beside it, and read the file back as `poll` would."""
    import json

    from brandwatch.config.diagnostics import render
    from brandwatch.config.query import json_schema
    from brandwatch.pipeline.loading import load_query_file

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        schema = path.with_name("brandwatch.schema.json")
        if not schema.exists():
            schema.write_text(json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    faults = load_query_file(path).faults
    if faults:
        path.unlink()
        raise UsageError("what was given makes no sound query:\n" + "\n".join(map(render, faults)))


def _next_steps(settings: Settings, path: Path, *, has_sources: bool) -> None:
    """Say what was written and what to do next; the crontab line is data, for `| crontab -` and the like."""
    echo_error(f"written: {path}")
    if not has_sources:
        echo_error("it has no sources yet: add the address of a feed under `sources:`")
    echo_error("next: `brandwatch check`, then `brandwatch poll`, then `brandwatch report`")
    echo_error("to poll every 15 minutes, add this line with `crontab -e`:")
    program = shlex.quote(str(Path(sys.argv[0]).resolve()))
    options = f"--db {shlex.quote(str(settings.db.resolve()))} --queries {shlex.quote(str(settings.queries.resolve()))}"
    write_text(f"*/15 * * * * {program} {options} poll")
