"""Read well-formed feeds on expat: the result of feedparser at a third of its cost.

199 real feeds (10.6 MB) give the same entries both ways (`bench/parse.py`). The state and the rules are those of
feedparser's mixin, and so are the names of its keys. Anything unusual ends the reading, and feedparser takes over.
All of it is one class in one file, because every element passes through most of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri

from brandwatch.feeds import elements
from brandwatch.feeds.elements import HTML, TEXT, XHTML, UnusualError
from brandwatch.feeds.incremental import MAX_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    Attributes = dict[str, str]


# Quadratic time in deep nesting is for the process that can be killed.
_MAX_DEPTH = 200
# Most texts are read in one piece; expat's own size is an eighth.
_BUFFER_BYTES = 65_536
_QUOTE = {'"': "&quot;"}
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_C1_CONTROL = re.compile("[\x80-\x9f]")
# Latin-1 text without these bytes is neither mangled UTF-8 nor Windows-1252.
_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))


class FastResult(NamedTuple):
    """A feed as feedparser describes it, its entries, and whether the document is a feed at all."""

    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    is_feed: bool


def read_fast(text: str, cut: int = 0) -> FastResult | None:
    """Read *text* as feedparser does; return `None` if only feedparser can.

    *cut* is the number of entries that were removed before; with any, a feed without entries is usual.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = parser.buffer_text = True
    parser.buffer_size = _BUFFER_BYTES
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartNamespaceDeclHandler = reader.declare
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_declaration
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 (expat takes no names)
    except (expat.ExpatError, UnusualError, LookupError, ValueError):
        return None
    if not reader.version or not (reader.entries or cut):
        return None
    return FastResult(reader.feed, reader.entries, is_feed=True)


def _refuse_declaration(*_: object) -> None:
    raise UnusualError


