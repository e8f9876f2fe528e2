"""Parse a document as the kind of feed it is, or name what it is instead."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Protocol

from brandwatch import urls
from brandwatch.errors import FetchClass, ParseError
from brandwatch.feeds.error_feeds import raise_for_error_feed
from brandwatch.models import Document, Entry, Feed
from brandwatch.text import decoding, html, sanitise

if TYPE_CHECKING:
    from brandwatch.feeds.incremental import KnownDigests


_LOG = logging.getLogger(__name__)

# RFC 8259 wants UTF-8 without a mark; that of UTF-16 is accepted all the same, as it is in XML.
_BEFORE_JSON = b"\xff\xfe\0 \t\r\n"
_JSON = frozenset({b"{", b"["})
_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([a-zA-Z-]{2,20})", re.IGNORECASE)

# The head of a page announces its feeds.
_MAX_HEAD_BYTES = 100_000
_MAX_SHOWN_CHARS = 200

MAX_UNGUARDED_BYTES = 2 * 2**20
"""A larger document is parsed in the sandbox only: 2 MB of empty JSON objects take 60 MB, and the largest of 221 real
feeds has half of this."""


class SlowParser(Protocol):
    """Parses documents that may take long, such as `ParserSandbox`."""

    def parse(self, document: Document) -> Feed:
        """Return the feed in a document; raise ParseError for anything else."""


def parse_document(document: Document, sandbox: SlowParser | None = None, known: KnownDigests | None = None) -> Feed:
    """Return the feed in *document*: RSS 0.9 to 2.0, Atom, RDF or JSON Feed, every entry that can be recovered.

    Raise ParseError with class `empty` for no content, `http-5xx` for an error in the form of a feed, and `not-a-feed`
    for anything else; its message names what the document looks like instead. The *sandbox* parses what only feedparser
    can; without one, that is done here. With *known*, a well-formed feed has the digests of its entries, and only those
    entries whose digest is not known.
    """
    body = document.body.strip().removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise ParseError(FetchClass.EMPTY, "the answer is empty", "see whether the address opens in a browser")
    if sandbox is not None and len(body) > MAX_UNGUARDED_BYTES:
        _LOG.info("sandboxed host=%s bytes=%d", urls.host(document.url), len(body))
        return sandbox.parse(document)
    # Imported here: feedparser costs 20 ms, which a poll that finds nothing new need not spend.
    if body.lstrip(_BEFORE_JSON)[:1] in _JSON:
        from brandwatch.feeds import json_feed  # noqa: PLC0415

        feed = json_feed.read_json_feed(document, known)
    else:
        from brandwatch.feeds import xml_feed  # noqa: PLC0415

        feed = xml_feed.read_xml_feed(document, sandbox, known)
    if feed is None:
        message = f"not a feed but {decoding.describe_document(document)}{_announced_feed(document)}"
        raise ParseError(FetchClass.NOT_A_FEED, message, "`brandwatch init --site URL` looks for the feeds of a site")
    raise_for_error_feed(document, feed)
    return feed


def _announced_feed(document: Document) -> str:
    """Name the feed that a page announces, for the message that the page is none; empty where there is none."""
    from brandwatch.feeds.page_links import feed_links  # noqa: PLC0415 (a poll without such pages does not need it)

    announced = feed_links(document.body[:_MAX_HEAD_BYTES], document.url, document.content_type)
    return f", which announces {announced[0]}" if announced and len(announced[0]) <= _MAX_SHOWN_CHARS else ""


def read_page(document: Document) -> Entry:
    """Return a page as an entry; what is not markup is taken as plain text."""
    markup = decoding.decode_text(document.body, document.content_type)
    language = _LANGUAGE.search(markup)
    return Entry(
        url=document.url,
        title=decoding.page_title(markup),
        text=sanitise.clean(html.html_to_text(markup)),
        language=language[1].lower() if language else "",
    )
