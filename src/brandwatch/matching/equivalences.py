"""Declared equivalences: other spellings that count as the same name, each with the reason why it does.

A name has few spellings, a text has many words: so the rules run once over the names, and texts are searched for the
spellings. The tables are in `equivalences.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from itertools import product, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import DIFFERENCES, Equivalence, TermKind
from brandwatch.matching.legal_forms import compatriots, split_legal_form
from brandwatch.text.languages import all_languages, capital_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


# A digraph or another letter in a short name is more often a coincidence than another spelling.
MIN_LETTERS = 4
# `Orsted` alone is another name; `Moller Maersk` is none.
MIN_ENGLISH_LETTERS = 8
# `If Plus` may be written `IfPlus`; shorter names would run into ordinary words.
MIN_JOINED_LETTERS = 6
# `Fjord Pay Norge` may be `FjordPay Norge`; with more words the combinations multiply.
MAX_SEPARATORS_CHANGED_ALONE = 2
# `TV 2` is TV2; `X2` is a formula, and `3M` may be three metres.
MIN_LETTERS_AT_NUMBER = 2
# `H og M` are letters; a name of two real words is the name with either conjunction.
MIN_LETTERS_AT_AND = 3
# An acronym may have dots: I.B.M. In a longer word of capitals they are capitals.
MIN_LETTERS_OF_ACRONYM, MAX_LETTERS_OF_ACRONYM = 3, 5
# The spellings with the fewest differences come first. Several rules on a long name multiply.
MAX_SPELLINGS = 160


_COMPANIES = frozenset({TermKind.NAME, TermKind.COMPETITOR})


class Spelling(NamedTuple):
    """One spelling of a name, and the equivalences by which it differs; none for the name as written."""

    text: str
    equivalences: tuple[Equivalence, ...] = ()


def spellings(
    name: str, kind: TermKind, enabled: Collection[Equivalence], *, bare_counts: bool = True
) -> list[Spelling]:
    """List the spellings of a normalised name, each text once, the name itself first.

    *bare_counts* says whether the name without its legal form is still a name of the company alone.
    """
    bare = split_legal_form(name)[0] if kind in _COMPANIES else name
    known = {bare: Spelling(bare)}
    for equivalence, variants in _rules(kind):
        for spelling in list(known.values()) if equivalence in enabled else ():
            for text in variants(spelling.text):
                if text not in known and count_letters(text):
                    known[text] = Spelling(text, (*spelling.equivalences, equivalence))
    fewest_first = sorted(known.values(), key=lambda spelling: len(spelling.equivalences))[:MAX_SPELLINGS]
    if bare == name:
        return fewest_first
    return [Spelling(name), *_with_legal_forms(name, fewest_first, enabled, bare_counts=bare_counts)]


def _with_legal_forms(
    name: str, bare: list[Spelling], enabled: Collection[Equivalence], *, bare_counts: bool
) -> Iterator[Spelling]:
    """Yield the spellings of a bare name as spellings of the name with its legal form.

    A name that counts without its form is found with any other.
    """
    before, form = split_legal_form(name)[1:]
    if Equivalence.LEGAL_FORMS not in enabled:
        yield from (Spelling(f"{before}{text}{form}", by) for text, by in bare[1:])
    elif bare_counts:
        yield from (Spelling(text, (*by, Equivalence.LEGAL_FORMS)) for text, by in bare)
    else:
        for text, by in bare:
            yield Spelling(f"{before}{text}{form}", by)
            for other in compatriots(form.strip(" ,")):
                yield Spelling(f"{text} {other}", (*by, Equivalence.LEGAL_FORMS))


def explain(equivalences: Iterable[Equivalence]) -> str:
    """Explain the equivalences by which a spelling counts as the name; empty without any."""
    differences = [DIFFERENCES[equivalence] for equivalence in equivalences]
    return f"counts as the name, with {'; '.join(differences)}" if differences else ""


def count_letters(name: str) -> int:
    """Count the letters and digits of a name."""
    return sum(map(str.isalnum, name))


def with_digraphs(name: str) -> str:
    """Return a name with the digraphs that stand for its Nordic letters."""
    return _swap_all(name, _digraph_of_letter())


class _Tables(NamedTuple):
    """The tables of `equivalences.toml`."""

    nordic_letters: Mapping[str, str]
    english_letters: Mapping[str, str]
    accents: Mapping[str, str]
    kept_letters: frozenset[str]
    and_words: tuple[str, ...]
    abbreviations: frozenset[str]
    signs: str


@cache
def _tables() -> _Tables:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words = {key: tuple(text.split()) for key, text in data["words"].items()}
    return _Tables(
        nordic_letters=data["nordic_letters"],
        english_letters=data["english_letters"],
        accents=data["accents"],
        kept_letters=frozenset(words["kept_letters"]),
        and_words=words["and_words"],
        abbreviations=frozenset(words["abbreviations"]),
        signs="".join(words["signs"]),
    )


def _rules(kind: TermKind) -> Iterable[tuple[Equivalence, Callable[[str], Iterable[str]]]]:
    """Return the rules for the names of a part of a query, in the order in which they are applied."""
    if kind in {TermKind.DOMAIN, TermKind.ACCOUNT}:
        return ()
    return _LETTER_RULES if kind is TermKind.HASHTAG else _RULES


def _quotes(name: str) -> Iterator[str]:
    """Yield the name with single quotation marks, and without any: `Toys "R" Us`."""
    if '"' in name:
        yield name.replace('"', "'")
        yield " ".join(name.replace('"', " ").split())
        yield name.replace('"', "")


def _apostrophes(name: str) -> Iterator[str]:
    if "'" in name:
        yield name.replace("'", "")


def _ampersand(name: str) -> Iterator[str]:
    """Yield the name with each conjunction for its own, and with and without blanks around its `&`."""
    if "&" in name:
        yield re.sub(r"\s*&\s*", " & ", name)
        yield re.sub(r"\s*&\s*", "&", name)
    words = _tables().and_words
    joint = re.search(rf"(?<=\w) *& *(?=\w)| (?:{'|'.join(words)}) ", name)
    if joint is None:
        return
    before, after = name[: joint.start()], name[joint.end() :]
    if min(count_letters(before.split()[-1]), count_letters(after.split()[0])) >= MIN_LETTERS_AT_AND:
        yield from (f"{before} {word} {after}" for word in ("&", *words))


_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\. ?)+(?:[^\W\d_](?![^\W_]))?\.?(?=\W|$)")
_CAPITALS = re.compile(r"[^\W\d_]{2,3}(?= \w{3})")
_ABBREVIATION = re.compile(r"(?<![^\W_])([^\W\d_]{2,4})\.( ?)(?=\w)")
# `J.Crew`; in `E.ON` the dot is a part of the word.
_GLUED_INITIAL = re.compile(r"(?<=(?<![^\W_])[^\W\d_])\.(?=[^\W\d_]{3})")


def _initials(name: str) -> Iterator[str]:
    """Yield the name with other dots and blanks in its initials and abbreviations: `J.P. Morgan`, `Dr. Oetker`."""
    if match := _INITIALS.search(name):
        yield from _with_initials(name, match.start(), match.end(), re.findall(r"[^\W\d_]", match[0]))
    elif (match := _CAPITALS.match(name)) and match[0].isupper():
        yield from _with_initials(name, 0, match.end(), list(match[0]))
    elif name.isalpha() and name.isupper() and MIN_LETTERS_OF_ACRONYM <= len(name) <= MAX_LETTERS_OF_ACRONYM:
        yield f"{'.'.join(name)}."
    yield from (_GLUED_INITIAL.sub(separator, name) for separator in (". ", " "))
    match = _ABBREVIATION.search(name)
    if match and (match[2] or match[1].lower() in _tables().abbreviations):
        yield f"{name[: match.start()]}{match[1]} {name[match.end() :]}"
        yield f"{name[: match.start()]}{match[1]}.{name[match.end() :]}"
        yield f"{name[: match.start()]}{match[1]}. {name[match.end() :]}"
    first, _, rest = name.partition(" ")
    if rest and first.lower() in _tables().abbreviations:
        yield f"{first}. {rest}"
        yield f"{first}.{rest}"


def _with_initials(name: str, start: int, end: int, letters: list[str]) -> Iterator[str]:
    """Yield the name with *letters* in each form of initials at [*start*, *end*)."""
    before, after = name[:start], name[end:].lstrip()
    gap = " " if after else ""
    # Two letters that are all of a name are too many other things.
    if after or len(letters) > MIN_LETTERS_AT_NUMBER:
        yield f"{before}{''.join(letters)}{gap}{after}"
    for form in (".".join(letters) + ".", ". ".join(letters) + ".", ".".join(letters), " ".join(letters)):
        yield f"{before}{form}{gap}{after}"
    yield f"{before}{'.'.join(letters)}.{after}"


def _signs(name: str) -> Iterator[str]:
    """Yield the name without the sign at the end of a word (`Yahoo!`), or the last dot of several words (`& Co.`)."""
    if " " in name:
        yield re.sub(r"(?<=\w\w)\.$", "", name)
    yield re.sub(rf"(?<=\w)[{re.escape(_tables().signs)}]+(?!\w)", "", name)


def _digraphs(name: str) -> Iterator[str]:
    """Yield the name with all its letters as digraphs, and with each kind of digraph as its letter."""
    if count_letters(name) >= MIN_LETTERS:
        yield with_digraphs(name)
        for letter, digraph in _digraph_of_letter().items():
            yield _swap(name, digraph, letter)


def _nordic_letters(name: str) -> Iterator[str]:
    if count_letters(name) >= MIN_LETTERS:
        letters = _tables().nordic_letters
        yield _swap_all(name, letters)
        yield _swap_all(name, {other: letter for letter, other in letters.items()})


def _accents(name: str) -> Iterator[str]:
    """Yield the name without marks that make no letter of a Nordic alphabet."""
    if count_letters(name) >= MIN_LETTERS:
        yield _swap_all("".join(map(_without_mark, name)), _tables().accents)


def _without_mark(letter: str) -> str:
    if letter.isascii() or letter.lower() in _tables().kept_letters:
        return letter
    return "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))


def _sharp_s(name: str) -> Iterator[str]:
    """Yield the name with ss for ß, as in capitals and in Switzerland, and the other way round."""
    if "ß" in name:
        yield name.replace("ß", "ss")
    elif "ss" in name and count_letters(name) >= MIN_LETTERS:
        yield name.replace("ss", "ß")


def _english_letters(name: str) -> Iterator[str]:
    """Yield a name of several words as papers without ø and æ write it."""
    if len(name.split()) > 1 and count_letters(name) >= MIN_ENGLISH_LETTERS:
        yield _swap_all(name, _tables().english_letters)


_DASH = re.compile(r" +- +")
# Blanks behind a dot or at a `&` are those of initials and conjunctions.
_SEPARATORS = re.compile(r"(?<![.& -])[ -]+(?![& -])")
_NUMBER_EDGE = re.compile(r"(?<=[^\W\d_])[ -]?(?=\d)|(?<=\d)[ -]?(?=[^\W\d_])")


def _spacing(name: str) -> Iterator[str]:
    """Yield the name with blanks, hyphens and nothing between its words, in a long name all alike."""
    if _DASH.search(name):
        yield from (_DASH.sub(separator, name) for separator in ("-", " "))
    yield from _at_number(name)
    yield from (_capital_inside().sub(separator, name) for separator in (" ", "-"))
    if count_letters(name) < MIN_JOINED_LETTERS:
        return
    between = list(_SEPARATORS.finditer(name))
    if len(between) <= MAX_SEPARATORS_CHANGED_ALONE:
        words = _SEPARATORS.split(name)
        for separators in product(("-", " ", ""), repeat=len(between)):
            yield "".join(word + separator for word, separator in zip_longest(words, separators, fillvalue=""))
    else:
        yield from (_SEPARATORS.sub(separator, name) for separator in ("-", " ", ""))
    for match in between:
        if match[0] == "-":
            yield f"{name[: match.start()]} - {name[match.end() :]}"


@lru_cache(maxsize=1024)
def words_inside(name: str) -> frozenset[str]:
    """Return the spellings that make several words of one with capitals inside: *spare bank* is no SpareBank."""
    return frozenset(_capital_inside().sub(separator, name) for separator in (" ", "-")) - {name}


def _at_number(name: str) -> Iterator[str]:
    """Yield `TV2`, `TV 2` and `TV-2`, whatever the length."""
    edge = _NUMBER_EDGE.search(name)
    if edge is None:
        return
    before, after = name[: edge.start()], name[edge.end() :]
    if sum(map(str.isalpha, after if before.isdecimal() else before)) >= MIN_LETTERS_AT_NUMBER:
        yield from (f"{before}{separator}{after}" for separator in ("", " ", "-"))


_LETTER_RULES = (
    (Equivalence.DIGRAPHS, _digraphs),
    (Equivalence.NORDIC_LETTERS, _nordic_letters),
    (Equivalence.ACCENTS, _accents),
    (Equivalence.SHARP_S, _sharp_s),
    (Equivalence.ENGLISH_LETTERS, _english_letters),
)
_RULES = (
    (Equivalence.QUOTES, _quotes),
    (Equivalence.APOSTROPHES, _apostrophes),
    (Equivalence.AMPERSAND, _ampersand),
    (Equivalence.INITIALS, _initials),
    (Equivalence.SIGNS, _signs),
    *_LETTER_RULES,
    (Equivalence.SPACING, _spacing),
)


@cache
def _capital_inside() -> re.Pattern[str]:
    """Return a pattern for where FjordPay may be cut; in shorter parts (McFjord, iPay) the capital begins no word."""
    capitals = capital_letters()
    small = rf"[^\W\d_{capitals}]"
    return re.compile(rf"(?<=[^\W\d_]{{2}}{small})(?=[{capitals}]{small}{{2}})")


@cache
def _digraph_of_letter() -> Mapping[str, str]:
    """Return the digraphs that replace letters where a keyboard or a domain lacks them."""
    return {letter: digraph for each in all_languages() for letter, digraph in each.digraphs.items()}


def _swap_all(name: str, pairs: Mapping[str, str]) -> str:
    for old, new in pairs.items():
        name = _swap(name, old, new)
    return name


def _swap(name: str, old: str, new: str) -> str:
    """Replace *old* by *new* in lower case, with a first capital, and in capitals."""
    if old not in name.lower():
        return name
    for change in (str.lower, str.capitalize, str.upper):
        name = name.replace(change(old), change(new))
    return name
