"""From feedparser's dictionary of one entry to an `Entry`: plain text, safe links, plausible times."""

from __future__ import annotations

import html
import re
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import urls
from brandwatch.feeds.fast_reader_state import TEXTS, TITLES, Text, TextElement
from brandwatch.models import Entry, Response
from brandwatch.text.dates import parse_date
from brandwatch.text.html import html_to_text, link_targets, readable, unescape
from brandwatch.text.joining import is_contained, join_texts
from brandwatch.text.sanitise import clean, clean_title, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


MAX_LINKS = 20
"""How many links of one entry are kept: enough to see whose pages it is about, too few for a page of links."""

_COUNTS = frozenset({"slash_comments", "thr_total", "media_starrating", "media_statistics"})
_UNKNOWN = Response()
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# A title such as `Slik virker <input> i skjema` is text; one that closes a tag is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)\b[^>]*>", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_ADDRESS = re.compile(r"^\S+@\S+\s+\((.+)\)$")


class FeedContext(NamedTuple):
    """What holds for every entry of a document: the feed's title and language, the document's address."""

    title: str
    language: str
    address: str


def read_entry(raw: dict[str, Any], feed: FeedContext, now: datetime) -> Entry:
    """Return the entry in *raw*; *feed* says what it leaves out."""
    base, title, texts, related = feed.address, _title(raw), _texts(raw), _mappings(raw, "links")
    bodies, others = _read(texts), _other_titles(raw, title)
    text, longest = join_texts(bodies + others, title), max(bodies, key=len, default="")
    published, updated = parse_date(_text(raw, "published"), now=now), parse_date(_text(raw, "updated"), now=now)
    return Entry(
        guid=one_line(_text(raw, "id")),
        url=_link(raw, related, base),
        title=title,
        text=text,
        longest="" if longest == text else longest,
        author=_author(raw),
        publisher=_outlet(raw) or feed.title,
        language=declared_language(raw) or feed.language,
        published=published or updated,
        updated=updated,
        comment_feed=_comment_feed(raw, related, base),
        links=body_links([value for _, _, value in texts], base),
        response=_response(raw, related),
    )


def _outlet(raw: dict[str, Any]) -> str:
    """Return the outlet of a republished entry: RSS `source`, Atom `source`, or Bing's `News:Source`."""
    named = read_label(_mapping(raw, "source"), "title") if "source" in raw else ""
    return named or (read_label(raw, "news_source") if "news_source" in raw else "")


def read_label(raw: dict[str, Any], key: str) -> str:
    """Return a short text of a feed or entry (its title, its rights) on one line."""
    return one_line(_readable(_text(raw, key), _text(_mapping(raw, f"{key}_detail"), "type")))


def declared_language(raw: dict[str, Any]) -> str:
    """Return the declared language as a lower-case BCP 47 tag, empty where what is declared is none."""
    declared = _text(raw, "language") or _text(_mapping(raw, "title_detail"), "language")
    tag = declared.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def entry_link(raw: str, base: str = "") -> str:
    """Return the safe, absolute form of a link as `urls.web_link` does, a redirect link undone."""
    return urls.unwrap(urls.web_link(raw, base))


