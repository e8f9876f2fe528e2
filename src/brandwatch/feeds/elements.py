"""The names of elements and attributes as feedparser spells them, and what the text of each element is stored as."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from feedparser.mixin import _FeedParserMixin


class TextElement(IntEnum):
    """The place of a text in an entry, in reading order."""

    LEAD = 0
    BODY = 1
    CAPTION = 2


Text = tuple[TextElement, str, str]
"""One text of an entry: its place, its media type, and the text."""

# Keys of a raw entry for all of its texts and titles, and for the base (xml:base) of each text that has one. No element
# has a name with a blank in it.
TEXTS, TITLES, BASES = "all texts", "all titles", "bases of texts"

XHTML, TEXT, HTML = "application/xhtml+xml", "text/plain", "text/html"
MEDIA_TYPES = {"text": TEXT, "plain": TEXT, "html": HTML, "xhtml": XHTML}

# Elements with text or markup: the key they are stored under, and their default type.
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
# Elements of which only the text counts, and the key it is stored under.
PLAIN = {
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
TEXT_KEYS = frozenset({"description", "summary", "subtitle", "content"})
"""The keys under which feedparser stores the texts of an entry; it stores a second description as content."""
_PLACES = {
    **dict.fromkeys(("content", "content:encoded", "fullitem", "body", "xhtml:body"), TextElement.BODY),
    "media:description": TextElement.CAPTION,
}
AUTHORS = frozenset({"author", "managingeditor", "dc:creator", "dc:author", "itunes:author"})
CONTAINERS = frozenset({"rss", "feed", "channel", "cloud", "media:group", "media:content", "cc:license"})
ROOTS = frozenset({"rss", "feed", "rdf:rdf"})
IMAGE_PARTS = frozenset({"title", "link", "description", "url", "href", "width", "height"})
PERSON_PARTS = frozenset({"name", "email"})
INHERITED_ATTRIBUTES = frozenset({"xml:lang", "lang", "xml:base", "base"})
URI_KEYS = frozenset({"link", "id", "wfw_commentrss"})
STORED_KEYS = frozenset(
    "title id link description summary content subtitle published updated date author language rights license "
    "wfw_commentrss slash_comments thr_total feedburner_origlink source news_source ttl sy_updateperiod "
    "sy_updatefrequency hour itunes_title googleplay_description googleplay_author".split()
)

_HANDLED = AUTHORS | CONTAINERS | {*"item entry link guid id image source enclosure itunes:owner".split()}
_EFFECTIVE_KEYS = STORED_KEYS | PERSON_PARTS | {"itunes_image"}
# Elements that feedparser handles in too many ways to follow, or that are named like a key of its result.
_UNUSUAL = re.compile(
    r"textinput|body|xhtml:body|psc:.*|gml:.*|creativecommons:.*|svg|math|links|authors|author_detail|title_detail"
    r"|summary_detail|rights_detail|skip_hours|image_detail|guidislink|channel_.*"
)
_PREFIXES: dict[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
# The namespace of RSS 0.91 and 2.0, which means the same as none.
_USERLAND = "backend.userland.com/rss"
_RSS_090 = "rdf/simple/0.9/"
_VERSIONS = {"http://purl.org/rss/1.0/": "rss10", "http://www.w3.org/2005/atom": "atom10"}
# The namespaces in use are searched once for each name: quadratic time is for the process that can be killed.
_MAX_NAMESPACES = 100


class UnusualError(Exception):
    """A document that only feedparser can read."""


class Element(NamedTuple):
    """The facts that the name of an element decides: its tag, its entries in CONTENT and PLAIN.

    feedparser's tag is `prefix:local` in lower case, with the usual prefix of a known namespace. *ignored* is the key
    of an element whose text has no effect, such as a category: half of all elements.
    """

    tag: str
    content: tuple[str, str] | None
    plain: str | None
    ignored: str = ""


def _known_element(tag: str) -> Element:
    if _UNUSUAL.fullmatch(tag):
        raise UnusualError
    content, plain = CONTENT.get(tag), PLAIN.get(tag)
    key = plain or tag.replace(":", "_")
    has_effect = content or tag in _HANDLED or key in _EFFECTIVE_KEYS
    return Element(tag, content, plain, "" if has_effect else key)


# All feeds have the same few elements.
_cached_element = lru_cache(maxsize=512)(_known_element)
_MAX_CACHED_CHARS = 40
# Most elements of RSS have no namespace, and none that is declared changes what they mean.
_WITHOUT_NAMESPACE = {
    name: _known_element(name.lower())
    for name in (*CONTENT, *PLAIN, *AUTHORS, *CONTAINERS, *"item entry link guid id image enclosure pubDate".split())
    if ":" not in name
}


def text_place(tag: str) -> TextElement:
    """Return the place of a text by its element; all but bodies and captions are leads."""
    return _PLACES.get(tag, TextElement.LEAD)


class ElementNames(dict[str, Element]):
    """The elements of one document by expat's name (`namespace local prefix`, or `local`)."""

    def __init__(self) -> None:
        super().__init__(_WITHOUT_NAMESPACE)
        self._prefixes: dict[str | None, str] = {}
        self._namespaces: dict[str, str] = {}

    def declare(self, prefix: str | None, uri: str) -> str:
        """Add a namespace; return the version of the format that it stands for, empty for none."""
        lower = (uri or "").lower()
        if not lower:
            return ""
        known = _known_prefix(lower)
        if known is not None:
            self._prefixes[prefix] = known
        self._namespaces[(prefix or "") if known is None else known] = uri
        if len(self._namespaces) > _MAX_NAMESPACES:
            raise UnusualError
        self.clear()
        self.update(_WITHOUT_NAMESPACE)
        return "rss090" if prefix is None and lower.endswith(_RSS_090) else _VERSIONS.get(lower, "")

    def __missing__(self, raw: str) -> Element:
        parts = raw.split(" ")
        uri, local = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
        prefix = _known_prefix(uri.lower()) or ""
        if uri and not prefix:
            prefix = next((name for name, value in self._namespaces.items() if name and value == uri), "")
        prefix = self._prefixes.get(prefix, prefix) if prefix else ""
        tag = (f"{prefix}:{local}" if prefix else local).lower()
        find_element = _cached_element if len(tag) <= _MAX_CACHED_CHARS else _known_element
        element = self[raw] = find_element(tag)
        return element


