"""The nearest miss: the text of an entry that is most like one of the names, and why it does not count."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Equivalence
from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.equivalences import spellings, with_digraphs
from brandwatch.matching.names import counted_spellings, counts_without_legal_form, enabled_equivalences
from brandwatch.text.normalise import fold, spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.query import Query, Term
    from brandwatch.models import Entry


MIN_LIKENESS = 0.78
MAX_WORDS = 2_000
# Shorter names begin, or stand in, too many words.
MIN_PREFIX_CHARS = 3
MIN_PART_CHARS = 4

_WORD = re.compile(r"[\w'&+]+")
_BARE_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ł": "l"})


class _SimilarText(NamedTuple):
    """A piece of a text that is like a name, its likeness, and the difference in words."""

    likeness: float
    text: str
    term: Term
    difference: str


def nearest_miss(query: Query, entry: Entry) -> str:
    """Return the nearest miss in words, empty where nothing in the entry looks like a name of the query."""
    nearest = max(_similar_texts(query, EntryText(entry)), key=lambda similar: similar.likeness, default=None)
    return f"“{nearest.text}” for {nearest.term.text}: {nearest.difference}" if nearest else ""


def _similar_texts(query: Query, text: EntryText) -> Iterator[_SimilarText]:
    """Yield every piece of the entry that is like one of the names."""
    terms = [(term, _known_spellings(term, query)) for term in (*query.names, *query.products)]
    for folded in text.fields.values():
        words = list(_WORD.finditer(folded.folded))[:MAX_WORDS]
        for term, known in terms:
            name = fold(term.text).folded
            length = len(_WORD.findall(name))
            # Runs of as many words as the name has, or one less or more.
            for size in {max(1, length - 1), length, length + 1}:
                for first, last in zip(words, words[size - 1 :], strict=False):
                    written = folded.folded[first.start() : last.end()]
                    difference = known[written] if written in known else _difference(term, name, written)
                    if difference:
                        start, end = folded.span(first.start(), last.end())
                        yield _SimilarText(difference[0], folded.original[start:end], term, difference[1])


def _known_spellings(term: Term, query: Query) -> dict[str, tuple[float, str] | None]:
    """Return the folded spellings of a term: `None` for those that count, a reason for those that are switched off."""
    name = spelling(term.text)
    enabled, bare_counts = enabled_equivalences(term, query), counts_without_legal_form(name, query.languages)
    known: dict[str, tuple[float, str] | None] = dict.fromkeys(
        fold(counted.text).folded for counted, _ in counted_spellings(term, query)
    )
    for other in spellings(name, term.kind, frozenset(Equivalence), bare_counts=bare_counts):
        if off := [f"`{equivalence}`" for equivalence in other.equivalences if equivalence not in enabled]:
            known.setdefault(fold(other.text).folded, (1.0, f"switched off under `equivalences`: {', '.join(off)}"))
    return known


def _difference(term: Term, name: str, written: str) -> tuple[float, str] | None:
    """Return the likeness of a piece of text to a name and the difference in words, `None` where it is not alike."""
    if written == name:
        return None
    if with_digraphs(written) == with_digraphs(name):
        return 1.0, "only two letters for one (aa for å) differ; add this spelling to `names`"
    if _letters(written) == _letters(name):
        return 0.98, "only hyphens, spaces and signs differ; add this spelling to `names`"
    if _letters(_bare(written)) == _letters(_bare(name)):
        return 0.97, "only accents and Nordic letters differ (a for å, o for ø); add this spelling to `names`"
    return _longer_or_alike(term, name, written)


def _longer_or_alike(term: Term, name: str, written: str) -> tuple[float, str] | None:
    """Return likeness and difference of a word that holds the name, or that is spelled much like it."""
    if len(name) >= MIN_PREFIX_CHARS and written.startswith(name) and written[len(name)].isalnum():
        hint = "" if term.closed_compounds else "; `closed_compounds: on` would let such words count"
        return 0.95, f"the name is only the beginning of another word{hint}"
    if " " not in written and len(name) >= MIN_PART_CHARS and name in written:
        return 0.9, "the name is only a part of another word"
    matcher = SequenceMatcher(None, name, written, autojunk=False)
    if matcher.quick_ratio() < MIN_LIKENESS or (ratio := matcher.ratio()) < MIN_LIKENESS:
        return None
    return ratio * 0.9, "it is spelled otherwise; add this spelling to `names` if it is meant"


def _bare(text: str) -> str:
    """Return letters without their marks, as written on keyboards without Nordic letters."""
    decomposed = unicodedata.normalize("NFD", text.translate(_BARE_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _letters(text: str) -> str:
    """Return the letters and digits alone, Nordic letters as digraphs."""
    return re.sub(r"[\W_]", "", with_digraphs(text))
