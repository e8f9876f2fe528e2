"""Find the feeds of a site: the URL itself, what its page announces, the usual paths."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from brandwatch import urls
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds.document import parse_document
from brandwatch.feeds.sandbox import ParserSandbox
from brandwatch.models import Document, Request
from brandwatch.text.decoding import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterable


_LOG = logging.getLogger(__name__)

USUAL_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/comments/feed/")
"""The paths at which content systems publish their feeds."""
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_MAX_REQUESTS = 20
_MAX_LINKS = 20
_MAX_PAGE_BYTES = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that answered: its URL after permanent redirects, its title, and the number of its entries."""

    url: str
    title: str
    entries: int


class Fetcher(Protocol):
    """Fetches documents, such as `http.Client`."""

    async def fetch(self, request: Request) -> Document:
        """Return the document; raise FetchError."""


async def discover_feeds(url: str, client: Fetcher) -> tuple[FoundFeed, ...]:
    """Return the feeds of the page or feed at *url*, each fetched once; raise FetchError if *url* fails."""
    document = await client.fetch(Request(url=url))
    if feed := _found_feed(url, document):
        return (feed,)
    announced = feed_links(document.body, document.url, document.content_type)
    usual = [urljoin(document.url, path) for path in USUAL_PATHS]
    # A page that announces its feeds is trusted; guesses are for pages that do not.
    return await _fetch_feeds(announced, client) or await _fetch_feeds(usual, client)


async def _fetch_feeds(candidates: Iterable[str], client: Fetcher) -> tuple[FoundFeed, ...]:
    """Return the feeds among the candidates, each address once."""
    feeds: dict[str, FoundFeed] = {}
    for url in list(candidates)[:_MAX_REQUESTS]:
        try:
            document = await client.fetch(Request(url=url))
        except FetchError as error:
            _LOG.debug("no feed host=%s error=%s", urls.host(url), error.fetch_class)
            continue
        if document.url not in feeds and (feed := _found_feed(url, document)):
            feeds[document.url] = feed
    return tuple(feeds.values())


def _found_feed(url: str, document: Document) -> FoundFeed | None:
    """Return the feed in the document at *url*, `None` for anything else."""
    try:
        with ParserSandbox() as sandbox:
            feed = parse_document(document, sandbox)
    except ParseError:
        return None
    return FoundFeed(url=document.moved_to or url, title=feed.title, entries=len(feed.entries))


def feed_links(body: bytes, base: str, content_type: str = "") -> tuple[str, ...]:
    """Return the absolute links of `<link rel="alternate">` feeds in the page *body*, in their order, each once.

    *base* is the address of the page; RSS Advisory Board, "RSS Autodiscovery" 1.0.
    """
    reader = _LinkReader(base)
    reader.feed(decode_text(body[:_MAX_PAGE_BYTES], content_type))
    return tuple(dict.fromkeys(reader.links))[:_MAX_LINKS]


class _LinkReader(HTMLParser):
    """Collects the feeds of `<link>` elements, relative to `<base>`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = urls.web_link(values["href"], self.base) or self.base
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and "alternate" in values.get("rel", "").lower().split() and kind in _FEED_TYPES:
            link = urls.web_link(values.get("href", ""), self.base)
            if link:
                self.links.append(link)
