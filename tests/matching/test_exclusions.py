from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from brandwatch.config.query import Account, Exclusions, OfficialRole, OwnedChannels, Person, Term

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


def test_an_excluded_phrase_hides_nothing_without_a_name(match: Match, acme: Build):
    """A link to the brand's site is a mention, whatever phrases are excluded."""
    query = acme(exclude=Exclusions(words=("Acme kunstlag",)))
    linked = match("Se på dette", query, links=("https://acme.example/pris",))
    assert (linked.suppressed, [piece.rule for piece in linked.evidence]) == ("", ["link"])
    assert match("Acme kunstlag", query).suppressed == "exclude.words: Acme kunstlag"


@pytest.mark.parametrize("phrase", ["Acme", "gamle Acme", "Acme kunstlag", "gamle Acme kunstlag"])
def test_a_phrase_covers_a_name_at_its_begin_and_at_its_end(match: Match, acme: Build, phrase: str):
    """The name is the phrase, its first or its last word, or between; in the title it says nothing of the text."""
    query = acme(exclude=Exclusions(words=(phrase,)))
    assert match("i gamle Acme kunstlag her", query).suppressed == f"exclude.words: {phrase}"
    other = match("i annet Acme verksted her", acme(exclude=Exclusions(words=("gamle Acme",))), title="i gamle Acme")
    assert (other.suppressed, [piece.field for piece in other.evidence]) == ("", ["text"])


@pytest.mark.parametrize(("count", "listed"), [(5, "a0, a1, a2, a3, a4"), (6, "a0, a1, a2, a3, a4 …")])
def test_a_missing_context_is_quoted_in_part(match: Match, acme: Build, count: int, listed: str):
    """Five words of the context are named, and a sign stands for more."""
    term = Term(text="Acme", any_of_context=tuple(f"a{number}" for number in range(count)))
    notes = [clause.note for clause in match("Acme åpner", acme(term)).clauses if not clause.holds]
    assert notes == [f"none of its context is in the entry (any_of_context: {listed})"]


def test_the_account_of_a_person_is_no_mention(match: Match, acme: Build):
    """A handle that a representative has registered, of several, is not the brand's name; another's is."""
    accounts = (Account(platform="x", handle="Acme"), Account(platform="bluesky", handle="kari_e"))
    kari = Person(name="Kari Eksempel", role=OfficialRole.SPOKESPERSON, registered=date(2026, 2, 1), accounts=accounts)
    assert match("Hei @acme i dag", acme(people=(kari,), owned=OwnedChannels())).evidence == ()
    other = kari.model_copy(update={"accounts": accounts[1:]})
    assert match("Hei @acme i dag", acme(people=(other,), owned=OwnedChannels())).evidence
