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
from brandwatch.privacy.squeezed_text import (
    MIN_DISTINCTIVE_LETTERS,
    NamePattern,
    name_patterns,
    squeeze,
    squeezed_readings,
)
from brandwatch.privacy.subject_search import WINDOW_BYTES, SubjectFinder, count_places, subject_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _holds_name(text: str, patterns: Iterable[NamePattern]) -> bool:
    return any(
        pattern.is_link is is_link and squeezed.holds(pattern.letters)
        for is_link, squeezed in squeezed_readings(text)
        for pattern in patterns
    )


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
    "https://xn--kre-nordmann-sen-dobm.example/om",
    "post@xn--krenordmannsen-libk.example",
    "HTTPS://XN--KRENORDMANNSEN-LIBK.EXAMPLE",
)


def finder(*names: str) -> SubjectFinder:
    """A finder for names."""
    return SubjectFinder(SubjectRequest(names=names))


@pytest.mark.parametrize("text", WAYS)
def test_spelling_variants_are_found(text: str):
    """Capitals, genitives, hyphens, digraphs, URL encoding, JSON and HTML: the same name."""
    assert _holds_name(text, name_patterns("Kåre Nordmann-Åsen"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Kåre Nordmann-Åsen", "Kåre Nordmann og Åsen skole"),
        ("Kåre Nordmann-Åsen", "Kare Nordmann Asen"),
        ("Per Ås", "super Åsgård"),
        ("Kari Nordmann", "Kari Normann"),
        ("Kåre Nordmann-Åsen", "https://xn--krenordmannsen.example/"),
        ("Kåre Nordmann-Åsen", "https://xn--blbr-roah.example/"),
    ],
)
def test_other_names_are_not_found(name: str, text: str):
    """Words between, a letter without its diacritic outside links, a short name inside a word: no match."""
    assert not _holds_name(text, name_patterns(name))


def test_an_account_is_found_by_its_url():
    """`@kari@tut.example` is `https://tut.example/@kari`."""
    assert _holds_name("https://tut.example/@kari.nordmann/117", name_patterns("@kari.nordmann@tut.example"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", WAYS)
def test_a_name_is_found_in_bytes(text: str, encoding: str):
    """A name that is found in rows is found in files, in every encoding."""
    assert count_places(b"\x00\xff" + text.encode(encoding), finder("Kåre Nordmann-Åsen")) == 1


def test_a_short_name_in_bytes_starts_at_a_word():
    """`Per Ås` is not in “super Åsgård”."""
    assert not count_places("super Åsgård".encode(), finder("Per Ås"))
    assert count_places("(per ås)".encode(), finder("Per Ås"))


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ("http://www.avis.example/sak/blåbær-1", True),
        ("avis.example/sak/bl%C3%A5b%c3%a6r-1/", True),
        (r"https:\/\/avis.example\/sak\/blåbær-1\"", True),
        ("?u=https%3A%2F%2Favis.example%2Fsak%2Fbl%C3%A5b%C3%A6r-1", True),
        ("https://avis.example/sak/blåbær-12", False),
        ("https://avis.example/sak/blåbær-1/bilder", False),
    ],
)
def test_a_link_in_bytes(text: str, is_match: bool):
    """Any scheme and encoding match; a longer link is another page."""
    page = SubjectFinder(SubjectRequest(urls=("https://avis.example/sak/blåbær-1",)))
    assert bool(count_places(text.encode(), page)) is is_match


WORD = st.text("abcdeåæøöéÅØ1", min_size=2, max_size=8)
WRITTEN = st.sampled_from([str.upper, str.lower, quote, lambda text: json.dumps(text)[1:-1], "«{}»s".format])


@given(st.lists(WORD, min_size=1, max_size=3), st.sampled_from([" ", "-", "_", ", "]), WRITTEN, st.text(max_size=20))
def test_any_written_name_is_found(words, sign, written, around):
    """Any words, separators and spelling: the name is found, and so are its windows."""
    name = " ".join(words)
    text = f"{around.replace('&', '').replace('%', '')} {written(sign.join(words))}"
    assert _holds_name(text, name_patterns(name))
    letters = squeeze(name).letters
    assert letters in set(squeeze(text).windows(len(letters)))


