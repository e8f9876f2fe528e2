from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import FetchError
from brandwatch.feeds import feed_links
from brandwatch.feeds.discovery import USUAL_PATHS, FoundFeed, discover_feeds
from brandwatch.http import Client, FetchLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Site


def discover(url: str) -> tuple[FoundFeed, ...]:
    """The feeds found at a URL."""

    async def go() -> tuple[FoundFeed, ...]:
        async with Client(FetchLimits(total=5, allowed=frozenset({"127.0.0.1"}))) as client:
            return await discover_feeds(url, client)

    return asyncio.run(go())


def test_the_url_of_a_feed_is_its_own_result(site: Site, rss: Callable[..., str]):
    """The URL of a feed is returned as it is, or at its new address after a permanent redirect."""
    site.put("/rss", rss(("Sak", "https://a.example/1")))
    old = site.put("/gammel", "", 301, Location="/rss")
    assert discover(old) == (FoundFeed(url=site.url("/rss"), title="Fjordavisa", entries=1),)


def test_announced_feeds_are_read_once_each(site: Site, rss: Callable[..., str]):
    """The announced feeds are read; other pages are left out, and no usual path is tried."""
    site.put("/rss", rss())
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/rss", "/borte", "rss")
    )
    assert [feed.url for feed in discover(site.put("/", f"<html>{links}"))] == [site.url("/rss")]
    assert not {asked.path for asked in site.log} & {path for path in USUAL_PATHS if path != "/rss"}


def test_usual_paths_are_tried(site: Site, rss: Callable[..., str]):
    """A page without announced feeds is followed by requests to the usual paths."""
    site.put("/feed/", rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in discover(site.put("/om-oss/side", "<html><title>Hei</title>"))] == [site.url("/feed/")]


def test_a_site_without_feeds(site: Site):
    """A site without feeds has no result; a site without a response is an error."""
    assert discover(site.put("/", "<html></html>")) == ()
    with pytest.raises(FetchError):
        discover(site.url("/borte"))


def test_a_page_announces_its_feeds():
    """Feeds of every type are found in order, each once, absolute, relative to `<base>`; style sheets are not."""
    page = """<html><head><base href="/blogg/">
<link rel="stylesheet" href="x.css"><link rel="alternate" type="application/rss+xml" href="feed/">
<LINK REL='feed alternate' TYPE='application/atom+xml; charset=utf-8' HREF='https://annen.example/å'>
<link rel="alternate" type="application/rss+xml" href="feed/"><link rel="alternate" hreflang="sv" href="/sv">
<link rel="alternate" type="application/feed+json" href="javascript:x"></head>"""
    assert feed_links(page.encode(), "https://avis.example/x") == (
        "https://avis.example/blogg/feed/",
        "https://annen.example/%C3%A5",
    )
