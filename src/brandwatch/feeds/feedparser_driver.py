"""feedparser, which reads feeds that are not well-formed too, with every text of an entry kept."""

from __future__ import annotations

import io
import xml.sax
from typing import Any
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser

from brandwatch.feeds.fast_reader import FastResult
from brandwatch.feeds.fast_reader_state import PLACES, TEXTS, TITLES, TextElement


class _EveryText:
    """What both parsers of feedparser do otherwise here. The names are those of feedparser."""

    inentry: int
    insource: int
    incontent: int
    entries: list[dict[str, Any]]
    contentparams: dict[str, Any]
    is_caption = False
    # Off is what costs or guesses: we remove markup and clean links ourselves.
    resolve_relative_uris = sanitize_html = False

    def pop(self, element: str, strip_whitespace: int = 1) -> str | None:
        """End an element; keep its text beside what feedparser keeps."""
        value: str | None = super().pop(element, strip_whitespace)  # type: ignore[misc]
        if value and self.incontent and self.inentry and not self.insource:
            entry, kind = self.entries[-1], self.contentparams.get("type", "")
            if element in PLACES:
                place = TextElement.CAPTION if self.is_caption else PLACES[element]
                entry.setdefault(TEXTS, []).append((place, kind, value))
            elif element == "title":
                entry.setdefault(TITLES, []).append((kind, value))
        return value

    def _end_media_description(self) -> None:
        self.is_caption = True
        try:
            super()._end_media_description()  # type: ignore[misc]
        finally:
            self.is_caption = False


class _Strict(_EveryText, StrictFeedParser):  # type: ignore[misc]
    """Reads XML that is well-formed."""


class _Loose(_EveryText, LooseFeedParser):  # type: ignore[misc]
    """Reads what only looks like XML."""


def read_with_feedparser(text: str) -> FastResult:
    """Return the feed in *text*; raise whatever feedparser raises.

    feedparser is not told the address of the document, because it would make links of guids.
    """
    reader: Any = _Strict("", None, "utf-8")
    parser = xml.sax.make_parser()  # noqa: S317 (before its root nothing can declare an entity)
    parser.setFeature(feature_namespaces, 1)
    parser.setFeature(feature_external_ges, 0)
    parser.setContentHandler(reader)
    parser.setErrorHandler(reader)
    try:
        parser.parse(io.BytesIO(text.encode()))
    except xml.sax.SAXException:
        reader = _Loose("", None, "utf-8", {})
        reader.feed(text)
    return FastResult(reader.feeddata, reader.entries, bool(reader.version))
