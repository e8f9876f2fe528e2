"""Turn feedparser's dictionary of one entry into an `Entry`: plain text, safe links, plausible times."""

from __future__ import annotations

import html
import re
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import urls
from brandwatch.feeds.elements import TEXTS, TITLES, Text, TextElement
from brandwatch.models import Entry, Response
from brandwatch.text import html as markup
from brandwatch.text import joining, sanitise
from brandwatch.text.dates import parse_date
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


MAX_LINKS = 20
"""The most links of one entry: enough to tell whose pages it is about, too few for a page of links."""

_RESPONSE_KEYS = frozenset({"slash_comments", "thr_total", "media_starrating", "media_statistics"})
_UNKNOWN_RESPONSE = Response()
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# A title such as `Slik virker <input> i skjema` is text; one that closes a tag is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)\b[^>]*>", re.IGNORECASE)
_MAX_COUNT_DIGITS = 15
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_MAIL_AND_NAME = re.compile(r"^\S+@\S+\s+\((.+)\)$")


class FeedContext(NamedTuple):
    """The defaults for every entry of a document: the feed's title and language, the document's address."""

    title: str
    language: str
    address: str


def read_entry(raw: dict[str, Any], feed: FeedContext, now: datetime) -> Entry:
    """Return the entry in *raw*, feedparser's dictionary; *feed* has the defaults."""
    base, related = feed.address, _mappings(raw, "links")
    title = sanitise.clean_title(_readable(_text(raw, "title"), _text(_mapping(raw, "title_detail"), "type")))
    texts = _texts_in_reading_order(raw)
    bodies = [
        (markup.readable(value) if _is_markup(value, kind) else sanitise.clean(markup.unescape(value))).strip()
        for _, kind, value in texts
    ]
    text = joining.join_texts(bodies + _other_titles(raw, title), title)
    longest = max(bodies, key=len, default="")
    published, updated = _date(raw, "published", now), _date(raw, "updated", now)
    return Entry(
        guid=one_line(_text(raw, "id")),
        url=_link(raw, related, base),
        title=title,
        text=text,
        longest="" if longest == text else longest,
        author=_author(raw),
        publisher=_publisher(raw) or feed.title,
        language=declared_language(raw) or feed.language,
        published=published or updated,
        updated=updated,
        comment_feed=_comment_feed(raw, related, base),
        links=body_links([value for _, _, value in texts], base),
        response=_response(raw, related),
    )


def _publisher(raw: dict[str, Any]) -> str:
    """Return the publisher of a republished entry: RSS `source`, Atom `source`, or Bing's `News:Source`."""
    title = read_label(_mapping(raw, "source"), "title") if "source" in raw else ""
    return title or (read_label(raw, "news_source") if "news_source" in raw else "")


def read_label(raw: dict[str, Any], key: str) -> str:
    """Return a short text of a feed or entry (title, rights) on one line."""
    text = _text(raw, key)
    return one_line(_readable(text, _text(_mapping(raw, f"{key}_detail"), "type"))) if text else ""


def declared_language(raw: dict[str, Any]) -> str:
    """Return the declared language as a lower-case BCP 47 tag, empty if it is not one."""
    declared = _text(raw, "language") or _text(_mapping(raw, "title_detail"), "language")
    tag = declared.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def entry_link(raw: str, base: str = "") -> str:
    """Return a link in its safe, absolute form (`urls.web_link`), with redirect links unwrapped."""
    return urls.unwrap(urls.web_link(raw, base))


def _text(raw: dict[str, Any], key: str) -> str:
    # feedparser's own look-up answers `updated` with `published`, and warns; that of a dictionary does neither.
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _date(raw: dict[str, Any], key: str, now: datetime) -> datetime | None:
    text = _text(raw, key)
    return parse_date(text, now=now) if text else None


