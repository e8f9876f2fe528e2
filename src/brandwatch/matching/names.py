"""The spellings of a name, and the grammar of endings that may stand on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Equivalence, LetterCase, TermKind
from brandwatch.matching.equivalences import Spelling, count_letters, spellings, words_inside
from brandwatch.matching.legal_forms import needs_legal_form, split_legal_form
from brandwatch.text import language_codes, normalise
from brandwatch.text.languages import all_languages, is_ordinary, language
from brandwatch.urls import ascii_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import Query, Term

# A case ending on a shorter name makes another word of it.
MIN_CASE_LETTERS = 4
# Up to so many letters, a name is found with its own capitals only.
MAX_CAPITALS_LETTERS = 2

_CHANNELS = frozenset({TermKind.DOMAIN, TermKind.ACCOUNT})
_AS_WRITTEN = _CHANNELS | {TermKind.HASHTAG}
_LETTER_EQUIVALENCES = frozenset(
    {
        Equivalence.DIGRAPHS,
        Equivalence.NORDIC_LETTERS,
        Equivalence.ENGLISH_LETTERS,
        Equivalence.ACCENTS,
        Equivalence.SHARP_S,
    }
)
_SIGN_EQUIVALENCES = frozenset({Equivalence.SIGNS, Equivalence.APOSTROPHES, Equivalence.QUOTES, Equivalence.INITIALS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One spelling of a term of one query.

    *text* is folded as a text is; *exact* is the same with the capitals that must be there, or empty where any case
    will do. *equivalences* are the differences from the term, *is_inflected* says whether it is one of its cases.
    """

    text: str
    exact: str
    term: Term
    query: int
    equivalences: tuple[Equivalence, ...] = ()
    is_inflected: bool = False

    @property
    def rule(self) -> str:
        """The difference from the term in one word or several: `exact`, `inflected`, `ampersand`."""
        return "inflected" if self.is_inflected else " + ".join(self.equivalences) or "exact"

    @property
    def inflects(self) -> bool:
        """Whether the endings of nouns may follow: products have them, organisations do not."""
        return self.term.kind is TermKind.PRODUCT

    @property
    def closes(self) -> bool:
        """Whether a solid compound may begin with the name."""
        return self.term.closed_compounds


def aliases(term: Term, number: int, query: Query) -> Iterator[Alias]:
    """Yield every spelling of a term of the query *number*, each text once, the term's own first."""
    seen: set[str] = set()
    for spelling, needs_case in counted_spellings(term, query):
        forms = [(spelling.text, False)]
        if term.kind in _CHANNELS:
            forms += [(form, False) for form in _channels_in_ascii(spelling.text, term.kind)]
        elif term.kind is not TermKind.HASHTAG and count_letters(spelling.text) >= MIN_CASE_LETTERS:
            forms += [(form, True) for form in _case_forms(spelling.text, query.languages)]
        for written, is_inflected in forms:
            folded = normalise.fold(written).folded
            if folded not in seen:
                seen.add(folded)
                yield Alias(
                    text=folded,
                    exact=written if needs_case else "",
                    term=term,
                    query=number,
                    equivalences=spelling.equivalences,
                    is_inflected=is_inflected,
                )


def counted_spellings(term: Term, query: Query) -> Iterator[tuple[Spelling, bool]]:
    """Yield each spelling that counts as the term, and whether its capitals must be there."""
    name, languages = normalise.spelling(term.text), query.languages
    needs_case = needs_exact_case(term, languages)
    bare, bare_counts = split_legal_form(name)[0], counts_without_legal_form(name, languages)
    for spelling in spellings(name, term.kind, enabled_equivalences(term, query), bare_counts=bare_counts):
        # With another letter it may be another word; with its capitals it is still a name.
        is_single = not needs_case and " " not in spelling.text
        is_other_word = is_single and _LETTER_EQUIVALENCES.intersection(spelling.equivalences)
        if not (is_other_word and is_ordinary(spelling.text, languages)):
            yield spelling, needs_case or _needs_own_capitals(spelling, bare, languages, bare_counts=bare_counts)