class _Reader:
    """Follows the elements of one document."""

    def __init__(self) -> None:
        self.feed: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.source: dict[str, Any] = {}
        self.version, self.depth, self.title_depth, self.inline_depth = "", 0, -1, 0
        self.in_feed = self.in_entry = self.in_source = self.in_image = self.in_author = self.in_publisher = False
        self.in_content = self.has_content = self.guid_is_link = False
        self.summary_key = ""
        self.lang: str | None = None
        self.base = ""
        self.outer: list[tuple[int, str | None, str]] = []  # depth, language and base to return to
        self.params: dict[str, Any] = {}
        self.depths: dict[str, int] = {}
        self.stack: list[tuple[str, bool, list[str]]] = []  # key, whether its text is stored, pieces of the text
        self.names = elements.ElementNames()

    def declare(self, prefix: str | None, uri: str) -> None:
        """Start a namespace; the first known one may tell the version."""
        version = self.names.declare(prefix, uri)
        self.version = self.version or version

    def start(self, raw: str, raw_attributes: Attributes) -> None:
        """Start an element."""
        self.depth += 1
        tag, content, plain, ignored = self.names[raw]
        attributes = self._read_attributes(tag, raw_attributes) if raw_attributes else {}
        if self.depth > _MAX_DEPTH or (self.depth == 1 and tag not in elements.ROOTS):
            raise UnusualError
        if self.in_content:
            self._start_inline(tag, attributes)
            return
        if self.in_image and ":" not in tag and tag not in elements.IMAGE_PARTS:
            self.in_image = False
        if ignored and (plain or not attributes):
            self.stack.append((ignored, True, []))
        elif content is not None:
            self._start_content(*content, attributes)
        elif plain is not None:
            self._start_plain(tag, plain, attributes)
        else:
            self._start_other(tag, attributes)

    def data(self, text: str) -> None:
        """Add text to the innermost element that takes any."""
        if self.stack:
            self.stack[-1][2].append(escape(text) if self.in_content and self.params["type"] == XHTML else text)

    def end(self, raw: str) -> None:
        """End an element."""
        tag, content, plain, ignored = self.names[raw]
        if self.inline_depth:
            self.inline_depth -= 1
            self.stack[-1][2].append(f"</{tag.rpartition(':')[2]}>")
        elif ignored:
            if self.stack and self.stack[-1][0] == ignored:
                self.stack.pop()
        elif content is not None:
            self._end_content(tag, content[0])
        elif plain is not None:
            self._end_plain(tag, plain)
        else:
            self._end_other(tag)
        if self.outer and self.outer[-1][0] == self.depth:
            _, self.lang, self.base = self.outer.pop()
        self.depth -= 1

    def _read_attributes(self, tag: str, raw: Attributes) -> Attributes:
        attributes = elements.name_attributes(raw)
        if not elements.INHERITED_ATTRIBUTES.isdisjoint(attributes):
            self._inherit(tag, attributes)
        return attributes

    def _inherit(self, tag: str, attributes: Attributes) -> None:
        """Apply xml:lang and xml:base to this element and those inside."""
        before = self.lang, self.base
        if (declared := attributes.get("xml:lang", attributes.get("lang"))) is not None:
            self.lang = declared or None
            if declared and tag in {"feed", "rss"}:
                self.feed["language"] = declared.replace("_", "-")
        if base := attributes.get("xml:base", attributes.get("base")):
            self.base = make_safe_absolute_uri(self.base, base) or self.base
            if not self.base.startswith(("http://", "https://")):
                raise UnusualError
        if before != (self.lang, self.base):
            self.outer.append((self.depth, *before))

    def _start_other(self, tag: str, attributes: Attributes) -> None:
        """Start an element with its own handler, or an unknown one: it stands for its attributes, else its text."""
        if tag in elements.AUTHORS:
            self.in_author = True
            self._push("author")
            self._get_context().setdefault("authors", []).append({})
        elif handler := _STARTS.get(tag):
            handler(self, attributes)
        elif tag in elements.CONTAINERS:
            self._start_container(tag, attributes)
        elif attributes:
            self._get_context()[tag.replace(":", "_")] = attributes
        else:
            self._push(tag.replace(":", "_"))

    def _end_other(self, tag: str) -> None:
        if tag in elements.AUTHORS:
            value, people = self._pop("author"), self._get_context().get("authors")
            self.in_author = False
            if value and people:
                people[-1]["text"] = value
        elif handler := _ENDS.get(tag):
            handler(self)
        elif tag not in elements.CONTAINERS:
            self._pop(tag.replace(":", "_"))

    def _start_container(self, tag: str, attributes: Attributes) -> None:
        """Start an element that holds others; the root tells the version."""
        if tag in {"feed", "channel"}:
            self.in_feed = True
        if tag == "rss" and not self.version.startswith("rss"):
            self.version = "rss"
        if tag == "feed" and not self.version:
            self.version = "atom"
        if tag == "media:content":
            self._get_context().setdefault("media_content", []).append(attributes)
        elif "lastmod" in attributes or "href" in attributes:
            raise UnusualError

    def _start_plain(self, tag: str, key: str, attributes: Attributes) -> None:
        """Start an element of which only the text counts."""
        if tag == "itunes:owner":
            self.in_publisher = True
            if self.in_entry:
                raise UnusualError
        elif key == "itunes_image" and (attributes.get("href") or attributes.get("url")):
            self._get_context()["image"] = {}
        self._push(key, is_stored=key not in elements.PERSON_PARTS)

    def _end_plain(self, tag: str, key: str) -> None:
        value = self._pop(key)
        if key in elements.PERSON_PARTS and self.in_author and not self.in_publisher:
            self._get_context().setdefault("authors", [{}])[-1][key] = value
        if tag == "itunes:owner":
            self.in_publisher = False

    def _start_content(self, key: str, default: str, attributes: Attributes) -> None:
        """Start text or markup; the second summary of an entry is its content."""
        is_pushed_twice = key == "content" and default == TEXT
        if (key in {"description", "summary"} and default != TEXT) or key == "summary":
            is_pushed_twice = "summary" in self._get_context() and not self.has_content
            self.summary_key = "content" if is_pushed_twice else key
            key, default = ("content", TEXT) if is_pushed_twice else (key, default)
        self.has_content = self.has_content or key == "content"
        kind = attributes.get("type", default).lower()
        kind = elements.MEDIA_TYPES.get(kind, kind)
        if attributes.get("mode") == "base64" or not (kind.startswith("text/") or kind.endswith(("+xml", "/xml"))):
            raise UnusualError
        self.in_content = True
        self.params = {"type": kind, "language": self.lang.replace("_", "-") if self.lang else self.lang}
        is_stored = key not in {"title", "description"} or self.in_feed or self.in_entry or self.in_source
        self._push(key, is_stored=is_stored)
        if is_pushed_twice:  # feedparser pops it once
            self._push(key)

    def _end_content(self, tag: str, key: str) -> None:
        """End text or markup; note each text of an entry, whatever feedparser stores it as."""
        if key in {"description", "summary"}:
            if self.summary_key == "content":
                key = "content"
            elif key == "summary":
                key = self.summary_key
        kind, outer = self.params["type"], self.title_depth
        value = self._pop(key)
        if value and self.in_entry and not self.in_source:
            self._note_text(tag, key, value)
        self.in_content, self.params = False, {}
        if tag in {"description", "dc:description", "media:description", "summary", "itunes:summary", "abstract"}:
            self.summary_key = ""
        if key == "content" and kind in {TEXT, HTML, XHTML}:
            self._get_context().setdefault("summary", value)
        if key == "title" and value:
            self.title_depth = outer if tag == "media:title" else self.depth

    def _note_text(self, tag: str, key: str, value: str) -> None:
        entry = self.entries[-1]
        if key in elements.TEXT_KEYS:
            if self.base:
                entry.setdefault(elements.BASES, {})[value] = self.base
            entry.setdefault(elements.TEXTS, []).append((elements.text_place(tag), self.params["type"], value))
        elif key == "title":
            entry.setdefault(elements.TITLES, []).append((self.params["type"], value))

    def _start_inline(self, tag: str, attributes: Attributes) -> None:
        """Write an element within text as the markup that it is."""
        is_known = tag in elements.CONTENT or tag in elements.PLAIN or tag in elements.AUTHORS or tag in _STARTS
        if is_known or tag in elements.CONTAINERS:
            raise UnusualError
        if not self.params["type"].endswith("xml"):
            if tag in {"div", "xhtml:div"}:
                raise UnusualError
            self.params["type"] = XHTML
        elif self.params["type"] != XHTML:
            raise UnusualError
        self.inline_depth += 1
        if self.base and "href" in attributes:
            attributes["href"] = join_link(self.base, attributes["href"])
        written = "".join(f' {name}="{escape(value, _QUOTE)}"' for name, value in attributes.items())
        self.stack[-1][2].append(f"<{tag.rpartition(':')[2]}{written}>")

    def start_item(self, attributes: Attributes) -> None:
        """Start an entry."""
        if "lastmod" in attributes or "href" in attributes or len(self.entries) >= MAX_ENTRIES:
            raise UnusualError
        self.entries.append({})
        self.depths = {}
        self._push("item", is_stored=False)
        self.in_entry, self.guid_is_link, self.title_depth = True, False, -1
        if about := attributes.get("rdf:about"):
            self._get_context()["id"] = about

    def end_item(self) -> None:
        """End an entry."""
        self._pop("item")
        self.in_entry = self.has_content = False

    def end_feed(self) -> None:
        """End the feed's own facts."""
        self.in_feed = False

    def start_image(self, _: Attributes) -> None:
        """Start the picture of the feed, whose title is not that of the feed."""
        if not self.in_entry:
            self._get_context().setdefault("image", {})
        self.in_image, self.title_depth = True, -1
        self._push("image", is_stored=False)

    def end_image(self) -> None:
        """End the picture."""
        self._pop("image")
        self.in_image = False

    def start_guid(self, attributes: Attributes) -> None:
        """Start the identity of an entry."""
        self.guid_is_link = attributes.get("ispermalink", "true") == "true"
        self._push("id")

    def end_guid(self) -> None:
        """End the identity, which is the link too where it is one."""
        value = self._pop("id")
        if self.guid_is_link:
            self._get_context().setdefault("link", value)

    def start_source(self, _: Attributes) -> None:
        """Start `<source>`, the feed that an entry was copied from."""
        self._push("source")
        self.in_source, self.title_depth = True, -1

    def end_source(self) -> None:
        """End `<source>`."""
        self.in_source = False
        if value := self._pop("source"):
            self.source["title"] = value
        self._get_context()["source"], self.source = self.source, {}

    def start_link(self, attributes: Attributes) -> None:
        """Start a link, whose address is an attribute or its text."""
        attributes.setdefault("rel", "alternate")
        attributes.setdefault("type", "application/atom+xml" if attributes["rel"] == "self" else HTML)
        self._add_link(attributes, is_listed=not (self.in_entry and self.in_image))
        if "href" not in attributes:
            self._push("link", is_stored=self.in_feed or self.in_entry or self.in_source)
            return
        attributes["href"] = join_link(self.base, attributes["href"])
        kind = attributes["type"].lower()
        if attributes["rel"] == "alternate" and elements.MEDIA_TYPES.get(kind, kind) in {HTML, XHTML}:
            self._get_context()["link"] = attributes["href"]

    def start_enclosure(self, attributes: Attributes) -> None:
        """Add an enclosure, which is a link as well."""
        attributes["rel"] = "enclosure"
        self._add_link(attributes, is_listed=True)

    def _add_link(self, attributes: Attributes, *, is_listed: bool) -> None:
        href = attributes.get("url", attributes.get("uri", attributes.get("href")))
        if href:
            attributes.pop("url", None)
            attributes.pop("uri", None)
            attributes["href"] = href
        links = self._get_context().setdefault("links", [])
        if is_listed:
            links.append(attributes)

    def _get_context(self) -> dict[str, Any]:
        """Return the object that is being read."""
        if self.in_source:
            return self.source
        if self.in_image and "image" in self.feed:
            image: dict[str, Any] = self.feed["image"]
            return image
        return self.entries[-1] if self.in_entry else self.feed

    def _push(self, key: str, *, is_stored: bool = True) -> None:
        self.stack.append((key, is_stored, []))

    def _pop(self, key: str) -> str | None:
        """Close the element *key* if it is the innermost open one; store its text and return it."""
        if not self.stack or self.stack[-1][0] != key:
            return None
        _, is_stored, pieces = self.stack.pop()
        if is_stored and key not in elements.STORED_KEYS:
            return None
        output = "".join(pieces).strip()
        if not is_stored:
            return output
        if output and key in elements.URI_KEYS and (key != "id" or self.guid_is_link):
            output = join_link(self.base, output)
        if self.params.get("type") == TEXT and not self.version.startswith("atom") and _looks_like_html(output):
            self.params["type"] = HTML
        if not output.isascii():
            output = _unmangle(output)
        if key != "title" or not -1 < self.title_depth <= self.depth:
            self._store(key, output)
        return output

    def _store_in_entry(self, key: str, output: str) -> None:
        """Store a text of the entry, unless one from a lower depth is there."""
        entry = self.entries[-1]
        if key == "link":
            if not self.in_image:
                entry["link"] = output = _repair_link(output.replace("&amp;", "&"))
                if output:
                    entry["links"][-1]["href"] = output
        elif key != "content":
            stored_as = "summary" if key == "description" else key
            known = self.depths.get(stored_as)
            if known is None or self.depth <= known:
                self.depths[stored_as] = self.depth
                entry["updated" if stored_as == "date" else stored_as] = output
            if key == "title":
                entry["title_detail"] = self.params.copy()

    def _store(self, key: str, output: str) -> None:
        """Store a text of the entry, of its source, or of the feed."""
        if self.in_entry and not self.in_source:
            self._store_in_entry(key, output)
            return
        if not (self.in_feed or self.in_source):
            return
        context = self._get_context()
        stored_as = {"description": "subtitle", "date": "updated"}.get(key, key)
        context[stored_as] = output
        if key == "link":
            context["link"] = context["links"][-1]["href"] = _repair_link(output)
        elif key == "hour":
            context.setdefault("skip_hours", []).append(output)
        elif self.in_content:
            context[f"{stored_as}_detail"] = {**self.params, "value": output}


