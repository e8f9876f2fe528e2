"""From the bytes of a feed to entries."""

from brandwatch.feeds.document import EntryPrefilter, SlowParser, parse_document, read_page
from brandwatch.feeds.incremental import DIGEST_BYTES, KnownDigests
from brandwatch.feeds.page_links import feed_links
from brandwatch.feeds.sandbox import ParserSandbox

__all__ = [
    "DIGEST_BYTES", "EntryPrefilter", "KnownDigests", "ParserSandbox", "SlowParser", "feed_links", "parse_document",
    "read_page",
]  # fmt: skip
