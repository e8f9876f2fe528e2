"""Languages as data: one TOML file a language, and a list of its ordinary words beside it.

A language is added with two files, `xx.toml` and `xx.txt`, where `xx` is its code (ISO 639-1). The first has every
field below, if need be empty, and no other: otherwise it is refused with the names of file and field. The second is a
file of its own because most runs read it for one or two languages only. Words are separated by white space; `laid_off`
is two words.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from brandwatch.text import LANGUAGE_FOLDER, language_codes

NOT_ASKED = "not asked"

# Shorter words run into names: `Rema` is no form of `rem`, nor `Vy` of anything.
MIN_FORM_LETTERS = 5
MIN_STEM_LETTERS = 3

Words = frozenset[str]
Letters = Mapping[str, str]
Texts = tuple[str, ...]
WordTable = Mapping[tuple[str, ...], Words]
EndingTable = Mapping[str, Words]


class LanguageFileError(ValueError):
    """A language file that is incomplete or invalid; the message names the file and the field."""


class NameForms(NamedTuple):
    """The endings of names."""

    genitives: Words  # on every name, whatever the languages of its query: Acmes, Acme's, LO:s
    joints: Words  # between a name and the hyphen of a compound: `Acmes-sjef`
    bare_genitives: Words  # last letters of names whose genitive is only an apostrophe: `Åsgård AS' direktør`
    noun_endings: Words  # on the names of products: Xboxen, iPadene
    noun_genitives: Words  # behind such an ending: iPadens
    before_numbers: Words  # words behind which a number is a company: `hos 3`, `ring 1881`
    # Endings of other cases, by the ending that they replace ("" is none). A table, since a stem may change:
    # `"" = "lle ssa"`, `inn = "inum ins"`. Only for queries that list the language.
    cases: EndingTable


class DateWords(NamedTuple):
    """The words in written dates, in small letters."""

    months: Texts  # twelve, each with all its forms


class OrdinaryForms(NamedTuple):
    """Ordinary words beyond the list."""

    names: Words  # names that look like a form of a listed word: Hansen
    institutions: Words  # last parts of compounds that name a public body: `fiskeridepartementet`
    endings: EndingTable  # the ending of a listed word, and the endings that may stand in its place


class ExclusionPatterns(NamedTuple):
    """Regular expressions of words that only one kind of entry has, in small letters."""

    job_ad: Texts
    stock_ticker: Texts
    coupon: Texts
    obituary: Texts


class RoleWords(NamedTuple):
    """Lists of words around a role or work, in small letters."""

    # Roles.
    false_friends: Words  # what ends like a head and is none, wherever it stands in a word
    verblike: Words  # roles that are verbs behind a subject: `hun leder`
    former_prefixes: Words  # `ex-`
    outside_prefixes: Words  # `non-`, `ikke-`
    abbreviations: Words  # a full stop behind them ends no sentence
    never_alone: Words  # roles that are things as often when nothing stands between: `Acme chairs`
    headline_endings: Words  # of verbs that look like names in a headline written in capitals
    things: Words  # what makes a thing of a role: `Acme employee handbook`
    # Prepositions and conjunctions.
    role_prepositions: Words  # between a role and the brand
    owner_prepositions: Words  # `butikkene til Acme`
    links: Words  # between a role and what it is a role for: `sjef for salg`
    narrow_links: Words  # links behind which only one word may follow
    and_words: Words
    # Work.
    first_verbs: Words  # what the first person uses of itself, today
    participles: Words  # verbs that need `er` or `am`; `en ansatt` is a role, `er ansatt` is none
    bare_infinitives: Words  # verbs that may be infinitives without a marker
    late_verbs: Words  # verbs that may follow the brand: `bei Acme arbeitet`
    noun_verbs: Words  # verbs that are plural nouns behind a number or one of the *counts*: `200 jobber`
    counts: Words
    capital_nouns: Words  # verbs that are nouns with a capital: `Arbeiten`
    subject_verbs: Words  # verbs that are nouns unless one of the *worker_words* or a plural stands before them
    worker_words: Words
    plural_endings: Words
    for_words: Words  # prepositions that also say for which purpose: `works for Acme printers`
    with_words: Words  # what may stand between a verb and such a preposition, so that nobody works there
    suits: Words  # beside a verb, that it suits: `this works best for Acme`
    jobs: Words  # `jobben min i Acme`
    employers: Words
    # Companies.
    companies: Words  # between preposition and brand: `i selskapet Acme`
    departments: Words
    rivals: Words  # what follows a name and takes its place: `works for Acme rival Globex`
    outsiders: Words  # who is no staff
    # Descriptions.
    adjectives: Words
    adjective_endings: Words
    articles: Words
    indefinite_articles: Words
    oblique_articles: Words  # articles that no subject has: `des`, `einem`
    possessives: Words  # of the second and third person
    genitive_pronouns: Words  # `Acme sin sjef`
    mine: Words  # possessives of the first person
    adverbs: Words
    self_words: Words
    here: Words
    # Persons.
    first: Words
    object_first: Words  # `oss`, `us`
    subjects: Words  # pronouns that make the next word a verb
    subject_fillers: Words  # between a subject and its verb: `I happen to work`
    other_persons: Words
    copulas: Words  # of the first person
    question_copulas: Words  # copulas that ask when they come first: `am I`
    contracted: Words  # first person and copula in one word
    be_forms: Words  # all forms of `be`, of all persons
    as_words: Words
    speaking: Words  # `as an Acme employee speaking`
    # Clauses.
    negations: Words
    no_more: Words  # `ikke lenger`
    only: Words  # what turns a negation around: `ikke bare`
    former: Words
    conditions: Words
    relatives: Words
    late_relatives: Words  # relatives whose verb comes last: `die bei Acme arbeiten`
    infinitives: Words  # what makes the next verb a wish or a duty
    prepositional_infinitives: Words  # those of them that are prepositions as well
    past_openers: Words  # before an infinitive, that it is a fact: `used to work`
    breakers: Words  # where a phrase ends


class Roles(NamedTuple):
    """The grammar of roles and work.

    A table of endings goes from the endings that words take besides none to these words.
    """

    after_brand: str  # roles without hyphen or genitive (`Acme employee`): `never`, `always`, or only `capitalised`
    genitive: str  # what a role may bear besides: `sjefens`
    late_reach: int  # how many words may stand between the brand and a late verb; above 0 it ends the clause
    words: RoleWords
    ending_sets: EndingTable  # endings that several rows of a table share, under a name such as `<feminine>`
    heads: WordTable  # endings to roles that are roles as the last part of a compound too
    nouns: WordTable  # endings to roles that are roles only as whole words
    workplaces: WordTable  # endings to where people work for the brand: `Acmes kundesenter`
    verbs: WordTable  # prepositions to the verbs, participles and idioms that they may follow
    only_before: EndingTable  # prepositions to the roles that are roles only before them: `head of`
    never_before: EndingTable  # prepositions to the roles that are none before them: `a driver for Acme printers`


class Language(NamedTuple):
    """One language."""

    name: str
    tags: Words  # what documents declare besides the code (ISO 639-2 and 639-3); languages may share one, as `no`
    is_default: bool  # whether its ordinary words count where a query lists no language
    capitals: str  # capitals beyond A to Z, before which a hashtag is cut
    digraphs: Letters  # letters, and what stands for them where a keyboard or a domain lacks them
    names: NameForms
    dates: DateWords
    ordinary: OrdinaryForms
    exclusions: ExclusionPatterns
    roles: Roles | None  # the table, or "not asked" for a language whose roles are not recognised


@cache
def language(code: str) -> Language:
    """Read one language, once."""
    return read_language(LANGUAGE_FOLDER / f"{code}.toml")


def all_languages() -> list[Language]:
    """Read all languages in the order of their codes; a text may hold words of any."""
    return [language(code) for code in language_codes()]


@cache
def capital_letters() -> str:
    """Join the capitals of all languages to a range of a pattern."""
    extra = {letter for each in all_languages() for letter in each.capitals}
    return f"A-Z{''.join(sorted(extra))}"


def read_language(path: Path) -> Language:
    """Read a language file; raise LanguageFileError if it is incomplete or invalid."""
    # No report needs a language: only matching and detection pay 8 ms for the files.
    import tomllib  # noqa: PLC0415

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LanguageFileError(f"{path.name}: {error}") from error
    return _record(Language, table, f"{path.name}: ")


AnyRecord = TypeVar("AnyRecord")


def _record(record: type[AnyRecord], table: Any, place: str) -> AnyRecord:  # noqa: ANN401 (TOML)
    """Build a record from a table; *place* is the file and the fields that lead to it."""
    if not isinstance(table, dict):
        raise LanguageFileError(f"{place.rstrip('.')} must be a table")
    types = record.__annotations__
    for name in sorted(types.keys() ^ table.keys()):
        raise LanguageFileError(f"{place}{name} {'is missing' if name in types else 'is not a field'}")
    return record(**{name: _value(types[name], value, f"{place}{name}") for name, value in table.items()})


def _value(field: Any, value: Any, place: str) -> object:  # noqa: ANN401 (types and TOML)
    """Convert a value to the type of its field."""
    if field == Roles | None:
        return None if value == NOT_ASKED else _record(Roles, value, f"{place}.")
    if field not in _READERS:
        return _record(field, value, f"{place}.")
    toml_type, description, read = _READERS[field]
    texts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if type(value) is not toml_type or not all(isinstance(text, str) for text in texts):
        raise LanguageFileError(f"{place} must be {description}")
    return read(value)


def _words(text: str) -> Words:
    return frozenset(word.replace("_", " ") for word in text.split())


# For each type of field: the type in TOML, its description, and the conversion.
_READERS: Mapping[Any, tuple[type, str, Callable[[Any], object]]] = {
    str: (str, "a text", str),
    int: (int, "a number", int),
    bool: (bool, "true or false", bool),
    Words: (str, "a text", _words),
    Letters: (dict, "a table of texts", dict),
    Texts: (list, "a list of texts", tuple),
    WordTable: (
        dict,
        "a table of texts",
        lambda table: {tuple(key.split()): _words(text) for key, text in table.items()},
    ),
    EndingTable: (
        dict,
        "a table of texts",
        lambda table: {key: frozenset(text.split()) for key, text in table.items()},
    ),
}


def is_ordinary(name: str, languages: tuple[str, ...]) -> bool:
    """Whether every word of *name* is an ordinary word of one of *languages* (empty: of the default languages)."""
    words = name.casefold().split()
    return bool(words) and all(is_listed_form(word, languages or _default_languages()) for word in words)


@lru_cache(maxsize=4096)
def is_listed_form(word: str, languages: tuple[str, ...]) -> bool:
    """Whether *word*, in any case, is listed in one of *languages*, or a regular form of a listed word."""
    folded = word.casefold()
    return folded not in _names_like_forms() and any(
        _is_form(folded, code) for code in languages if code in language_codes()
    )


def is_listed(word: str, languages: tuple[str, ...]) -> bool:
    """Whether exactly *word* is on the list of one of *languages* (empty: of the default languages)."""
    return any(word in _listed_words(code) for code in languages or _default_languages())


def _is_form(word: str, code: str) -> bool:
    # Listed, an institution (also in the genitive), or a regular form of a listed word.
    listed, forms = _listed_words(code), language(code).ordinary
    if word in listed:
        return True
    if word.isalpha() and any(
        word.endswith((office, f"{office}s")) and not word.startswith(office) for office in forms.institutions
    ):
        return True
    return not listed.isdisjoint(_base_forms(word, forms.endings))


def _base_forms(word: str, table: EndingTable) -> Iterator[str]:
    """Yield every base form that *word* may have, also with a single consonant: `rommet` of `rom`."""
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
def _listed_words(code: str) -> frozenset[str]:
    """Read the word list of a language; lines that begin with `#` name its source."""
    lines = (LANGUAGE_FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).casefold().split())


@cache
def _default_languages() -> tuple[str, ...]:
    return tuple(code for code in language_codes() if language(code).is_default)


@cache
def _names_like_forms() -> frozenset[str]:
    return frozenset().union(*(each.ordinary.names for each in all_languages()))
