"""Parse a document as the kind of feed it is, or name what it is instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch.errors import ParseError
from brandwatch.models import Entry, FetchClass
from brandwatch.text.decoding import decode_text, describe_document, page_title
from brandwatch.text.html import html_to_text
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.feeds.incremental import KnownDigests
    from brandwatch.models import Document, Feed


# RFC 8259 wants UTF-8 without a mark; that of UTF-16 is believed all the same, as it is in XML.
_BEFORE_JSON = b"\xff\xfe\0 \t\r\n"
_JSON = frozenset({b"{", b"["})

LARGE = 2 * 2**20
"""Bytes beyond which a document is read where it can be stopped, whatever it looks like: 2 MB of empty objects in JSON
take 60 MB, and the largest of real feeds has half of this."""


def parse_document(
    document: Document, slow: Callable[[Document], Feed] | None = None, known: KnownDigests | None = None
) -> Feed:
    """Return the feed in *document*: RSS 0.9 to 2.0, Atom, RDF or JSON Feed, every entry that can be saved.

    Raise ParseError with class `empty` for no content and `not-a-feed` for anything else; its message says what the
    document looks like instead. *slow* is who reads what only feedparser can (a worker that can be stopped); without
    it, that is done here. Where *known* is given, a well-formed feed has the digests of its entries, and of the entries
    themselves only those whose digest is not among the known.
    """
    body = document.body.strip().removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise ParseError(FetchClass.EMPTY, "the answer is empty", "see whether the address opens in a browser")
    if slow is not None and len(body) > LARGE:
        return slow(document)
    # feedparser and dateutil cost 30 ms, which a poll that finds nothing new need not spend.
    if body.lstrip(_BEFORE_JSON)[:1] in _JSON:
        from brandwatch.feeds import json_feed  # noqa: PLC0415

        feed = json_feed.read_json_feed(document, known)
    else:
        from brandwatch.feeds import feedparser_reader  # noqa: PLC0415

        feed = feedparser_reader.read_xml_feed(document, slow, known)
    if feed is None:
        hint = "`brandwatch init --site URL` looks for the feeds of a site"
        raise ParseError(FetchClass.NOT_A_FEED, f"not a feed but {describe_document(document)}", hint)
    return feed


_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([a-zA-Z-]{2,20})", re.IGNORECASE)


def read_page(document: Document) -> Entry:
    """Return the entry that a page is; what is no markup is taken as plain text."""
    markup = decode_text(document.body, document.content_type)
    language = _LANGUAGE.search(markup)
    return Entry(
        url=document.url,
        title=page_title(markup),
        text=clean(html_to_text(markup)),
        language=language[1].lower() if language else "",
    )
