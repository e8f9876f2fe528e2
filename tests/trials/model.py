"""What was published, what was asked for, and which mentions the database must hold by that.

The model knows no rule of how: an entry that a poll has read, and that names a brand of a query, is a mention once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAMES = ("Fjordkraft Åsgård", "Blåbær Gården", "Acme")
AUTHORS = ("Kari Øygard-Nordmann", "Ola Blåbærsen", "Åse Fjellvik")
FEEDS = ("a", "b", "c")
SOURCES = {"acme": ("a", "b"), "blaabaer": ("b", "c"), "alt": FEEDS}
"""The sources of each query: one feed may belong to several."""
PERIODS = {"2d": 2, "30d": 30, "1y": 365, "10y": 3650}
MAX_ENTRIES = 8
"""The length of a feed: older entries fall off its end."""

_ITEM = (
    "<item><title>{title}</title><link>https://avis.example/sak/{number}</link>"
    '<guid isPermaLink="false">urn:avis:2026:{number}</guid>'
    "<dc:creator>{author}</dc:creator><pubDate>{date}</pubDate><description>{text}</description></item>"
)
_CHANNEL = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
    "<title>Fjordavisa {feed}</title><language>nb</language>{items}</channel></rss>"
)


@dataclass
class Article:
    """One published entry; *name* is the brand that its text names, empty for none."""

    number: int
    name: str
    author: str
    date: datetime
    edits: int = 0

    @property
    def guid(self) -> str:
        """The guid, which no edit changes."""
        return f"urn:avis:2026:{self.number}"

    def xml(self) -> str:
        """The entry of a feed."""
        # Words of their own, so that no two are the same news.
        words = " ".join(f"ord{self.number}{letter}{self.edits}" for letter in "abcdefghijklmnop")
        return _ITEM.format(
            number=self.number,
            title=escape(f"{self.name} melder sak {self.number}, versjon {self.edits}"),
            author=escape(self.author),
            date=format_datetime(self.date),
            text=escape(f"{words} om {self.name or 'været'} i dag"),
        )


@dataclass
class QueryFile:
    """A query file as its author last wrote it; *is_applied* once a poll has ended since."""

    names: tuple[str, ...]
    retain: str = "1y"
    is_broken: bool = False
    is_applied: bool = False


class MentionKey(NamedTuple):
    """A mention: the query, and the guid of the entry."""

    query: str
    guid: str


@dataclass
class Expected:
    """What the database must hold: *read* are mentions with the earliest time at which a poll may have read them.

    *may_be_gone* were older than their retention in a poll; *erased* are persons whom nothing may name.
    """

    read: dict[MentionKey, datetime] = field(default_factory=dict)
    may_be_gone: set[MentionKey] = field(default_factory=set)
    statuses: dict[MentionKey, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)


def feed_document(feed: str, articles: list[Article]) -> str:
    """The document of a feed."""
    return _CHANNEL.format(feed=feed, items="".join(article.xml() for article in articles))