def _text(raw: dict[str, Any], key: str) -> str:
    """Return a text as feedparser stored it.

    Its own look-up answers `updated` with `published` and warns; that of a dictionary does neither.
    """
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _mapping(raw: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a nested mapping, empty where there is none."""
    value = dict.get(raw, key)
    return value if isinstance(value, dict) else {}


def _mappings(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a nested list of mappings, empty where there is none."""
    value = dict.get(raw, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _readable(value: str, content_type: str) -> str:
    """Return text or markup as text."""
    return html_to_text(value) if _is_markup(value, content_type) else unescape(value)


def _is_markup(value: str, content_type: str) -> bool:
    """Whether a text is markup: by its declared type, or by what stands in it."""
    return content_type in _HTML_TYPES or ("<" in value and bool(_MARKUP.search(value)))


def _title(raw: dict[str, Any]) -> str:
    """Return the title without markup."""
    detail = _mapping(raw, "title_detail")
    return clean_title(_readable(_text(raw, "title"), _text(detail, "type")))


def body_links(bodies: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the web links in pieces of markup, taken relative to *base*, each once, at most `MOST_LINKS`."""
    found: dict[str, None] = {}
    for href in chain.from_iterable(map(link_targets, bodies)):
        if link := entry_link(href, base):
            found[link] = None
            if len(found) == MAX_LINKS:
                break
    return tuple(found)


def _texts(raw: dict[str, Any]) -> list[Text]:
    """Return the texts below the title in the order in which people read them."""
    texts: list[Text] = dict.get(raw, TEXTS) or []
    if said := _text(raw, "googleplay_description"):
        texts = [*texts, (TextElement.LEAD, "", said)]
    return sorted(texts, key=itemgetter(0)) if len(texts) > 1 else texts


def _other_titles(raw: dict[str, Any], title: str) -> list[str]:
    """Return what the entry is called beside its *title*: in feeds of media each file may have a title."""
    titles: list[tuple[str, str]] = dict.get(raw, TITLES) or []
    if len(titles) < 2 and "itunes_title" not in raw:  # noqa: PLR2004 (its own and another)
        return []
    own, of_podcast = _text(raw, "title"), _text(raw, "itunes_title")
    different = [(kind, other) for kind, other in (*titles, ("", of_podcast)) if other and other != own]
    others = (clean_title(_readable(other, kind)) for kind, other in dict.fromkeys(different))
    return [other for other in others if not is_contained(other, title)]


def _read(texts: list[Text]) -> list[str]:
    """Return texts as people read them."""
    return [
        (readable(value) if _is_markup(value, kind) else clean(unescape(value))).strip() for _, kind, value in texts
    ]


def _link(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the publisher's own link; a guid stands in for it only where it is a link itself."""
    guid = _text(raw, "id")
    own = [_text(link, "href") for link in related if dict.get(link, "rel", "") in {"alternate", ""}]
    for link in (_text(raw, "feedburner_origlink"), *own, _text(raw, "link")):
        if link and link != guid and (found := entry_link(link, base)):
            return found
    return entry_link(guid) or next((entry_link(link, base) for link in own if link == guid), "")


def _author(raw: dict[str, Any]) -> str:
    """Return the names of the authors, without mail addresses where there are names."""
    people = [one_line(_text(person, "name") or _text(person, "email")) for person in _mappings(raw, "authors")]
    names = list(dict.fromkeys(filter(None, people)))
    author = ", ".join(names) or one_line(_text(raw, "author"))
    if named := _ADDRESS.match(author):
        author = named[1]
    return one_line(html.unescape(author)) if named or "&" in author else author


def _comment_feed(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the feed of the comments on this entry (wfw:commentRss, or Atom's `replies`, RFC 4685)."""
    replies = [_text(link, "href") for link in related if dict.get(link, "rel") == "replies"]
    for link in (_text(raw, "wfw_commentrss"), *replies):
        if link:
            return entry_link(link, base)
    return ""


def _response(raw: dict[str, Any], related: list[dict[str, Any]]) -> Response:
    """Return the counts the entry carries: slash:comments, thr:total (RFC 4685), Media RSS community counts."""
    counted = [count for link in related if (count := dict.get(link, "thr:count") or dict.get(link, "count"))]
    if not counted and _COUNTS.isdisjoint(raw):
        return _UNKNOWN
    comments = (_number(text) for text in (_text(raw, "slash_comments"), _text(raw, "thr_total"), *counted))
    return Response(
        comments=next((number for number in comments if number is not None), None),
        likes=_number(_text(_mapping(raw, "media_starrating"), "count")),
        views=_number(_text(_mapping(raw, "media_statistics"), "views")),
    )


def _number(text: str) -> int | None:
    """Return a count, or `None` for what is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 (beyond belief)
