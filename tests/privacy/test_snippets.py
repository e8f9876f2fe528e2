from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.privacy.minimise import accounts_in_byline, cut_snippet

TEXT = "Blåbær og fjell. " * 40 + "Her bygger Acme et kraftverk på Ås. " + "Havet er blått. " * 40


def test_a_short_text_stays_whole():
    """What fits is not touched."""
    assert cut_snippet("Acme på Ås", [(0, 4)], 10) == ("Acme på Ås", 0, 10, 0)


def test_what_was_found_is_in_the_snippet():
    """The passage around it is kept, between words, and says that there was more."""
    at = TEXT.index("Acme")
    part = cut_snippet(TEXT, [(at, at + 4)], 100)
    start, end = part.span(at, at + 4)
    assert part.text[start:end] == "Acme"
    assert (part.text[:2], part.text[-2:], len(part.text) <= 100) == ("… ", " …", True)
    assert "Her bygger Acme et kraftverk på Ås." in part.text
    assert {*part.text.replace(".", "").split()} <= {*TEXT.replace(".", "").split(), "…"}


def test_without_anything_found_it_is_the_beginning():
    """So that a reader sees what it is about."""
    assert cut_snippet(TEXT, [], 30).text == "Blåbær og fjell. Blåbær og …"


def test_the_first_wins_where_not_all_fit():
    """What does not fit with the first stands nowhere."""
    at = TEXT.index("Acme")
    part = cut_snippet(TEXT, [(at, at + 4), (0, 6), (at + 7, at + 17)], 80)
    assert part.span(0, 6) == (0, 0)
    start, end = part.span(at + 7, at + 17)
    assert part.text[start:end] == TEXT[at + 7 : at + 17]


@pytest.mark.parametrize("size", [0, 3, 4])
def test_nothing_fits_in_nothing(size: int):
    """A snippet of no size is no text."""
    assert cut_snippet(TEXT, [(0, 6)], size).text == ""


TEXTS = st.text("ab åß…\n\u030a😀\u200d", max_size=120)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 120), st.integers(0, 12)), max_size=4), st.integers(0, 130))
def test_spans_point_to_the_same_words(text, places, size):
    """Whatever is cut, a span that is kept holds the same characters, the first that fits is kept, and no more is."""
    spans = [(start, min(start + length, len(text))) for start, length in places if start <= len(text)]
    part = cut_snippet(text, spans, size)
    assert len(part.text) <= size
    for start, end in spans:
        moved = part.span(start, end)
        assert part.text[slice(*moved)] == text[start:end] or moved == (0, 0)
    fitting = [(start, end) for start, end in spans if start < end <= start + size - 4]
    if fitting:
        assert part.text[slice(*part.span(*fitting[0]))] == text[slice(*fitting[0])]


@pytest.mark.parametrize(
    ("author", "kept"),
    [
        ("Kari Nordmann", ""),
        ("kari nordmann", ""),
        ("Nordmann, Kari", ""),
        ("Av Kari Øygard-Nordmann / Avisa", ""),
        ("Kari Nordmann, Ola Hansen", ""),
        ("kari.nordmann@avis.example", ""),
        ("https://avis.example/kari-nordmann", ""),
        ("@kari", "@kari"),
        ("@kari@tut.example", "@kari@tut.example"),
        ("Kari Nordmann (@kari_n)", "@kari_n"),
        ("u/kari", "u/kari"),
        ("/u/kari-n", "/u/kari-n"),
        ("kari_91", "kari_91"),
        ("NTB", "NTB"),
        ("kari, ola", "kari, ola"),
        ("", ""),
    ],
)
def test_a_name_is_no_account(author: str, kept: str):
    """One word is what somebody is called there; more are who somebody is."""
    assert accounts_in_byline(author, "https://avis.example/1") == kept


def test_an_account_may_look_like_a_mail_address():
    """It is one where the entry is on its page."""
    assert accounts_in_byline("kari@tut.example", "https://tut.example/@Kari/117") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/users/kari/statuses/1") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/ola/117") == ""
