from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.config.query import Account, Competitor, Equivalence, LetterCase, OwnedChannels, Query, Term, TermKind
from brandwatch.matching import Matcher, prefilter
from brandwatch.matching.equivalences import MAX_SPELLINGS
from brandwatch.matching.names import aliases
from brandwatch.matching.spelling_report import name_spellings
from brandwatch.models import AllOf, AnyOf, Entry, RequiredSite
from brandwatch.text.normalise import fold, is_odd

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult, Prefilter

    Build = Callable[..., Query]
    Match = Callable[..., MatchResult]

# A name, texts that hold it in another spelling with the rule, and texts that do not hold it.
SPELLINGS = [
    ("Åsgård Vørren", "Aasgaard Voerren bygger", "digraphs"),
    ("Müllbær", "Muellbaer vokser", "digraphs"),
    ("Ørsted Vind", "Örsted Vind bygger", "nordic_letters"),
    ("Blåbær Gården", "BLÅBÄR GÅRDEN ÅPNER", "nordic_letters"),
    ("Mölnåker Bruk", "Mølnåker Bruk selges", "nordic_letters"),
    ("Vørren – Mærfjord", "Vorren - Maerfjord profits fell", "english_letters"),
    ("Nestblå Café", "Nestblå Cafe trekker varen", "accents"),
    ("Señorå", "Senorå stenger", "accents"),
    ("Þingeyri Fisk", "Thingeyri Fisk selger", "accents"),
    ("Straße Bau", "STRASSE Bau wächst", "sharp_s"),
    ("Grossbær Bau", "Großbær Bau wächst", "sharp_s"),
    ("Ærlig & Sønn", "Ærlig og Sønn flytter", "ampersand"),
    ("Ærlig & Sønn", "Ærlig och Sønn flyttar", "ampersand"),
    ("Ærlig & Sønn", "Ærlig&Sønn flytter", "ampersand"),
    ("Blåbær og Fjord", "Blåbær & Fjord åpner", "ampersand"),
    ("Å&Ø", "Å & Ø feirer", "ampersand"),
    ("McBlåbær's", "McBlåbærs åpner", "apostrophes"),
    ("O'Fjord Øl", "OFjord Øl stenger", "apostrophes"),
    ('Leker "Å" Oss', "Leker Å Oss er konkurs", "quotes"),
    ('Leker"Å"Oss', "LekerÅOss er konkurs", "quotes"),
    ("A.P. Fjordmann", "A. P. Fjordmann melder", "initials"),
    ("A. P. Fjordmann", "AP Fjordmann melder", "initials"),
    ("AP Fjordmann", "A.P. Fjordmann melder", "initials"),
    ("Dr. Åsgård", "Dr Åsgård senker prisen", "initials"),
    ("Dr Åsgård", "Dr. Åsgård senker prisen", "initials"),
    ("ÅBØ", "Å.B.Ø. varsler streik", "initials"),
    ("Blåhoot!", "Blåhoot er kjøpt", "signs"),
    ("Blåhoot! Norge", "Blåhoot Norge er kjøpt", "signs"),
    ("Fjordkraft Åsgård AS", "Fjordkraft Åsgård øker prisen", "legal_forms"),
    ("Fjordkraft Åsgård Aktiebolag", "Fjordkraft Åsgård höjer priset", "legal_forms"),
    ("Fjordkraft Åsgård (publ)", "Fjordkraft Åsgård höjer priset", "legal_forms"),
    ("Fjordkraft Åsgård, Inc.", "Fjordkraft Åsgård øker prisen", "legal_forms"),
    ("Norsk Vind AS", "Norsk Vind bygger", "legal_forms"),
    ("F. Fjord & Co.", "F. Fjord & Co bygger", "signs"),
    ("J.Åsgård", "J. Åsgård åpner", "initials"),
    ("St.Åsgård", "St. Åsgård åpner", "initials"),
    ("TV 2 Åsgård", "TV2-Åsgård åpner", "spacing"),
    ("AB Blåfjord", "Blåfjord säljer", "legal_forms"),
    ("TV 2", "TV-2 kjøper", "spacing"),
    ("TV2", "TV 2 kjøper", "spacing"),
    ("TV 2 Åsgård Nord", "TV2 Åsgård Nord åpner", "spacing"),
    ("7Blåbær", "7 Blåbær åpner", "spacing"),
    ("A.P. Fjord – Mann", "A.P. Fjord-Mann melder", "spacing"),
    ("Fjord Pay", "Fjordpay-appen er nede", "compound"),
]