def counts_without_legal_form(name: str, languages: tuple[str, ...]) -> bool:
    """Whether a name without its legal form is a name of the company alone: Hansen AS and Vind AS need theirs."""
    bare = split_legal_form(name)[0]
    is_short = count_letters(bare) <= MAX_CAPITALS_LETTERS
    is_word = " " not in bare and is_ordinary(bare, languages)
    return not (is_short or is_word or needs_legal_form(bare))


def _needs_own_capitals(spelling: Spelling, bare: str, languages: tuple[str, ...], *, bare_counts: bool) -> bool:
    """Whether a spelling by an equivalence needs its capitals, though the name as written does not."""
    # `Tine sa` (Tine said) is no Tine SA.
    is_risky = not bare_counts or count_letters(spelling.text) < MIN_CASE_LETTERS
    if Equivalence.LEGAL_FORMS in spelling.equivalences and (is_risky or is_ordinary(spelling.text, languages)):
        return True
    if Equivalence.SPACING in spelling.equivalences and spelling.text in words_inside(bare):
        return True
    if not _SIGN_EQUIVALENCES.intersection(spelling.equivalences):
        return False
    is_short = count_letters(spelling.text) <= MAX_CAPITALS_LETTERS
    return is_short or (" " not in spelling.text and is_ordinary(spelling.text, languages))


def enabled_equivalences(term: Term, query: Query) -> frozenset[Equivalence]:
    """Return the equivalences for a term: all but those that its query or the term itself switches off."""
    enabled = dict.fromkeys(Equivalence, True)
    enabled.update((*query.equivalences, *term.equivalences))
    return frozenset(equivalence for equivalence, is_on in enabled.items() if is_on)


def needs_exact_case(term: Term, languages: tuple[str, ...]) -> bool:
    """Whether only the capitals of the term count.

    `smart` asks for them where the name is an ordinary word of an enabled language or has at most two letters.
    """
    if term.case is not LetterCase.SMART or term.kind in _AS_WRITTEN:
        return term.case is LetterCase.EXACT
    # Measured on Norwegian news, precision of such names rises from 0.51 to 0.86 at recall 0.99. Several words together
    # are rarely ordinary: the capitals of those cost recall there and gained nothing.
    name = normalise.spelling(term.text)
    return count_letters(name) <= MAX_CAPITALS_LETTERS or (" " not in name and is_ordinary(name, languages))


def _channels_in_ascii(name: str, kind: TermKind) -> Iterator[str]:
    """Yield a domain, or an account with the name of its server, as the network spells it."""
    account, at, server = name.rpartition("@")
    if not server.isascii() and (at or kind is TermKind.DOMAIN):
        yield f"{account}{at}{ascii_host(server)}"


def _case_forms(name: str, languages: tuple[str, ...]) -> Iterator[str]:
    """Yield the name in the cases of the languages of its query."""
    for code in languages:
        cases = language(code).names.cases if code in language_codes() else {}
        for base, endings in cases.items():
            if name.endswith(base):
                yield from (name.removesuffix(base) + ending for ending in sorted(endings))


_CLOSED = re.compile(r"\w{2,}(?:-\w+)*")
_LEFT_COMPOUND = re.compile(r"\w[\w'-]*-$")
_LEFT_WORD_CHARS = 40
_NUMBER_BEFORE = re.compile(r"\d[.,:-]$")
_NUMBER_AFTER = re.compile(r"[.,:-]\d")


