"""What is asked for: queries with their terms and sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum


class Case(StrEnum):
    """How the letters of a name must be written to count."""

    SMART = "smart"
    EXACT = "exact"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One expression a query looks for, with its rules."""

    text: str
    case: Case = Case.SMART


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """What hides a hit: words that cover it, sites it stands on."""

    words: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we ask: one feed URL and how often; `interval` is `None` where the default is good."""

    url: str
    kind: str = "feed"
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Texts of the author's own that must, and must not, be mentions; `check` runs them."""

    match: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query file: a brand and all that belongs to watching it.

    *name* is the file's stem, *path* where it was read, *version* a short hash of what it means
    (comments and layout do not change it).
    """

    name: str
    brand: str
    names: tuple[Term, ...]
    exclude: Exclude = Exclude()
    languages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    examples: Examples = Examples()
    path: str = ""
    version: str = ""
