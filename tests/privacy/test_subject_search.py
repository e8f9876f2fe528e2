from __future__ import annotations

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import UsageError
from brandwatch.models import SubjectRequest
from brandwatch.privacy.subject_search import (
    MIN_DISTINCTIVE_LETTERS,
    WINDOW_BYTES,
    SubjectFinder,
    count_places,
    holds_name,
    name_patterns,
    squeeze,
    subject_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable


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


def named(*names: str) -> SubjectFinder:
    """Return a finder of names."""
    return SubjectFinder(SubjectRequest(names=names))


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
    assert count_places(b"\x00\xff" + text.encode(encoding), named("Kåre Nordmann-Åsen")) == 1


def test_a_short_name_in_bytes_begins_a_word():
    """`Per Ås` is not in “super Åsgård”."""
    assert not count_places("super Åsgård".encode(), named("Per Ås"))
    assert count_places("(per ås)".encode(), named("Per Ås"))


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
    page = SubjectFinder(SubjectRequest(urls=("https://avis.example/sak/blåbær-1",)))
    assert bool(count_places(text.encode(), page)) is is_it


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
    if length >= MIN_DISTINCTIVE_LETTERS:
        assert len(windows) <= max(0, len(read.letters) - length + 1)


@given(st.text(st.characters(codec="cp1252"), max_size=40), st.booleans())
def test_bytes_and_characters_are_spelt_alike(text, is_link):
    """Most texts are spelt as bytes of Windows-1252; a Cyrillic letter has it spelt by characters."""
    slowly = squeeze(f"{text} я", is_link=is_link)
    quickly = squeeze(text, is_link=is_link)
    assert (f"{quickly.letters}я", quickly.word_starts) == (slowly.letters, slowly.word_starts[:-1])


def in_utf16(order: str, mark: bytes) -> Callable[[str], bytes]:
    """Return an encoder for UTF-16, with or without a byte order mark."""
    return lambda text: mark + text.encode(f"utf-16-{order}")


ENCODERS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16, little end first": in_utf16("le", BOM_UTF16_LE),
    "UTF-16, big end first": in_utf16("be", BOM_UTF16_BE),
    "UTF-16 without a mark, after Latin letters": lambda text: f"Blåbær {text}".encode("utf-16-le"),
    "UTF-16 at an odd place": lambda text: b"\x01" + f"Blåbær {text}".encode("utf-16-be"),
}
SIGNS = st.text(" -_.,/’\u00ad\u00a0&;%\n", max_size=3)


@given(st.lists(WORD, min_size=1, max_size=3), st.data(), st.sampled_from(list(ENCODERS)))
def test_what_is_in_a_text_is_in_its_bytes(words, data, encoding):
    """Whatever the signs, the way of writing and the words around: what the rows are searched with proves the file."""
    written = [data.draw(WRITTEN)(word) for word in words]
    text = data.draw(st.text(max_size=20)) + data.draw(SIGNS)
    for word in written:
        text += word + data.draw(SIGNS)
    text += data.draw(st.text(max_size=20))
    name = " ".join(words)
    if holds_name(text, name_patterns(name)):
        assert count_places(ENCODERS[encoding](text), named(name)) > 0


@pytest.mark.parametrize("encoding", ENCODERS)
def test_another_name_is_not_in_the_bytes(encoding: str):
    """A file that holds a like name, and a short name inside another word, proves as clean in every encoding."""
    for name, text in (("Kåre Nordmann-Åsen", "Kare Nordmann Asen"), ("Per Ås", "super Åsgård")):
        assert count_places(ENCODERS[encoding](text), named(name)) == 0


def test_a_name_in_windows_1252_is_found():
    """Spreadsheets write CSV so; a byte that is no UTF-8 is read as a letter of it."""
    assert count_places("id;Kåre Nordmann-Åsen".encode("cp1252"), named("Kåre Nordmann-Åsen")) == 1
    assert count_places("id;Kare Nordmann-Asen".encode("cp1252"), named("Kåre Nordmann-Åsen")) == 0


@pytest.mark.parametrize("before", [WINDOW_BYTES - 30, WINDOW_BYTES - 5, WINDOW_BYTES, 2 * WINDOW_BYTES - 12])
def test_a_place_at_the_end_of_a_window_counts_once(before: int):
    """Large files are read piece by piece, and no piece ends a name."""
    data = b"." * before + "Kåre Nordmann-Åsen".encode() + b"." * WINDOW_BYTES
    assert count_places(data, named("Kåre Nordmann-Åsen")) == 1


def test_a_letter_without_its_sign_counts_in_links_only():
    """“Kare Asen” beside a link is another person; in the link it may be Kåre Åsen."""
    asen = name_patterns("Kåre Åsengård")
    assert not holds_name("Kare Asengard, https://avis.example/sak", asen)
    assert holds_name("Les https://avis.example/kare-asengard", asen)


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("Les www.avis.example/sak/1.", True),
        ("https://avis.example/sak/1?utm_source=brev", True),
        (r"{\"url\": \"https:\/\/avis.example\/sak\/1\"}", True),
        ("https://minavis.example/sak/1", False),
        ("https://avis.example/sak/12", False),
    ],
)
def test_a_page_is_found_by_its_links(text: str, is_it: bool):
    """With any scheme or none, tracked, or in JSON; a longer link and a longer host are others."""
    page = SubjectFinder(SubjectRequest(urls=("https://avis.example/sak/1",)))
    assert page.holds("text", text) is is_it


def test_names_are_counted_by_place():
    """A link that is spelt alike both ways is one place."""
    finder = named("Kari Nordmann", "Ola Li")
    assert finder.count("Kari Nordmann og Ola Li: https://avis.example/kari-nordmann") == 3
    assert finder.count("Kola Lien") == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "nothing was named"),
        ({"names": ["Å"]}, "too short"),
        ({"urls": ["https://avis.example/"]}, "is no page"),
    ],
)
def test_a_request_names_somebody(arguments: dict[str, list[str]], problem: str):
    """A request for nothing, for everything or for a whole site is refused; one for a person is not."""
    with pytest.raises(UsageError, match=problem):
        subject_request(**arguments)
    assert subject_request(names=["Ola"], urls=["https://avis.example/1"]).names == ("Ola",)
