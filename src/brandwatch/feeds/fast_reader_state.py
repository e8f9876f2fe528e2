"""The state of the fast reader, by the rules of feedparser's mixin."""

from __future__ import annotations

import contextlib
import re
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin

from brandwatch.feeds.incremental import MAX_ENTRIES

KNOWN: dict[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
USERLAND = "backend.userland.com/rss"
ATOM, RSS_1, RSS_090 = "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/", "rdf/simple/0.9/"
QUOTE = {'"': "&quot;"}
XHTML, TEXT, HTML = "application/xhtml+xml", "text/plain", "text/html"
TYPES = {"text": TEXT, "plain": TEXT, "html": HTML, "xhtml": XHTML}


class Element(NamedTuple):
    """What is known of an element by its name: what it is called, and what its markup or its text is kept as."""

    tag: str
    content: tuple[str, str] | None
    pushed: str | None


class TextElement(IntEnum):
    """Where a text stands in an entry, in the order in which people read them."""

    LEAD = 0
    BODY = 1
    CAPTION = 2


Text = tuple[TextElement, str, str]
"""One text of an entry: its place, its media type, and what it says."""

# What each element is kept as; two names for one thing share a place.
CONTENT = {
    **dict.fromkeys(("title", "dc:title", "media:title"), ("title", TEXT)),
    **dict.fromkeys(("subtitle", "tagline", "itunes:subtitle"), ("subtitle", TEXT)),
    **dict.fromkeys(("rights", "copyright", "dc:rights"), ("rights", TEXT)),
    **dict.fromkeys(("info", "feedburner:browserfriendly"), ("info", TEXT)),
    **dict.fromkeys(("description", "dc:description", "media:description"), ("description", HTML)),
    **dict.fromkeys(("summary", "itunes:summary"), ("summary", TEXT)),
    **dict.fromkeys(("content:encoded", "fullitem"), ("content", HTML)),
    "abstract": ("description", TEXT),
    "content": ("content", TEXT),
}
PUSHED = {
    **dict.fromkeys(("published", "issued", "pubdate", "dcterms:issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified"), "updated"),
    **dict.fromkeys(("language", "dc:language"), "language"),
    **dict.fromkeys(("name", "itunes:name", "dc:contributor"), "name"),
    **dict.fromkeys(("email", "itunes:email"), "email"),
    **dict.fromkeys(("url", "uri", "homepage"), "href"),
    **dict.fromkeys(("category", "keywords", "dc:subject", "media:category", "itunes:category"), "category"),
    **dict.fromkeys(("created", "dcterms:created"), "created"),
    **dict.fromkeys(("webmaster", "dc:publisher", "itunes:owner"), "publisher"),
    **dict.fromkeys(("georss:point", "georss:line", "georss:polygon", "georss:box"), "geometry"),
    **dict.fromkeys(("itunes:image", "itunes:link"), "itunes_image"),
    "media:rating": "rating", "media:credit": "credit", "media:restriction": "restriction",
    "media:license": "license", "media:thumbnail": "url", "media:player": "media_player",
    "expirationdate": "expired", "generator": "generator", "contributor": "contributor", "newlocation": "newlocation",
    "width": "width", "height": "height", "dcterms:valid": "validity", "tags": "tags",
    "where": "where", "georss:where": "where",
}  # fmt: skip
# A second description is kept as content, by the rules of feedparser.
PLACES = {
    **dict.fromkeys(("description", "summary", "subtitle"), TextElement.LEAD),
    "content": TextElement.BODY,
}
"""The places of the texts of an entry, by what their elements are kept as."""
# No element has a name with a blank in it.
TEXTS, TITLES = "all texts", "all titles"
AUTHORS = frozenset({"author", "managingeditor", "dc:creator", "dc:author", "itunes:author"})
BARE = frozenset({"rss", "feed", "channel", "cloud", "media:group", "media:content", "cc:license"})
SPECIAL = frozenset({"item", "entry", "image", "source", "link", "guid", "id", "enclosure"})
ROOTS = frozenset({"rss", "feed", "rdf:rdf"})
SPOKEN = frozenset({"xml:lang", "lang", "xml:base", "base"})
# Elements whose way through feedparser is too winding to follow, or whose name is that of a place of its own.
UNUSUAL = re.compile(
    r"textinput|body|xhtml:body|psc:.*|gml:.*|creativecommons:.*|svg|math|links|authors|author_detail|title_detail"
    r"|summary_detail|rights_detail|skip_hours|image_detail|guidislink|channel_.*"
)
IMAGE_PARTS = frozenset({"title", "link", "description", "url", "href", "width", "height"})
URIS = frozenset({"link", "id", "wfw_commentrss"})
WANTED = frozenset(
    "title id link description summary content subtitle published updated date author language rights license "
    "wfw_commentrss slash_comments thr_total feedburner_origlink source news_source ttl sy_updateperiod "
    "sy_updatefrequency hour itunes_title googleplay_description".split()
)
PARTS = frozenset({"name", "email"})
REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")

STARTS = {
    "item": "_start_item",
    "entry": "_start_item",
    "image": "_start_image",
    "source": "_start_source",
    "link": "_start_link",
    "enclosure": "_start_enclosure",
    "guid": "_start_guid",
    "id": "_start_guid",
}
"""Elements with a way of their own, and the method of the reader that begins each."""
ENDS = {
    "item": "_end_item",
    "entry": "_end_item",
    "image": "_end_image",
    "source": "_end_source",
    "guid": "_end_guid",
    "id": "_end_guid",
    "channel": "_end_feed",
    "feed": "_end_feed",
    "enclosure": "_end_enclosure",
}
"""The methods that end them."""

_C1 = re.compile("[\x80-\x9f]")
# The bytes without which Latin-1 text is neither mangled UTF-8 nor Windows-1252.
_HIGH = bytes(range(0x80, 0xC0))


class UnusualError(Exception):
    """Something that only feedparser knows how to read."""


class ReaderState:
    """The state of one reading; its rules are those of feedparser's mixin, name for name."""

    def __init__(self) -> None:
        self.feed: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.source: dict[str, Any] = {}
        self.version, self.begun, self.depth, self.title_depth, self.inline = "", 0, 0, -1, 0
        self.in_feed = self.in_entry = self.in_source = self.in_image = self.in_author = self.in_publisher = False
        self.in_content = self.has_content = self.guid_is_link = False
        self.summary_key = ""
        self.lang: str | None = None
        self.base = ""
        self.outer: list[tuple[int, str | None, str]] = []  # what to return to, and at which depth
        self.params: dict[str, Any] = {}
        self.depths: dict[str, int] = {}
        self.stack: list[tuple[str, bool, list[str]]] = []
        self.names: dict[str, Element] = {}
        self.mapped: dict[str | None, str] = {}
        self.in_use: dict[str, str] = {}

    def declare(self, prefix: str | None, uri: str) -> None:
        """Take note of a namespace, which may also tell the version."""
        lower = (uri or "").lower()
        if not lower:
            return
        if not self.version:
            is_090 = prefix is None and lower.endswith(RSS_090)
            self.version = "rss090" if is_090 else {RSS_1: "rss10", ATOM: "atom10"}.get(lower, "")
        known = "" if USERLAND in lower else KNOWN.get(lower)
        if known is not None:
            self.mapped[prefix] = known
        self.in_use[(prefix or "") if known is None else known] = uri
        self.names.clear()

    def _name(self, raw: str) -> Element:
        """Return what feedparser calls an element, `prefix:local` in lower case, and how its text is kept."""
        parts = raw.split(" ")  # namespace, name, prefix; or name alone
        uri, rest = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
        known = "" if USERLAND in uri.lower() else KNOWN.get(uri.lower())
        prefix = known or ""
        if uri and not prefix:
            prefix = next((name for name, value in self.in_use.items() if name and value == uri), "")
        prefix = self.mapped.get(prefix, prefix) if prefix else ""
        tag = (f"{prefix}:{rest}" if prefix else rest).lower()
        if UNUSUAL.fullmatch(tag):
            raise UnusualError
        element = self.names[raw] = Element(tag, CONTENT.get(tag), PUSHED.get(tag))
        return element

    def _attributes(self, raw: dict[str, str]) -> dict[str, str]:
        """Return the attributes by the names feedparser gives them."""
        attributes: dict[str, str] = {}
        qualified: dict[str, str] = {}
        for name, value in raw.items():
            key, written, is_small = _attribute(name)
            attributes[key] = qualified[written] = value.lower() if is_small else value
        attributes.update(qualified)
        return attributes

    def _context(self) -> dict[str, Any]:
        """Return the place of what is read."""
        if self.in_source:
            return self.source
        if self.in_image and "image" in self.feed:
            found: dict[str, Any] = self.feed["image"]
            return found
        return self.entries[-1] if self.in_entry else self.feed

    def _get_context(self) -> dict[str, Any]:
        """Return the place of what is read, for the one rule that is borrowed."""
        return self._context()

    def _save_author(self, key: str, value: str | None) -> None:
        """Keep the name or address of the author."""
        self._sync_author_detail()
        self._context().setdefault("authors", [{}])[-1][key] = value

    def _sync_author_detail(self) -> None:
        """Bring the last author and the line about authors together."""
        context = self._context()
        detail = (context.get("authors") or [{}])[-1]
        if not detail and context.get("author") and "@" not in context["author"]:
            detail["name"] = context["author"]
        else:
            _FeedParserMixin._sync_author_detail(self)  # noqa: SLF001 (its own rules, to the letter)

    def _push(self, element: str, *, expecting: bool = True) -> None:
        """Begin to gather the text of an element."""
        self.stack.append((element, expecting, []))

    def _pop(self, element: str) -> str | None:
        """Return the text of an element, if it is that whose text is being gathered, and keep what is wanted."""
        if not self.stack or self.stack[-1][0] != element:
            return None
        _, expecting, pieces = self.stack.pop()
        if expecting and element not in WANTED:
            return None
        output = "".join(pieces).strip()
        if not expecting:
            return output
        if output and element in URIS and (element != "id" or self.guid_is_link):
            output = join_link(self.base, output)
        if self.params.get("type") == TEXT and not self.version.startswith("atom") and _looks_like_html(output):
            self.params["type"] = HTML
        output = output if output.isascii() else _unmangled(output)
        if element != "title" or not -1 < self.title_depth <= self.depth:
            self._store(element, output)
        return output

    def _store(self, element: str, output: str) -> None:
        """Keep a text where it belongs."""
        if self.in_entry and not self.in_source:
            self._store_in_entry(element, output)
        elif self.in_feed or self.in_source:
            self._store_in_feed(element, output)

    def _store_in_entry(self, element: str, output: str) -> None:
        """Keep a text of the entry, unless one from further out is there."""
        entry = self.entries[-1]
        if element == "link":
            if not self.in_image:
                entry["link"] = output = REFERENCE.sub(r"&\1", output.replace("&amp;", "&"))
                if output:
                    entry["links"][-1]["href"] = output
        elif element != "content":
            key = "summary" if element == "description" else element
            known = self.depths.get(key)
            if known is None or self.depth <= known:
                self.depths[key] = self.depth
                entry["updated" if key == "date" else key] = output
            if element == "title":
                entry["title_detail"] = self.params.copy()

    def _store_in_feed(self, element: str, output: str) -> None:
        """Keep a text of the feed or of the source of an entry."""
        context = self._context()
        key = {"description": "subtitle", "date": "updated"}.get(element, element)
        context[key] = output
        if element == "link":
            context["link"] = context["links"][-1]["href"] = REFERENCE.sub(r"&\1", output)
        elif element == "hour":
            context.setdefault("skip_hours", []).append(output)
        elif self.in_content:
            context[f"{key}_detail"] = {**self.params, "value": output}

    def _start_item(self, attributes: dict[str, str]) -> None:
        """Begin an entry."""
        if "lastmod" in attributes or "href" in attributes or self.begun >= MAX_ENTRIES:
            raise UnusualError
        self.entries.append({})
        self.begun += 1
        self.depths = {}
        self._push("item", expecting=False)
        self.in_entry, self.guid_is_link, self.title_depth = True, False, -1
        if about := attributes.get("rdf:about"):
            self._context()["id"] = about

    def _end_item(self) -> None:
        """End an entry."""
        self._pop("item")
        self.in_entry = self.has_content = False

    def _start_image(self, _: dict[str, str]) -> None:
        """Begin the picture of the feed, whose title is not the feed's."""
        if not self.in_entry:
            self._context().setdefault("image", {})
        self.in_image, self.title_depth = True, -1
        self._push("image", expecting=False)

    def _end_image(self) -> None:
        """End the picture."""
        self._pop("image")
        self.in_image = False

    def _start_guid(self, attributes: dict[str, str]) -> None:
        """Begin the identity of an entry."""
        self.guid_is_link = attributes.get("ispermalink", "true") == "true"
        self._push("id")

    def _end_guid(self) -> None:
        """End the identity, which may stand in for the link."""
        value = self._pop("id")
        if self.guid_is_link:
            self._context().setdefault("link", value)


@lru_cache(maxsize=512)
def _attribute(raw: str) -> tuple[str, str, bool]:
    """Return the two names of an attribute, and whether its value is read in small letters.

    The first has the prefix that is usual for its namespace, the second is as it is written.
    """
    uri, _, rest = raw.partition(" ")  # namespace, name, prefix; or name alone
    if not rest:
        return raw.lower(), raw.lower(), raw.lower() in {"rel", "type"}
    local, _, prefix = rest.partition(" ")
    known = KNOWN.get(uri.lower(), "")
    return (f"{known}:{local}" if known else local).lower(), (f"{prefix}:{local}" if prefix else local).lower(), False


def join_link(base: str, uri: str) -> str:
    """Return a link as feedparser joins it to its base; there is seldom any, and then nothing to do."""
    return uri if not base and ":///" not in uri else str(_urljoin(base, uri))


def _looks_like_html(text: str) -> bool:
    """Say whether a plain text is markup, by feedparser's rules."""
    return ("</" in text or "&" in text) and bool(_FeedParserMixin.looks_like_html(text))


def _unmangled(text: str) -> str:
    """Return a text whose UTF-8 was read as Latin-1 as it was meant, and Windows-1252 controls as characters."""
    with contextlib.suppress(UnicodeError):
        raw = text.encode("iso-8859-1")
        if len(raw) == len(raw.translate(None, _HIGH)):
            return text
        text = raw.decode("utf-8")
    return text.translate(_cp1252) if _C1.search(text) else text
