from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.query import Competitor, LetterCase, Placement, Query, Term, TermKind
from brandwatch.matching import Matcher
from brandwatch.matching.name_search import AutomatonFinder, NameFinder, best_finder
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Judge = Callable[..., MatchResult]


def words(text: str, judgement: MatchResult) -> list[tuple[str, str]]:
    """Return (words, rule) for each anchor in a text."""
    return [(text[piece.start : piece.end], piece.rule) for piece in judgement.evidence if piece.kind == "anchor"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vi heier på #HeiaAcme i dag", [("#HeiaAcme", "hashtag")]),
        ("#AcmeNorge", [("#AcmeNorge", "hashtag")]),
        ("#acme2026", [("#acme2026", "hashtag")]),
        ("takk @AcmeNorge", [("@AcmeNorge", "handle")]),
        ("#BLÅBÆRDAG", [("#BLÅBÆRDAG", "hashtag")]),
        ("blåbærdag på torget", []),
        ("skriv til @acme@tuter.example", [("@acme@tuter.example", "handle")]),
        ("se acme.example/nytt", [("acme.example", "domain")]),
        ("se https://www.acme.example/nytt", [("acme.example", "domain")]),
        ("post til kunde@acme.example", [("acme.example", "domain")]),
        ("se notacme.example", []),
        ("se acme.example.org", []),
        ("https://nyheter.example/acme-i-trobbel", []),
        ("acme@post.example", []),
    ],
)
def test_hashtags_handles_domains_and_links(judge: Judge, text: str, found: list[tuple[str, str]]):
    """Hashtags are cut at their capitals, own channels count as what they are, a name inside another link does not."""
    assert words(text, judge(text)) == found


def test_a_long_hashtag_may_begin_with_the_name(judge: Judge, acme: Build):
    """A small hashtag counts if a name of five letters or more begins it, and it is no ordinary word."""
    query = acme("Inter", "Fjordkraft Åsgård")
    assert words("#fjordkraftåsgård", judge("#fjordkraftåsgård", query)) == [("#fjordkraftåsgård", "hashtag")]
    assert words("#fjordkraftåsgårdstrøm", judge("#fjordkraftåsgårdstrøm", query))
    assert words("#internasjonal", judge("#internasjonal", query)) == []


def test_products_take_the_endings_of_nouns(judge: Judge, acme: Build):
    """FjordPayen and FjordPayene are the product; an organisation has no such endings."""
    query = acme(products=(Term(text="FjordPay", kind=TermKind.PRODUCT),))
    for text in ("FjordPayen", "FjordPayene", "FjordPay'en", "FjordPayens"):
        assert words(text, judge(text, query))[0][0] == text
    assert words("Acmeen", judge("Acmeen", query)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Telebær", "Telebæraksjen falt", "Telebæraksjen"),
        ("TBÅ", "TBÅambassadører møttes", "TBÅambassadører"),
        ("Telebær", "telebærkundene er sinte", "telebærkundene"),
        ("TBÅ", "tbåambassadører", ""),
        ("Inter", "et internasjonalt selskap", ""),
    ],
)
def test_closed_compounds_are_an_option(judge: Judge, acme: Build, name: str, text: str, found: str):
    """A solid compound counts with the opt-in, not without, and never where it is an ordinary word."""
    opted = words(text, judge(text, acme(Term(text=name, closed_compounds=True))))
    assert [word for word, rule in opted if rule == "closed"] == ([found] if found else [])
    assert words(text, judge(text, acme(name))) == []


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Jeg byttet til Vind fordi forsikringen var dyr", True),
        ("Jeg byttet til Vind i går", False),
        ("Vind gir forsikring", False),
        ("Hvem? Vind. Forsikring", False),
        ("Forsikring fra Vind i kuling", False),
        ("sterk vind og dyr forsikring", False),
    ],
)
def test_an_ambiguous_name_needs_its_context(judge: Judge, acme: Build, text: str, counts: bool):
    """Exact capitals, the right words and not the wrong ones in the whole entry, and not at the start of a sentence."""
    name = Term(
        text="Vind",
        any_of_context=("forsikring*",),
        none_of_context=("kuling",),
        not_first_word=True,
        case=LetterCase.EXACT,
    )
    judgement = judge(text, acme(name))
    assert bool(judgement.evidence) is counts
    assert counts or any(not check.holds for check in judgement.clauses)


