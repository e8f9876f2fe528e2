"""Read JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls
from brandwatch.feeds import entry_reader, incremental
from brandwatch.models import MAIN_TEXT, Document, Entry, Feed
from brandwatch.text import dates, decoding, html, joining, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


_VERSION = "jsonfeed.org/version/1"


def read_json_feed(document: Document, known: incremental.KnownDigests | None = None) -> Feed | None:
    """Return the feed in *document*, without its *known* entries; `None` if its JSON is not a JSON Feed."""
    try:
        data = decoding.parse_json(document)
    except ValueError:
        return None
    if not isinstance(data, dict) or _VERSION not in _text(data, "version") or not isinstance(data.get("items"), list):
        return None
    title, language, now = sanitise.one_line(_text(data, "title")), _text(data, "language").lower(), clock.now()
    count = len(data["items"])
    listed = data["items"][: incremental.MAX_ENTRIES]
    items = [item for item in listed if isinstance(item, dict)]
    positions: Iterable[int] = range(len(items))
    digests: tuple[bytes, ...] = ()
    if known is not None:
        digests, positions = incremental.digest_entries(map(json.dumps, items), document.url, known)
    entries = tuple(
        _entry(items[position], document.url, publisher=title, language=language, now=now) for position in positions
    )
    skipped = len(listed) - len(items)
    return Feed(
        title=title,
        url=urls.entry_link(_text(data, "home_page_url"), document.url),
        language=language,
        entries=entries,
        skipped=skipped,
        digests=digests,
        positions=tuple(positions) if digests else (),
        problem=incremental.cap_remark(count) or (f"{skipped} of {count} entries could not be read" if skipped else ""),
    )


def _entry(item: dict[str, Any], base: str, *, publisher: str, language: str, now: datetime) -> Entry:
    title = sanitise.clean_title(_text(item, "title"))
    markup, plain_text, summary = (_text(item, key) for key in ("content_html", "content_text", "summary"))
    texts = [(MAIN_TEXT, html.html_to_text(markup)), (MAIN_TEXT, plain_text)]
    images = [("alt", text) for text in html.image_texts(markup)]
    labelled = [("lead", html.html_to_text(summary)), *texts, *images]
    joined = joining.join_texts([(field, sanitise.clean(text).strip()) for field, text in labelled], title)
    published, updated = (
        dates.parse_date(_text(item, "date_published"), now=now),
        dates.parse_date(_text(item, "date_modified"), now=now),
    )
    return Entry(
        guid=sanitise.one_line(_text(item, "id")),
        url=urls.entry_link(_text(item, "url") or _text(item, "external_url"), base),
        title=title,
        text=joined.text,
        parts=joined.parts,
        longest=joined.longest,
        author=_authors(item),
        publisher=publisher,
        language=_text(item, "language").lower() or language,
        published=published or updated,
        updated=updated,
        links=entry_reader.body_links([summary, markup], base),
    )


def _text(data: dict[str, Any], key: str) -> str:
    """Return a text or a number (version 1 has numbers as ids) as text, anything else as none."""
    value = data.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _authors(item: dict[str, Any]) -> str:
    """Return the names of the authors; version 1 has a single one."""
    people = item.get("authors")
    if not isinstance(people, list):
        people = [item.get("author")]
    names = (sanitise.one_line(_text(person, "name")) for person in people if isinstance(person, dict))
    return ", ".join(filter(None, names))