@given(st.text(max_size=60), st.integers(1, 12))
def test_windows_are_parts_of_the_text(text, length):
    """Each window is in the text, and there is at most one for each position."""
    read = squeeze(text)
    windows = set(read.windows(length))
    assert all(read.holds(window) for window in windows)
    if length >= MIN_DISTINCTIVE_LETTERS:
        assert len(windows) <= max(0, len(read.letters) - length + 1)


@given(st.text(st.characters(codec="cp1252"), max_size=40), st.booleans())
def test_byte_and_character_spellings_agree(text, is_link):
    """Most texts are normalised as Windows-1252 bytes; a Cyrillic letter requires the character table."""
    slowly = squeeze(f"{text} я", is_link=is_link)
    quickly = squeeze(text, is_link=is_link)
    assert (f"{quickly.letters}я", quickly.word_starts) == (slowly.letters, slowly.word_starts[:-1])


def in_utf16(order: str, mark: bytes) -> Callable[[str], bytes]:
    """An encoder for UTF-16, with or without a byte order mark."""
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
def test_a_name_in_a_text_is_in_its_bytes(words, data, encoding):
    """Any separators, spelling and context: the search in rows and the search in files agree."""
    written = [data.draw(WRITTEN)(word) for word in words]
    text = data.draw(st.text(max_size=20)) + data.draw(SIGNS)
    for word in written:
        text += word + data.draw(SIGNS)
    text += data.draw(st.text(max_size=20))
    name = " ".join(words)
    if _holds_name(text, name_patterns(name)):
        assert count_places(ENCODERS[encoding](text), finder(name)) > 0


@pytest.mark.parametrize("encoding", ENCODERS)
def test_another_name_is_not_in_the_bytes(encoding: str):
    """A similar name, and a short name inside a word, give no match in any encoding."""
    for name, text in (("Kåre Nordmann-Åsen", "Kare Nordmann Asen"), ("Per Ås", "super Åsgård")):
        assert count_places(ENCODERS[encoding](text), finder(name)) == 0


def test_a_name_in_windows_1252_is_found():
    """Spreadsheets write CSV in it; a byte that is no UTF-8 is read as a Windows-1252 letter."""
    assert count_places("id;Kåre Nordmann-Åsen".encode("cp1252"), finder("Kåre Nordmann-Åsen")) == 1
    assert count_places("id;Kare Nordmann-Asen".encode("cp1252"), finder("Kåre Nordmann-Åsen")) == 0


@pytest.mark.parametrize("before", [WINDOW_BYTES - 30, WINDOW_BYTES - 5, WINDOW_BYTES, 2 * WINDOW_BYTES - 12])
def test_a_match_at_the_end_of_a_window_counts_once(before: int):
    """Large files are read in pieces that overlap."""
    data = b"." * before + "Kåre Nordmann-Åsen".encode() + b"." * WINDOW_BYTES
    assert count_places(data, finder("Kåre Nordmann-Åsen")) == 1


def test_letters_without_diacritics_match_in_links_only():
    """“Kare Asen” in text is another person; in a link it may be Kåre Åsen."""
    asen = name_patterns("Kåre Åsengård")
    assert not _holds_name("Kare Asengard, https://avis.example/sak", asen)
    assert _holds_name("Les https://avis.example/kare-asengard", asen)


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ("Les www.avis.example/sak/1.", True),
        ("https://avis.example/sak/1?utm_source=brev", True),
        (r"{\"url\": \"https:\/\/avis.example\/sak\/1\"}", True),
        ("https://minavis.example/sak/1", False),
        ("https://avis.example/sak/12", False),
    ],
)
def test_a_page_is_found_by_its_links(text: str, is_match: bool):
    """Any scheme or none, with trackers, or in JSON; a longer link or host is another."""
    page = SubjectFinder(SubjectRequest(urls=("https://avis.example/sak/1",)))
    assert page.holds("text", text) is is_match