def _mapping(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = dict.get(raw, key)
    return value if isinstance(value, dict) else {}


def _mappings(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(raw, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _readable(value: str, content_type: str) -> str:
    return markup.html_to_text(value) if _is_markup(value, content_type) else markup.unescape(value)


def _is_markup(value: str, content_type: str) -> bool:
    """Whether a text is markup: by its declared type, or by its content."""
    return content_type in _HTML_TYPES or ("<" in value and bool(_MARKUP.search(value)))


def body_links(bodies: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the web links in pieces of markup, relative to *base*, each once, at most `MAX_LINKS`."""
    links: dict[str, None] = {}
    for href in chain.from_iterable(map(markup.link_targets, bodies)):
        if link := entry_link(href, base):
            links[link] = None
            if len(links) == MAX_LINKS:
                break
    return tuple(links)


def _texts_in_reading_order(raw: dict[str, Any]) -> list[Text]:
    """Return the texts below the title."""
    texts: list[Text] = dict.get(raw, TEXTS) or []
    if description := _text(raw, "googleplay_description"):
        texts = [*texts, (TextElement.LEAD, "", description)]
    return sorted(texts, key=itemgetter(0)) if len(texts) > 1 else texts


def _other_titles(raw: dict[str, Any], title: str) -> list[str]:
    """Return the entry's further titles: in media feeds each file may have one."""
    titles: list[tuple[str, str]] = dict.get(raw, TITLES) or []
    if len(titles) < 2 and "itunes_title" not in raw:  # noqa: PLR2004 (its own and another)
        return []
    own, of_podcast = _text(raw, "title"), _text(raw, "itunes_title")
    different = [(kind, other) for kind, other in (*titles, ("", of_podcast)) if other and other != own]
    others = (sanitise.clean_title(_readable(other, kind)) for kind, other in dict.fromkeys(different))
    return [other for other in others if not joining.is_contained(other, title)]


def _link(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the publisher's own link; a guid that is a link comes last."""
    guid = _text(raw, "id")
    own = [_text(link, "href") for link in related if dict.get(link, "rel", "") in {"alternate", ""}]
    for link in (_text(raw, "feedburner_origlink"), *own, _text(raw, "link")):
        if link and link != guid and (safe := entry_link(link, base)):
            return safe
    return entry_link(guid) or next((entry_link(link, base) for link in own if link == guid), "")


def _author(raw: dict[str, Any]) -> str:
    """Return the names of the authors, or their mail addresses if there are no names."""
    people = [one_line(_text(person, "name") or _text(person, "email")) for person in _mappings(raw, "authors")]
    author = ", ".join(dict.fromkeys(filter(None, people))) or one_line(_text(raw, "author"))
    if match := _MAIL_AND_NAME.match(author):
        author = match[1]
    return one_line(html.unescape(author)) if match or "&" in author else author


def _comment_feed(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the feed of the entry's comments (wfw:commentRss, or Atom's `replies`, RFC 4685)."""
    replies = [_text(link, "href") for link in related if dict.get(link, "rel") == "replies"]
    for link in (_text(raw, "wfw_commentrss"), *replies):
        if link:
            return entry_link(link, base)
    return ""


def _response(raw: dict[str, Any], related: list[dict[str, Any]]) -> Response:
    """Return the counts in the entry: slash:comments, thr:total (RFC 4685), Media RSS community counts."""
    counted = [count for link in related if (count := dict.get(link, "thr:count") or dict.get(link, "count"))]
    if not counted and _RESPONSE_KEYS.isdisjoint(raw):
        return _UNKNOWN_RESPONSE
    comments = (_number(text) for text in (_text(raw, "slash_comments"), _text(raw, "thr_total"), *counted))
    return Response(
        comments=next((number for number in comments if number is not None), None),
        likes=_number(_text(_mapping(raw, "media_starrating"), "count")),
        views=_number(_text(_mapping(raw, "media_statistics"), "views")),
    )


def _number(text: str) -> int | None:
    text = text.strip()
    is_count = text.isascii() and text.isdigit() and len(text) <= _MAX_COUNT_DIGITS
    return int(text) if is_count else None