class NameGrammar:
    """The endings of names, of all languages together: a text may borrow a name with the ending of its own language."""

    def __init__(self) -> None:
        forms = [each.names for each in all_languages()]
        self.genitives = union(each.genitives for each in forms)
        self.before_numbers = union(each.before_numbers for each in forms)
        self.noun_endings = union(each.noun_endings for each in forms)
        joints = alternatives(union(each.joints for each in forms))
        self.genitive = alternatives(self.genitives)
        self.bare_genitives = tuple(union(each.bare_genitives for each in forms))
        self.compound_joint = re.compile(rf"{joints}?-(?=\w)")
        compound = ("compound", re.compile(rf"{joints}?-\w[\w'-]*"))
        genitive = ("genitive", re.compile(rf"{self.genitive}(?!\w)"))
        # Products, behind an apostrophe too (iPad'en), and in the genitive.
        noun_genitive = alternatives(union(each.noun_genitives for each in forms))
        inflected = ("inflected", re.compile(rf"'?{alternatives(self.noun_endings)}{noun_genitive}?(?!\w)"))
        self._endings = {
            (False, False): (compound, genitive),
            (True, False): (compound, genitive, inflected),
            (False, True): (compound, genitive, ("closed", _CLOSED)),
            (True, True): (compound, genitive, inflected, ("closed", _CLOSED)),
        }

    def ending(self, folded: str, end: int, *, inflects: bool, closes: bool) -> tuple[str, int] | None:
        """Return the rule and the end of the ending that begins at *end*, if there is one."""
        for rule, pattern in self._endings[inflects, closes]:
            if match := pattern.match(folded, end):
                return rule, match.end()
        return None


def union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """Join the words of several lists."""
    return frozenset[str]().union(*sets)


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for one of the words, the longer of two that begin alike; it matches nothing without words."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, reverse=True))) or '(?!)'})"


@cache
def name_grammar() -> NameGrammar:
    """Return the grammar of the endings of names; the languages are read for the first name."""
    return NameGrammar()


class InflectedForm(NamedTuple):
    """A name in a text: the rule of its form, and the characters [*start*, *end*) of the whole word."""

    rule: str
    start: int
    end: int


def inflected_form(
    folded: str, start: int, end: int, *, inflects: bool = False, closes: bool = False
) -> InflectedForm | None:
    """Return the form of the name at [*start*, *end*) of *folded*, `None` if it is only a piece of another word.

    *inflects* allows the endings of nouns, *closes* any solid compound that begins with the name.
    """
    left = _left_edge(folded, start)
    if left is None or _is_part_of_number(folded, start, end):
        return None
    rule, first = left
    if ending := name_grammar().ending(folded, end, inflects=inflects, closes=closes):
        return InflectedForm(ending[0], first, ending[1])
    after = folded[end : end + 2]
    is_in_word = after.removeprefix("_")[:1].isalnum() and folded[end - 1].isalnum()
    return None if is_in_word else InflectedForm(rule, first, end)


def _left_edge(folded: str, start: int) -> tuple[str, int] | None:
    """Return the rule and the start of the word: a sign, `#`, `@`, or another word and a hyphen may come before."""
    before = folded[start - 1] if start else " "
    if before == "_":
        # Emphasis as in `_Acme_`; inside `old_acme` the underscore belongs to the word.
        before = folded[start - 2] if start > 1 else " "
    if before.isalnum() or before == "_":
        return None
    if before == "-" and (word := _LEFT_COMPOUND.search(folded, max(0, start - _LEFT_WORD_CHARS), start)):
        return "compound", word.start()
    if before in "#@":
        return "hashtag" if before == "#" else "handle", start - 1
    return "exact", start


def _is_part_of_number(folded: str, start: int, end: int) -> bool:
    """Whether a name that begins or ends in a digit is only a piece of a longer number (`3` in `3,5` and `3-0`)."""
    return bool(
        (folded[start].isdigit() and _NUMBER_BEFORE.search(folded, max(0, start - 2), start))
        or (folded[end - 1].isdigit() and _NUMBER_AFTER.match(folded, end))
    )
