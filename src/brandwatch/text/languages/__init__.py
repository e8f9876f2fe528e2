"""Languages as data: one TOML file a language, and a list of its ordinary words beside it.

A language is added with two files, `xx.toml` and `xx.txt`, where `xx` is its code (ISO 639-1). The file has every field
below, be it empty, and no other: else it is refused with the names of file and field. Words are separated by white
space; `laid_off` is two words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent
NOT_ASKED = "not asked"

Words = frozenset[str]
WordTable = Mapping[tuple[str, ...], Words]
EndingTable = Mapping[str, Words]


class LanguageFileError(ValueError):
    """A language file that is not complete, or not sound; the message names the file and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForms:
    """What may stand on a name."""

    genitives: Words  # on every name, whatever the languages of its query: Acmes, Acme's, LO:s
    joints: Words  # between a name and the hyphen of a compound: `Acmes-sjef`
    noun_endings: Words  # on the names of products: Xboxen, iPadene
    # Endings of other cases, by the ending that they replace ("" is none). A table, since a stem may change:
    # `"" = "lle ssa"`, `inn = "inum ins"`. Only for queries that list the language.
    cases: EndingTable


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryForms:
    """How ordinary words are recognised beyond the list."""

    names: Words  # names that look like a form of a listed word: Hansen
    institutions: Words  # last parts of compounds that name a public body: `fiskeridepartementet`
    endings: EndingTable  # the ending of a listed word, and the endings that may stand in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionPatterns:
    """Regular expressions of words that only one kind of entry has, in small letters."""

    job_ad: tuple[str, ...]
    stock_ticker: tuple[str, ...]
    coupon: tuple[str, ...]
    obituary: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWords:
    """Lists of words around a role or work, in small letters."""

    # Roles.
    false_friends: Words  # what ends like a head and is none, wherever it stands in a word
    verblike: Words  # roles that are verbs behind a subject: `hun leder`
    former_prefixes: Words  # `ex-`
    outside_prefixes: Words  # `non-`, `ikke-`
    abbreviations: Words  # a full stop behind them ends no sentence
    never_alone: Words  # roles that are things as often when nothing stands between: `Acme chairs`
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
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

    def forms(self, table: WordTable, genitive: str = "") -> Iterator[str]:
        """Yield every form of every word of a table of endings, with and without the genitive."""
        for listed, words in table.items():
            endings = {""}.union(*(self.ending_sets.get(ending, (ending,)) for ending in listed))
            for word in words:
                for ending in endings:
                    form = word + ending
                    yield form
                    if genitive and not form.endswith(genitive):
                        yield form + genitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language."""

    name: str
    tags: Words  # what documents declare besides the code (ISO 639-2 and 639-3); languages may share one, as `no`
    is_default: bool  # whether its ordinary words count where a query lists no language
    capitals: str  # capitals beyond A to Z, before which a hashtag is cut
    digraphs: Mapping[str, str]  # letters, and what stands for them where a keyboard or a domain lacks them
    names: NameForms
    ordinary: OrdinaryForms
    exclusions: ExclusionPatterns
    roles: Roles | None  # the table, or "not asked" for a language whose roles are not recognised


@cache
def language_codes() -> tuple[str, ...]:
    """Return the codes of all languages; no file is read."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def language(code: str) -> Language:
    """Return one language."""
    return read_language(FOLDER / f"{code}.toml")


def all_languages() -> list[Language]:
    """Return all languages in the order of their codes; a word of one may stand in a text of any other."""
    return [language(code) for code in language_codes()]


@cache
def capital_letters() -> str:
    """Return the capitals of all languages."""
    extra = {letter for each in all_languages() for letter in each.capitals}
    return f"A-Z{''.join(sorted(extra))}"


def read_language(path: Path) -> Language:
    """Read a language file; raise LanguageFileError if it is not complete, or not sound."""
    # No report needs a language: only what matches, and what tells languages apart, pays 4 ms for the files.
    import tomllib  # noqa: PLC0415

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LanguageFileError(f"{path.name}: {error}") from error
    return _record(Language, table, f"{path.name}: ")


AnyRecord = TypeVar("AnyRecord")


def _record(record: type[AnyRecord], table: Any, place: str) -> AnyRecord:  # noqa: ANN401 (TOML)
    """Return a table as a record; *place* is the file and the fields that lead to it."""
    if not isinstance(table, dict):
        raise LanguageFileError(f"{place.rstrip('.')} must be a table")
    kinds = {field.name: str(field.type) for field in fields(record)}  # type: ignore[arg-type] # a dataclass
    for name in sorted(kinds.keys() ^ table.keys()):
        raise LanguageFileError(f"{place}{name} {'is missing' if name in kinds else 'is not a field'}")
    return record(**{name: _value(kinds[name], value, f"{place}{name}") for name, value in table.items()})


def _value(kind: str, value: Any, place: str) -> object:  # noqa: ANN401 (TOML)
    """Return a value as the type of its field has it."""
    if kind == "Roles | None" and value == NOT_ASKED:
        return None
    if kind in _RECORDS:
        return _record(_RECORDS[kind], value, f"{place}.")
    toml_type, description = _TOML_TYPES[kind]
    texts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if type(value) is not toml_type or not all(isinstance(text, str) for text in texts):
        raise LanguageFileError(f"{place} must be {description}")
    return _TOML_VALUES[kind](value) if kind in _TOML_VALUES else value


def _words(text: str) -> Words:
    return frozenset(word.replace("_", " ") for word in text.split())


def _word_table(table: dict[str, str]) -> WordTable:
    return {tuple(key.split()): _words(text) for key, text in table.items()}


def _ending_table(table: dict[str, str]) -> EndingTable:
    return {key: frozenset(text.split()) for key, text in table.items()}


_RECORDS: Mapping[str, type] = {
    "NameForms": NameForms,
    "OrdinaryForms": OrdinaryForms,
    "ExclusionPatterns": ExclusionPatterns,
    "Roles | None": Roles,
    "RoleWords": RoleWords,
}
_TOML_TYPES: Mapping[str, tuple[type, str]] = {
    "str": (str, "a text"),
    "int": (int, "a number"),
    "bool": (bool, "true or false"),
    "Words": (str, "a text"),
    "WordTable": (dict, "a table of texts"),
    "EndingTable": (dict, "a table of texts"),
    "Mapping[str, str]": (dict, "a table of texts"),
    "tuple[str, ...]": (list, "a list of texts"),
}
_TOML_VALUES: Mapping[str, Callable[[Any], object]] = {
    "Words": _words,
    "WordTable": _word_table,
    "EndingTable": _ending_table,
    "tuple[str, ...]": tuple,
}
