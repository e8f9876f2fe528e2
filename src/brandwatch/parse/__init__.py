"""Bytes of a known format become entries; what is no such format is told by what it looks like."""

from brandwatch.parse.document import parse
from brandwatch.parse.links import feed_links
from brandwatch.parse.pages import page
from brandwatch.parse.window import DIGEST_BYTES, Known
from brandwatch.parse.worker import Worker

__all__ = ["DIGEST_BYTES", "Known", "Worker", "feed_links", "page", "parse"]
