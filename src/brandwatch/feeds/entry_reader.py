"""Turn feedparser's dictionary of one entry into an `Entry`: plain text, safe links, plausible times.

The texts of an entry are joined without repeating what one contains of another.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import urls
from brandwatch.feeds.elements import BASES, TEXTS, TITLES, Text, TextElement
from brandwatch.models import MAIN_TEXT, Entry, Response
from brandwatch.text import authors, dates, html, joining, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from brandwatch.text.joining import LabelledText


_RESPONSE_KEYS = frozenset({"slash_comments", "thr_total", "media_starrating", "media_statistics"})
_UNKNOWN_RESPONSE = Response()
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TYPES_OF_PAGES = _HTML_TYPES | {""}
# A title such as `Slik virker <input> i skjema` is text; one that closes a tag is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)\b[^>]*>", re.IGNORECASE)
_FIELDS = {TextElement.LEAD: "lead", TextElement.BODY: MAIN_TEXT, TextElement.CAPTION: "media"}
_ONE_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*\s?/?>")
_OTHER_RELATIONS = ("self", "via", "related", "enclosure")
_MAX_COUNT_DIGITS = 15


class FeedContext(NamedTuple):
    """The defaults for every entry of a document: the feed's title, language and authors, the document's address."""

    title: str
    language: str
    authors: str
    address: str


def read_context(raw: dict[str, Any], address: str, *, has_authors: bool) -> FeedContext:
    """Return the defaults in *raw*, feedparser's dictionary of a feed."""
    people = _authors(raw, "") if has_authors else ""
    return FeedContext(read_label(raw, "title"), declared_language(raw), people or "", address)


def read_entry(raw: dict[str, Any], feed: FeedContext, now: datetime) -> Entry:
    """Return the entry in *raw*, feedparser's dictionary; *feed* has the defaults."""
    base, related = feed.address, _mappings(raw, "links")
    title = clean_title(_text(raw, "title"), _text(_mapping(raw, "title_detail"), "type"))
    texts = _texts_in_reading_order(raw)
    joined = joining.join_texts(_labelled_texts(raw, texts, title), title)
    url = _link(raw, related, base)
    published, updated = _date(raw, "published", now), _date(raw, "updated", now)
    return Entry(
        guid=sanitise.one_line(_text(raw, "id")),
        url=url,
        title=title,
        text=joined.text,
        parts=joined.parts,
        longest=joined.longest,
        author=_author(raw, url, feed),
        publisher=_publisher(raw) or feed.title,
        language=declared_language(raw) or feed.language,
        published=published or updated,
        updated=updated,
        comment_feed=_comment_feed(raw, related, base),
        links=body_links(_with_bases(raw, texts, base)),
        response=_response(raw, related),
    )


def read_outline(raw: dict[str, Any], feed: FeedContext, now: datetime) -> Entry:
    """Return the identity and the times of the entry in *raw*; without a title, its text identifies it."""
    title = clean_title(_text(raw, "title"), _text(_mapping(raw, "title_detail"), "type"))
    if not title:
        return read_entry(raw, feed, now)
    published, updated = _date(raw, "published", now), _date(raw, "updated", now)
    return Entry(
        guid=sanitise.one_line(_text(raw, "id")),
        url=_link(raw, _mappings(raw, "links"), feed.address),
        title=title,
        published=published or updated,
        updated=updated,
    )


def written_texts(raw: Iterable[object]) -> dict[str, None]:
    """Return all texts in feedparser's dictionaries, each once: long ones are often stored under several keys."""
    texts: dict[str, None] = {}
    nested = [raw]
    while nested:
        for value in nested.pop():
            if isinstance(value, str):
                texts[value] = None
            elif isinstance(value, dict):
                nested.append(value.values())
            elif isinstance(value, list | tuple):
                nested.append(value)
    return texts


def _publisher(raw: dict[str, Any]) -> str:
    """Return the publisher of a republished entry: RSS `source`, Atom `source`, or Bing's `News:Source`."""
    title = read_label(_mapping(raw, "source"), "title") if "source" in raw else ""
    return title or (read_label(raw, "news_source") if "news_source" in raw else "")


def read_label(raw: dict[str, Any], key: str) -> str:
    """Return a short text of a feed or entry (title, rights) on one line."""
    text = _text(raw, key)
    return sanitise.one_line(_readable(text, _text(_mapping(raw, f"{key}_detail"), "type"))) if text else ""


def clean_title(written: str, kind: str = "") -> str:
    """Return a title of the media type *kind* as text."""
    title = sanitise.clean_title(_readable(written, kind))
    # `<blink>` alone is what the entry is about.
    return title or (written.strip() if _ONE_TAG.fullmatch(written.strip()) else "")


def declared_language(raw: dict[str, Any]) -> str:
    """Return the declared language of a feed or entry as a BCP 47 tag, empty if there is none."""
    declared = _text(raw, "language") or _text(_mapping(raw, "title_detail"), "language")
    return sanitise.language_tag(declared) if declared else ""


def _text(raw: dict[str, Any], key: str) -> str:
    # feedparser's own look-up answers `updated` with `published`, and warns; that of a dictionary does neither.
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _date(raw: dict[str, Any], key: str, now: datetime) -> datetime | None:
    text = _text(raw, key)
    return dates.parse_date(text, now=now) if text else None