@pytest.mark.parametrize(("name", "text", "rule"), SPELLINGS)
def test_a_spelling_counts_as_the_name(match: Match, acme: Build, name: str, text: str, rule: str):
    """Another spelling of a name is the name; the rule says by which equivalence, the note says it in words."""
    (piece,) = match(text, acme(name)).evidence
    assert (piece.term, piece.rule) == (name, rule)
    assert "counts as the name, with" in piece.note


@pytest.mark.parametrize(("name", "text", "rule"), SPELLINGS)
def test_an_equivalence_that_is_off_does_not_count(match: Match, acme: Build, name: str, text: str, rule: str):
    """With all equivalences off only the name as written is found, for the query and for one name."""
    off = tuple((equivalence, False) for equivalence in Equivalence)
    assert not match(text, acme(name, equivalences=off)).evidence, rule
    assert not match(text, acme(Term(text=name, equivalences=off))).evidence
    assert match(f"Om {name} i dag", acme(name, equivalences=off)).evidence


def test_a_name_may_switch_on_what_its_query_switches_off(match: Match, acme: Build):
    """The switch of a name comes before that of its query."""
    query_off, name_on = ((Equivalence.SIGNS, False),), ((Equivalence.SIGNS, True),)
    assert not match("Blåhoot er kjøpt", acme("Blåhoot!", equivalences=query_off)).evidence
    term = Term(text="Blåhoot!", equivalences=name_on)
    assert match("Blåhoot er kjøpt", acme(term, equivalences=query_off)).evidence


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Åsen", "asen falt"),
        ("Ørfjord", "Orfjord"),
        ("Acme", "acmé er feil"),
        ("H&M", "H og M er bokstaver"),
        ("H&M", "H+M er to bokstaver"),
        ("E.ÅN", "Eån øker prisen"),
        ("H.M.", "HM er mesterskap"),
        ("X2", "X 2 er en formel"),
        ("3M", "3 m lang"),
        ("TV 2", "TV 20 år etter"),
        ("C++", "C er et språk"),
        ("Blå+", "Blå er en farge"),
        ("Vind AS", "Vind i hele landet"),
        ("Tine SA", "Tine ba om hjelp"),
        ("Hansen AS", "Hansen scoret to mål"),
        ("Kari Bjørnsen AS", "Kari Bjørnsen er på ferie"),
        ("B2B", "B 2B"),
        ("GK AS", "GK spilte uavgjort"),
        ("Ren Vind AS", "Ren vind fra nord"),
        ("McÅsgård", "Mc Åsgård"),
    ],
)
def test_what_is_another_word_is_no_spelling(match: Match, acme: Build, name: str, text: str):
    """å is never a, a single ø no o; letters are no words; a surname or a word needs its legal form."""
    assert not match(text, acme(name)).evidence
    assert match(f"Om {name} i dag", acme(name)).evidence


def test_a_name_that_needs_its_legal_form_is_found_with_another(match: Match, acme: Build):
    """A company changes its form at home; the capitals count then."""
    assert match("Hansen ASA vokser", acme("Hansen AS")).evidence
    assert match("Vind A/S vokser", acme("Vind AS")).evidence
    assert not match("Vind Oyj vokser", acme("Vind AS")).evidence


@pytest.mark.parametrize(
    "text",
    ["Acme¹ sier", "Acmes² sier", "Acme* sier", "Acme† sier", "Acme‡", "Acme[1]", "«Acme³»", "Selskapet Acme⁴ sier"],
)
def test_a_mark_of_a_note_is_no_part_of_the_name(match: Match, text: str):
    """A raised number or another mark of a note behind a name changes nothing."""
    assert match(text).evidence


@pytest.mark.parametrize("text", ["Acme1 sier", "Acme2000"])
def test_a_number_is_a_part_of_the_word(match: Match, text: str):
    """A number on the line belongs to the word."""
    assert not match(text).evidence


@pytest.mark.parametrize(
    "text", ["Leker “Å” Oss", "Leker ”Å” Oss", "Leker «Å» Oss", "Leker „Å“ Oss", "Leker ＂Å＂ Oss"]
)
def test_all_quotation_marks_are_alike(match: Match, acme: Build, text: str):
    """Typographic quotation marks are straight ones, in texts and in names."""
    assert match(text, acme('Leker "Å" Oss')).evidence[0].rule == "exact"
    assert match('Leker "Å" Oss', acme(text)).evidence[0].rule == "exact"


