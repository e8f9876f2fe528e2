"""Find the feeds that a page announces."""

from __future__ import annotations

from html.parser import HTMLParser

from brandwatch import urls
from brandwatch.parse.repair import decode

_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_LOOKED_AT = 500_000
_MOST = 20


def feed_links(body: bytes, base: str, content_type: str = "") -> tuple[str, ...]:
    """Return the absolute links of `<link rel="alternate">` feeds in the page *body*, in their order, each once.

    *base* is the address of the page; RSS Advisory Board, "RSS Autodiscovery" 1.0.
    """
    reader = _LinkReader(base)
    reader.feed(decode(body[:_LOOKED_AT], content_type))
    return tuple(dict.fromkeys(reader.links))[:_MOST]


class _LinkReader(HTMLParser):
    """Collects what `<link>` elements announce, minding `<base>`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = urls.web_link(values["href"], self.base) or self.base
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and "alternate" in values.get("rel", "").lower().split() and kind in _TYPES:
            link = urls.web_link(values.get("href", ""), self.base)
            self.links += [link] if link else []
