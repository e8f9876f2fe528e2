from __future__ import annotations

import pytest

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, compile_expression, typed_leaf


def matches(expression: str, text: str, title: str = "") -> bool:
    """Whether an expression is true of a text."""
    return compile_expression(expression, allow_only_exclusions=True).matches(
        EntryView.of(Entry(title=title, text=text))
    )


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("dnb", "Hos DNB i dag"),
        ("dnb", "DNBs sjef"),
        ("dnb", "DNB's chief"),
        ("dnb", "DNB’s chief"),
        ("dnb", "en DNB-ansatt"),
        ("dnb", "eks-DNB"),
        ("dnb", "#dnb"),
        ("dnb", "«DNB»."),
        ("d\u00adnb", "DNB"),
        ("dnb", "D\u00adN\u200bB"),
        ("dnb", "ＤＮＢ"),
        ("ＤＮＢ", "dnb"),
        ("blåbær", "BLA\u030aBÆR"),
        ("'dnb", "dnb er her"),
        ("www-fjord-no", "se www-fjord-no her"),
        ("C++", "jeg kan C++!"),
        ("C++", "c++"),
        ("AT&T", "hos AT&T i"),
        ("AT&T", "hos AT&amp;T i"),
        ("R&D", "our R&D."),
        (".net", "ASP.NET"),
        ("#bank", "en #bank her"),
        ("o'reilly", "O’Reilly sa"),
        ("coca-cola", "Coca-Colas nye"),
        ("don't", "I don’t know"),
        ("10:30", "klokka 10:30."),
        ("亀", "亀 と 鶴"),
        ("안녕", "안녕, 하세요"),
        ("банк", "наш Банк."),
        ("🔥", "hot🔥hot"),
        ('"™"', "Acme™"),
        ("aORb", "AORB"),
        ("NOTa", "nota"),
        ("*", ""),
    ],
)
def test_a_word_matches(expression: str, text: str):
    """A word matches in any case, with a genitive, beside a hyphen, and with signs."""
    assert matches(expression, text)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("dnb", "DNBank"),
        ("dnb", "adnb"),
        ("if", "ifs"),
        ("år", "ar"),
        ("ar", "år"),
        ("øl", "ol"),
        ("c++", "c"),
        ("c++", "c+"),
        ("at&t", "at t"),
        ("at&t", "bat&t"),
        ("r&d", "r&ds"),
        ("www-fjord-no", "www fjord no"),
        ("o'reilly", "o reilly"),
        ("coca-cola", "coca cola"),
        (".net", "net"),
        ("1990", "1990s"),
        ("亀", "亀鶴"),
        ("🔥", "fire"),
    ],
)
def test_other_words_do_not_match(expression: str, text: str):
    """Part of a longer word is another word, and so is the word without its signs."""
    assert not matches(expression, text)


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ('"new bank"', "a New  Bank, here", True),
        ('"new bank"', "a bank new", False),
        ('"new bank"', "a new big bank", False),
        ('"new bank"', "new banks", False),
        ('"bank"', "banks", False),
        ('"C++ bank"', "a C++ bank", True),
        ('"C++ bank"', "a C bank", False),
        ('"fish & chips"', "fish & chips", True),
        ('"and or not"', "And, or not", True),
        ("“new bank”", "new bank", True),
        ("«new bank»", "new bank", True),
        ('"a a b"', "a a a b", True),
        ("=Start", "Start i kveld", True),
        ("=Start", "Starts mål", True),
        ("=Start", "START", False),
        ("=Start", "start", False),
        ('="New Bank"', "a New Bank", True),
        ('="New Bank"', "a new Bank, a New bank", False),
        ('="New new"', "new New new", True),
        ("=AT&T", "at&t", False),
        ("=Åse", "ÅSE Åse", True),
        ("=Near", "Near", True),
        ("=Bank*", "Banking", True),
        ("=Bank*", "banking", False),
        ("=*Bank", "StoreBank", True),
        ("=*Bank", "storebank", False),
        ("bank*", "banken", True),
        ("bank*", "bank", True),
        ("bank*", "storbank", False),
        ("*bank", "storbank", True),
        ("*bank", "bank", True),
        ("*bank", "banken", False),
        ("*bank*", "storbanken", True),
        ("*bank*", "ban k", False),
        ("*-bank", "en stor-bank", True),
        ("*-bank", "en storbank", False),
        ("*store-bank", "superstore-bank", True),
        ("*store-bank", "superstore bank", False),
        ("at&t*", "AT&Ten", True),
        ("coca-col*", "coca-colaen", True),
    ],
)
def test_phrases_capitals_and_stars(expression: str, text: str, expected: bool):
    """A phrase matches word by word, = requires the capitals, and * leaves one end of a word open."""
    assert matches(expression, text) is expected


def test_a_phrase_does_not_run_from_title_to_text():
    """A word can be in either field, a phrase must be in one."""
    assert matches("new bank", "bank", title="new")
    assert not matches('"new bank"', "bank", title="new")


def test_apostrophes_belong_to_words():
    """A sentence with apostrophes is a list of words."""
    assert matches("I don't like W's face", "I like W's face, don't I")
    assert not matches("I don't like W's face", "I like W's face")


def test_a_word_in_a_huge_text_of_near_misses():
    """A text full of partial phrases is scanned once."""
    assert not matches('"' + "a " * 49 + 'b"', "a " * 200_000)
    assert not matches("*" + "a" * 500 + "b*", "a" * 200_000)


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("abc*", "abcd", True),
        ("*ab", "cab", True),
        ("*abc*", "xabcx", True),
        ("dnb", "dnbs", True),
        ("hus", "huss", False),
        ("år", "års", False),
        ("h&m", "h&ms", False),
        ('"' + "a " * 50 + '"', "a " * 50, True),
        ('"' + "a " * 50 + '"', "a " * 49, False),
        ('"a.b"', "a.b", True),
        ('"hva? nei"', "hva? nei", True),
        ("NOT acme", "bolt", True),
        ("title:*", "tekst", False),
        ("lead:*", "tekst", False),
    ],
)
def test_the_shortest_and_the_longest_word(expression: str, text: str, expected: bool):
    """Three letters before a star, two after one, three before a genitive, fifty words in a phrase."""
    assert matches(expression, text) is expected


@pytest.mark.parametrize("words", ["abc*", "*ab", "dnb", '"ny bank', "🔥", "!!!", "", "*", "a?b"])
def test_any_typed_words_are_a_search(words: str):
    """What an expression refuses is looked for as it was typed."""
    leaf = typed_leaf(words.strip('"'), quoted=words.startswith('"'))
    assert leaf.text == words.strip('"')


def test_typed_words_are_found_as_in_an_expression():
    """A star is open, a word takes a genitive, quotes take neither; signs are found as they are."""
    view = EntryView.of(Entry(text="Storbankens DNBs rente !!! øker"))
    for words, quoted, is_match in (
        ("storbank*", False, True), ("storbank*", True, False), ("dnb", False, True), ("dnb", True, False),
        ("!!!", False, True), ("???", False, False), ("*bankens", False, True),
    ):  # fmt: skip
        assert typed_leaf(words, quoted=quoted).matches(view) is is_match, words
