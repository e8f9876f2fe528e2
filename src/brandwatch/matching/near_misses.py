"""The nearest miss: what in an entry looks most like one of the names, and why it does not count."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.names import with_digraphs
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.query import Query, Term
    from brandwatch.models import Entry


_WORD = re.compile(r"[\w'&+]+")
_LOOKS_ALIKE = 0.78
_BARE = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ł": "l"})
_WORDS_LOOKED_AT = 2_000


class _SimilarText(NamedTuple):
    """A piece of a text that is like a name: how much, and what the difference is."""

    likeness: float
    text: str
    term: Term
    difference: str


def nearest_miss(query: Query, entry: Entry) -> str:
    """Return the nearest miss in words, empty where nothing in the entry looks like a name of the query."""
    near = max(_all_near(query, EntryText(entry)), key=lambda candidate: candidate.likeness, default=None)
    return f"“{near.text}” for {near.term.text}: {near.difference}" if near else ""


def _all_near(query: Query, page: EntryText) -> Iterator[_SimilarText]:
    """Yield whatever is like one of the names."""
    for text in page.fields.values():
        words = list(_WORD.finditer(text.folded))[:_WORDS_LOOKED_AT]
        for term in (*query.names, *query.products):
            name = fold(term.text).folded
            length = len(_WORD.findall(name))
            for first, last in _windows(words, length):
                written = text.folded[first.start() : last.end()]
                if near := _compared(term, name, written):
                    shown = slice(*text.span(first.start(), last.end()))
                    yield _SimilarText(near[0], text.original[shown], term, near[1])


def _windows(words: list[re.Match[str]], length: int) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Yield the first and last word of each run of as many words as a name has, or one less or more."""
    for size in {max(1, length - 1), length, length + 1}:
        yield from zip(words, words[size - 1 :], strict=False)


def _compared(term: Term, name: str, written: str) -> tuple[float, str] | None:
    """Return how near a piece of text comes to a name, and what the difference is; `None` where it does not."""
    if written == name:
        return None
    if with_digraphs(written) == with_digraphs(name):
        return 1.0, "one declared equivalence away"
    if _solid(written) == _solid(name):
        return 0.98, "only hyphens, spaces and declared equivalences differ; add this spelling to `names`"
    if _solid(_bare(written)) == _solid(_bare(name)):
        return 0.97, "it is written without the letters å, ø, æ, ä or ö; add this spelling to `names`"
    if len(name) > 2 and written.startswith(name) and written[len(name)].isalnum():  # noqa: PLR2004 (too many words)
        hint = "" if term.closed_compounds else "; `closed_compounds: on` would let such words count"
        return 0.95, f"the name is only the beginning of another word{hint}"
    return _spelled_otherwise(name, written)


def _spelled_otherwise(name: str, written: str) -> tuple[float, str] | None:
    """Return how much two spellings are alike, if they are."""
    if " " not in written and len(name) > 3 and name in written:  # noqa: PLR2004 (a shorter name is in many words)
        return 0.9, "the name is only a part of another word"
    matcher = SequenceMatcher(None, name, written, autojunk=False)
    if matcher.quick_ratio() < _LOOKS_ALIKE or (ratio := matcher.ratio()) < _LOOKS_ALIKE:
        return None
    return ratio * 0.9, "it is spelled otherwise; add this spelling to `names` if it is meant"


def _bare(text: str) -> str:
    """Return letters without their marks, as keyboards without Nordic letters have them."""
    decomposed = unicodedata.normalize("NFD", text.translate(_BARE))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _solid(text: str) -> str:
    """Return the letters and digits alone, Nordic letters as digraphs."""
    return re.sub(r"[\W_]", "", with_digraphs(text))
