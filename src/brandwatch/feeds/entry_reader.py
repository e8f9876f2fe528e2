"""Turn feedparser's dictionary of one entry into an `Entry`: plain text, safe links, plausible times.

The texts of an entry are joined without repeating what one contains of another.
"""

from __future__ import annotations

import re
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import urls
from brandwatch.feeds.elements import TEXTS, TITLES, Text, TextElement
from brandwatch.models import Entry, Response
from brandwatch.text import dates, html, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


_RESPONSE_KEYS = frozenset({"slash_comments", "thr_total", "media_starrating", "media_statistics"})
_UNKNOWN_RESPONSE = Response()
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# A title such as `Slik virker <input> i skjema` is text; one that closes a tag is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)\b[^>]*>", re.IGNORECASE)
_MAX_COUNT_DIGITS = 15
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
        (html.readable(value) if _is_markup(value, kind) else sanitise.clean(html.unescape(value))).strip()
        for _, kind, value in texts
    ]
    text = join_texts(bodies + _other_titles(raw, title), title)
    longest = max(bodies, key=len, default="")
    published, updated = _date(raw, "published", now), _date(raw, "updated", now)
    return Entry(
        guid=sanitise.one_line(_text(raw, "id")),
        url=_link(raw, related, base),
        title=title,
        text=text,
        longest="" if longest == text else longest,
        author=_author(raw),
        # RSS `source`, Atom `source`, or Bing's `News:Source`: the publisher of a republished entry.
        publisher=read_label(_mapping(raw, "source"), "title") or read_label(raw, "news_source") or feed.title,
        language=declared_language(raw) or feed.language,
        published=published or updated,
        updated=updated,
        comment_feed=_comment_feed(raw, related, base),
        links=body_links([value for _, _, value in texts], base),
        response=_response(raw, related),
    )


def read_label(raw: dict[str, Any], key: str) -> str:
    """Return a short text of a feed or entry (title, rights) on one line."""
    text = _text(raw, key)
    return sanitise.one_line(_readable(text, _text(_mapping(raw, f"{key}_detail"), "type"))) if text else ""


def declared_language(raw: dict[str, Any]) -> str:
    """Return the declared language of a feed or entry as a BCP 47 tag, empty if there is none."""
    return sanitise.language_tag(_text(raw, "language") or _text(_mapping(raw, "title_detail"), "language"))


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


def body_links(bodies: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the web links in pieces of markup, relative to *base*, each once."""
    return urls.entry_links((target, base) for target in chain.from_iterable(map(html.link_targets, bodies)))


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
    return [other for other in others if not is_contained(other, title)]


def _link(raw: dict[str, Any], related: list[dict[str, Any]], base: str) -> str:
    """Return the publisher's own link; a guid that is a link comes last."""
    guid = _text(raw, "id")
    own = [_text(link, "href") for link in related if dict.get(link, "rel", "") in {"alternate", ""}]
    for link in (_text(raw, "feedburner_origlink"), *own, _text(raw, "link")):
        if link and link != guid and (safe := urls.entry_link(link, base)):
            return safe
    return urls.entry_link(guid) or next((urls.entry_link(link, base) for link in own if link == guid), "")


def _author(raw: dict[str, Any]) -> str:
    """Return the names of the authors, or their mail addresses if there are no names."""
    people = [
        sanitise.one_line(_text(person, "name") or _text(person, "email")) for person in _mappings(raw, "authors")
    ]
    author = ", ".join(dict.fromkeys(filter(None, people))) or sanitise.one_line(_text(raw, "author"))
    if match := _MAIL_AND_NAME.match(author):
        author = match[1]
    return sanitise.one_line(html.unescape(author)) if match or "&" in author else author


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


_MAX_COMPARED_TEXTS = 20
# The first places may be inside longer words; after so many the text is not contained.
_MAX_PLACES = 8
# A lead is cut off with “…”, “[…]” or “(...)”, perhaps with a link behind it: “… Continue reading →”.
_CUT = re.compile(r" ?[\[(]? ?(?:…|\.\.\.)(?: ?[\])])?(?: [^.…]{1,30}[→»\u203a>])?$")
_CUT_ENDS = ("…", "...", "]", ")", "→", "»", "\u203a", ">")
_MAX_CUT_CHARS = 48
# Without those that may belong to a name: “@acme”, “#acme”, “.NET”, “Acme!”.
_BEFORE, _BEHIND = " \"'([«-•", " \"')]».,;:"
_PLAIN_SIGNS = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("„", '"'), ("–", "-"), ("—", "-"), ("\xad", ""))
_VARIABLE = re.compile("[\"'’‘“”„–—\xad-]")


def join_texts(texts: Sequence[str], title: str = "") -> str:
    """Join texts in their order, each on its own lines, without those that another one contains.

    A text that only repeats *title* is left out if there is another.
    """
    if len(texts) == 1:
        return texts[0]
    different = list(dict.fromkeys(filter(None, texts)))
    if len(different) > 1 and title:
        different = [text for text in different if not is_contained(text, title)] or different[:1]
    return "\n".join(_drop_contained(different) if len(different) > 1 else different)


def is_contained(text: str, other: str) -> bool:
    """Whether *other* contains the words of *text*, in the same case; the last word of a cut text may be incomplete."""
    return len(text) <= len(other) + _MAX_CUT_CHARS and _stands_in(_as_line(text), _as_line(other))


def _drop_contained(texts: Sequence[str]) -> list[str]:
    """Drop each text that a longer one contains; of very many, only the longest are compared."""
    lines = [_as_line(text) for text in texts]
    longest_first = sorted(range(len(texts)), key=lambda number: -len(lines[number]))
    uncontained: list[str] = []
    contained: set[int] = set()
    for number in longest_first[:_MAX_COMPARED_TEXTS]:
        if any(_stands_in(lines[number], other) for other in uncontained):
            contained.add(number)
        else:
            uncontained.append(lines[number])
    return [text for number, text in enumerate(texts) if number not in contained]


def _stands_in(text: str, other: str) -> bool:
    cut = _CUT.search(text, max(0, len(text) - _MAX_CUT_CHARS)) if text.endswith(_CUT_ENDS) else None
    words = text[: cut.start() if cut else None].lstrip(_BEFORE).rstrip(_BEHIND)
    if _has_words(other, words, is_cut=bool(cut)):
        return True
    variable = _VARIABLE.search(words)
    # For most leads one search shows that the body has other words.
    if "\xad" not in other and words[: variable.start() if variable else None] not in other:
        return False
    return _has_words(_with_plain_signs(other), _with_plain_signs(words), is_cut=bool(cut))


def _has_words(text: str, words: str, *, is_cut: bool) -> bool:
    """Whether a text contains whole words; of words that are cut off the last may be incomplete."""
    at = text.find(words)
    for _ in range(_MAX_PLACES):
        if at < 0:
            return False
        if not _is_inside_word(text, at) and (is_cut or not _is_inside_word(text, at + len(words))):
            return True
        at = text.find(words, at + 1)
    return False


def _is_inside_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()


def _as_line(text: str) -> str:
    text = text.replace("\n", " ")
    return " ".join(text.split()) if "  " in text else text.strip()


def _with_plain_signs(text: str) -> str:
    for written, meant in _PLAIN_SIGNS:
        text = text.replace(written, meant)
    return text
