"""An empty answer that may mean “closed”: what to ask then, and what its answer says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.models import Request
from brandwatch.sources.answers import decoded
from brandwatch.sources.expressions import found, is_true, text
from brandwatch.sources.templates import filled

if TYPE_CHECKING:
    from brandwatch.models import Document, Feed, Source
    from brandwatch.models.kinds import Kind


def probe(kind: Kind, source: Source, feed: Feed) -> Request | None:
    """Return what to ask where *feed* is empty and its source may be closed, `None` where there is no doubt."""
    if kind.probe is None or feed.listed or feed.problem:
        return None
    values = dict(source.values)
    return Request(url=filled(kind.probe.url, lambda name: values.get(name, "")))


def closed(kind: Kind, document: Document) -> str:
    """Say in words that a source is closed, as the answer to a probe has it; empty if it is not."""
    value = found(kind.probe.closed, decoded(document)) if kind.probe else None
    return kind.probe.words.replace("{found}", text(value)) if kind.probe and is_true(value) else ""
