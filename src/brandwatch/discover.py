"""Find the feeds of a site: the address itself, what its page announces, the usual paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from brandwatch.errors import FetchError, ParseError
from brandwatch.models import Document, Request
from brandwatch.parse import Worker, feed_links, parse

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


async def feeds_of(url: str, fetch: Callable[[Request], Awaitable[Document]]) -> tuple[FoundFeed, ...]:
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
        with Worker() as worker:
            return parse(document, worker.parse)
    except ParseError:
        return None


def _found(url: str, document: Document, feed: Feed) -> FoundFeed:
    """Return what was found at *url*."""
    return FoundFeed(url=document.moved_to or url, title=feed.title, entries=len(feed.entries))