def _mapping(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = dict.get(raw, key)
    return value if isinstance(value, dict) else {}


def _mappings(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(raw, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _readable(value: str, content_type: str) -> str:
    return html.html_to_text(value) if _is_markup(value, content_type) else html.unescape(value)


def _is_markup(value: str, content_type: str) -> bool:
    """Whether a text is markup: by its declared type, or by its content."""
    return content_type in _HTML_TYPES or ("<" in value and bool(_MARKUP.search(value)))


def body_links(bodies: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the web links in pieces of markup, each with the base of its links, each link once."""
    return urls.entry_links((target, base) for markup, base in bodies for target in html.link_targets(markup))


def _with_bases(raw: dict[str, Any], texts: Iterable[Text], address: str) -> Iterator[tuple[str, str]]:
    """Yield each text with the base of its links: xml:base, relative to the address of the document."""
    bases: dict[str, str] = dict.get(raw, BASES) or {}
    for _, _, text in texts:
        yield text, urls.web_link(bases[text], address) if text in bases else address


def _texts_in_reading_order(raw: dict[str, Any]) -> list[Text]:
    """Return the texts below the title."""
    texts: list[Text] = dict.get(raw, TEXTS) or []
    if description := _text(raw, "googleplay_description"):
        texts = [*texts, (TextElement.LEAD, "", description)]
    return sorted(texts, key=itemgetter(0)) if len(texts) > 1 else texts


def _labelled_texts(raw: dict[str, Any], texts: Iterable[Text], title: str) -> list[LabelledText]:
    """Return the readable texts below the title with their fields; those of pictures come last."""
    labelled, images = [], []
    for place, kind, value in texts:
        if _is_markup(value, kind):
            labelled.append((_FIELDS[place], html.readable(value).strip()))
            images += html.image_texts(value)
        else:
            labelled.append((_FIELDS[place], sanitise.clean(html.unescape(value)).strip()))
    labelled += [("media", other) for other in _other_titles(raw, title)]
    return labelled + [("alt", text) for text in images] if images else labelled


def _other_titles(raw: dict[str, Any], title: str) -> list[str]:
    """Return the entry's further titles: in media feeds each file may have one."""
    titles: list[tuple[str, str]] = dict.get(raw, TITLES) or []
    if len(titles) < 2 and "itunes_title" not in raw:  # noqa: PLR2004 (its own and another)
        return []
    own, of_podcast = _text(raw, "title"), _text(raw, "itunes_title")
    different = [(kind, other) for kind, other in (*titles, ("", of_podcast)) if other and other != own]
    others = (clean_title(other, kind) for kind, other in dict.fromkeys(different))
    return [other for other in others if not joining.is_contained(other, title)]


def _link(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the publisher's own link; a guid that is a link comes after it, a link of another kind last."""
    guid = _text(raw, "id")
    alternates = [link for link in related if dict.get(link, "rel", "") in {"alternate", ""}]
    if len(alternates) > 1:  # one for each language and for each media type
        alternates.sort(key=lambda link: _text(link, "type") not in _TYPES_OF_PAGES)
    own = [_text(link, "href") for link in alternates]
    for link in (_text(raw, "feedburner_origlink"), *own, _text(raw, "link")):
        if link != guid and _leads_away(link) and (safe := urls.entry_link(link, base)):
            return safe
    same = next((link for link in own if link == guid and _leads_away(link)), "")
    if link := urls.entry_link(guid) or (same and urls.entry_link(same, base)):
        return link
    # An entry of an API has only itself, an episode without a page only its file.
    other = [_text(link, "href") for rel in _OTHER_RELATIONS for link in related if dict.get(link, "rel") == rel]
    other += [_text(file, "url") for file in _mappings(raw, "media_content") if _is_recording(file)]
    return next((safe for link in other if _leads_away(link) and (safe := urls.entry_link(link, base))), "")


def _is_recording(file: dict[str, Any]) -> bool:
    """Whether a file of Media RSS is sound or film; a picture is not what an entry links to."""
    return _text(file, "type").startswith(("audio/", "video/")) or _text(file, "medium") in {"audio", "video"}


def _leads_away(link: str) -> bool:
    """Whether a link leads anywhere but to the address of its document."""
    return bool(link.strip("#? "))


def _author(raw: dict[str, Any], url: str, feed: FeedContext) -> str:
    """Return the names of the authors: of the entry, else of its source, else of the feed (RFC 4287 §4.2.1)."""
    own = _authors(raw, url)
    of_source = _authors(_mapping(raw, "source"), url) if own is None and "source" in raw else None
    return next((names for names in (own, of_source) if names is not None), feed.authors)


def _authors(raw: dict[str, Any], url: str) -> str | None:
    """Return the names of the authors of an entry or a feed; `None` without any author."""
    people = list(filter(None, _mappings(raw, "authors")))
    if "googleplay_author" in raw and (of_podcast := _text(raw, "googleplay_author")):
        people.append({"name": of_podcast})
    if not people:
        return None
    return authors.join_authors(
        [authors.clean_author(_text(each, "name") or _text(each, "text"), url) for each in people]
    )


def _comment_feed(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the feed of the entry's comments (wfw:commentRss, or Atom's `replies`, RFC 4685)."""
    replies = [_text(link, "href") for link in related if dict.get(link, "rel") == "replies"]
    for link in (_text(raw, "wfw_commentrss"), *replies):
        if link:
            return urls.entry_link(link, base)
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
