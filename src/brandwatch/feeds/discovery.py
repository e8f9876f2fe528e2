"""Find the feeds of a site: the address itself, what its page announces, the usual paths."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from brandwatch import urls
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds.document import parse_document
from brandwatch.feeds.sandbox import ParserSandbox
from brandwatch.models import Document, Request
from brandwatch.text.decoding import decode_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from brandwatch.models import Feed


USUAL_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/comments/feed/")
"""Where content systems put their feeds."""
_MOST_REQUESTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that answered: its address after permanent moves, its title, how many entries it holds."""

    url: str
    title: str
    entries: int


async def discover_feeds(url: str, fetch: Callable[[Request], Awaitable[Document]]) -> tuple[FoundFeed, ...]:
    """Return the feeds of the page or feed at *url*, each read once with *fetch*; raise FetchError if *url* fails."""
    document = await fetch(Request(url=url))
    if feed := _feed(document):
        return (_found(url, document, feed),)
    announced = feed_links(document.body, document.url, document.content_type)
    usual = [urljoin(document.url, path) for path in USUAL_PATHS]
    # A page that announces its feeds is believed; guessing is for those that do not.
    return await _answering(announced, fetch) or await _answering(usual, fetch)


async def _answering(
    candidates: Iterable[str], fetch: Callable[[Request], Awaitable[Document]]
) -> tuple[FoundFeed, ...]:
    """Return those of the addresses that answer with a feed, each place once."""
    found: dict[str, FoundFeed] = {}
    for url in list(candidates)[:_MOST_REQUESTS]:
        try:
            document = await fetch(Request(url=url))
        except FetchError:
            continue
        if document.url not in found and (feed := _feed(document)):
            found[document.url] = _found(url, document, feed)
    return tuple(found.values())


def _feed(document: Document) -> Feed | None:
    """Return the feed that a document is, if it is one."""
    try:
        with ParserSandbox() as worker:
            return parse_document(document, worker.parse)
    except ParseError:
        return None


def _found(url: str, document: Document, feed: Feed) -> FoundFeed:
    """Return what was found at *url*."""
    return FoundFeed(url=document.moved_to or url, title=feed.title, entries=len(feed.entries))


_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_LOOKED_AT = 500_000
_MOST = 20


def feed_links(body: bytes, base: str, content_type: str = "") -> tuple[str, ...]:
    """Return the absolute links of `<link rel="alternate">` feeds in the page *body*, in their order, each once.

    *base* is the address of the page; RSS Advisory Board, "RSS Autodiscovery" 1.0.
    """
    reader = _LinkReader(base)
    reader.feed(decode_text(body[:_LOOKED_AT], content_type))
    return tuple(dict.fromkeys(reader.links))[:_MOST]


class _LinkReader(HTMLParser):
    """Collects what `<link>` elements announce, minding `<base>`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = urls.web_link(values["href"], self.base) or self.base
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and "alternate" in values.get("rel", "").lower().split() and kind in _TYPES:
            link = urls.web_link(values.get("href", ""), self.base)
            self.links += [link] if link else []