@pytest.mark.parametrize(
    ("name", "tag", "counts"),
    [
        ("Acme", "#ACMEfail", True),
        ("Acme", "#ACMEFail", True),
        ("Acme", "#stoppACMEnå", True),
        ("Acme", "#acmefail", False),
        ("Åcm", "#ÅCMblå", True),
    ],
)
def test_a_tag_goes_on_in_small_letters_behind_capitals(match: Match, acme: Build, name: str, tag: str, counts: bool):
    """#ACMEfail is cut behind the capitals and before the last of them; a name of small letters is not cut out."""
    assert bool(match(f"Nå igjen {tag}", acme(name)).evidence) is counts


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("1881", "I 1881 ble kirken bygd", False),
        ("1881", "Ring 1881 eller spør", True),
        ("1881", "De ansatte hos 1881 streiker", True),
        ("1881", "1881 kjøper en konkurrent", True),
        ("1881", "sier 1881-sjefen", True),
        ("3", "Vi var 3 på tur", False),
        ("3", "3 har dårlig dekning", True),
        ("3", "Jeg er kunde hos 3", True),
        ("3", "vant 3-0", False),
    ],
)
def test_a_number_counts_where_it_is_a_name(match: Match, acme: Build, name: str, text: str, counts: bool):
    """A number is a name where a sentence begins, in a compound, or behind a word that only a company follows."""
    assert bool(match(text, acme(name)).evidence) is counts


def test_a_number_with_context_counts_anywhere(match: Match, acme: Build):
    """Context says when a number counts, and so does `case: any`."""
    text = "Vi ringte 1881 i 1881"
    assert len(match(text, acme(Term(text="1881", any_of_context=("ringte",)))).evidence) == 3
    assert len(match(text, acme(Term(text="1881", case=LetterCase.ANY))).evidence) == 2
    assert len(match(text, acme("1881")).evidence) == 1


def has_letter(text: str) -> bool:
    """Whether a text has a letter or a digit, as the name in a query file must have."""
    return bool(fold(text).spaced.strip())


NAMES = sorted({name for name, _, _ in SPELLINGS})
PIECES = sorted({word for _, text, _ in SPELLINGS for word in text.split()} | {"¹", "#ACMEfail", "\u00ad", "AS", "."})


@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.lists(st.sampled_from(PIECES), max_size=10),
    st.sampled_from([" ", "", "-"]),
)
def test_the_prefilter_passes_every_spelling(names: list[str], pieces: list[str], glue: str):
    """Every entry that matches passes the prefilter on the words of the index, or is marked as odd."""
    query = Query(name="q", brand="B", names=tuple(Term(text=name) for name in names))
    text = glue.join(pieces)
    needs = prefilter(query)
    assert needs is not None
    if Matcher([query]).evaluate(Entry(text=text)) and not is_odd(text):
        assert passes(needs, re.findall(r"[^\W_]+", text.lower()))


def passes(needs: Prefilter, words: list[str]) -> bool:
    """Whether words of the index pass a prefilter."""
    if isinstance(needs, AllOf | AnyOf):
        parts = [passes(part, words) for part in needs.parts]
        return all(parts) if isinstance(needs, AllOf) else any(parts)
    if isinstance(needs, RequiredSite):
        return False
    *whole, last = needs.words
    return any(
        words[at : at + len(whole)] == whole and words[at + len(whole)].startswith(last)
        for at in range(len(words) - len(whole))
    )


@given(st.sampled_from(SPELLINGS))
def test_the_prefilter_passes_the_spellings_above(row: tuple[str, str, str]):
    """Each spelling above passes the prefilter of its name."""
    name, text, _ = row
    needs = prefilter(Query(name="q", brand="B", names=(Term(text=name),)))
    assert needs is not None
    assert passes(needs, re.findall(r"[^\W_]+", text.lower()))
    assert not passes(needs, ["noe", "annet"])


