"""Ordinary words: those that a company may be named after, and that therefore need their capitals to be a name."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


LANGUAGES = ("nb", "nn", "da", "sv", "en", "de", "fi")
_DEFAULT = ("nb", "nn", "da", "sv", "en")
_LISTS = Path(__file__).with_name("ordinary")

# Shorter words run into names: `Rema` is no form of `rem`, nor `Vy` of anything.
_LETTERS_OF_A_FORM = 5
_LETTERS_OF_A_STEM = 3
# What the endings would make of `and`, `berg`, `hans` and `noki`, and what is listed for the sake of a verb.
_NAMES = frozenset("anders andersen bergen hansen klarna nokia telia".split())

_ENDINGS = {
    "nb": {
        "": "s e t en ens et ets er ers ene enes ere est este",
        "e": "en ens er ers ene enes es et ets a as te t de ende eren erens ere erne ing ingen inga inger ingene",
        "er": "erne ernes",
        "ing": "inga ingas",
        "ig": "igst igste",
    },
    "nn": {
        "": "s e t en ens et ets ar er ane ene are ast aste",
        "e": "en er et ar ane ene a as te t de ande ast aren arar arane ing inga ingar ingane",
        "ing": "inga ingar ingane",
    },
    "da": {
        "": "s e t en ens et ets er ers ene enes erne ernes ere est este",
        "e": "en ens er ers ene enes erne ernes es et ets te t de ede ende eren erens ere ning ningen",
        "er": "ere erne ernes",
        "ig": "igst igste",
    },
    "sv": {
        "": "s t en ens et ets ar ars arna arnas er ers erna ernas are ast aste",
        "a": "an ans or ors orna ornas ar as ade ades at ats er te de t ande",
        "e": "en ens ar arna",
        "are": "arna arnas",
        "ig": "iga",
        "sk": "ska",
    },
    "en": {"": "s es ed ing er ers est", "e": "ed ing er ers est", "y": "ies ied ier iest"},
    "de": {"": "e en er es em n s t st est te ten", "e": "en er es em", "en": "e t st te ten test end ung ungen"},
    "fi": {
        "": "n a ä t ssa ssä sta stä lla llä lta ltä lle na nä ksi ja jä in en an än on un yn ia iä",
        "nen": "sen set sia siä sta stä sessa sessä seen",
    },
}
"""How words are inflected: what a listed word ends in, and the endings that may stand in its place."""

_OFFICES = {
    "nb": "departement departementet direktorat direktoratet tilsyn tilsynet rådet mannen parti partiet nemnd nemnda "
    "utvalg utvalget tinget retten kommisjon kommisjonen ombud ombudet forvalteren etaten vesenet styret",
    "nn": "departement departementet direktorat direktoratet tilsyn tilsynet rådet mannen parti partiet nemnd nemnda "
    "utval utvalet tinget retten kommisjon kommisjonen ombod ombodet forvaltaren etaten vesenet styret",
    "da": "departement departementet ministerium ministeriet direktorat direktoratet tilsyn tilsynet rådet manden "
    "parti partiet nævn nævnet udvalg udvalget tinget retten kommission kommissionen styrelse styrelsen væsenet",
    "sv": "departement departementet myndighet myndigheten verket rådet mannen parti partiet nämnd nämnden utskott "
    "utskottet tinget rätten kommission kommissionen inspektion inspektionen styrelse styrelsen domstolen",
    "de": "ministerium behörde kommission gericht partei ausschuss verwaltung",
}
"""What compounds that name an institution end in: `fiskeridepartementet`, `fylkesmannen`."""


def is_ordinary(name: str, languages: tuple[str, ...]) -> bool:
    """Say whether every word of *name* is an ordinary word of one of *languages* (none named: nb, nn, da, sv, en)."""
    words = name.casefold().split()
    return bool(words) and all(is_listed_form(word, languages or _DEFAULT) for word in words)


@lru_cache(maxsize=4096)
def is_listed_form(word: str, languages: tuple[str, ...]) -> bool:
    """Say whether *word*, in any case, is listed in one of *languages*, or a regular form of a listed word."""
    folded = word.casefold()
    return folded not in _NAMES and any(
        folded in _words(language)
        or _is_institution(folded, language)
        or not _words(language).isdisjoint(_bases(folded, language))
        for language in languages
    )


def is_listed(word: str, languages: tuple[str, ...]) -> bool:
    """Say whether *word*, as it stands, is on the list of one of *languages* (none named: nb, nn, da, sv, en)."""
    return any(word in _words(language) for language in languages or _DEFAULT)


def _is_institution(word: str, language: str) -> bool:
    """Say whether *word* is a compound with the word for an office, also in the genitive."""
    return word.isalpha() and any(
        word.endswith((office, office + "s")) and not word.startswith(office)
        for office in _OFFICES.get(language, "").split()
    )


def _bases(word: str, language: str) -> Iterator[str]:
    """Yield every word that *word* may be a form of, also one with a consonant less: `rommet` may be of `rom`."""
    for base_ending, endings in _ENDINGS.get(language, {}).items():
        for ending in endings.split() if len(word) >= _LETTERS_OF_A_FORM else ():
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= _LETTERS_OF_A_STEM:
                yield stem + base_ending
                if not base_ending and stem[-1] == stem[-2] and ending[0] in "aeiou":
                    yield stem[:-1]


@cache
def _words(language: str) -> frozenset[str]:
    """Return the listed words of one language; lines that begin with `#` say where they come from."""
    source = _LISTS / f"{language}.txt"
    lines = source.read_text(encoding="utf-8").splitlines() if source.is_file() else []
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).casefold().split())