def test_matches_are_counted_by_position():
    """A link that matches in both spellings is one position."""
    names = finder("Kari Nordmann", "Ola Li")
    assert names.count("Kari Nordmann og Ola Li: https://avis.example/kari-nordmann") == 3
    assert names.count("Kola Lien") == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "nothing was named"),
        ({"names": ["Å"]}, "too short"),
        ({"urls": ["https://avis.example/"]}, "is no page"),
    ],
)
def test_a_request_needs_one_person(arguments: dict[str, list[str]], problem: str):
    """A request for nothing, everything or a whole site is refused; one for a person is accepted."""
    with pytest.raises(UsageError, match=problem):
        subject_request(**arguments)
    assert subject_request(names=["Ola"], urls=["https://avis.example/1"]).names == ("Ola",)


def test_eight_letters_are_a_name_inside_a_word():
    """`Ola Bergs` is in “kolabergsvik”; with seven letters a name must begin a word."""
    eight, seven = finder("Ola Bergs"), finder("Ola Berg")
    assert (eight.count("i kolabergsvik"), seven.count("i kolabergsvik"), seven.count("i Olabergsvik")) == (1, 0, 1)
    assert "olabergs" in set(squeeze("i kolabergsvik").windows(8))
    assert "olaberg" not in set(squeeze("i kolabergsvik").windows(7))
    account = SubjectFinder(SubjectRequest(authors=("@olabergs", "@olaberg")))
    assert (account.holds("text", "sier kolabergs"), account.holds("text", "sier olaberg")) == (True, False)
    assert account.holds("author", "Olaberg")


def test_a_name_needs_three_letters():
    """“Bo” is in every text; “Boe” may be named, and so may a page below a site."""
    with pytest.raises(UsageError, match="too short"):
        subject_request(authors=["@bo"])
    with pytest.raises(UsageError, match="too short"):
        subject_request(texts=["Bo!"])
    assert subject_request(names=["Boe"], authors=["@boe"], texts=["Boe!"]).authors == ("@boe",)


def test_a_row_is_searched_for_the_account_too():
    """A short account is an author and no word: the quick test of a row finds it, and another row is passed over."""
    account = SubjectFinder(SubjectRequest(authors=("@kari",)))
    assert account.may_hold(17, None, "Acme", "@Kari")
    assert not account.may_hold(17, None, "Acme", "@ola")
    assert not account.holds("author", "")
    assert not account.holds("author", None)
    assert not account.holds("text", "@kari")
    assert account.holds("author", b"Kari")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("https://avis.example/sak/1 og https://avis.example/sak/1", 2),
        ("avis.example/sak/1, www.avis.example/sak/1/", 2),
        ("https://avis.example/sak/1?utm_source=brev", 1),
        ("https://avis.example:8443/sak/1", 0),
        ("https://avis.example/sak", 0),
    ],
)
def test_every_place_of_a_page_counts(text: str, places: int):
    """In the text of a row as in a file; another port or page is another one."""
    page = SubjectFinder(SubjectRequest(urls=("https://avis.example/sak/1",)))
    assert page.count(text) == page.count(text, is_raw=True) == places


def test_a_page_of_another_port_is_its_own():
    """A port in the request is part of the page."""
    page = SubjectFinder(SubjectRequest(urls=("http://avis.example:8080/sak/å",)))
    assert page.holds("text", "se http://avis.example:8080/sak/å")
    assert not page.holds("text", "se http://avis.example/sak/å")


def test_a_mark_of_utf_16_decides_for_the_whole_file():
    """Letters outside Latin show no zeros: only the mark says how they are encoded."""
    for order, mark in (("le", BOM_UTF16_LE), ("be", BOM_UTF16_BE)):
        text = ("я" * WINDOW_BYTES + " Кари Нурманн").encode(f"utf-16-{order}")
        assert count_places(mark + text, finder("Кари Нурманн")) == 1
        assert count_places(text, finder("Кари Нурманн")) == 0
