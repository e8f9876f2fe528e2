"""One entry as it is compared with others: its words, its shingles, a min-hash sketch, and look-up keys.

A shingle is the hash of three consecutive words. Reasons call them passages.
"""

import re
from functools import cached_property
from hashlib import blake2b
from zlib import crc32

from brandwatch import urls
from brandwatch.frozen_classes import dataclass
from brandwatch.models import Entry
from brandwatch.stories import publishers

MIN_TEXT_WORDS = 12
"""A shorter text is as likely a greeting as the news."""
MIN_TITLE_WORDS = 2
"""One word is too common a title to identify anything."""
MAX_SHINGLE_WORDS = 2000
"""How many words of a text count; later ones belong to another subject."""
SKETCH_HASHES = 24
"""How many shingles, those with the smallest hashes, a sketch has: two texts that agree have the same there.

On invented news (`bench/stories.py`) 64 find three copies in a hundred more, for more than twice the index.
"""

_MAX_POST_WORDS = 60
_CONTENT = "content:"
# Above every shingle, so that keys and shingles share one index.
_KEY_BIT = 1 << 62
_WORD = re.compile(r"\w+")


def shingle_words(text: str) -> list[str]:
    """Split a text into words for comparison: small letters, without signs."""
    return _WORD.findall(text.casefold())


def shingles(words: list[str]) -> list[int]:
    """Hash each three consecutive words, in their order."""
    encoded = " ".join(words).encode().split(b" ")
    # The three loops are in C: a third of the time of a comprehension.
    return list(map(crc32, encoded[2:], map(crc32, encoded[1:], map(crc32, encoded))))


def min_hash_sketch(found: set[int]) -> list[int]:
    """Return the shingles that the index holds of a text."""
    return sorted(found)[:SKETCH_HASHES]


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """One entry: *link* is its canonical link, *at* its publication time in seconds, *queries* are those it matches.

    *whole* are the shingles of the whole text, if only a part of the entry is stored (*is_cut*). A property is empty if
    the entry lacks it, or has too little of it to compare.
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
        """The words of the text, none if it only repeats the title."""
        text = shingle_words(self.entry.text)[:MAX_SHINGLE_WORDS]
        return [] if text == self.title else text

    @property
    def has_text(self) -> bool:
        """Whether there is a text, stored or not."""
        return bool(self.text) or self.is_cut

    @cached_property
    def page(self) -> str:
        """The key of the page that the entry is."""
        return "" if self.link.startswith(_CONTENT) else self.link

    @cached_property
    def post(self) -> str:
        """The platform's name of the entry."""
        return urls.platform_id(self.entry.url) if self.entry.url else ""

    @cached_property
    def target(self) -> str:
        """The page that a short entry is about: its only link to another site."""
        if not self.entry.links or len(self.text) > _MAX_POST_WORDS:
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
        """The publisher of the entry."""
        return publishers.publisher_of_link(self.entry.url, self.entry.publisher)

    @cached_property
    def text_shingles(self) -> list[int]:
        """The shingles of the text, in their order."""
        return list(self.whole) or shingles(self.text)

    @cached_property
    def all_shingles(self) -> set[int]:
        """The shingles of title and text."""
        return {*shingles(self.title), *self.text_shingles}

    @cached_property
    def sketch(self) -> list[int]:
        """The shingles that the index holds. A comment has none: it quotes what it answers."""
        return [] if self.thread else min_hash_sketch(self.all_shingles)

    @cached_property
    def keys(self) -> list[int]:
        """The hashes of page, post, title and text, for the index."""
        # A page is found by the posts about it and the comments on it, and the other way round.
        keys = [f"page {page}" for page in (self.page, self.target, self.thread) if page]
        if self.post:
            keys.append(f"post {self.post}")
        if len(self.title) >= MIN_TITLE_WORDS:
            keys.append(f"title {' '.join(self.title)}")
        if len(self.text) >= MIN_TEXT_WORDS:
            keys.append(f"text {' '.join(self.text)}")
        digests = (blake2b(key.encode(), digest_size=7).digest() for key in keys)
        return [int.from_bytes(digest, "big") | _KEY_BIT for digest in digests]
