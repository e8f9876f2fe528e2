"""All languages at once: which words are roles, which are work, and which prepositions may follow them."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from brandwatch.matching.roles.language_words import inflections, word_set
from brandwatch.matching.roles.languages import da, de, en, nb, nn, sv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.matching.roles.language_words import LanguageWords


_LANGUAGES = (nb.WORDS, nn.WORDS, da.WORDS, sv.WORDS, en.WORDS, de.WORDS)
_NOTHING: frozenset[str] = frozenset()
_SHORTEST_FIRST_PART = 3
_ADJECTIVE = re.compile(
    r"\d+|\w+(?:ende|ande|ige|iga|iske|iska|ske|ska|lege|este|aste|ste|ive|iva|elle|ella|ale|ala|ære|ära|bare|bara"
    r"|(?:lich|isch|ig|end|iv|ell|al|st)e[rnsm]?|al|ic|ian|ish|ive|ary)"
)
OUTSIDE = re.compile(r"(?:ikke|ikkje|icke|non|nicht|anti)-")


def _every(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of the same list in all languages."""
    return frozenset[str]().union(*map(word_set, texts))


def _merged(pairs: Iterable[tuple[str, frozenset[str]]]) -> Mapping[str, frozenset[str]]:
    """Return a mapping in which a word that two languages share has what both say of it."""
    merged: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for word, values in pairs:
        merged[word] |= values
    return dict(merged)


