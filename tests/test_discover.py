from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import FetchError
from brandwatch.feeds.discovery import USUAL_PATHS, FoundFeed, discover_feeds
from brandwatch.http import Client, FetchLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Site


def found(url: str) -> tuple[FoundFeed, ...]:
    """Return the feeds found at an address."""

    async def go() -> tuple[FoundFeed, ...]:
        async with Client(FetchLimits(total=5, allowed=frozenset({"127.0.0.1"}))) as client:
            return await discover_feeds(url, client.fetch)

    return asyncio.run(go())


def test_a_feed_is_its_own_feed(site: Site, rss: Callable[..., str]):
    """An address that is a feed is taken as it is, at its new address if it has moved for good."""
    site.put("/rss", rss(("Sak", "https://a.example/1")))
    old = site.put("/gammel", "", 301, Location="/rss")
    assert found(old) == (FoundFeed(url=site.url("/rss"), title="Fjordavisa", entries=1),)


def test_announced_feeds_are_believed_once_each(site: Site, rss: Callable[..., str]):
    """What a page announces is read; what is no feed is left out, and nothing is guessed beside it."""
    site.put("/rss", rss())
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/rss", "/borte", "rss")
    )
    assert [feed.url for feed in found(site.put("/", f"<html>{links}"))] == [site.url("/rss")]
    assert not {asked.path for asked in site.log} & {path for path in USUAL_PATHS if path != "/rss"}


def test_usual_paths_are_tried(site: Site, rss: Callable[..., str]):
    """A page that announces nothing is asked where feeds usually are."""
    site.put("/feed/", rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in found(site.put("/om-oss/side", "<html><title>Hei</title>"))] == [site.url("/feed/")]


def test_a_site_without_feeds(site: Site):
    """Nothing found is nothing, and a site that does not answer is an error."""
    assert found(site.put("/", "<html></html>")) == ()
    with pytest.raises(FetchError):
        found(site.url("/borte"))
