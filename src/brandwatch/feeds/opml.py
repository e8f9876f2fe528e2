"""Read OPML files as programs and people write them: well-formed or not, in any spelling (opml.org/spec2.opml).

Of 118 public lists 80 are not well-formed XML, most of them by a raw `&`; readers of feeds accept them all.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import FetchClass, ParseError
from brandwatch.models import Document
from brandwatch.text import decoding

if TYPE_CHECKING:
    from collections.abc import Iterator


_ROOT = re.compile(r"<(?:[\w.-]{1,20}:)?opml(?=[\s>/])", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:[\w.-]{1,20}:)?opml\s*>|<(?:[\w.-]{1,20}:)?opml(?:\s[^<>]*)?/>", re.IGNORECASE)
_OUTLINE = re.compile(r"<(?:[\w.-]{1,20}:)?outline(?=[\s>/\"'])", re.IGNORECASE)
_HIDING = re.compile(r"<!--|<!\[CDATA\[")
# A list holds no longer tag: descriptions of feeds are a few hundred characters.
_MAX_TAG_CHARS = 20_000
# A value ends at its quote if a blank, the end of the tag or an attribute follows. A stray or missing quote ends it
# before the next attribute. Word processors turn quotes into typographic ones.
_PART = re.compile(
    r"""(?P<end>/?>)
    |(?P<name>[A-Za-z_][\w:.-]*)\s*=\s*(?:
        "(?P<double>[^"]*)"(?=[\s/>?]|$|[A-Za-z_][\w:.-]*\s*=\s*["'])
        |'(?P<single>[^']*)'(?=[\s/>?]|$|[A-Za-z_][\w:.-]*\s*=\s*["'])
        |[“”„«»](?P<typographic>[^“”„«»]*)[“”«»]
        |[‘’\u201a](?P<narrow>[^‘’\u201a]*)[‘’]
        |["'](?P<broken>[^>]*?)(?=/?>|\s[A-Za-z_][\w:.-]*\s*=\s*["'“‘]|$)
        |(?P<bare>[^\s"'>]+?)(?=/?>|\s|["']|$)
    )""",
    re.VERBOSE,
)
_VALUES = ("double", "single", "typographic", "narrow", "broken", "bare")
_URL_NAMES = ("xmlurl", "xml_url", "xml-url", "feedurl", "rssurl", "rss")
# OPML 2.0 §“Inclusion”: these lead to a page or to another list.
_POINTERS = frozenset({"link", "include"})
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "rdf", "feed", "jsonfeed", "json"})
# feed:// is that of a web address for readers of feeds (draft-obasanjo-feed-uri-scheme), as are those of podcasts.
_SCHEME = re.compile(r"(?:feed|rss|pcast|itpc|podcast):(?://)?(?=\S)", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?://)?[^\s/?#@:<>\"']+\.[^\s/?#@:<>\"']+(?::\d+)?(?:[/?#]|$)")


class Outline(NamedTuple):
    """A line of an OPML file that means a feed: its URL, completed with a scheme, or the *problem* of one without."""

    url: str
    line: int
    problem: str = ""


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Return every outline that means a feed, in folders or not; raise ParseError for another kind of file.

    No entity is expanded but those of HTML.
    """
    text = _mask_hidden(decoding.decode_text(body))
    starts = list(_OUTLINE.finditer(text))
    if not starts and not _ROOT.search(text):
        found = decoding.describe_document(Document(url="", status=0, body=body)) if body.strip() else "an empty file"
        raise ParseError(FetchClass.PARSE, f"not OPML but {found}")
    return tuple(_outlines(text, starts))


def _outlines(text: str, starts: list[re.Match[str]]) -> Iterator[Outline]:
    line, position = 1, 0
    for number, start in enumerate(starts):
        line += text.count("\n", position, start.start())
        position = start.start()
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        attributes, is_closed = _attributes(text[start.end() : min(end, start.end() + _MAX_TAG_CHARS)])
        # The last tag of a file that breaks off may hold half a URL.
        if (is_closed or end < len(text)) and (outline := _outline(attributes, line)):
            yield outline
    if not _ROOT_END.search(text, position):
        last = text.count("\n", 0, len(text.rstrip())) + 1
        yield Outline("", last, "is the last: the file breaks off, and feeds may be missing")


def _attributes(tag: str) -> tuple[dict[str, str], bool]:
    """Return the attributes of a tag by their lower-case names without prefix, and whether the tag has its end."""
    attributes: dict[str, str] = {}
    for part in _PART.finditer(decoding.repair_xml(tag)):
        if part["end"]:
            return attributes, True
        value = next(part[group] for group in _VALUES if part[group] is not None)
        name = part["name"].rpartition(":")[2].lower()
        attributes.setdefault(name, html.unescape(value).strip())
    return attributes, False


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
    url = url.replace("&amp;", "&").strip("\"'“”‘’ \t\r\n")
    if scheme := _SCHEME.match(url):
        url = url[scheme.end() :]
    if not _HAS_SCHEME.match(url) and _BARE_HOST.match(url):
        url = f"http://{url.removeprefix('//')}"
    return url


def _mask_hidden(text: str) -> str:
    """Remove comments and CDATA sections, in which no tag starts, but for their line ends."""
    pieces, position = [], 0
    while opening := _HIDING.search(text, position):
        end = text.find("-->" if opening[0] == "<!--" else "]]>", opening.end())
        if end < 0:
            break
        pieces += [text[position : opening.start()], "\n" * text.count("\n", opening.start(), end)]
        position = end + 3
    return "".join([*pieces, text[position:]])
