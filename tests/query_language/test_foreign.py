from __future__ import annotations

import pytest
from tests.query_language.conftest import error_of

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, compile_expression

OPERATORS = {
    "AND": "OG OCH UND ET JA SAMT PLUS og och und".split(),
    "OR": "ELLER ODER OU TAI AND/OR and/or og/eller eller oder".split(),
    "NOT": (
        "IKKE IKKJE INTE NICHT EJ MINUS UTEN UTAN OHNE WITHOUT EXCEPT BUT NOR ANDNOT AndNot andnot BUTNOT AND-NOT w/o "
        "ikke inte nicht"
    ).split(),
    "NEAR/5": "w/5 W/5 n/5 N/5 N5 w5 adj5 NEAR5 near5 NEAR~5 NEAR=5 nnear/5 WITHIN/5 AFTER/5 NÆR/5 /5 ADJ SAME".split(),
    "ONEAR/5": "pre/5 PRE/5 p/5 BEFORE/5 before/5 THEN FOLLOWED onear5".split(),
    "NEAR/20": "w/s W/S /s w/sent W/SENTENCE".split(),
    "NEAR/100": "w/p /p w/para".split(),
    "NEAR/200": ["w/500"],
    "no counts": "atleast5 ATLEAST/5 ATLEAST atl5".split(),
    "NOT (a b)": ["XOR"],
}
"""The form that works, and operators of other tools and languages."""


@pytest.mark.parametrize(("form", "operator"), [(form, word) for form, words in OPERATORS.items() for word in words])
def test_a_foreign_operator_is_an_error_with_the_form_that_works(form: str, operator: str):
    """It is refused at its place between two words, and in quotes it is a word."""
    error = error_of(f"Acme {operator} Blåbær")
    assert (error.position, error.message) == (5, f"{operator} is no operator")
    assert form in error.hint
    assert f'"{operator}"' in error.hint
    assert compile_expression(f'Acme "{operator}" Blåbær').words()


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("ikke acme", 0), ("acme AND ikke bolt", 9), ("acme OR (inte bolt)", 9), ("ikkje (acme OR bolt)", 0),
        ("NICHT acme", 0), ("OG acme", 0), ("acme OG", 5), ("acme IKKE", 5)
    ],
)  # fmt: skip
def test_a_negation_needs_one_operand_only(expression: str, position: int):
    """“not” of another language is an operator before a word; in capitals any of its operators is one anywhere."""
    error = error_of(expression)
    assert (error.position, "is no operator" in error.message) == (position, True)


@pytest.mark.parametrize(
    "expression",
    [
        # Words of one language that are operators in another, in small letters or not between operands.
        "et hus", "ja takk", "acme et hus", "acme ja", "acme then bank", "uten acme", "ACME ET", "acme ikke", "acme og",
        "acme ou hus", "acme but bank", "acme contains bank", "acme nær byen", "acme adj bank", "acme minus bank",
        "acme NEAR/3 ikke", "title:ikke", "acme AND (og OR eller)", "=OG acme", '="ELLER"', "tag:og", "tag:OG",
        # Slashes, signs and digits of names.
        "A/S OR 24/7 OR km/t OR AC/DC OR N95 OR W123 OR n/a", "* NOT acme", "author:* acme", "Disney+ OR A+B",
        "AT&T OR AT&amp;T OR H&M", "C++ C# F# .NET", "Kahoot! OR Yahoo!",
        "100% acme", "$ACME", "1,5 OR 3.0", "rock 'n' roll", "'acme' OR 'bolt'",
        "o'reilly's", "#HeiaAcme @acme", "acme.example", "7-Eleven", "url:a=1,2;3", "source:a,b",
    ],
)  # fmt: skip
def test_what_may_be_meant_as_it_stands_is_let_through(expression: str):
    """The same words and signs are text where nobody means an operator."""
    assert compile_expression(expression).text == expression


