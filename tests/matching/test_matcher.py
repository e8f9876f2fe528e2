from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.query import Exclusions, LetterCase, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry


def query(*names: str | Term, words: tuple[str, ...] = (), sites: tuple[str, ...] = (), name: str = "q") -> Query:
    """A query for names, or for none at all, which no query file allows."""
    terms = tuple(Term(text=text) if isinstance(text, str) else text for text in names)
    return Query.model_construct(
        name=name, brand="B", names=terms, exclude=Exclusions(words=words, sites=sites), languages=("nb", "en")
    )


def find_matches(text: str, *names: str | Term, **options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (matched words, rule) for each piece of evidence in *text*."""
    result = Matcher([query(*names, **options)]).evaluate(Entry(text=text)).get("q")  # type: ignore[arg-type]
    return (
        [(text[piece.start : piece.end], piece.rule) for piece in result.evidence if piece.kind == "anchor"]
        if result
        else []
    )


@pytest.mark.parametrize(
    ("text", "words", "rule"),
    [
        ("hos Equinor i dag", "Equinor", "exact"),
        ("EQUINOR varsler", "EQUINOR", "exact"),
        ("Equinors sjef", "Equinors", "genitive"),
        ("Equinor's chief", "Equinor's", "genitive"),
        ("Equinor’s chief", "Equinor’s", "genitive"),
        ("Equinors' ships", "Equinors'", "genitive"),
        ("EQUINORS SJEF", "EQUINORS", "genitive"),
        ("en Equinor-ansatt sa", "Equinor-ansatt", "compound"),
        ("Equinor‑sjefen", "Equinor‑sjefen", "compound"),
        ("eks-Equinor-topp", "eks-Equinor-topp", "compound"),
        ("«Equinor»", "Equinor", "exact"),
        ("Equinor.", "Equinor", "exact"),
        ("#equinor", "#equinor", "hashtag"),
        ("@equinor", "@equinor", "handle"),
        ("Eq\u00aduinor", "Eq\u00aduinor", "exact"),
        ("_Equinor_", "Equinor", "exact"),
        ("Equinor/Statoil", "Equinor", "exact"),
    ],
)
def test_inflected_and_compound_names_match(text: str, words: str, rule: str):
    """Whole words, genitives and hyphen compounds match; the evidence has the words and the rule."""
    assert find_matches(text, "Equinor") == [(words, rule)]


@pytest.mark.parametrize(
    "text", ["Equinorsk", "Nequinor", "Equinoren", "equi nor", "old_equinor_x", "Equin", "xEquinor", "Equinor2"]
)
def test_a_name_inside_a_longer_word_does_not_match(text: str):
    """A substring of a longer word is no match."""
    assert find_matches(text, "Equinor") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Blåbær Gården AS", "hos Blaabaer Gaarden AS"),
        ("Åsgård", "ÅSGÅRD vant"),
        ("Åsgård", "A\u030asga\u030ard"),
        ("Fjord Pay", "med FjordPay"),
        ("Fjord Pay", "med Fjord-Pay"),
        ("Fjord-Pay", "med Fjord Pay"),
        ("AT&T", "hos AT&T i"),
        ("C++", "C++ er"),
        ("7-Eleven", "på 7-Eleven nå"),
        ("3", "hos 3 i dag"),
    ],
)
def test_spelling_variants_match(name: str, text: str):
    """Digraphs for Nordic letters, other separators and decomposed letters match the same name."""
    assert find_matches(text, name)


@pytest.mark.parametrize(("name", "text"), [("3", "3,5 prosent"), ("Åse", "ase"), ("Øl", "ol"), ("Ås", "as")])
def test_different_letters_do_not_match(name: str, text: str):
    """ø does not match o, nor å a; a digit inside a number is no name."""
    assert find_matches(text, name) == []


@pytest.mark.parametrize(
    ("case", "text", "count"),
    [
        (LetterCase.SMART, "Vind vind VIND", 1),
        (LetterCase.EXACT, "Vind vind VIND", 1),
        (LetterCase.ANY, "Vind vind VIND", 3),
    ],
)
def test_case_of_an_ordinary_word(case: LetterCase, text: str, count: int):
    """An ordinary word matches only with its capitals, unless the query allows any case."""
    assert len(find_matches(text, Term(text="Vind", case=case))) == count


def test_case_of_a_rare_name_matters_only_if_exact():
    """A rare name matches in any case; `exact` requires its capitals."""
    assert len(find_matches("Ledgerly ledgerly LEDGERLY", "Ledgerly")) == 3
    assert len(find_matches("Ledgerly ledgerly LEDGERLY", Term(text="Ledgerly", case=LetterCase.EXACT))) == 1


def test_excluded_phrases_hide_only_the_names_in_them():
    """A name inside the phrase does not match; a name outside it does."""
    text = "Acme kunstlag og Acme"
    assert find_matches(text, "Acme", words=("Acme kunstlag",)) == [("Acme", "exact")]


def test_excluded_sites_hide_entries():
    """An entry on an excluded site or its subdomain is hidden, with the reason."""
    matcher = Matcher([query("Acme", sites=("regnskap.example",))])
    for url, count in (
        ("https://www.regnskap.example/x", 0),
        ("https://a.regnskap.example", 0),
        ("https://xregnskap.example", 1),
    ):
        result = matcher.evaluate(Entry(title="Acme", url=url))["q"]
        assert result.suppressed == ("" if count else "exclude.sites: regnskap.example is excluded"), url


def test_each_query_gets_its_own_evidence():
    """One pass evaluates all queries; the longest of overlapping names is the evidence."""
    matcher = Matcher(
        [query("Acme", "Acme Bank", name="a"), query("Bank of Fjord", name="b"), query("Ingen", name="c")]
    )
    results = matcher.evaluate(Entry(title="Acme Bank", text="Bank of Fjord møter Acme"))
    assert {name: [piece.term for piece in result.evidence] for name, result in results.items()} == {
        "a": ["Acme Bank", "Acme"],
        "b": ["Bank of Fjord"],
    }
    places = [(piece.field, piece.start, piece.end) for piece in results["a"].evidence]
    assert places == [("title", 0, 9), ("text", 20, 24)]


@given(
    st.text(max_size=30), st.text(max_size=30), st.sampled_from(["Åsgård", "ÅSGÅRD", "åsgårds", "&Aring;sg&aring;rd"])
)
def test_a_name_between_blanks_always_matches(before: str, after: str, written: str):
    """Any surrounding text: a separate name matches, and its span is exact."""
    text = f"{before} . {written} . {after}"
    evidence = Matcher([query("Åsgård")]).evaluate(Entry(text=text))["q"].evidence
    assert any(text[piece.start : piece.end] == written for piece in evidence)


@given(
    st.lists(st.text("abcåæø -&+", min_size=1, max_size=8).filter(lambda name: any(map(str.isalnum, name))), max_size=5)
)
def test_any_names_compile(names: list[str]):
    """Any strings compile as names and can be searched."""
    Matcher([query(*names)]).evaluate(Entry(title=" ".join(names), text="abc åæø"))
