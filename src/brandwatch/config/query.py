"""A query: one brand, and all that belongs to monitoring it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from brandwatch.models import Processing, Retention, Source

if TYPE_CHECKING:
    from datetime import date


class LetterCase(StrEnum):
    """How the letters of a name must be written to count."""

    SMART = "smart"
    EXACT = "exact"
    ANY = "any"


class Placement(StrEnum):
    """Where a name must stand to count: anywhere, in the title, in a social post."""

    ANY = "any"
    TITLE = "title"
    SOCIAL = "social"


class TermKind(StrEnum):
    """What a term is to the brand; a rival's name is looked for only to tell it from the brand's own."""

    NAME = "name"
    PRODUCT = "product"
    DOMAIN = "domain"
    ACCOUNT = "account"
    HASHTAG = "hashtag"
    COMPETITOR = "competitor"


class OfficialRole(StrEnum):
    """What an official representative is; nobody else is ever looked for by name."""

    SPOKESPERSON = "spokesperson"
    EXECUTIVE = "executive"
    BOARD = "board"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One expression a query looks for, with its rules.

    Contexts are words, phrases and `prefix*`: one of *any_of_context* must, none of *none_of_context* may stand in the
    same entry. *not_first_word* lets a name at the start of a sentence go; *closed_compounds* lets words begin with it.
    """

    text: str
    case: LetterCase = LetterCase.SMART
    kind: TermKind = TermKind.NAME
    any_of_context: tuple[str, ...] = ()
    none_of_context: tuple[str, ...] = ()
    not_first_word: bool = False
    where: Placement = Placement.ANY
    closed_compounds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A channel on a platform; *handle* is written without `@`."""

    platform: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedChannels:
    """The brand's own channels: domains, accounts, hashtags without `#`."""

    domains: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An official representative, who counts only where the brand is in the same entry."""

    name: str
    role: OfficialRole
    registered: date
    title: str = ""
    accounts: tuple[Account, ...] = ()
    basis: str = ""
    review_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value the brand wants to be known for, or watched on; its *words* never make a mention by themselves."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Competitor:
    """A rival: an organisation, with its names."""

    name: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """What hides a hit: words and phrases that cover it; sites, authors and kinds of entry it comes from."""

    words: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryExamples:
    """Texts of the author's own that must, and must not, be mentions; `check` runs them."""

    match: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query file: a brand and all that belongs to watching it.

    *name* is the file's stem, *path* where it was read, *version* a short hash of what it means (comments and layout
    do not change it). *match* is an expression that narrows, empty for none. *people* holds those who may be looked
    for today; an expired review leaves a person out. *keeping* and *privacy*
    decide nothing that matches.
    """

    name: str
    brand: str
    names: tuple[Term, ...]
    products: tuple[Term, ...] = ()
    owned: OwnedChannels = OwnedChannels()
    people: tuple[Person, ...] = ()
    staff_mentions: bool = True
    values: tuple[Value, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    exclude: Exclusions = Exclusions()
    match: str = ""
    languages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    examples: QueryExamples = QueryExamples()
    path: str = ""
    version: str = ""
    keeping: Retention = field(default=Retention(), repr=False)
    privacy: Processing = field(default=Processing(), repr=False)
