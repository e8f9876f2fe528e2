"""The links of a page, or of its HTTP header, that lead to its feeds."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from brandwatch import urls
from brandwatch.feeds import loose_markup
from brandwatch.text.decoding import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


# A channel page of YouTube announces its feed behind 600 kB of script.
_MAX_PAGE_BYTES = 2_000_000
_MAX_LINKS = 20
# The words of a link to a feed are few; a whole teaser may hold “feed” by chance.
_MAX_WORDS_CHARS = 80

_READ = frozenset({"base", "link", "object", "embed", "a", "area", "frame", "iframe", "meta"})
_HIDDEN = frozenset({"script", "style", "template", "textarea"})

# Pages write `text/rss`, `application/xml+rss` and just `rss`; `atomsvc+xml` and `rsd+xml` are other things.
_FEED_TYPE = re.compile(r"(?<![a-z])(?:rss|atom|rdf|feed)(?![a-z])", re.IGNORECASE)
_ANY_DATA_TYPE = frozenset({"text/xml", "application/xml", "application/json"})
_FEED_RELATIONS = frozenset({"feed", "service.feed", "rss", "atom"})
_ALTERNATE = frozenset({"alternate", "alternative"})
# What people and icons call a feed. `atom` and `feed` alone are words of other things.
_WORDS = re.compile(
    r"(?<![a-z])(?:rss(?:[ _-]?2(?:\.0)?)?|atom|(?:json|xml|web|news|nyhets)?[ _-]?feeds?|rdf|syndicat(?:e|ion)"
    r"|nyhetsstrøm)(?![a-z])|^\W*xml\W*$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?<![a-z])(?:rss|atom|feed)\W*$", re.IGNORECASE)
_MAX_LABEL_CHARS = 20
_ICON = re.compile(r"(?<![a-z])(?:rss|feed[_-]?icon|icon[_-]?feed)", re.IGNORECASE)
_WORD_ATTRIBUTES = ("alt", "title", "aria-label", "data-title", "data-original-title")
_PATH = re.compile(
    r"/(?:rss|atom|feeds?|rdf|syndication)(?:[./_-][^/]*)?/?$|/feeds?/|\.(?:rss|atom|rdf)$"
    r"|/(?:feed|rss|atom)[\w.-]*\.(?:xml|json|php|aspx)$|/index\.xml$",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|[&;])[\w-]+=(?:rss|atom|rdf|feed)[\w.]*(?:[&;]|$)", re.IGNORECASE)
_FEED_HOST = re.compile(r"(?:https?:)?//(?:feeds?\d*|rss)\.", re.IGNORECASE)
# “Add to …”: the address of the feed is a part of that of the reader.
_READER = re.compile(
    r"https?://(?:[\w-]+\.)*(?:feedly|inoreader|newsblur|netvibes|theoldreader|yahoo|subtome)\.com/"
    r".{0,200}?(https?(?::|%3a)(?:/|%2f){2}.+)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comments?(?![a-z])|kommentar", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*\d{0,6}(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
# RFC 8288 §3.
_LINK_VALUE = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)')
_LINK_PARAMETER = re.compile(r';\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))')
_PROGRAM_SCHEME = re.compile(r"feed:(?://)?(https?:)?(?://)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """The absolute links of a page by what they lead to, each once, in their order.

    *announced* and *linked* are feeds by their type or by their name; *comments* are those of either that hold
    comments. *pages* are the target of a refresh, and frames of the same site. *canonical* is the address that the page
    names for itself.
    """

    announced: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    canonical: str = ""


def feed_links(body: bytes, base: str, content_type: str = "") -> tuple[str, ...]:
    """Return the absolute links of the feeds that the page *body* announces, those of comments last.

    *base* is the address of the page; RSS Advisory Board, "RSS Autodiscovery" 1.0.
    """
    found = page_links(body, base, content_type)
    return (*found.announced, *(link for link in found.comments if link not in found.linked))


def page_links(body: bytes, base: str, content_type: str = "", header: str = "") -> PageLinks:
    """Read the links of a page, and those of the *header* Link of its response."""
    reader = _PageReader()
    reader.read(decode_text(body[:_MAX_PAGE_BYTES], content_type))
    root = urls.web_link(reader.base, base) if reader.base else base
    announced = [_Link(target, title, base) for target, title in _header_links(header)]
    announced += [_Link(target, title, root) for target, title in reader.announced]
    linked = [_Link(target, title, root) for target, title in reader.anchors]
    refreshes, frames = (
        (_Link(target, "", root) for target in targets) for targets in (reader.refreshes, reader.frames)
    )
    return PageLinks(
        announced=_resolve(link for link in announced if not link.is_comments),
        linked=_resolve(link for link in linked if not link.is_comments),
        comments=_resolve(link for link in (*announced, *linked) if link.is_comments),
        pages=(*_resolve(refreshes), *(link for link in _resolve(frames) if is_same_site(link, base))),
        canonical=urls.web_link(reader.canonical, root) if reader.canonical else "",
    )


def is_same_site(url: str, other: str) -> bool:
    """Whether two links are on one host, or one host is in the domain of the other."""
    first, second = urls.host(url), urls.host(other)
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


@dataclass(frozen=True, slots=True)
class _Link:
    target: str
    title: str
    root: str

    @property
    def is_comments(self) -> bool:
        """Whether a feed holds comments, by its address or title."""
        return bool(_COMMENTS.search(self.target) or _COMMENTS.search(self.title))


def _resolve(links: Iterable[_Link]) -> tuple[str, ...]:
    found = (urls.web_link(_plain_address(link.target), link.root) for link in links)
    return tuple(dict.fromkeys(filter(None, found)))[:_MAX_LINKS]


def _plain_address(target: str) -> str:
    """Return the web address in one of a program for feeds: feed:, or “add to” a reader."""
    if scheme := _PROGRAM_SCHEME.match(target):
        return f"{scheme[1] or 'http:'}//{target[scheme.end() :]}"
    if reader := _READER.match(target):
        return unquote(reader[1]) if "%" in reader[1][:8] else reader[1]
    return target


def _header_links(header: str) -> Iterator[tuple[str, str]]:
    """Yield the feeds in a header Link, with their titles."""
    for value in _LINK_VALUE.finditer(header):
        parameters = {name.lower(): quoted or bare for name, quoted, bare in _LINK_PARAMETER.findall(value[2])}
        if _is_announced({"href": value[1], **parameters}):
            yield value[1], parameters.get("title", "")


def _is_announced(values: Mapping[str, str]) -> bool:
    """Whether a link with these attributes announces a feed: by its relation, its type, or without one by its name."""
    relations = set(values.get("rel", "").lower().split())
    media_type = values.get("type", "").partition(";")[0].strip().lower()
    if relations & _FEED_RELATIONS or _FEED_TYPE.search(media_type):
        return True
    is_named = not media_type and bool(
        _WORDS.search(values.get("title", "")) or _is_feed_address(values.get("href", ""))
    )
    return bool(relations & _ALTERNATE) and (media_type in _ANY_DATA_TYPE or is_named)


class _PageReader:
    """Collects the links of a page as written, each with its title."""

    def __init__(self) -> None:
        self.base = ""
        self.canonical = ""
        self.announced: list[tuple[str, str]] = []
        self.anchors: list[tuple[str, str]] = []
        self.refreshes: list[str] = []
        self.frames: list[str] = []
        self._anchor: _Anchor | None = None
        self._before = ""

    def read(self, text: str) -> None:
        """Read a page; a script that is not closed hides the rest."""
        hidden = ""
        for tag in loose_markup.tags(loose_markup.mask_hidden(text)):
            if hidden:
                hidden = "" if tag.name == f"/{hidden}" else hidden
            elif tag.name in _HIDDEN:
                # XHTML closes a script in its tag.
                hidden = "" if tag.text.partition(">")[0].endswith("/") else tag.name
            else:
                self._read_tag(tag)
        self._end_anchor()

    def _read_tag(self, tag: loose_markup.Tag) -> None:
        if tag.name in {"a", "/a", "area"}:
            self._end_anchor()
        if tag.name in _READ or self._anchor:
            values, end = loose_markup.read_attributes(tag.text)
            self._read_element(tag.name, values)
            if self._anchor:
                self._anchor.note(tag.name, values, tag.text[end:] if end >= 0 else "")
        # The words of one link are no label of the next.
        before = "" if tag.name == "/a" else self._before
        self._before = f"{before}{tag.text.rpartition('>')[2]}"[-_MAX_LABEL_CHARS:]

    def _read_element(self, name: str, values: dict[str, str]) -> None:
        match name:
            case "base":
                self.base = self.base or values.get("href", "")
            case "link" | "object" | "embed":
                self._read_link(values)
            case "a" | "area":
                self._begin_anchor(values)
            case "frame" | "iframe":
                self.frames.append(values.get("src", ""))
            case "meta" if values.get("http-equiv", "").lower() == "refresh":
                self.refreshes += _REFRESH.findall(values.get("content", ""))
            case "meta" if values.get("property", "").lower() == "og:url":
                self.canonical = self.canonical or values.get("content", "")
            case _:
                pass

    def _read_link(self, values: dict[str, str]) -> None:
        target = values.get("href", "") or values.get("data", "") or values.get("src", "")
        if "canonical" in values.get("rel", "").lower().split():
            self.canonical = self.canonical or target
        if _is_announced(values):
            self.announced.append((target, values.get("title", "")))

    def _begin_anchor(self, values: dict[str, str]) -> None:
        target = values.get("href", "")
        if _is_announced({"rel": "alternate" if values.get("type") else "", **values}):
            self.announced.append((target, values.get("title", "")))
        elif target:
            # “RSS: here”
            self._anchor = _Anchor(target, ["RSS"] if _LABEL.search(self._before) else [])

    def _end_anchor(self) -> None:
        """End the anchor that is open; its link counts if its words, icon or address are those of a feed."""
        anchor, self._anchor = self._anchor, None
        if anchor and anchor.is_feed:
            self.anchors.append((anchor.target, " ".join(anchor.words)))


@dataclass(slots=True)
class _Anchor:
    """A link of a page, with what people read at it and what it shows."""

    target: str
    words: list[str] = field(default_factory=list)
    icons: list[str] = field(default_factory=list)

    def note(self, tag: str, values: dict[str, str], text: str) -> None:
        """Note what the anchor or an element inside shows: words, an image, the icon of a font, a drawing."""
        self.words += (*(values.get(name, "") for name in _WORD_ATTRIBUTES), html.unescape(text))
        names = ("class", "id", "src") if tag == "a" else ("class", "id", "src", "href")
        self.icons += (values.get(name, "") for name in names)

    @property
    def is_feed(self) -> bool:
        """Whether people or programs would take it for the link to a feed."""
        words = " ".join(self.words)[:_MAX_WORDS_CHARS]
        return bool(_is_feed_address(self.target) or _WORDS.search(words) or any(map(_ICON.search, self.icons)))


def _is_feed_address(target: str) -> bool:
    """Whether an address looks like that of a feed: /rss, feed.xml, ?feed=rss2."""
    path, _, query = target.partition("#")[0].partition("?")
    signs = (_PROGRAM_SCHEME.match(target), _FEED_HOST.match(target), _PATH.search(f"/{path}"), _QUERY.search(query))
    return any(signs)
