"""Shingles: every three consecutive words of a text, and the min-hash sketch that finds a text again."""

from __future__ import annotations

import re
from zlib import crc32

SKETCH_HASHES = 24
"""How many passages, those with the smallest hashes, are kept of a text: any two texts keep the same where they agree.

On invented news (`bench/stories.py`) 64 find three copies in a hundred more, for more than twice the index.
"""
MAX_SHINGLE_WORDS = 2000
"""How many words of a text count; what is said after them is said of something else."""

_WORD = re.compile(r"\w+")


def shingle_words(text: str) -> list[str]:
    """Return the words of a text as they are compared: small letters, without signs."""
    return _WORD.findall(text.casefold())


def shingles(of: list[str]) -> list[int]:
    """Return the hashes of all passages of a text, in their order."""
    encoded = " ".join(of).encode().split(b" ")
    following = zip(map(crc32, encoded), encoded[1:], encoded[2:], strict=False)
    return [crc32(third, crc32(second, first)) for first, second, third in following]


def min_hash_sketch(found: set[int]) -> list[int]:
    """Return the passages that are kept."""
    return sorted(found)[:SKETCH_HASHES]
