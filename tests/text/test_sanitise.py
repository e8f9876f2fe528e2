from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.sanitise import (
    MAX_NOTE_CHARS,
    clean,
    clean_title,
    fixed_width_line,
    is_shown_as_is,
    language_tag,
    normalise_note,
    normalise_tag,
    one_line,
    plain_cell,
    shown_path,
    split_tags,
    spreadsheet_cell,
)

HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)
texts = st.text(st.characters(exclude_categories=()), max_size=60)


@given(texts)
def test_no_control_character_is_left(text: str):
    """Any input: no control character but a newline, and no bidirectional mark is left."""
    assert not HARMFUL.search(clean(text))


@given(texts)
def test_cleaning_is_idempotent(text: str):
    """A sink can clean text that an earlier step has cleaned."""
    for function in (clean, clean_title, one_line, spreadsheet_cell):
        assert function(function(text)) == function(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"], exclude_characters="\xa0\u3000"), max_size=60))
def test_plain_text_is_unchanged(text: str):
    """Letters, digits and signs change only to their normal form."""
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
    """Escape sequences lose their control characters, line ends become spaces, joined emoji stay joined."""
    assert one_line(written) == unicodedata.normalize("NFC", read)


def test_a_title_keeps_a_newline_between_words():
    """Layout becomes a space; a newline between two words is the author's."""
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
def test_a_formula_is_escaped(formula: str):
    """A cell that a spreadsheet would run gets an apostrophe."""
    assert spreadsheet_cell(formula).startswith("'")


@pytest.mark.parametrize(
    ("written", "safe", "nordic"),
    [
        ("a;=1", "a;'=1", "a;'=1"),
        ("a; =1", "a;' =1", "a;' =1"),
        ('a;"=1', "a;'\"=1", "a;'\"=1"),
        ("a, @b", "a, @b", "a,' @b"),
        ("a\n-b", "a\n'-b", "a\n'-b"),
        ("﹦1", "'﹦1", "'﹦1"),
        ("a; b", "a; b", "a; b"),
        ("a;b=c", "a;b=c", "a;b=c"),
    ],
)
def test_a_formula_behind_a_separator_is_escaped(written: str, safe: str, nordic: str):
    """The apostrophe stands where a spreadsheet would begin a cell."""
    assert (spreadsheet_cell(written), spreadsheet_cell(written, ";,")) == (safe, nordic)


@given(st.text("a;,\n =+-@1", max_size=20), st.sampled_from([";", ";,"]))
def test_a_guarded_cell_is_read_back(text: str, separators: str):
    """Without apostrophes of its own, a text survives a sheet."""
    assert plain_cell(spreadsheet_cell(text, separators)) == text


def test_ten_thousand_line_ends_are_guarded_at_once():
    """The time to guard a text does not grow with the square of its lines."""
    value = "\n" * 200_000
    assert spreadsheet_cell(value) == value


@pytest.mark.parametrize("number", ["-3", "+47", "3,5", "-0.25", "1881", "0012345", "Åsgård = best", "a-b"])
def test_a_number_is_not_escaped(number: str):
    """Numbers and text with a sign inside are unchanged."""
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
def test_characters_of_unsteady_width_are_removed(value: str, steady_value: str):
    """Characters that terminals draw in different widths are removed; joiners of letters are kept."""
    assert fixed_width_line(value) == steady_value


@pytest.mark.parametrize(
    ("declared", "tag"),
    [(" nb_NO ", "nb-no"), ("EN", "en"), ("zh-hant-tw", "zh-hant-tw"), ("n", ""), ("norsk", ""), ("nb-", ""), ("", "")],
)
def test_a_declared_language_is_a_tag(declared: str, tag: str):
    """In small letters with hyphens; what is no tag is unknown."""
    assert language_tag(declared) == tag


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("Blåbær  Pris", "blåbær pris"),
        ("å" * 40, "å" * 40),
        ("å" * 41, ""),
        ("=1", ""),
        ("-x", ""),
        ("a;b", ""),
        ("", ""),
    ],
)
def test_a_tag_is_short_and_begins_with_a_letter(written: str, tag: str):
    """Forty characters in small letters; nothing that a spreadsheet or a command line would take for its own."""
    assert normalise_tag(written) == tag


def test_a_note_is_cut_at_its_maximum_length():
    """A note of a thousand characters is whole; of a longer one the beginning stays."""
    assert MAX_NOTE_CHARS == 1000
    whole = "å" * 1000
    assert normalise_note(whole) == whole == normalise_note(f"{whole}!")
    assert normalise_note(f" ring\n{'å' * 3}  nå ") == "ring ååå nå"


def test_tags_are_split_at_the_separators_of_sheets():
    """Semicolons, commas and line ends; between two of them there is no tag."""
    assert split_tags("pris; blåbær,,krise\nåpning;") == ["pris", "blåbær", "krise", "åpning"]
    assert split_tags(" ; ") == []


def test_a_long_run_of_marks_is_in_canonical_order():
    """As in short runs: one mark below and one above are equal in either order."""
    above, below = "\u0301", "\u0316"
    assert clean(f"a{below * 6}{above * 6}") == clean(f"a{above * 6}{below * 6}") == f"\u00e1{below * 6}{above * 5}"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("Blåbær – notat.txt", "Blåbær – notat.txt"),
        ("a b\tc\nd", r"a b\tc\nd"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\u202eb", r"a\u202eb"),
        (os.fsdecode(b"a\xffb"), r"a\xffb"),
        (Path("/tmp/Åsgård"), "/tmp/Åsgård"),  # noqa: S108 (a name only)
    ],
)
def test_the_name_of_a_file_is_shown_with_escapes(path: Path | str, shown: str):
    """Controls, marks of direction and bytes that are no UTF-8 are seen instead of acting."""
    assert shown_path(path) == shown
    assert is_shown_as_is(str(path)) is (str(path) == shown)


@pytest.mark.parametrize(
    ("written", "separators", "safe"),
    [
        ("", ";", ""),
        ("Acme", ";", "Acme"),
        ("a;b", ";", "a;b"),
        ("a;=b", ";", "a;'=b"),
        ("a,=b", ";", "a,=b"),
        ("a,=b", ";,", "a,'=b"),
        ("å\n=b", ";", "å\n'=b"),
        (" =b", ";", "' =b"),
        ("'=b", ";", "'=b"),
        ("-12,5", ";", "-12,5"),
        ("-12,5x", ";", "'-12,5x"),
    ],
)
def test_where_a_spreadsheet_would_read_a_formula(written: str, separators: str, safe: str):
    """At the start of a cell, behind the separators of its lines, and at the start of a line."""
    assert spreadsheet_cell(written, separators) == safe
    assert plain_cell(safe) == written or written.startswith("'")
