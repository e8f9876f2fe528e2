"""Read JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls
from brandwatch.feeds import entry_reader, incremental
from brandwatch.models import MAIN_TEXT, Document, Entry, Feed
from brandwatch.text import authors, dates, decoding, html, joining, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


_VERSION = "jsonfeed.org/version/1"
_VERSION_NUMBERS = frozenset({"1", "1.0", "1.1"})


def read_json_feed(document: Document, known: incremental.KnownDigests | None = None) -> Feed | None:
    """Return the feed in *document*, without its *known* entries; `None` if its JSON is not a JSON Feed."""
    try:
        data = decoding.parse_json(document)
    except ValueError:
        return None
    if not isinstance(data, dict) or not _is_json_feed(data):
        return None
    now = clock.now()
    feed = entry_reader.FeedContext(
        title=sanitise.one_line(entry_reader.clean_title(_text(data, "title"))),
        language=sanitise.language_tag(_text(data, "language")),
        authors=_authors(data) or "",
        address=document.url,
    )
    count = len(data["items"])
    listed = data["items"][: incremental.MAX_ENTRIES]
    items = [item for item in listed if isinstance(item, dict)]
    positions: Iterable[int] = range(len(items))
    digests: tuple[bytes, ...] = ()
    if known is not None:
        # The authors of a feed are those of an item without its own.
        frame = f"{document.url}\n{feed.authors}" if feed.authors else document.url
        digests, positions = incremental.digest_entries(map(json.dumps, items), frame, known)
    entries = tuple(_entry(items[position], feed, now) for position in positions)
    skipped = len(listed) - len(items)
    return Feed(
        title=feed.title,
        url=_link(_text(data, "home_page_url"), document.url),
        language=feed.language,
        entries=entries,
        skipped=skipped,
        digests=digests,
        positions=tuple(positions) if digests else (),
        problem=incremental.cap_remark(count) or (f"{skipped} of {count} entries could not be read" if skipped else ""),
    )


def _is_json_feed(data: dict[str, Any]) -> bool:
    """Whether JSON is a feed: by the URL of its version, or by a bare version number beside the names of a feed."""
    version = _text(data, "version")
    has_names = bool(version in _VERSION_NUMBERS and (_text(data, "feed_url") or _text(data, "home_page_url")))
    return isinstance(data.get("items"), list) and (_VERSION in version or has_names)


def _entry(item: dict[str, Any], feed: entry_reader.FeedContext, now: datetime) -> Entry:
    title = entry_reader.clean_title(html.drop_cdata(_text(item, "title")))
    markup, plain_text, summary = (_text(item, key) for key in ("content_html", "content_text", "summary"))
    texts = [(MAIN_TEXT, html.html_to_text(markup)), (MAIN_TEXT, plain_text)]
    attachments = _attachments(item)
    files = [("media", _text(file, "title")) for file in attachments]
    images = [("alt", text) for text in html.image_texts(markup)]
    labelled = [("lead", html.html_to_text(summary)), *texts, *files, *images]
    joined = joining.join_texts([(field, sanitise.clean(text).strip()) for field, text in labelled], title)
    published, updated = (
        dates.parse_date(_text(item, "date_published"), now=now),
        dates.parse_date(_text(item, "date_modified"), now=now),
    )
    guid, about = sanitise.one_line(_text(item, "id")), _link(_text(item, "external_url"), feed.address)
    url = _link(_text(item, "url"), feed.address) or urls.entry_link(guid) or about
    # An episode may have no page.
    url = url or next((link for file in attachments if (link := _link(_text(file, "url"), feed.address))), "")
    author, links = _authors(item, url), entry_reader.body_links([(summary, feed.address), (markup, feed.address)])
    return Entry(
        guid=guid,
        url=url,
        title=title,
        text=joined.text,
        parts=joined.parts,
        longest=joined.longest,
        author=feed.authors if author is None else author,
        publisher=feed.title,
        language=sanitise.language_tag(_text(item, "language")) or feed.language,
        published=published or updated,
        updated=updated,
        links=tuple(dict.fromkeys(filter(None, (about if about != url else "", *links)))),
    )


def _attachments(item: dict[str, Any]) -> list[dict[str, Any]]:
    listed = item.get("attachments")
    return [file for file in listed if isinstance(file, dict)] if isinstance(listed, list) else []


def _text(data: dict[str, Any], key: str) -> str:
    """Return a text or a number (version 1 has numbers as ids) as text, anything else as none."""
    value = data.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _link(written: str, base: str) -> str:
    """Return a link, empty for none: an empty one is not the address of the document."""
    return urls.entry_link(written, base) if written.strip("#? ") else ""


def _authors(data: dict[str, Any], url: str = "") -> str | None:
    """Return the names of the authors of an item or a feed; `None` without any author. Version 1 has a single one."""
    people = next((found for key in ("authors", "author") if (found := data.get(key))), None)
    if not people:
        return None
    listed = people if isinstance(people, list) else [people]
    names = [_text(person, "name") if isinstance(person, dict) else person for person in listed]
    return authors.join_authors([authors.clean_author(name, url) for name in names if isinstance(name, str)])
