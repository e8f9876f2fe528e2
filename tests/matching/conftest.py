"""Queries and a match function for the tests of the matcher."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Account, OfficialRole, OwnedChannels, Person, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult


@pytest.fixture
def acme() -> Callable[..., Query]:
    """Build a query for Acme with its channels and two representatives; keywords change it."""

    def build(*names: str | Term, **changes: object) -> Query:
        terms = tuple(Term(text=name) if isinstance(name, str) else name for name in names or ("Acme",))
        facts: dict[str, object] = {
            "name": "acme",
            "brand": "Acme",
            "names": terms,
            "owned": OwnedChannels(
                domains=("acme.example",),
                accounts=(
                    Account(platform="x", handle="acme"),
                    Account(platform="mastodon", handle="acme@tuter.example"),
                ),
                hashtags=("blåbærdag",),
            ),
            "people": (
                Person(
                    name="Kari Eksempel",
                    role=OfficialRole.SPOKESPERSON,
                    title="pressesjef",
                    registered=date(2026, 2, 1),
                    accounts=(Account(platform="x", handle="kari_acme"),),
                ),
                Person(name="Øystein Blåbær-Åsen", role=OfficialRole.EXECUTIVE, registered=date(2026, 2, 1)),
            ),
            "languages": ("nb", "nn", "sv", "da", "en"),
        }
        return Query(**(facts | changes))  # type: ignore[arg-type]

    return build


@pytest.fixture
def match(acme: Callable[..., Query]) -> Callable[..., MatchResult]:
    """Match one entry: `match("a text", query, title="…", url="…", kind="mastodon")`."""

    def call(text: str, query: Query | None = None, *, kind: str = "feed", **fields: object) -> MatchResult:
        asked = query or acme()
        entry = Entry(text=text, **fields)  # type: ignore[arg-type]
        return Matcher([asked]).explain(entry, kind=kind)[asked.name]

    return call
