"""Read a document as the kind of feed it is, or say what it is instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch.errors import ParseError
from brandwatch.models import FetchClass
from brandwatch.parse import pages
from brandwatch.parse.repair import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import Document, Feed
    from brandwatch.parse.window import Known

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|script|div)\b", re.IGNORECASE)
_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
)
_LOOKED_AT = 20_000
# RFC 8259 wants UTF-8 without a mark; that of UTF-16 is believed all the same, as it is in XML.
_BEFORE_JSON = b"\xff\xfe\0 \t\r\n"
_JSON = frozenset({b"{", b"["})

LARGE = 2 * 2**20
"""Bytes beyond which a document is read where it can be stopped, whatever it looks like: 2 MB of empty objects in JSON
take 60 MB, and the largest of real feeds has half of this."""


def parse(document: Document, slow: Callable[[Document], Feed] | None = None, known: Known | None = None) -> Feed:
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
        from brandwatch.parse import jsonfeed  # noqa: PLC0415

        feed = jsonfeed.read(document, known)
    else:
        from brandwatch.parse import xmlfeed  # noqa: PLC0415

        feed = xmlfeed.read(document, slow, known)
    if feed is None:
        hint = "`brandwatch init --site URL` looks for the feeds of a site"
        raise ParseError(FetchClass.NOT_A_FEED, f"not a feed but {appearance(document)}", hint)
    return feed


def appearance(document: Document) -> str:
    """Say what the document looks like, in words fit for a log."""
    body = document.body.lstrip()
    for signature, name in _SIGNATURES:
        if body.startswith(signature):
            return name
    text = decode(body[:_LOOKED_AT], document.content_type)
    if _HTML.search(text):
        return f"an HTML page titled “{title[:80]}”" if (title := pages.title(text)) else "an HTML page"
    if text.startswith(("{", "[")):
        return "JSON of another kind"
    if text.startswith("<"):
        return "XML of another kind"
    return "plain text" if text.isprintable() or "\n" in text else "binary data"
