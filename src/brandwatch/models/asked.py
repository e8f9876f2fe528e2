"""What is asked for: queries with their terms, people, exclusions and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum

from brandwatch.models.keeping import Keeping
from brandwatch.models.processing import Processing


class Case(StrEnum):
    """How the letters of a name must be written to count."""

    SMART = "smart"
    EXACT = "exact"
    ANY = "any"


class Where(StrEnum):
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


class Role(StrEnum):
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
    case: Case = Case.SMART
    kind: TermKind = TermKind.NAME
    any_of_context: tuple[str, ...] = ()
    none_of_context: tuple[str, ...] = ()
    not_first_word: bool = False
    where: Where = Where.ANY
    closed_compounds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A channel on a platform; *handle* is written without `@`."""

    platform: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The brand's own channels: domains, accounts, hashtags without `#`."""

    domains: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An official representative, who counts only where the brand is in the same entry."""

    name: str
    role: Role
    registered: date
    title: str = ""
    accounts: tuple[Account, ...] = ()
    basis: str = ""
    review_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A value the brand wants to be known for, or watched on; its *words* never make a mention by themselves."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Competitor:
    """A rival: an organisation, with its names."""

    name: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """What hides a hit: words and phrases that cover it; sites, authors and kinds of entry it comes from."""

    words: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


FEED_KIND = "feed"
"""The kind of a source that is no more than an address."""
COMMENTS_KIND = "comments"
"""The kind of what is said below an entry, where that is a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we ask: one feed URL, or one search, and how often; `interval` is `None` where the default is good.

    *url* is what the source is known by. Where it *is_template*, `${NAME}` in it stands for a secret from the
    environment, and `{since}` for what its kind puts in when it is asked: only for addresses out of a query file or the
    file of a kind. Any other came from outside, and what looks like a name in it is text. The values of *headers* are
    always out of such a file. *allow_private* lets it be on a private network. *values* are those that the kind asked
    for, by their names.
    """

    url: str
    kind: str = FEED_KIND
    interval: timedelta | None = None
    is_template: bool = False
    allow_private: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
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
    owned: Owned = Owned()
    people: tuple[Person, ...] = ()
    staff_mentions: bool = True
    values: tuple[Theme, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    exclude: Exclude = Exclude()
    match: str = ""
    languages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    examples: Examples = Examples()
    path: str = ""
    version: str = ""
    keeping: Keeping = field(default=Keeping(), repr=False)
    privacy: Processing = field(default=Processing(), repr=False)
