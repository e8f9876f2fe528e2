from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.query import Exclusions, LetterCase, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry


def query(*names: str | Term, words: tuple[str, ...] = (), sites: tuple[str, ...] = (), name: str = "q") -> Query:
    """Return a query for names, also one without any, which no file can hold."""
    terms = tuple(Term(text=text) if isinstance(text, str) else text for text in names)
    return Query.model_construct(
        name=name, brand="B", names=terms, exclude=Exclusions(words=words, sites=sites), languages=("nb", "en")
    )


def found(text: str, *names: str | Term, **options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (matched words, rule) for each piece of evidence in *text*."""
    judgement = Matcher([query(*names, **options)]).evaluate(Entry(text=text)).get("q")  # type: ignore[arg-type]
    return (
        [(text[piece.start : piece.end], piece.rule) for piece in judgement.evidence if piece.kind == "anchor"]
        if judgement
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
def test_a_name_in_its_forms(text: str, words: str, rule: str):
    """Whole words, genitives and hyphen compounds count, and the evidence names the words and the rule."""
    assert found(text, "Equinor") == [(words, rule)]


@pytest.mark.parametrize(
    "text", ["Equinorsk", "Nequinor", "Equinoren", "equi nor", "old_equinor_x", "Equin", "xEquinor", "Equinor2"]
)
def test_a_piece_of_another_word_is_no_name(text: str):
    """A name inside a longer word is not the name."""
    assert found(text, "Equinor") == []


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
def test_other_spellings(name: str, text: str):
    """Digraphs for Nordic letters, other separators and decomposed letters are spellings of the same name."""
    assert found(text, name)


@pytest.mark.parametrize(("name", "text"), [("3", "3,5 prosent"), ("Åse", "ase"), ("Øl", "ol"), ("Ås", "as")])
def test_letters_that_are_not_the_same(name: str, text: str):
    """ø is no o and å no a; a digit inside a number is no name."""
    assert found(text, name) == []


@pytest.mark.parametrize(
    ("case", "text", "count"),
    [
        (LetterCase.SMART, "Vind vind VIND", 1),
        (LetterCase.EXACT, "Vind vind VIND", 1),
        (LetterCase.ANY, "Vind vind VIND", 3),
    ],
)
def test_case_of_an_ordinary_word(case: LetterCase, text: str, count: int):
    """A name that is an ordinary word needs its capitals, unless the author lets go of them."""
    assert len(found(text, Term(text="Vind", case=case))) == count


def test_case_of_a_rare_name_is_free_unless_exact():
    """A name that is no ordinary word is found in any case; `exact` holds it to its capitals."""
    assert len(found("Ledgerly ledgerly LEDGERLY", "Ledgerly")) == 3
    assert len(found("Ledgerly ledgerly LEDGERLY", Term(text="Ledgerly", case=LetterCase.EXACT))) == 1


def test_excluded_phrases_hide_only_the_names_in_them():
    """The phrase is not a mention; the name outside it is."""
    text = "Acme kunstlag og Acme"
    assert found(text, "Acme", words=("Acme kunstlag",)) == [("Acme", "exact")]


def test_excluded_sites_hide_entries():
    """An entry on an excluded site, or on a part of it, is hidden with its reason."""
    matcher = Matcher([query("Acme", sites=("regnskap.example",))])
    for url, count in (
        ("https://www.regnskap.example/x", 0),
        ("https://a.regnskap.example", 0),
        ("https://xregnskap.example", 1),
    ):
        judgement = matcher.evaluate(Entry(title="Acme", url=url))["q"]
        assert judgement.suppressed == ("" if count else "exclude.sites: regnskap.example is excluded"), url


def test_each_query_gets_its_own_evidence():
    """One entry is judged against all queries at once; the longest of overlapping names is the evidence."""
    matcher = Matcher(
        [query("Acme", "Acme Bank", name="a"), query("Bank of Fjord", name="b"), query("Ingen", name="c")]
    )
    judged = matcher.evaluate(Entry(title="Acme Bank", text="Bank of Fjord møter Acme"))
    assert {name: [piece.term for piece in judgement.evidence] for name, judgement in judged.items()} == {
        "a": ["Acme Bank", "Acme"],
        "b": ["Bank of Fjord"],
    }
    places = [(piece.field, piece.start, piece.end) for piece in judged["a"].evidence]
    assert places == [("title", 0, 9), ("text", 20, 24)]


@given(
    st.text(max_size=30), st.text(max_size=30), st.sampled_from(["Åsgård", "ÅSGÅRD", "åsgårds", "&Aring;sg&aring;rd"])
)
def test_a_name_between_blanks_is_always_found(before: str, after: str, written: str):
    """Whatever surrounds it, a name that stands alone is found, and its span is where it stands."""
    text = f"{before} . {written} . {after}"
    evidence = Matcher([query("Åsgård")]).evaluate(Entry(text=text))["q"].evidence
    assert any(text[piece.start : piece.end] == written for piece in evidence)


@given(
    st.lists(st.text("abcåæø -&+", min_size=1, max_size=8).filter(lambda name: any(map(str.isalnum, name))), max_size=5)
)
def test_no_names_fail(names: list[str]):
    """Any names can be compiled and looked for."""
    Matcher([query(*names)]).evaluate(Entry(title=" ".join(names), text="abc åæø"))
