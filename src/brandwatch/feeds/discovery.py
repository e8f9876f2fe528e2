"""Find the feeds of a site: the URL itself, what its page announces or links, the usual paths."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from brandwatch import urls
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds.document import parse_document
from brandwatch.feeds.page_links import PageLinks, is_same_site, page_links
from brandwatch.feeds.sandbox import ParserSandbox
from brandwatch.models import Document, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_LOG = logging.getLogger(__name__)

USUAL_PATHS = (
    "/feed/",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/index.rdf",
    "/feeds/posts/default",
    "/?feed=rss2",
    "/?lab_viewport=rss",
)
"""The paths at which content systems publish their feeds; the last is that of Labrador, of many Nordic papers."""
_PATHS_OF_FOLDERS = ("feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml")
_COMMENTS_OF = {"/feed/": "/comments/feed/"}  # WordPress
# A visit is as polite as that of a person with a browser.
_MAX_REQUESTS = 30
_MAX_INNER_PAGES = 3
_MAX_DEPTH = 2


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
    visit = _Visit(client)
    # The feed of a channel is known by its address, and its page may be closed to programs.
    if feeds := await visit.feeds(urls.platform_feeds(url)):
        return feeds
    document = await client.fetch(Request(url=url))
    if feed := _found_feed(url, document):
        return (feed,)
    links = _links_of(document)
    # A page that names its feeds is trusted; guesses are for pages that do not.
    feeds = await visit.named_feeds(links, document.url) or await visit.usual_feeds(document.url)
    return (*feeds, *(await visit.feeds(links.comments)))


class _Visit:
    """The requests to one site: each address once, and no more than a few."""

    def __init__(self, client: Fetcher) -> None:
        self._client = client
        self._requested: set[str] = set()
        self._found: set[str] = set()
        self._other_pages: dict[str, Document] = {}

    async def named_feeds(self, links: PageLinks, page: str, depth: int = 0) -> tuple[FoundFeed, ...]:
        """Return the feeds that a page announces; else those that it links, on its own site or elsewhere."""
        here = [link for link in links.linked if is_same_site(link, page)]
        elsewhere = [link for link in links.linked if link not in here]
        for candidates in (links.announced, urls.platform_feeds(links.canonical), here, elsewhere):
            if feeds := await self.feeds(candidates):
                return feeds
        # A frame may hold the page itself, and “RSS” may lead to a page with a list of feeds.
        inner = [*links.pages, *here][:_MAX_INNER_PAGES] if depth < _MAX_DEPTH else []
        for link in inner:
            if feeds := await self._feeds_of_inner_page(link, depth + 1):
                return feeds
        return ()

    async def _feeds_of_inner_page(self, link: str, depth: int) -> tuple[FoundFeed, ...]:
        if feeds := await self.feeds([link]):
            return feeds
        if document := self._other_pages.pop(link, None):
            return await self.named_feeds(_links_of(document), document.url, depth)
        return ()

    async def usual_feeds(self, page: str) -> tuple[FoundFeed, ...]:
        """Return the first feed at a usual path, with the feed of comments that belongs to it."""
        for path in _usual_paths(page):
            if feeds := await self.feeds([urljoin(page, path)]):
                comments = _COMMENTS_OF.get(path, "")
                return (*feeds, *(await self.feeds([urljoin(page, comments)] if comments else ())))
        return ()

    async def feeds(self, candidates: Iterable[str]) -> tuple[FoundFeed, ...]:
        """Return the feeds among the candidates, without those that are known from another address."""
        found = []
        for url in candidates:
            document = await self._fetch(url)
            if document is None or document.url in self._found:
                continue
            if feed := _found_feed(url, document):
                self._found.add(document.url)
                found.append(feed)
            else:
                self._other_pages[url] = document
        return tuple(found)

    async def _fetch(self, url: str) -> Document | None:
        """Fetch an address once; `None` for a failure, or one request too many."""
        if url in self._requested or len(self._requested) >= _MAX_REQUESTS:
            return None
        self._requested.add(url)
        try:
            return await self._client.fetch(Request(url=url))
        except FetchError as error:
            _LOG.debug("no feed host=%s error=%s", urls.host(url), error.fetch_class)
            return None


def _usual_paths(page: str) -> Iterator[str]:
    """Yield the usual paths, those of the page's own folder first."""
    folder = urlsplit(page).path.rpartition("/")[0]
    if folder:
        yield from (f"{folder}/{path}" for path in _PATHS_OF_FOLDERS)
    yield from USUAL_PATHS


def _links_of(document: Document) -> PageLinks:
    return page_links(document.body, document.url, document.content_type, document.link)


def _found_feed(url: str, document: Document) -> FoundFeed | None:
    """Return the feed in the document at *url*, `None` for anything else."""
    try:
        with ParserSandbox() as sandbox:
            feed = parse_document(document, sandbox)
    except ParseError:
        return None
    return FoundFeed(url=document.moved_to or url, title=feed.title, entries=len(feed.entries))