def _known_prefix(uri: str) -> str | None:
    return "" if _USERLAND in uri else _PREFIXES.get(uri)


def name_attributes(raw: dict[str, str]) -> dict[str, str]:
    """Return attributes under feedparser's names: with the usual prefix of their namespace, and as written."""
    attributes: dict[str, str] = {}
    for name, value in raw.items():
        usual, own, is_lowered = _attribute_names(name)
        if usual != own:
            return _name_twice(raw)
        attributes[usual] = value.lower() if is_lowered else value
    return attributes


def _name_twice(raw: dict[str, str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    written: dict[str, str] = {}
    for name, value in raw.items():
        usual, own, is_lowered = _attribute_names(name)
        attributes[usual] = written[own] = value.lower() if is_lowered else value
    attributes.update(written)
    return attributes


@lru_cache(maxsize=512)
def _attribute_names(raw: str) -> tuple[str, str, bool]:
    """Return the name with the usual prefix, the name as written, and whether the value is lowered."""
    uri, _, rest = raw.partition(" ")
    if not rest:
        return raw.lower(), raw.lower(), raw.lower() in {"rel", "type"}
    local, _, prefix = rest.partition(" ")
    known = _PREFIXES.get(uri.lower(), "")
    return (f"{known}:{local}" if known else local).lower(), (f"{prefix}:{local}" if prefix else local).lower(), False