def _by(each: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Return, for each word of the first list of a pair, the words of the second."""
    return _merged((word, word_set(values)) for keys, values in each for word in word_set(keys))


def _role_forms(language: LanguageWords) -> frozenset[str]:
    """Return all roles of a language in all their forms."""
    return frozenset((*inflections(language.heads, language.genitive), *inflections(language.roles, language.genitive)))


_ROLES = _merged(
    (form, word_set(language.role_prepositions)) for language in _LANGUAGES for form in _role_forms(language)
)
_HEADS = _merged(
    (form, word_set(language.role_prepositions))
    for language in _LANGUAGES
    for form in inflections(language.heads, language.genitive)
)
_FALSE_FRIENDS = re.compile("|".join(sorted(_every(language.false_friends for language in _LANGUAGES))))

WORK: Mapping[str, frozenset[str]] = _merged(
    (verb, word_set(prepositions))
    for language in _LANGUAGES
    for prepositions, verbs in language.verbs.items()
    for verb in word_set(verbs)
)
JOBS = _by((language.jobs, language.role_prepositions) for language in _LANGUAGES)
FIRST_VERBS = _by((language.first_verbs, language.first) for language in _LANGUAGES)
COPULAS = _by((language.copulas, language.first) for language in _LANGUAGES)
AS = _by((language.as_words, f"{language.first} {language.contracted}") for language in _LANGUAGES)
LATE_VERBS = {verb: language.late_reach for language in _LANGUAGES for verb in word_set(language.late_verbs)}
PREPOSITIONS = frozenset[str]().union(*_ROLES.values(), *WORK.values())
ENGLISH = _role_forms(en.WORDS)
NEVER_ALONE = word_set(en.NEVER_ALONE)
NEVER_FOR = word_set(en.NEVER_FOR)
THINGS = word_set(en.THINGS)
GERMAN = _role_forms(de.WORDS)
RIVALS = word_set(en.RIVALS)
SUITS = word_set(en.SUITS)
BARE_INFINITIVES = word_set("work jobba arbeta arbeiten")
ALLOWED_TO = word_set("used happen happens")
GERMAN_INFINITIVES = word_set(de.WORDS.infinitives)
ABBREVIATIONS = word_set("dir adm.dir adm vd")
NORWEGIAN_GENITIVE = word_set("sin si sitt sine")
PAIRS = frozenset(word for word in (*_ROLES, *WORK) if " " in word)
WHO_LATE = word_set("die der das")
OBLIQUE = word_set("des dem eines einem einen einer")
HERE = word_set("here her här hier")
OWNED_BY = word_set("til von der")
HAPPEN_TO = word_set("happen to")
NO_MORE = word_set("lenger lengre längre længere mehr longer")
HEAD = word_set("head heads")
AND = word_set("and og och und")
FOR = word_set("for för für")
WITH = word_set("with med mit on")
NARROW_LINKS = word_set("i in im på at med")
INDEFINITE = word_set("a an en ei ein et eit ett eine einer eines einem")
IS = word_set(
    "er var är is are am was were be been bin ist sind war waren blir ble blei vart i'm im you're he's she's we're"
    " they're isn't aren't wasn't weren't ain't"
)
JOBS_OR_WORKS = word_set("jobber jobbar")
COUNTS = word_set("nye ledige tusen hundre hundrevis flere fleire mange tapte alle")
WORKERS = word_set("i we you they who that people folks employees did both friends to")
SELF = word_set("selv sjølv själv selbst")
US = word_set("oss us uns")
ASKING = word_set("am are")
SPEAKING = word_set("speaking speak snakker taler snakkar pratar spreche")
OTHERS = word_set("man du han hun ho hon dei they you he she one sie dere ni")

VERBLIKE = _every(language.verblike for language in _LANGUAGES)
LINKS = _every(language.links for language in _LANGUAGES)
PARTICIPLES = _every(language.participles for language in _LANGUAGES)
EMPLOYERS = _every(language.employers for language in _LANGUAGES)
MINE = _every(language.mine for language in _LANGUAGES)
POSSESSIVES = MINE | _every(language.possessives for language in _LANGUAGES)
ARTICLES = _every(language.articles for language in _LANGUAGES)
DEPARTMENTS = _every(language.departments for language in _LANGUAGES)
ADJECTIVES = _every(language.adjectives for language in _LANGUAGES)
ADVERBS = _every(language.adverbs for language in _LANGUAGES)
SUBJECTS = _every(language.subjects for language in _LANGUAGES)
FIRST = _every(language.first for language in _LANGUAGES)
CONTRACTED = _every(language.contracted for language in _LANGUAGES)
NEGATIONS = _every(language.negations for language in _LANGUAGES)
ONLY = _every(language.only for language in _LANGUAGES)
FORMER = _every(language.former for language in _LANGUAGES)
CONDITIONS = _every(language.conditions for language in _LANGUAGES)
RELATIVES = _every(language.relatives for language in _LANGUAGES)
INFINITIVES = _every(language.infinitives for language in _LANGUAGES)
WILL = INFINITIVES - word_set("at to")
OUTSIDERS = _every(language.outsiders for language in _LANGUAGES)
BREAKERS = OUTSIDERS | _every(language.breakers for language in _LANGUAGES)
_COMPANIES = _every(language.companies for language in _LANGUAGES)
_WORKPLACES = frozenset(form for language in _LANGUAGES for form in inflections(language.workplaces))


@lru_cache(4096)
def prepositions_after(word: str) -> frozenset[str]:
    """Return the prepositions that may follow *word* as a role on the way to its employer: none if it is no role."""
    word = word.removesuffix("'s")
    if word in _ROLES:
        return _ROLES[word]
    if OUTSIDE.match(word) or _FALSE_FRIENDS.search(word):
        return _NOTHING
    first, _, last = word.rpartition("-")
    if first and last in _ROLES:
        return _ROLES[last]
    return next(filter(None, (_HEADS.get(rest) for rest in _last_parts(last))), _NOTHING)


@lru_cache(4096)
def is_company(word: str) -> bool:
    """Say whether *word* is what a company is called in front of its name."""
    return word in _COMPANIES or any(rest in _COMPANIES for rest in _last_parts(word))


@lru_cache(4096)
def is_workplace(word: str) -> bool:
    """Say whether *word* is a place or a part of a company where its people work."""
    last = word.rpartition("-")[2]
    return last in _WORKPLACES or any(rest in _WORKPLACES for rest in _last_parts(last))


def is_adjective(word: str) -> bool:
    """Say whether *word* may stand between a brand or an article and a role."""
    if word in BREAKERS:
        return False
    return word in ADJECTIVES or word in DEPARTMENTS or word in FORMER or _ADJECTIVE.fullmatch(word) is not None


def _last_parts(word: str) -> Iterable[str]:
    """Return what may be the last part of a compound, longest first."""
    return (word[start:] for start in range(_SHORTEST_FIRST_PART, len(word) - _SHORTEST_FIRST_PART))