@pytest.mark.parametrize(
    ("expression", "position", "hint"),
    [
        ("acme|bolt", 4, "OR"),
        ("acme || bolt", 5, "OR"),
        ("acme;bolt", 4, "OR"),
        ("acme; bolt", 4, "OR"),
        ("acme,bolt", 4, "OR"),
        ("acme, bolt", 4, "OR"),
        ("acme ,bolt", 5, "OR"),
        ("acme&&bolt", 4, "AND"),
        ("acme & bolt", 5, "AND"),
        ("acme + bolt", 5, "AND"),
        ("acme - bolt", 5, "NOT"),
        ("acme ¬bolt", 5, "NOT"),
        ("annonse/reklame", 7, "OR"),
        ("acme+bolt", 4, "AND"),
        ("acme * bank", 5, "ONEAR/1"),
        ("（acme OR bolt） AND bank", 0, "( )"),
        ("title CONTAINS acme", 6, "title:word"),
        ("acme OR", 5, "remove"),
        ("AND acme", 0, "remove"),
        ("acme !bolt", 5, "NOT"),
        (r"acme \"bolt\"", 5, "no \\"),
        ("acme<5", 4, "quotes"),
        ("bank!", 4, "bank*"),
        ("bank?", 4, "*"),
        ("bank$", 4, "*"),
        ("colo#r", 4, "*"),
        ("%bank%", 0, "*"),
        ("{Acme}", 0, "=Acme"),
        ("{Acme Bank}", 0, '="Acme Bank"'),
        ("[acme]", 0, "(a OR b)"),
        ("title=acme", 5, "title:acme"),
        ("overskrift=acme", 10, "title:acme"),
        ("title = acme", 6, "title:word"),
        ("case(Acme)", 0, "=Gap"),
        ("ALL(acme bolt)", 0, "AND"),
        ("any(acme bolt)", 0, "OR"),
        ("headline(acme)", 0, "title:("),
        ("atleast5(acme)", 0, "no counts"),
        ("acme(bolt)", 0, "space"),
        ("NEAR(acme, bolt, 5)", 0, "a NEAR/5 b"),
        ("acme NEAR(7) bolt", 5, "a NEAR/7 b"),
        ("acme NEAR/5f bolt", 5, "ONEAR/5"),
        ("acme NEAR/5w bolt", 5, "NEAR/5"),
        ("acme NEAR/s bolt", 5, "NEAR/5"),
        ("acme NEAR:5 bolt", 5, "NEAR/5"),
        ("acme within 5 bolt", 5, "NEAR/5"),
        ('"acme bolt"~5', 11, "NEAR/5"),
        ("(acme bolt)~7", 11, "NEAR/7"),
        ("acme~1", 4, "OR"),
        ("acme NOT NEAR/5 bolt", 9, "NOT (a NEAR/5 b)"),
        ("acme OR ‘grønt lån’", 8, '"grønt lån"'),
        ("'acme bank'", 0, '"acme bank"'),
        ("`acme bank`", 0, '"acme bank"'),
        ("``acme bank''", 0, '"acme bank"'),
        ("‚acme bank‘", 0, '"acme bank"'),
        ("‹acme bank›", 0, '"acme bank"'),
        ("acme site:avis.example,blad.example", 22, "site:(a OR b)"),
        ("acme lang:(nb, nn)", 13, "lang:(a OR b)"),
        ("acme tag:a;b", 10, "tag:(a OR b)"),
    ],
)
def test_a_foreign_sign_is_an_error_with_the_form_that_works(expression: str, position: int, hint: str):
    """Separators, wildcards, brackets, single quotes and calls of other tools are refused at their place."""
    error = error_of(expression)
    assert error.position == position
    assert hint in error.hint


FIELDS = {
    "title:": "headline Overskrift tittel rubrik intitle allintitle hl",
    "lead:": "ingress lede hlead summary teaser",
    "text:": "body content brødtekst inbody fulltext",
    "author:": "from byline forfatter writer username",
    "site:": "domain host nettsted",
    "url:": "link links inurl",
    "lang:": "language språk",
    "source:": "kilde källa publication outlet",
    "kind:": "type filter is",
    "tag:": "label category",
    "=Acme": "raw exact case cs",
    "#Acme": "hashtag",
    "@Acme": "mention engagingWith",
    "not measured": "sentiment tone",
    "lang:no": "country land region",
    "--since": "date since published",
    "--sort response": "reach followers engagement",
    "in quotes": "http https LO",
}


@pytest.mark.parametrize(("form", "field"), [(form, name) for form, names in FIELDS.items() for name in names.split()])
def test_a_foreign_field_is_an_error_that_leads_to_the_answer(form: str, field: str):
    """The hint names the field, the sign or the option that does it here."""
    error = error_of(f"a OR {field}:Acme")
    assert (error.position, error.message) == (5, f"unknown field {field}:")
    assert form in error.hint
    assert compile_expression(f'a OR "{field}:Acme"').words()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("nor", "no"), ("norsk", "no"), ("nob", "nb"), ("bokmål", "nb"), ("nno", "nn"), ("swe", "sv"), ("dansk", "da"),
        ("eng", "en"), ("en-us", "en"), ("nb_no", "nb"), ("deutsch", "de"), ("fin", "fi"),
    ],
)  # fmt: skip
def test_a_language_by_another_name_leads_to_its_code(value: str, code: str):
    """Codes of three letters, names and regions; `no` stands for both written standards."""
    error = error_of(f"lang:{value}")
    assert f"lang:{code}?" in error.hint
    assert ("nb" in error.hint and "nn" in error.hint) or code != "no"


@pytest.mark.parametrize("word", ["ornot", "xor", "andnot", "but-not", "nand", "w/o", "atleast5", "w/5"])
def test_a_word_of_no_language_is_an_operator_anywhere(word: str):
    """Also alone and in small letters; after = and in quotes it is looked for."""
    assert error_of(word).message == f"{word} is no operator"
    assert compile_expression(f'="{word}" "{word}"').words()


def matches(expression: str, text: str) -> bool:
    """Whether an expression is true of a text."""
    return compile_expression(expression).matches(EntryView.of(Entry(text=text)))


def test_signs_in_quotes_are_text():
    """What is refused outside quotes is looked for inside them."""
    assert matches('"acme|bolt"', "se acme|bolt her")
    assert not matches('"acme|bolt"', "se acme bolt her")
    assert matches('"bank!"', "en bank til")
    assert matches('"Hva skjer?"', "Hva skjer i Acme")
