"""Turn what feedparser read of one entry into an `Entry`: plain text, safe links, believable times."""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import urls
from brandwatch.models import Entry, Response
from brandwatch.parse.dates import moment
from brandwatch.text.markup import hrefs, plain, unescape
from brandwatch.text.safe import clean, clean_title, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MOST_LINKS = 20
"""How many links of one entry are kept: enough to see whose pages it is about, too few for a page of links."""

_COUNTS = frozenset({"slash_comments", "thr_total", "media_starrating", "media_statistics"})
_UNKNOWN = Response()
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# A title such as `Slik virker <input> i skjema` is text; one that closes a tag is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)\b[^>]*>", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_ADDRESS = re.compile(r"^\S+@\S+\s+\((.+)\)$")


class Frame(NamedTuple):
    """What holds for every entry of a document: the feed's title and language, the document's address."""

    title: str
    language: str
    address: str


def read_entry(raw: dict[str, Any], feed: Frame, now: datetime) -> Entry:
    """Return the entry in *raw*; *feed* says what it leaves out."""
    base, bodies, related = feed.address, _bodies(raw), _mappings(raw, "links")
    published, updated = moment(_text(raw, "published"), now=now), moment(_text(raw, "updated"), now=now)
    return Entry(
        guid=one_line(_text(raw, "id")),
        url=_link(raw, related, base),
        title=_title(raw),
        text=max(map(_body_text, bodies), key=len, default=""),
        author=_author(raw),
        publisher=_outlet(raw) or feed.title,
        language=language(raw) or feed.language,
        published=published or updated,
        updated=updated,
        comment_feed=_comment_feed(raw, related, base),
        links=links([_text(part, "value") for part in bodies], base),
        response=_response(raw, related),
    )


def _outlet(raw: dict[str, Any]) -> str:
    """Return the outlet of a republished entry: RSS `source`, Atom `source`, or Bing's `News:Source`."""
    named = label(_mapping(raw, "source"), "title") if "source" in raw else ""
    return named or (label(raw, "news_source") if "news_source" in raw else "")


def label(raw: dict[str, Any], key: str) -> str:
    """Return a short text of a feed or entry (its title, its rights) on one line."""
    return one_line(_readable(_text(raw, key), _text(_mapping(raw, f"{key}_detail"), "type")))


def language(raw: dict[str, Any]) -> str:
    """Return the declared language as a lower-case BCP 47 tag, empty where what is declared is none."""
    declared = _text(raw, "language") or _text(_mapping(raw, "title_detail"), "language")
    tag = declared.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def web_link(raw: str, base: str = "") -> str:
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
    if content_type in _HTML_TYPES or ("<" in value and _MARKUP.search(value)):
        return plain(value)
    return unescape(value)


def _title(raw: dict[str, Any]) -> str:
    """Return the title without markup."""
    detail = _mapping(raw, "title_detail")
    return clean_title(_readable(_text(raw, "title"), _text(detail, "type")))


def links(bodies: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the web links in pieces of markup, taken relative to *base*, each once, at most `MOST_LINKS`."""
    found = (web_link(href, base) for body in bodies for href in hrefs(body))
    return tuple(islice(dict.fromkeys(link for link in found if link), MOST_LINKS))


def _body_text(body: dict[str, Any]) -> str:
    """Return a text that the entry carries."""
    return clean(_readable(_text(body, "value"), _text(body, "type"))).strip()


def _bodies(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the contents of the entry and its summary, where that is another text."""
    contents, summary = _mappings(raw, "content"), _text(raw, "summary")
    if not summary or any(_text(content, "value") == summary for content in contents):
        return contents
    return [*contents, {**_mapping(raw, "summary_detail"), "value": summary}]


def _link(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the publisher's own link; a guid stands in for it only where it is a link itself."""
    guid = _text(raw, "id")
    own = [_text(link, "href") for link in related if _text(link, "rel") in {"alternate", ""}]
    for link in (_text(raw, "feedburner_origlink"), *own, _text(raw, "link")):
        if link and link != guid and (found := web_link(link, base)):
            return found
    return web_link(guid) or next((web_link(link, base) for link in own if link == guid), "")


def _author(raw: dict[str, Any]) -> str:
    """Return the names of the authors, without mail addresses where there are names."""
    people = [one_line(_text(person, "name") or _text(person, "email")) for person in _mappings(raw, "authors")]
    names = list(dict.fromkeys(filter(None, people)))
    author = ", ".join(names) or one_line(_text(raw, "author"))
    named = _ADDRESS.match(author)
    return one_line(html.unescape(named[1] if named else author))


def _comment_feed(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the feed of the comments on this entry (wfw:commentRss, or Atom's `replies`, RFC 4685)."""
    replies = [_text(link, "href") for link in related if _text(link, "rel") == "replies"]
    for link in (_text(raw, "wfw_commentrss"), *replies):
        if link:
            return web_link(link, base)
    return ""


def _response(raw: dict[str, Any], related: list[dict[str, Any]]) -> Response:
    """Return the counts the entry carries: slash:comments, thr:total (RFC 4685), Media RSS community counts."""
    counted = [_text(link, "thr:count") or _text(link, "count") for link in related]
    if not any(counted) and not _COUNTS & raw.keys():
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
