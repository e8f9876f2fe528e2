from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.privacy.subject_search import DISTINCTIVE, byte_pattern, holds_name, name_patterns, squeeze

WAYS = (
    "Kåre Nordmann-Åsen",
    "KÅRE NORDMANN ÅSEN",
    "Kaare Nordmann Aasens hus",
    "Ka\u030are Nord\u00admann A\u030asen",
    "K&aring;re Nordmann &Aring;sen",
    "@kårenordmannåsen",
    r"{\"by\": \"K\u00e5re Nordmann \u00c5sen\"}",
    "https://avis.example/k%C3%A5re-nordmann-%C3%A5sen/1",
    "https://avis.example/kare_nordmann_asen",
)


@pytest.mark.parametrize("text", WAYS)
def test_a_name_is_found_however_it_is_written(text: str):
    """Capitals, genitives, hyphens, digraphs, codes of links, JSON and pages: it is the same name."""
    assert holds_name(text, name_patterns("Kåre Nordmann-Åsen"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Kåre Nordmann-Åsen", "Kåre Nordmann og Åsen skole"),
        ("Kåre Nordmann-Åsen", "Kare Nordmann Asen"),
        ("Per Ås", "super Åsgård"),
        ("Kari Nordmann", "Kari Normann"),
    ],
)
def test_another_name_is_another(name: str, text: str):
    """Other words between, a letter without its sign outside of a link, a short name inside another word: not it."""
    assert not holds_name(text, name_patterns(name))


def test_an_account_is_found_as_its_address():
    """`@kari@tut.example` is `https://tut.example/@kari`."""
    assert holds_name("https://tut.example/@kari.nordmann/117", name_patterns("@kari.nordmann@tut.example"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", WAYS)
def test_a_name_is_found_in_bytes(text: str, encoding: str):
    """What is found in rows is found in files, in the encodings of files."""
    assert byte_pattern(["Kåre Nordmann-Åsen"], []).search(b"\x00\xff" + text.encode(encoding))


def test_a_short_name_in_bytes_begins_a_word():
    """`Per Ås` is not in “super Åsgård”."""
    found = byte_pattern(["Per Ås"], [])
    assert not found.search("super Åsgård".encode())
    assert found.search("(per ås)".encode())


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("http://www.avis.example/sak/blåbær-1", True),
        ("avis.example/sak/bl%C3%A5b%c3%a6r-1/", True),
        (r"https:\/\/avis.example\/sak\/blåbær-1\"", True),
        ("?u=https%3A%2F%2Favis.example%2Fsak%2Fbl%C3%A5b%C3%A6r-1", True),
        ("https://avis.example/sak/blåbær-12", False),
        ("https://avis.example/sak/blåbær-1/bilder", False),
    ],
)
def test_a_link_in_bytes(text: str, is_it: bool):
    """Any scheme, any coding; a longer link is another page."""
    assert bool(byte_pattern([], ["https://avis.example/sak/blåbær-1"]).search(text.encode())) is is_it


WORD = st.text("abcdeåæøöéÅØ1", min_size=2, max_size=8)
WRITTEN = st.sampled_from([str.upper, str.lower, quote, lambda text: json.dumps(text)[1:-1], "«{}»s".format])


@given(st.lists(WORD, min_size=1, max_size=3), st.sampled_from([" ", "-", "_", ", "]), WRITTEN, st.text(max_size=20))
def test_what_is_written_is_found(words, sign, written, around):
    """Whatever the words, the signs between and the way of writing, the name is found again, and its windows too."""
    name = " ".join(words)
    text = f"{around.replace('&', '').replace('%', '')} {written(sign.join(words))}"
    assert holds_name(text, name_patterns(name))
    letters = squeeze(name).letters
    assert letters in set(squeeze(text).windows(len(letters)))


@given(st.text(max_size=60), st.integers(1, 12))
def test_windows_are_what_holds(text, length):
    """A window is in the text, and a text holds no name of that length that is not among its windows."""
    read = squeeze(text)
    windows = set(read.windows(length))
    assert all(read.holds(window) for window in windows)
    if length >= DISTINCTIVE:
        assert len(windows) <= max(0, len(read.letters) - length + 1)


@given(st.text(st.characters(codec="cp1252"), max_size=40), st.booleans())
def test_the_quick_way_reads_the_same(text, is_bare):
    """Most texts take it; a sign that Windows-1252 does not have sends the same text the other way."""
    slowly = squeeze(f"{text} 😀", is_bare=is_bare)
    assert (squeeze(text, is_bare=is_bare).letters, squeeze(text).starts) == (
        slowly.letters,
        squeeze(f"{text} 😀").starts,
    )
