"""What is said in the world that the endpoints show, and what their searches and feeds have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.sources.servers.framework import Reply

from brandwatch import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r'"([^"]*)"|(\S+)')
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:yt="http://www.youtube.com/xml/schemas/2015"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One thing that somebody said: *below* is what it answers, *indexed* when a search learned of it."""

    number: int
    at: datetime
    indexed: datetime
    title: str = ""
    text: str = ""
    author: str = "asta"
    link: str = ""
    tags: tuple[str, ...] = ()
    below: Post | None = None
    likes: int = 3

    @property
    def words(self) -> str:
        """All of its words."""
        return f"{self.title} {self.text}"

    @property
    def thread(self) -> Post:
        """What it all began with."""
        return self.below.thread if self.below else self


@dataclass
class World:
    """All posts, the *first* of that number; *is_closed* where strangers see nothing, *dead* engines do not answer.

    Some servers want a *key* of everybody.
    """

    first: int = 1001
    posts: list[Post] = field(default_factory=list)
    is_closed: bool = False
    dead: tuple[tuple[str, str], ...] = ()
    key: str = ""

    def add(self, text: str = "", *, ago: float = 0.0, late: float = 0.0, **more: object) -> Post:
        """Say something some hours *ago*, that searches learn of *late*."""
        at = clock.now() - timedelta(hours=ago)
        number = self.first + len(self.posts)
        post = Post(number=number, at=at, indexed=at + timedelta(hours=late), text=text, **more)  # type: ignore[arg-type]
        self.posts.append(post)
        return post

    def newest(self, posts: Iterable[Post] | None = None) -> list[Post]:
        """Return what searches have learned by now, the newest first."""
        known = [post for post in (self.posts if posts is None else posts) if post.indexed <= clock.now()]
        return sorted(known, key=lambda post: (post.at, post.number), reverse=True)

    def below(self, post: Post) -> list[Post]:
        """Return the answers to a post, the newest first."""
        return self.newest(other for other in self.posts if other.below and other.below.number == post.number)

    def get(self, number: str | int) -> Post | None:
        """Return the post of a number."""
        return next((post for post in self.posts if str(post.number) == str(number)), None)


def holds(text: str, query: str) -> bool:
    """Say whether a text holds every word, and every phrase in quotation marks, of a query; OR is a word like any."""
    return all(phrase.casefold() in text.casefold() for phrase in phrases(query))


def phrases(query: str) -> list[str]:
    """Return the words of a query, and its phrases in quotation marks."""
    return [quoted or word for quoted, word in _WORD.findall(query) if quoted or word]


def sliced(listed: Sequence[Post], size: int, page: int) -> list[Post]:
    """Return a page of a list; the first is 0."""
    return list(listed[page * size : (page + 1) * size])


def iso(moment: datetime) -> str:
    """Return a moment with milliseconds, as most interfaces write it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def rfc822(moment: datetime) -> str:
    """Return a moment as RSS writes it."""
    return format_datetime(moment.astimezone(UTC))


def rss(title: str, items: Iterable[str]) -> Reply:
    """Return a feed."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel><title>{escape(title)}</title>'
        f"<language>nb-NO</language>{''.join(items)}</channel></rss>"
    )
    return Reply(text.encode(), content_type="application/rss+xml; charset=UTF-8")


def item(post: Post, link: str, *, more: str = "", title: str | None = None) -> str:
    """Return one entry of a feed."""
    head = post.title if title is None else title
    return (
        f"<item><title>{escape(head)}</title><link>{escape(link)}</link><pubDate>{rfc822(post.at)}</pubDate>"
        f"<dc:creator>{escape(post.author)}</dc:creator><description>{escape(post.text)}</description>"
        f'<guid isPermaLink="false">{escape(link)}</guid>{more}</item>'
    )
