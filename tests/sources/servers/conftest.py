"""A world, a server that shows it, and the kinds that come with the program, which ask that server instead."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import time_machine
from tests.sources.conftest import NOW
from tests.sources.servers.framework import serve
from tests.sources.servers.routes import ROUTES
from tests.sources.servers.world import World

from brandwatch.pipeline.loading import load_queries
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer
    from tests.sources.servers.framework import Asked, Server
    from tests.sources.servers.world import Post
    from time_machine import Traveller

NAME = "Fjordkraft Åsgård"
LINES = {
    "appstore": "{kind: appstore, id: 123456789}",
    "bluesky": "bluesky",
    "cision": "cision",
    "devto": "{kind: devto, tag: fjordkraft}",
    "discourse": "{kind: discourse, site: SITE}",
    "gdelt": "gdelt",
    "github": "github",
    "googlealerts": "{kind: googlealerts, url: SITE/alerts/feeds/1/2}",
    "hackernews": "hackernews",
    "lemmy": "{kind: lemmy, instance: SITE}",
    "lobsters": "{kind: lobsters, domain: fjordkraft.example}",
    "mastodon": "{kind: mastodon, instance: SITE, tag: fjordkraft}",
    "mediawiki": "{kind: mediawiki, site: SITE, what: text}",
    "mediawiki-changes": "{kind: mediawiki-changes, site: SITE}",
    "mediawiki-page": "{kind: mediawiki-page, site: SITE, page: Fjordkraft Åsgård}",
    "mynewsdesk": "{kind: mynewsdesk, id: 77}",
    "nodebb": "{kind: nodebb, site: SITE}",
    "ntb": "{kind: ntb, publisher: 4711}",
    "searxng": "{kind: searxng, instance: SITE}",
    "stackexchange": "stackexchange",
    "wikipedia": "{kind: wikipedia, site: SITE/w}",
    "wordpress": "{kind: wordpress, site: SITE, feed: rss2}",
    "youtube": "{kind: youtube, channel: UC0123456789abcdefghijkl}",
}
"""How a query file says that each kind is to be asked; `SITE` is the server."""


class Stage(NamedTuple):
    """All that a play needs: a world, the server that shows it, a clock, and the command line that watches."""

    world: World
    server: Server
    clock: Traveller
    home: Path
    query: Callable[..., Path]
    cli: Callable[..., Answer]

    def watch(self, *lines: str, more: str = "") -> None:
        """Watch the brand in sources of our kinds; `SITE` in a line is the server, and so are the hosts of the kinds.

        Their files are those that come with the program, but for the hosts: a user's own go before ours.
        """
        folder, registry = self.home / "sources", Registry()
        folder.mkdir(exist_ok=True)
        for name in (name for name in registry.kinds if name in " ".join(lines)):
            (folder / f"{name}.yaml").write_text(_moved(registry, name, self.server), encoding="utf-8")
        self.query(*(line.replace("SITE", self.server.url) for line in lines), more=more)

    def say(self, number: int, ago: float, **more: Any) -> Post:
        """Say something of the brand, so that every endpoint would show it."""
        usual = {
            "text": f"Strøm fra {NAME}.",
            "title": f"{NAME} i sak {number}",
            "link": f"https://fjordkraft.example/{number}",
            "tags": ("fjordkraft", "4711"),
        }
        return self.world.add(ago=ago, **{**usual, **more})

    def later(self, **span: float) -> None:
        """Move the clock, and forget what the server was asked."""
        self.clock.shift(timedelta(**span))
        self.server.log.clear()

    def poll(self, *arguments: str) -> Answer:
        """Poll every source."""
        return self.cli("-v", "poll", "--force", *arguments)

    def mentions(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the mentions of a report, the newest first."""
        found: list[dict[str, Any]] = self.report(*arguments)["mentions"]
        return found

    def report(self, *arguments: str) -> dict[str, Any]:
        """Return a report as data."""
        data: dict[str, Any] = json.loads(self.cli("report", "--format", "json", *arguments).out)
        return data

    def source(self) -> dict[str, Any]:
        """Return the one source as a program sees it."""
        (found,) = self.sources()
        return found

    def sources(self) -> list[dict[str, Any]]:
        """Return the sources that the query names, and not the conversations, as a program sees them."""
        found: list[dict[str, Any]] = json.loads(self.cli("sources", "--format", "json").out)["items"]
        (query,) = load_queries(self.home / "queries").queries
        named = {source.url for source in query.sources}
        return [source for source in found if source["url"] in named]

    def asked(self) -> list[Asked]:
        """Return what the server was asked for the sources that the query names, and not for conversations."""
        return [asked for asked in self.server.log if self.server.first and _alike(asked) == _alike(self.server.first)]


@pytest.fixture
def stage(home: Path, query: Callable[..., Path], cli: Callable[..., Answer]) -> Iterator[Stage]:
    """A stage on which nothing was said yet, at noon on 6 May 2026."""
    world = World()
    with time_machine.travel(NOW, tick=False) as clock, serve(world, ROUTES) as server:
        yield Stage(world, server, clock, home, query, cli)


def _alike(asked: Asked) -> tuple[str, bool]:
    """Return what the pages of one source have in common."""
    return re.sub(r"page=\d+", "", asked.path), "query" in asked.params


def _moved(registry: Registry, name: str, server: Server) -> str:
    """Return the file of a kind with the server in place of the hosts that are asked."""
    kind, text = registry.kind(name), registry.file(name)[0].read_text(encoding="utf-8")
    for url in (kind.request.url, kind.token.url if kind.token else "", "https://{host}/"):
        host = url.partition("//")[2].partition("/")[0]
        if url.startswith("https://"):
            text = text.replace(f"https://{host}/", f"{server.url}/").replace(
                f"host: {host}\n", f"host: {server.host}\n"
            )
    return text
