from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.config.query import Competitor, LetterCase, Placement, Query, Term, TermKind
from brandwatch.matching.name_search import NameFinder
from brandwatch.matching.names import aliases
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Match = Callable[..., MatchResult]


def words(text: str, result: MatchResult) -> list[tuple[str, str]]:
    """Return (words, rule) for each anchor in a text."""
    return [(text[piece.start : piece.end], piece.rule) for piece in result.evidence if piece.kind == "anchor"]


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
def test_hashtags_handles_domains_and_links(match: Match, text: str, found: list[tuple[str, str]]):
    """Hashtags split at capitals and own channels have their rule; a name inside another link does not match."""
    assert words(text, match(text)) == found


def test_a_long_hashtag_may_begin_with_the_name(match: Match, acme: Build):
    """A lower-case hashtag matches by a prefix of five letters or more that is no ordinary word."""
    query = acme("Inter", "Fjordkraft Åsgård")
    assert words("#fjordkraftåsgård", match("#fjordkraftåsgård", query)) == [("#fjordkraftåsgård", "hashtag")]
    assert words("#fjordkraftåsgårdstrøm", match("#fjordkraftåsgårdstrøm", query))
    assert words("#internasjonal", match("#internasjonal", query)) == []


def test_products_match_with_noun_endings(match: Match, acme: Build):
    """FjordPayen and FjordPayene match the product; organisations take no such endings."""
    query = acme(products=(Term(text="FjordPay", kind=TermKind.PRODUCT),))
    for text in ("FjordPayen", "FjordPayene", "FjordPay'en", "FjordPayens"):
        assert words(text, match(text, query))[0][0] == text
    assert words("Acmeen", match("Acmeen", query)) == []


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
def test_closed_compounds_match_only_with_the_option(match: Match, acme: Build, name: str, text: str, found: str):
    """A solid compound matches with the option only, and never if it is an ordinary word."""
    opted = words(text, match(text, acme(Term(text=name, closed_compounds=True))))
    assert [word for word, rule in opted if rule == "closed"] == ([found] if found else [])
    assert words(text, match(text, acme(name))) == []


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
def test_an_ambiguous_name_needs_its_context(match: Match, acme: Build, text: str, counts: bool):
    """It needs exact capitals, required words and no forbidden ones, and not the start of a sentence."""
    name = Term(
        text="Vind",
        any_of_context=("forsikring*",),
        none_of_context=("kuling",),
        not_first_word=True,
        case=LetterCase.EXACT,
    )
    result = match(text, acme(name))
    assert bool(result.evidence) is counts
    assert counts or any(not check.holds for check in result.clauses)


def test_context_is_the_entry_without_the_name(match: Match, acme: Build):
    """The title can supply the required context; the name itself cannot."""
    name = Term(text="Vind", any_of_context=("vind*",))
    assert not match("kjøpte Vind", acme(name)).evidence
    assert match("kjøpte Vind", acme(name), title="Alt om vindskader").evidence
    (piece,) = [piece for piece in match("Vind", acme(name), title="vindskader").evidence if piece.kind == "context"]
    assert (piece.term, piece.field, piece.start, piece.end) == ("vind*", "title", 0, 10)


def test_a_name_can_be_limited_to_a_field_or_kind(match: Match, acme: Build):
    """A name can be limited to titles, or to posts and comments."""
    in_title, social = acme(Term(text="Acme", where=Placement.TITLE)), acme(Term(text="Acme", where=Placement.SOCIAL))
    assert match("", in_title, title="Acme").evidence
    assert not match("Acme", in_title).evidence
    assert not match("Acme", social, url="https://avisa.example/1").evidence
    assert match("Acme", social, url="https://x.com/noen/status/1").evidence
    assert match("Acme", social, url="https://avisa.example/1#comment-12").evidence
    assert match("Acme", social, url="https://avisa.example/1", kind="mastodon").evidence


def test_a_competitors_longer_name_does_not_match(match: Match, acme: Build):
    """If Acme Bank is a competitor, only the bare name Acme matches."""
    rival = Competitor(name="Acme Bank", terms=(Term(text="Acme Bank", kind=TermKind.COMPETITOR),))
    query = acme(competitors=(rival,))
    result = match("Acme Bank og Acme", query)
    assert [(piece.start, piece.end) for piece in result.evidence] == [(13, 17)]
    assert not match("Acme Bank", query).evidence
    assert match("Acme Bank", query).clauses[0].note == "“Acme Bank” is a competitor's name"


def test_spans_refer_to_the_published_text(match: Match):
    """Spans include soft hyphens, zero-width characters, entities and full-width letters."""
    for written in ("Ac\u00adme", "Ac\u200bme", "Ａｃｍｅ", "A&#99;me"):
        text = f"«blå» {written}!"
        assert words(text, match(text)) == [(written, "exact")]


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


@given(NAMES, PIECES, st.sampled_from([" ", "", "-"]), st.booleans())
@example(names=["Acme"], pieces=["acmes", "acme-ansatt"], glue="-", closed=False)
def test_a_name_is_found_wherever_its_letters_begin_a_word(
    names: list[str], pieces: list[str], glue: str, closed: bool
):
    """The automaton finds the places that a search letter by letter finds."""
    query = Query(name="q", brand="B", names=tuple(Term(text=name, closed_compounds=closed) for name in names))
    all_aliases = [alias for term in query.names for alias in aliases(term, 0, query)]
    text = fold(glue.join(pieces))
    places = {
        (alias, start, start + len(alias.text))
        for alias in all_aliases
        for start in range(len(text.folded))
        if text.folded.startswith(alias.text, start) and not text.folded[:start][-1:].isalnum()
    }
    assert set(NameFinder(all_aliases).find(text)) == places
