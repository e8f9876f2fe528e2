"""Parse a document as the kind of feed it is, or name what it is instead."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from brandwatch import urls
from brandwatch.errors import FetchClass, ParseError
from brandwatch.models import Document, Entry, Feed
from brandwatch.text import decoding, html, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class EntryPrefilter(Protocol):
    """Looks for what can make an entry a mention, such as `matching.MarkupPrefilter`."""

    def may_match(self, texts: Iterable[str]) -> bool:
        """Whether entries with these texts, as their publisher wrote them, can be mentions."""


def parse_document(
    document: Document,
    sandbox: SlowParser | None = None,
    known: KnownDigests | None = None,
    prefilter: EntryPrefilter | None = None,
) -> Feed:
    """Return the feed in *document*: RSS 0.9 to 2.0, Atom, RDF or JSON Feed, every entry that can be recovered.

    Raise ParseError with class `empty` for no content, `http-5xx` for an error in the form of a feed, and `not-a-feed`
    for anything else; its message names what the document looks like instead. The *sandbox* parses what only feedparser
    can; without one, that is done here. With *known*, a well-formed feed has the digests of its entries, and only those
    entries whose digest is not known. With a *prefilter* that finds nothing in any of its entries, a feed in XML has of
    each only guid, link, title and times.
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

        feed = xml_feed.read_xml_feed(document, sandbox, known, prefilter)
    if feed is None:
        message = f"not a feed but {decoding.describe_document(document)}{_announced_feed(document)}"
        raise ParseError(FetchClass.NOT_A_FEED, message, "`brandwatch init --site URL` looks for the feeds of a site")
    _raise_for_error_feed(document, feed)
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


# Titles of one program only. RSS-Bridge: `error.output = feed`, with the number of the day, so that each day has a new
# entry; xcancel (a fork of Nitter): an unknown user agent.
_NAMED_ERRORS = re.compile(
    r"""
    (?:[\w .-]{1,60}:[ ])? Bridge[ ](?:returned[ ])?error [ :!]* \d{0,4}!? [ ]? (?:\(\d{1,6}\))?
    | RSS[ ]reader[ ]not[ ]yet[ ]whitelist?ed!?
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Titles that are errors only where the entry has no page of its own.
_COMMON_ERRORS = re.compile(
    r"""
    (?:(?:rss|atom|xml|syndication|server)[ ])? (?:feed[ ])? (?:error|problem|exception|fehler|feil|fejl|fel|virhe)
        (?:[ ]\d{3})? (?:[ ]?[:!–-].* | \.?)
    | (?:http[ ])? (?:error[ ])? [45]\d\d (?:[ ]?[:!–-])? [ ] (?:[a-z]+[ ]){0,3}
        (?:error|not[ ]found|forbidden|unauthorized|unavailable|timeout|timed[ ]out|gateway|too[ ]many[ ]requests) \W*
    | (?:(?:page|feed|resource)[ ])? not[ ]found \W* | (?:internal[ ])? server[ ]error \W*
    | (?:access|permission)[ ](?:is[ ])?(?:denied|forbidden) \W* | (?:forbidden|unauthorized) \W*
    | (?:you[ ]are[ ])? not[ ]authori[sz]ed \b.* | (?:login|authentication|authorization)[ ]required \W*
    | (?:ingen[ ]tilgang|adgang[ ]nægtet|åtkomst[ ]nekad|zugriff[ ]verweigert) \W*
    | (?:siden[ ]finnes[ ]ikke|siden[ ]findes[ ]ikke|sidan[ ]hittades[ ]inte|seite[ ]nicht[ ]gefunden) \W*
    | (?:your[ ])? (?:trial|subscription|plan)[ ](?:has[ ])?expired \b.* | (?:please[ ])? upgrade[ ]your[ ]plan \b.*
    | (?:service[ ])? (?:temporarily[ ])? unavailable \W* | too[ ]many[ ]requests \W*
    | rate[ ]limit(?:ed|[ ]exceeded|s[ ]exceeded|[ ]reached) \W*
    | (?:(?:this|the|your)[ ])? (?:rss[ ])? feed[ ] (?:
          (?:(?:is|was|does|could)[ ])? (?:not|no[ ]longer)[ ] (?:found|exist|available|be[ ]\w+)
          | (?:(?:is|was|has|has[ ]been)[ ])? (?:expired|disabled|suspended|deactivated|inactive|unavailable)
        ) \b.*
    | (?:unable|failed)[ ]to[ ](?:retrieve|fetch|load|generate|parse)[ ] .{0,80}
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A title is not longer; a text is no message beyond.
_MAX_TITLE_CHARS = 300
_SHOWN_TITLE_CHARS = 100


def _raise_for_error_feed(document: Document, feed: Feed) -> None:
    """Raise ParseError (`http-5xx`) for a feed whose only entry is an error of the program that wrote it."""
    if feed.size != 1 or not feed.entries:
        return
    (entry,) = feed.entries
    title = sanitise.one_line(entry.title or entry.text)[:_MAX_TITLE_CHARS]
    is_error = _NAMED_ERRORS.fullmatch(title) or (
        _COMMON_ERRORS.fullmatch(title) and not _has_own_page(entry, feed, document)
    )
    if is_error:
        hint = "open the address in a browser; what writes the feed may be misconfigured, or refuse this program"
        raise ParseError(FetchClass.HTTP_5XX, f"an error in the form of a feed: “{title[:_SHOWN_TITLE_CHARS]}”", hint)


def _has_own_page(entry: Entry, feed: Feed, document: Document) -> bool:
    """Whether the link of an entry leads to a page other than the feed itself and the site."""
    key = urls.canonical(entry.url)
    if not entry.url or urls.is_front_page(key) or key in {urls.canonical(document.url), urls.canonical(feed.url)}:
        return False
    return urlsplit(entry.url)[1:3] != urlsplit(document.url)[1:3]
