"""What feedparser keeps each element of a feed as: the tables of the fast path."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from feedparser.mixin import _FeedParserMixin

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


class Place(IntEnum):
    """Where a text stands in an entry, in the order in which people read them."""

    LEAD = 0
    BODY = 1
    CAPTION = 2


Text = tuple[Place, str, str]
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
    **dict.fromkeys(("description", "summary", "subtitle"), Place.LEAD),
    "content": Place.BODY,
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
