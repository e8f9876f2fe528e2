"""One entry as it is compared with others: shingles, min-hash sketch, and look-up keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.stories.publishers import publisher_of_entry
from brandwatch.stories.shingles import MAX_SHINGLE_WORDS, min_hash_sketch, shingle_words, shingles

if TYPE_CHECKING:
    from brandwatch.models import Entry


SHORTEST_TEXT = 12
"""Fewer words are as likely a greeting as the news."""
SHORTEST_TITLE = 2
"""One word is no title to know anything by."""
_LONGEST_POST = 60
_CONTENT = "content:"
# No passage is as great, so that the two never mix.
_EXACT = 1 << 62


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """One entry: *link* is the canonical one it is known by, *at* when it is taken to be published, *queries* match it.

    Of one that is stored, and *is_cut*, the entry has only a part of the text; *whole* are the passages of all of it.
    Each of the properties is empty where the entry has no such thing, or too little of it to tell anything.
    """

    entry: Entry
    link: str
    at: int
    queries: frozenset[str]
    is_cut: bool = False
    whole: tuple[int, ...] = ()

    @cached_property
    def title(self) -> list[str]:
        """The words of the title."""
        return shingle_words(self.entry.title)

    @cached_property
    def text(self) -> list[str]:
        """The words of the text; a text that only says the title again is none."""
        text = shingle_words(self.entry.text)[:MAX_SHINGLE_WORDS]
        return [] if text == self.title else text

    @property
    def has_text(self) -> bool:
        """Whether there is a text, be it stored or not."""
        return bool(self.text) or self.is_cut

    @cached_property
    def page(self) -> str:
        """The key of the page that the entry is."""
        return "" if self.link.startswith(_CONTENT) else self.link

    @cached_property
    def post(self) -> str:
        """What its platform calls it."""
        return urls.platform_id(self.entry.url) if self.entry.url else ""

    @cached_property
    def target(self) -> str:
        """The page that a short post is about: the only one elsewhere that it links to."""
        if not self.entry.links or len(self.text) > _LONGEST_POST:
            return ""
        own = urls.host(self.entry.url)
        pages = {urls.canonical(link) for link in self.entry.links if urls.host(link) != own}
        page = pages.pop() if len(pages) == 1 else ""
        return "" if urls.is_front_page(page) else page

    @cached_property
    def thread(self) -> str:
        """The page that the entry is a comment on."""
        page = urls.canonical(self.entry.thread) if self.entry.thread else ""
        return "" if urls.is_front_page(page) else page

    @cached_property
    def publisher(self) -> str:
        """Who published it."""
        return publisher_of_entry(self.entry)

    @cached_property
    def of_text(self) -> list[int]:
        """The passages of the text, in their order."""
        return list(self.whole) or shingles(self.text)

    @cached_property
    def passages(self) -> set[int]:
        """The passages of title and text."""
        return {*shingles(self.title), *self.of_text}

    @cached_property
    def sketch(self) -> list[int]:
        """The passages that it is found by; a comment quotes what it answers, which says nothing of its own story."""
        return [] if self.thread else min_hash_sketch(self.passages)

    @cached_property
    def marks(self) -> list[int]:
        """What else it is found by: hashes of what must be the same in another."""
        keys = (
            f"page {self.page}" if self.page else "",
            # A page is found by the posts about it, and the other way round.
            f"page {self.target}" if self.target else "",
            # As is a page by the comments on it.
            f"page {self.thread}" if self.thread else "",
            f"post {self.post}" if self.post else "",
            f"title {' '.join(self.title)}" if len(self.title) >= SHORTEST_TITLE else "",
            f"text {' '.join(self.text)}" if len(self.text) >= SHORTEST_TEXT else "",
        )
        return [_hash(key) for key in keys if key]


def _hash(key: str) -> int:
    """Return the hash of a key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest(), "big") | _EXACT