def test_the_prefilter_has_the_names_the_channels_and_the_rule_of_a_query():
    """A name, product or channel is needed, and what `match` needs; competitors are none."""
    owned = OwnedChannels(domains=("acme.example",), accounts=(Account(platform="x", handle="acme"),))
    query = Query(
        name="q", brand="B", names=(Term(text="Acme"),), owned=owned,
        products=(Term(text="Blåbær", kind=TermKind.PRODUCT),),
        competitors=(Competitor(name="Vind", terms=(Term(text="Vind", kind=TermKind.COMPETITOR),)),),
    )  # fmt: skip
    needs = prefilter(query)
    assert isinstance(needs, AnyOf)
    assert {part.host for part in needs.parts if isinstance(part, RequiredSite)} >= {"acme.example", "x.com"}
    words = (["acme", "i", "dag"], ["blåbær", "i", "dag"], ["vind", "i", "dag"])
    assert [passes(needs, text) for text in words] == [True, True, False]
    narrowed = prefilter(query.model_copy(update={"match": "strøm"}))
    assert isinstance(narrowed, AllOf)
    assert [passes(narrowed, text) for text in (["acme", "strøm", "x"], ["acme", "x"], ["strøm", "x"])] == [
        True, False, False,
    ]  # fmt: skip
    assert prefilter(query.model_copy(update={"match": "NOT strøm"})) == needs


@pytest.mark.parametrize(
    ("text", "counts"), [("Fjord Pay er nede", True), ("Fjord-Pay er nede", True), ("fjord pay", False)]
)
def test_a_name_with_a_capital_inside_is_found_as_words(match: Match, acme: Build, text: str, counts: bool):
    """FjordPay is Fjord Pay with its capitals; in small letters they are words."""
    assert bool(match(text, acme("FjordPay")).evidence) is counts


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("NV", "N.V. vokser", False),
        ("NVX", "N.V.X. vokser", True),
        ("NVX", "N.V. X vokser", False),
        ("NVXQZ", "N.V.X.Q.Z. vokser", True),
        ("NVXQZW", "N.V.X.Q.Z.W. vokser", False),
    ],
)
def test_an_acronym_of_three_to_five_letters_may_have_dots(
    match: Match, acme: Build, name: str, text: str, *, counts: bool
):
    """Two letters are too few to tell it from others, and six capitals are a word."""
    evidence = match(text, acme(name)).evidence
    assert [piece.rule for piece in evidence] == (["initials"] if counts else [])


def test_letters_of_another_script_are_told(match: Match):
    """A name with a Cyrillic letter is found, and the note of the evidence says so."""
    (piece,) = match("\u0410cme gir bort penger").evidence
    assert (piece.rule, piece.start, piece.end) == ("exact", 0, 4)
    assert piece.note == "written with letters of another script: \u0410"
    assert match("Acme gir bort penger").evidence[0].note == ""


def test_spellings_of_a_name_for_check(acme: Build):
    """A query tells the spellings of each name that count, and likely ones that do not unless they are names too."""
    query = acme("Fjordkraft AS", "Vind AS", "Ørfjord", "Acme.com", "Blå+", "Acme")
    listed = {names.term.text: names for names in name_spellings(query)}
    assert [spelling.text for spelling in listed["Fjordkraft AS"].also] == ["Fjordkraft"]
    assert [text for text, _ in listed["Vind AS"].missing] == ["Vind"]
    assert [text for text, _ in listed["Ørfjord"].missing] == ["Orfjord"]
    assert [text for text, _ in listed["Blå+"].missing] == ["Blå"]
    assert "Acme.com" not in listed
    assert [names.missing for names in name_spellings(acme("Acme.com"))] == [(("Acme", "may be a word"),)]


def test_switched_off_legal_forms_for_check(acme: Build):
    """Where legal forms are switched off, the bare name is missing for that reason, and other letters keep the form."""
    switched = acme("Møller Mærsk A/S", "Blåbær Gården AS", equivalences=((Equivalence.LEGAL_FORMS, False),))
    missing = {names.term.text: dict(names.missing) for names in name_spellings(switched)}
    assert missing["Møller Mærsk A/S"] == {"Møller Mærsk": "switched off"}
    assert list(missing["Blåbær Gården AS"]) == ["Blåbær Gården", "Blabaer Garden AS"]


LETTERS = "AÅbæøß &.-'\"!19\u00e9\u0410\u00b9\u0301S()/"


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=14).filter(has_letter))
def test_any_name_has_spellings(name: str):
    """Whatever a name is made of, its spellings have letters and capitals alike, and each is listed once."""
    query = Query(name="q", brand="B", names=(Term(text=name),), languages=("nb", "de"))
    found = list(aliases(query.names[0], 0, query))
    assert len({alias.text for alias in found}) == len(found) <= MAX_SPELLINGS + 60
    assert all(has_letter(alias.text) for alias in found)
    assert all(fold(alias.exact).folded == alias.text for alias in found if alias.exact)
    list(name_spellings(query))
