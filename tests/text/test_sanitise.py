from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.sanitise import clean, clean_title, fixed_width_line, one_line, spreadsheet_cell

HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)
texts = st.text(st.characters(exclude_categories=()), max_size=60)


@given(texts)
def test_nothing_harmful_is_left(text: str):
    """Whatever comes in, no control but a newline and no mark of direction comes out."""
    assert not HARMFUL.search(clean(text))


@given(texts)
def test_cleaning_twice_is_cleaning_once(text: str):
    """Every cleaning is idempotent, so a sink may clean what an earlier one has cleaned."""
    for function in (clean, clean_title, one_line, spreadsheet_cell):
        assert function(function(text)) == function(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"], exclude_characters="\xa0\u3000"), max_size=60))
def test_plain_text_stays(text: str):
    """Letters, digits and signs are not touched beyond their normal form."""
    assert clean(text).split() == unicodedata.normalize("NFC", text).split()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a\x1b]52;c;x\x07b", "a]52;c;xb"),
        ("a\x9b2Jb", "a2Jb"),
        ("a\u202eb\u2066c", "abc"),
        ("a\u2028b\x85c\r\nd", "a b c d"),
        ("Å\u030aå  \t x", "Å\u030aå x"),
        ("👩\u200d💻 ok", "👩\u200d💻 ok"),
        ("\ud800x\ufffe", "x"),
    ],
)
def test_one_line(written: str, read: str):
    """Escape sequences lose what makes them work, all line ends become spaces, joined emoji stay joined."""
    assert one_line(written) == unicodedata.normalize("NFC", read)


def test_a_title_keeps_a_newline_that_was_meant():
    """Layout of the document becomes a space; a newline between two words is the author's."""
    assert clean_title("\n    Fjordbanken\n      åpner ") == "Fjordbanken åpner"
    assert clean_title("linje en\nlinje to") == "linje en\nlinje to"


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        " =1",
        "\u200b=1",
        "＝1+1",
        "|cmd",
        "\n=1",
        "'\u200b=1",
        "\ufeff@x",
        "=æ",
    ],
)
def test_a_formula_becomes_text(formula: str):
    """What a spreadsheet would run gets an apostrophe before it."""
    assert spreadsheet_cell(formula).startswith("'")


@pytest.mark.parametrize("number", ["-3", "+47", "3,5", "-0.25", "1881", "0012345", "Åsgård = best", "a-b"])
def test_a_number_stays_a_number(number: str):
    """Numbers and text with a sign inside stay as they are."""
    assert spreadsheet_cell(number) == number


@pytest.mark.parametrize(
    ("value", "steady_value"),
    [
        ("👍🏽 takk ❤️", "👍 takk ❤"),
        ("👨\u200d👩\u200d👧 hjemme", "👨👩👧 hjemme"),
        ("🏳️\u200d🌈", "🏳🌈"),
        ("می\u200dخواهم", "می\u200dخواهم"),
        ("電力 Åsgård", "電力 Åsgård"),
    ],
)
def test_steady(value: str, steady_value: str):
    """What terminals draw in different widths is gone; what joins letters stays."""
    assert fixed_width_line(value) == steady_value
