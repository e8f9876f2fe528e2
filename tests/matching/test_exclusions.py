from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Exclusions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.query import Query
    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Match = Callable[..., MatchResult]


@pytest.mark.parametrize(
    ("exclude", "fields", "reason"),
    [
        (Exclusions(sites=("tall.example",)), {"url": "https://a.tall.example/1"}, "sites: tall.example is excluded"),
        (Exclusions(sites=("tall.example",)), {"url": "https://xtall.example/1"}, ""),
        (Exclusions(authors=("Robot",)), {"author": "robot"}, "authors: the author “Robot” is excluded"),
        (Exclusions(authors=("Robot",)), {"author": "Robotten"}, ""),
        (Exclusions(kinds=("job_ad",)), {"title": "Ledig stilling"}, "kinds: the words of job_ad: “ledig stilling”"),
        (Exclusions(kinds=("coupon",)), {"title": "Rabattkode hos"}, "kinds: the words of coupon: “rabattkode”"),
        (Exclusions(kinds=("obituary",)), {"title": "Minneord"}, "kinds: the words of obituary: “minneord”"),
        (Exclusions(kinds=("stock_ticker",)), {"title": "(OSE: ACM)"}, "kinds: the words of stock_ticker: “ose: acm”"),
        (Exclusions(kinds=("stock_ticker", "coupon")), {"title": "Gjensidig ros"}, ""),
    ],
)
def test_exclusions_hide_a_mention(match: Match, acme: Build, exclude: Exclusions, fields: dict[str, str], reason: str):
    """Excluded sites, authors and kinds hide a mention; it keeps its evidence and the reason."""
    result = match("Acme gjør noe", acme(exclude=exclude), **fields)
    assert result.suppressed == (f"exclude.{reason}" if reason else "")
    assert result.evidence


def test_an_excluded_phrase_hides_the_names_it_covers(match: Match, acme: Build):
    """A mention inside the phrase is hidden; a name outside the phrase is still a match."""
    query = acme(exclude=Exclusions(words=("Acme kunstlag", "gamle Acme*")))
    for text in ("ACME KUNSTLAGS utstilling", "i gamle Acmehuset"):
        hidden = match(text, query)
        assert hidden.suppressed.startswith("exclude.words: ") is ("KUNST" in text)
    both = match("Acme kunstlag og Acme", query)
    assert both.suppressed == ""
    assert [(piece.start, piece.end) for piece in both.evidence] == [(17, 21)]


@pytest.mark.parametrize(
    ("text", "declared", "is_hidden"),
    [
        ("Acme hat heute mitgeteilt, dass die Preise im nächsten Jahr nicht steigen werden.", "de", True),
        ("Acme sier i dag at prisene ikke skal opp til neste år.", "nb", False),
        ("Acme", "", False),
        ("Acme 2026", "", False),
    ],
)
def test_languages_hide_only_known_other_languages(
    match: Match, acme: Build, text: str, declared: str, is_hidden: bool
):
    """A detected language outside the list hides the mention; an unknown language passes."""
    assert bool(match(text, acme(languages=("nb", "nn")), language=declared).suppressed) is is_hidden


def test_an_expression_filters_matches(match: Match, acme: Build):
    """An entry that fails the expression is no mention, and the failed clause is reported."""
    query = acme(match="pris* AND NOT title:kunst")
    assert match("Acme øker prisene", query).evidence
    stopped = match("Acme øker prisene", query, title="Kunst")
    assert stopped.evidence == ()
    assert ("match", False, "failed at: NOT title:kunst") in [
        (check.clause, check.holds, check.note) for check in stopped.clauses
    ]
    assert match("prisene øker", query).evidence == ()
    assert match("Jeg jobber i Acme", acme(match="voice:staff")).evidence
    assert not match("Acme", acme(match="voice:staff")).evidence