# Elements with a handler of their own.
_STARTS: dict[str, Callable[[_Reader, Attributes], None]] = {
    **dict.fromkeys(("item", "entry"), _Reader.start_item),
    **dict.fromkeys(("guid", "id"), _Reader.start_guid),
    "image": _Reader.start_image,
    "source": _Reader.start_source,
    "link": _Reader.start_link,
    "enclosure": _Reader.start_enclosure,
}
_ENDS: dict[str, Callable[[_Reader], None]] = {
    **dict.fromkeys(("item", "entry"), _Reader.end_item),
    **dict.fromkeys(("guid", "id"), _Reader.end_guid),
    **dict.fromkeys(("channel", "feed"), _Reader.end_feed),
    "image": _Reader.end_image,
    "source": _Reader.end_source,
}


def join_link(base: str, uri: str) -> str:
    """Join a link to its base as feedparser does; without a base there is usually nothing to do."""
    return uri if not base and ":///" not in uri else str(_urljoin(base, uri))


def _repair_link(link: str) -> str:
    """Drop the semicolons that feedparser takes for those of references."""
    return _REFERENCE.sub(r"&\1", link) if "&" in link else link


def _looks_like_html(text: str) -> bool:
    return ("</" in text or "&" in text) and bool(_FeedParserMixin.looks_like_html(text))


def _unmangle(text: str) -> str:
    """Repair UTF-8 that was read as Latin-1, and control characters that are Windows-1252."""
    try:
        raw = text.encode("iso-8859-1")
        if len(raw) == len(raw.translate(None, _CONTINUATION_BYTES)):
            return text
        text = raw.decode("utf-8")
    except UnicodeError:  # it was read in the right encoding
        pass
    return text.translate(_cp1252) if _C1_CONTROL.search(text) else text
