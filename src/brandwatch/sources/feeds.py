"""What the feeds of some kinds do otherwise than others: titles that end in the publisher, titles of comments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models.kinds import FeedRules

if TYPE_CHECKING:
    from brandwatch.models import Entry, Feed


def adjusted(rules: FeedRules, feed: Feed) -> Feed:
    """Return a feed with its entries as the rules want them, and what to go on from."""
    entries = feed.entries if rules == FeedRules() else tuple(_adjusted(rules, entry) for entry in feed.entries)
    times = [entry.published for entry in entries if entry.published]
    mark = max(times).isoformat() if times else ""
    return replace(feed, entries=entries, mark=mark, oldest=min(times, default=None))


def _adjusted(rules: FeedRules, entry: Entry) -> Entry:
    """Return an entry with its own title, and its own text or none."""
    title = entry.title
    if rules.suffix and entry.publisher:
        title = title.removesuffix(f"{rules.suffix}{entry.publisher}").rstrip()
    if rules.untitled and re.search(rules.untitled, entry.url):
        title = ""
    return replace(entry, title=title, text="" if rules.textless else entry.text)
