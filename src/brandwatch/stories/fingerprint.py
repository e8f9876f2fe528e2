"""One entry as it is compared with others: its words, its shingles, a min-hash sketch, and look-up keys.

A shingle is the hash of three consecutive words. Reasons call them passages.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple, Self
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

# Of a text that is stored in part. On invented news (`bench/stories.py --passages`) these samples miss one pair of a
# story in 1,000; with 80 and 80 shingles it is 8.
_LEAD_SHINGLES, _MIN_SAMPLED = 100, 256
_LOW_BITS = 0xFFFF
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


class ShingleSample(NamedTuple):
    """Shingles of a whole text of *length* shingles, of each the lower 16 bits: the first, and a sample of the others.

    Of those behind the beginning only multiples of *step* are *kept*. *sketch* are shingles of its sketch, in full.
    """

    length: int
    step: int
    kept: tuple[int, ...]
    sketch: tuple[int, ...]


class SharedShingles(NamedTuple):
    """The shingles that *both* entries are known to have; how many are *shared*, and how many each has."""

    both: set[int]
    shared: float
    one: int
    other: int


def sample_shingles(whole: list[int], sketch: Iterable[int] = ()) -> ShingleSample:
    """Return a sample of the shingles of a text, with a sketch of the entry."""
    step = max(1, (len(whole) - _LEAD_SHINGLES) // _MIN_SAMPLED)
    short = [shingle & _LOW_BITS for shingle in whole]
    behind = short[_LEAD_SHINGLES:]
    kept = (*short[:_LEAD_SHINGLES], *(shingle for shingle in behind if shingle % step == 0))
    return ShingleSample(len(whole), step, kept, tuple(sketch))


def shorten(found: Iterable[int]) -> set[int]:
    """Return shingles as a sample has them."""
    return {shingle & _LOW_BITS for shingle in found}


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """One entry: *link* is its canonical link, *at* its publication time in seconds, *queries* are those it matches.

    *is_cut*: the entry is stored in part; a stored one has a *sample* of the shingles of its whole text. A property is
    empty if the entry lacks it, or has too little of it to compare.
    """

    entry: Entry
    link: str
    at: int
    queries: frozenset[str]
    is_cut: bool = False
    sample: ShingleSample | None = None

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
        """The shingles of the text, in their order; of a sample those that are kept, of 16 bits."""
        return list(self.sample.kept) if self.sample else shingles(self.text)

    @cached_property
    def all_shingles(self) -> set[int]:
        """The shingles of title and text; with a sample, of 16 bits."""
        title = shingles(self.title)
        return {*(shorten(title) if self.sample else title), *self.text_shingles}

    @cached_property
    def short_shingles(self) -> set[int]:
        """The shingles of title and text, of 16 bits."""
        return self.all_shingles if self.sample else shorten(self.all_shingles)

    @property
    def text_length(self) -> int:
        """The number of shingles of the whole text."""
        return self.sample.length if self.sample else len(self.text_shingles)

    @property
    def length(self) -> int:
        """The number of shingles of title and whole text."""
        if self.sample is None:
            return len(self.all_shingles)
        # A text often repeats its title.
        return self.sample.length + len(self.all_shingles.difference(self.sample.kept))

    def overlap(self, other: Self) -> SharedShingles:
        """Compare title and text with those of another entry, which may have a sample."""
        if other.sample is None:
            both = self.all_shingles & other.all_shingles
            return SharedShingles(both, len(both), len(self.all_shingles), len(other.all_shingles))
        shared = _estimate_shared(self.short_shingles, other.all_shingles, other.sample.step)
        return SharedShingles(self.short_shingles & other.all_shingles, shared, self.length, other.length)

    def text_overlap(self, other: Self) -> float:
        """Return the number of shingles that both texts have; the *other* may have a sample."""
        if other.sample is None:
            return len({*self.text_shingles} & {*other.text_shingles})
        return _estimate_shared(shorten(self.text_shingles), set(other.sample.kept), other.sample.step)

    def has_text_of(self, other: Self) -> bool:
        """Whether an entry that is stored in part has the same whole text."""
        if other.sample is None:
            return self.text_shingles == other.text_shingles
        return sample_shingles(self.text_shingles, other.sample.sketch) == other.sample

    @cached_property
    def sketch(self) -> list[int]:
        """The shingles that the index holds. A comment has none: it quotes what it answers."""
        if self.thread:
            return []
        return list(self.sample.sketch) if self.sample else min_hash_sketch(self.all_shingles)

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


def is_key(mark: int) -> bool:
    """Whether a mark of the index is that of a key, not a shingle."""
    return bool(mark & _KEY_BIT)


def _estimate_shared(mine: set[int], kept: set[int], step: int) -> float:
    """Estimate the number of shingles that a text shares with another, of which a sample is *kept*."""
    if step > 1:
        mine, kept = ({shingle for shingle in one if shingle % step == 0} for one in (mine, kept))
    both = len(mine & kept)
    # Two long texts that have nothing in common share 3 of 100 shingles of 16 bits.
    by_chance = (len(mine) - both) * (len(kept) - both) * step / (_LOW_BITS + 1)
    return max(0.0, both - by_chance) * step
