from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import feed_links
from brandwatch.feeds.discovery import USUAL_PATHS, FoundFeed, discover_feeds, read_opml
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


def test_outlines_in_folders():
    """Every feed of an OPML file is found, in folders or not, with its line."""
    body = """<?xml version="1.0"?>
<opml version="2.0"><body><outline text="Aviser">
<outline type="rss" text="Blåbæravisa" xmlUrl="https://a.example/rss"/>
</outline><outline xmlUrl=" https://b.example/rss "/><outline text="tom"/></body></opml>"""
    assert [tuple(outline) for outline in read_opml(body.encode())] == [
        ("https://a.example/rss", 3),
        ("https://b.example/rss", 4),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<rss/>", b"<opml><outline", b'<!DOCTYPE o [<!ENTITY a "b">]><opml><outline xmlUrl="&a;"/></opml>']
)
def test_other_files_than_opml_are_refused(body: bytes):
    """Broken files, other files and entities are errors with a message."""
    with pytest.raises(ParseError):
        read_opml(body)
