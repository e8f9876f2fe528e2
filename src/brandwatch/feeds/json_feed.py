"""Read JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brandwatch import clock
from brandwatch.feeds.entries import body_links, entry_link
from brandwatch.feeds.incremental import MAX_ENTRIES, cap_remark, digest_entries
from brandwatch.models import Entry, Feed
from brandwatch.text import decoding
from brandwatch.text.dates import parse_date
from brandwatch.text.html import html_to_text
from brandwatch.text.joining import join_texts
from brandwatch.text.sanitise import clean, clean_title, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.feeds.incremental import KnownDigests
    from brandwatch.models import Document


_VERSION = "jsonfeed.org/version/1"


def read_json_feed(document: Document, known: KnownDigests | None = None) -> Feed | None:
    """Return the feed in *document*, or `None` where its JSON is not a JSON Feed.

    Entries that are *known* are left out.
    """
    try:
        data = decoding.parse_json(document)
    except ValueError:
        return None
    if not isinstance(data, dict) or _VERSION not in _text(data, "version") or not isinstance(data.get("items"), list):
        return None
    title, language, now = one_line(_text(data, "title")), _text(data, "language").lower(), clock.now()
    count = len(data["items"])
    listed = data["items"][:MAX_ENTRIES]
    items = [item for item in listed if isinstance(item, dict)]
    places: Iterable[int] = range(len(items))
    digests: tuple[bytes, ...] = ()
    if known is not None:
        digests, places = digest_entries(map(json.dumps, items), document.url, known)
    entries = tuple(_entry(items[place], document.url, publisher=title, language=language, now=now) for place in places)
    skipped = len(listed) - len(items)
    return Feed(
        title=title,
        url=entry_link(_text(data, "home_page_url"), document.url),
        language=language,
        entries=entries,
        skipped=skipped,
        digests=digests,
        positions=tuple(places) if digests else (),
        problem=cap_remark(count) or (f"{skipped} of {count} entries could not be read" if skipped else ""),
    )


def _entry(item: dict[str, Any], base: str, *, publisher: str, language: str, now: datetime) -> Entry:
    """Return one item of the feed; the id may be a number in feeds of version 1."""
    title = clean_title(_text(item, "title"))
    markup, plain_text, summary = (_text(item, key) for key in ("content_html", "content_text", "summary"))
    texts = [clean(text).strip() for text in (html_to_text(summary), html_to_text(markup), plain_text)]
    text, longest = join_texts(texts, title), max(texts, key=len)
    published, updated = (
        parse_date(_text(item, "date_published"), now=now),
        parse_date(_text(item, "date_modified"), now=now),
    )
    return Entry(
        guid=one_line(_text(item, "id")),
        url=entry_link(_text(item, "url") or _text(item, "external_url"), base),
        title=title,
        text=text,
        longest=longest if longest != text else "",
        author=", ".join(filter(None, map(_name, _people(item)))),
        publisher=publisher,
        language=_text(item, "language").lower() or language,
        published=published or updated,
        updated=updated,
        links=body_links([summary, markup], base),
    )


def _text(data: dict[str, Any], key: str) -> str:
    """Return a text or number of the data as text, anything else as nothing."""
    value = data.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _people(item: dict[str, Any]) -> list[object]:
    """Return the authors; version 1 had a single one."""
    people = item.get("authors")
    return people if isinstance(people, list) else [item.get("author")]


def _name(person: object) -> str:
    """Return the name of an author."""
    return one_line(_text(person, "name")) if isinstance(person, dict) else ""
