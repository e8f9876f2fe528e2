"""Bytes of a known format become entries; what is no such format is told by what it looks like."""

from brandwatch.parse.document import parse
from brandwatch.parse.links import feed_links
from brandwatch.parse.pages import page

__all__ = ["feed_links", "page", "parse"]
