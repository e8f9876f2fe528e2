"""The spellings by which a query finds its names, and likely ones by which it does not: for `check`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Equivalence, TermKind
from brandwatch.matching.equivalences import MIN_LETTERS, Spelling, count_letters
from brandwatch.matching.legal_forms import split_legal_form
from brandwatch.matching.names import aliases, counted_spellings, counts_without_legal_form, enabled_equivalences
from brandwatch.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.query import Query, Term


# A part left out, and what the rest may be.
_PARTS = (
    (re.compile(r"(?<=\w)\.(?:com|no|se|dk|fi|de|io|net|org)$", re.IGNORECASE), "may be a word"),
    (re.compile(r"(?<=\w)\.(?=\w\w)(?!(?:com|no|se|dk|fi|de|io|net|org)$)", re.IGNORECASE), "may be another name"),
    (re.compile(r"(?<=\w)[+*]+$"), "may be another product"),
)
_BARE_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "Ø": "O", "Æ": "Ae"})


class NameSpellings(NamedTuple):
    """A name of a query, its other spellings that count, and likely ones that do not, each with the reason."""

    term: Term
    also: tuple[Spelling, ...]
    missing: tuple[tuple[str, str], ...]


def name_spellings(query: Query) -> Iterator[NameSpellings]:
    """Yield each name and product of a query that has other spellings."""
    found = {
        alias.text
        for term in query.all_terms()
        if term.kind is not TermKind.COMPETITOR
        for alias in aliases(term, 0, query)
    }
    for term in (*query.names, *query.products):
        name = normalise.spelling(term.text)
        also = tuple(spelling for spelling, _ in counted_spellings(term, query) if spelling.text != name)
        missing = {
            text: reason for text, reason in _likely_spellings(term, query) if normalise.fold(text).folded not in found
        }
        if also or missing:
            yield NameSpellings(term, also, tuple(missing.items()))


def _likely_spellings(term: Term, query: Query) -> Iterator[tuple[str, str]]:
    """Yield spellings that people use for the name, each with the reason why it is left to the query."""
    name, languages = normalise.spelling(term.text), query.languages
    bare = split_legal_form(name)[0]
    if bare != name:
        is_clear = counts_without_legal_form(name, languages)
        yield bare, "switched off" if is_clear else "an ordinary word, a surname or two letters"
    for pattern, reason in _PARTS:
        if (shorter := pattern.sub("", bare)) != bare and count_letters(shorter) > 1:
            yield shorter, reason
    counted = bare if Equivalence.LEGAL_FORMS in enabled_equivalences(term, query) else name
    if count_letters(bare) >= MIN_LETTERS and (plain := _without_marks(counted)) != counted:
        yield plain, "å is not a, and ø is not o"


def _without_marks(name: str) -> str:
    """Return a name as people write it who lack its letters on their keyboards."""
    decomposed = unicodedata.normalize("NFD", name.translate(_BARE_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
