"""Read OPML files as programs and people write them: well-formed or not, in any spelling (opml.org/spec2.opml).

Of 118 public lists 80 are not well-formed XML, most of them by a raw `&`; readers of feeds accept them all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import FetchClass, ParseError
from brandwatch.feeds import loose_markup
from brandwatch.models import Document
from brandwatch.text import decoding

if TYPE_CHECKING:
    from collections.abc import Iterator


_ROOT = re.compile(r"<(?:[\w.-]{1,20}:)?opml(?=[\s>/])", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:[\w.-]{1,20}:)?opml\s*>|<(?:[\w.-]{1,20}:)?opml(?:\s[^<>]*)?/>", re.IGNORECASE)
# The end of a list stands at its end.
_TAIL_CHARS = 2000
_URL_NAMES = ("xmlurl", "xml_url", "xml-url", "feedurl", "rssurl", "rss")
# OPML 2.0 §“Inclusion”: these lead to a page or to another list.
_POINTERS = frozenset({"link", "include"})
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "rdf", "feed", "jsonfeed", "json"})
# feed:// is that of a web address for readers of feeds (draft-obasanjo-feed-uri-scheme), as are those of podcasts.
_SCHEME = re.compile(r"(?:feed|rss|pcast|itpc|podcast):(?://)?(?=\S)", re.IGNORECASE)
_LINE_END = re.compile(r"\s*[\r\n]\s*")
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?://)?[^\s/?#@:<>\"']+\.[^\s/?#@:<>\"']+(?::\d+)?(?:[/?#]|$)|localhost(?::\d+)?(?:/|$)")


class Outline(NamedTuple):
    """A line of an OPML file that means a feed: its URL, completed with a scheme, or the *problem* of one without."""

    url: str
    line: int
    problem: str = ""


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Return every outline that means a feed, in folders or not; raise ParseError for another kind of file.

    No entity is expanded but those of HTML.
    """
    text = loose_markup.mask_hidden(decoding.decode_text(body))
    outlines = tuple(_outlines(text))
    if not outlines and not _ROOT.search(text):
        found = decoding.describe_document(Document(url="", status=0, body=body)) if body.strip() else "an empty file"
        raise ParseError(FetchClass.PARSE, f"not OPML but {found}")
    if _ROOT.search(text) and not _ROOT_END.search(text, max(0, len(text) - _TAIL_CHARS)):
        last = text.count("\n", 0, len(text.rstrip())) + 1
        outlines += (Outline("", last, "is the last: the file breaks off, and feeds may be missing"),)
    return outlines


def _outlines(text: str) -> Iterator[Outline]:
    line, position = 1, 0
    # A title may hold `<b>`.
    for tag in loose_markup.tags(text, "outline|body|opml"):
        if tag.name != "outline":
            continue
        line += text.count("\n", position, tag.start)
        position = tag.start
        attributes = loose_markup.read_attributes(tag.text)
        # The last tag of a file that breaks off may hold half a URL.
        is_whole = attributes.end >= 0 or not text.endswith(tag.text)
        if is_whole and (outline := _outline(attributes.values, line)):
            yield outline


def _outline(attributes: dict[str, str], line: int) -> Outline | None:
    """Return the feed that a tag means; `None` for a folder or a text."""
    kind = attributes.get("type", "").lower()
    url = next((attributes[name] for name in _URL_NAMES if attributes.get(name)), "")
    if not url and kind in _POINTERS and attributes.get("url"):
        return Outline("", line, f"has the type “{kind}”: the page or list that it leads to is not read")
    url = url or attributes.get("url", "")
    if url:
        return Outline(_complete(url), line)
    is_feed = kind in _FEED_TYPES or any(name in attributes for name in _URL_NAMES)
    return Outline("", line, "has no URL of a feed (`xmlUrl`)") if is_feed else None


def _complete(url: str) -> str:
    """Return a web address for the addresses of programs: feed:, without a scheme, encoded twice."""
    url = _LINE_END.sub("", url.replace("&amp;", "&")).strip("\"'`“”‘’ ")
    if scheme := _SCHEME.match(url):
        url = url[scheme.end() :]
    if not _HAS_SCHEME.match(url) and _BARE_HOST.match(url):
        url = f"http://{url.removeprefix('//')}"
    return url