def test_context_is_sought_in_the_whole_entry_but_not_in_the_name(judge: Judge, acme: Build):
    """A title may hold what the text needs; the name itself is no context."""
    name = Term(text="Vind", any_of_context=("vind*",))
    assert not judge("kjøpte Vind", acme(name)).evidence
    assert judge("kjøpte Vind", acme(name), title="Alt om vindskader").evidence
    (piece,) = [piece for piece in judge("Vind", acme(name), title="vindskader").evidence if piece.kind == "context"]
    assert (piece.term, piece.field, piece.start, piece.end) == ("vind*", "title", 0, 10)


def test_where_a_name_counts(judge: Judge, acme: Build):
    """A name may be for titles only, or for posts and comments only."""
    in_title, social = acme(Term(text="Acme", where=Placement.TITLE)), acme(Term(text="Acme", where=Placement.SOCIAL))
    assert judge("", in_title, title="Acme").evidence
    assert not judge("Acme", in_title).evidence
    assert not judge("Acme", social, url="https://avisa.example/1").evidence
    assert judge("Acme", social, url="https://x.com/noen/status/1").evidence
    assert judge("Acme", social, url="https://avisa.example/1#comment-12").evidence
    assert judge("Acme", social, url="https://avisa.example/1", kind="mastodon").evidence


def test_a_rivals_longer_name_is_not_ours(judge: Judge, acme: Build):
    """Acme Bank may be another company: then only the bare Acme is ours."""
    rival = Competitor(name="Acme Bank", terms=(Term(text="Acme Bank", kind=TermKind.COMPETITOR),))
    query = acme(competitors=(rival,))
    judgement = judge("Acme Bank og Acme", query)
    assert [(piece.start, piece.end) for piece in judgement.evidence] == [(13, 17)]
    assert not judge("Acme Bank", query).evidence
    assert judge("Acme Bank", query).clauses[0].note == "“Acme Bank” is a competitor's name"


def test_spans_point_into_the_text_as_published(judge: Judge):
    """Soft hyphens, zero-width signs, entities and full-width letters are part of the span."""
    for written in ("Ac\u00adme", "Ac\u200bme", "Ａｃｍｅ", "A&#99;me"):
        text = f"«blå» {written}!"
        assert words(text, judge(text)) == [(written, "exact")]


NAMES = st.lists(
    st.sampled_from(["Acme", "acme as", "Blåbær", "Åsen-Lund", "C++", "If", "X2", "Fjord Pay", "3", "Ås", "Acme.no"]),
    min_size=1,
    max_size=6,
    unique=True,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "Acme",
            "acmes",
            "ACME'S",
            "Blåbæraksjen",
            "blaabaer",
            "c++",
            "if",
            "If",
            "x2",
            "fjordpayen",
            "3,5",
            "3",
            "ås",
            "#HeiaAcme",
            "@acme",
            "www.acme.no",
            "Åsen-Lunds",
            "-",
            ".",
            "xAcme",
            "acme-ansatt",
            "😀",
            "_",
        ]
    ),
    max_size=14,
)


@pytest.mark.skipif(best_finder() is NameFinder, reason="the extra [fast] is not installed")
@given(NAMES, PIECES, st.sampled_from([" ", "", "-"]), st.booleans())
def test_the_fast_extra_gives_identical_hits(names: list[str], pieces: list[str], glue: str, closed: bool):
    """Word by word or by automaton: the judgements are the same."""
    terms = tuple(Term(text=name, closed_compounds=closed) for name in names)
    products = (Term(text="Fjord Pay", kind=TermKind.PRODUCT),)
    query = Query(name="q", brand="B", names=terms, products=products)
    entry = Entry(title=glue.join(pieces), text=" ".join(pieces))
    slow, fast = Matcher([query], finder=NameFinder), Matcher([query], finder=AutomatonFinder)
    assert slow.evaluate(entry) == fast.evaluate(entry)
