from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Exclusions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.config.query import Query
    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Judge = Callable[..., MatchResult]


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
def test_exclusions_hide_a_mention(judge: Judge, acme: Build, exclude: Exclusions, fields: dict[str, str], reason: str):
    """Sites, authors and kinds of entry hide; the mention stays, with its evidence and the reason."""
    judgement = judge("Acme gjør noe", acme(exclude=exclude), **fields)
    assert judgement.suppressed == (f"exclude.{reason}" if reason else "")
    assert judgement.evidence


def test_an_excluded_phrase_hides_the_names_it_covers(judge: Judge, acme: Build):
    """A mention that is all covered is hidden; one with a name outside the phrase is shown, by that name."""
    query = acme(exclude=Exclusions(words=("Acme kunstlag", "gamle Acme*")))
    for text in ("ACME KUNSTLAGS utstilling", "i gamle Acmehuset"):
        hidden = judge(text, query)
        assert hidden.suppressed.startswith("exclude.words: ") is ("KUNST" in text)
    both = judge("Acme kunstlag og Acme", query)
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
def test_languages_filter_softly(judge: Judge, acme: Build, text: str, declared: str, is_hidden: bool):
    """A language that is known and not asked for hides; one that is not known passes."""
    assert bool(judge(text, acme(languages=("nb", "nn")), language=declared).suppressed) is is_hidden


def test_match_narrows(judge: Judge, acme: Build):
    """An expression lets through only what fits; what it stops is no mention, and the failed clause is named."""
    query = acme(match="pris* AND NOT title:kunst")
    assert judge("Acme øker prisene", query).evidence
    stopped = judge("Acme øker prisene", query, title="Kunst")
    assert stopped.evidence == ()
    assert ("match", False, "failed at: NOT title:kunst") in [
        (check.clause, check.holds, check.note) for check in stopped.clauses
    ]
    assert judge("prisene øker", query).evidence == ()
    assert judge("Jeg jobber i Acme", acme(match="voice:staff")).evidence
    assert not judge("Acme", acme(match="voice:staff")).evidence
