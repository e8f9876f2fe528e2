"""Ordinary words: those that a company may be named after, and that therefore need their capitals to be a name."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from brandwatch.text.languages import FOLDER, all_languages, language, language_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.text.languages import EndingTable


# Shorter words run into names: `Rema` is no form of `rem`, nor `Vy` of anything.
MIN_FORM_LETTERS = 5
MIN_STEM_LETTERS = 3


def is_ordinary(name: str, languages: tuple[str, ...]) -> bool:
    """Whether every word of *name* is an ordinary word of one of *languages* (empty: of the default languages)."""
    words = name.casefold().split()
    return bool(words) and all(is_listed_form(word, languages or _default_languages()) for word in words)


@lru_cache(maxsize=4096)
def is_listed_form(word: str, languages: tuple[str, ...]) -> bool:
    """Whether *word*, in any case, is listed in one of *languages*, or a regular form of a listed word."""
    folded = word.casefold()
    return folded not in _names() and any(_is_form(folded, code) for code in languages if code in language_codes())


def is_listed(word: str, languages: tuple[str, ...]) -> bool:
    """Whether *word*, as it stands, is on the list of one of *languages* (empty: of the default languages)."""
    return any(word in _words(code) for code in languages or _default_languages())


def _is_form(word: str, code: str) -> bool:
    """Whether *word* is listed, names an institution, also in the genitive, or is a regular form of a listed word."""
    listed, forms = _words(code), language(code).ordinary
    if word in listed:
        return True
    if word.isalpha() and any(
        word.endswith((office, f"{office}s")) and not word.startswith(office) for office in forms.institutions
    ):
        return True
    return not listed.isdisjoint(_bases(word, forms.endings))


def _bases(word: str, table: EndingTable) -> Iterator[str]:
    """Yield every word that *word* may be a form of, also one with a consonant less: `rommet` may be of `rom`."""
    if len(word) < MIN_FORM_LETTERS:
        return
    for base_ending, endings in table.items():
        for ending in endings:
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= MIN_STEM_LETTERS:
                yield stem + base_ending
                if not base_ending and stem[-1] == stem[-2] and ending[0] in "aeiou":
                    yield stem[:-1]


@cache
def _words(code: str) -> frozenset[str]:
    """Return the listed words of one language; lines that begin with `#` say where they come from."""
    lines = (FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).casefold().split())


@cache
def _default_languages() -> tuple[str, ...]:
    return tuple(code for code in language_codes() if language(code).is_default)


@cache
def _names() -> frozenset[str]:
    return frozenset().union(*(each.ordinary.names for each in all_languages()))
