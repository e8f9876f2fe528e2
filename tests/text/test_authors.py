from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.authors import clean_author, join_authors, split_author


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("kari@acme.media (Kari Eksempel)", "Kari Eksempel"),
        ("kari@acme.media(Kari Eksempel)", "Kari Eksempel"),
        ("kari.åsen+tips@blåbær.example (Kari Åsen)", "Kari Åsen"),
        ("kari@localhost (Kari Åsen)", "Kari Åsen"),
        ("kari@avis.example (Kari Åsen (Fjordavisa))", "Kari Åsen (Fjordavisa)"),
        ("Kari Eksempel <kari@acme.studio>", "Kari Eksempel"),
        ("Kari Eksempel &lt;kari@acme.studio&gt;", "Kari Eksempel"),
        ('"Kari Eksempel" <kari@acme.studio>', "Kari Eksempel"),
        ("Kari Eksempel (mailto:kari@acme.example)", "Kari Eksempel"),
        ("Kari Eksempel <mailto:kari@acme.example?subject=Tips>", "Kari Eksempel"),
        ("Kari Eksempel [kari@acme.example]", "Kari Eksempel"),
        ("Kari Eksempel, kari@acme.example", "Kari Eksempel"),
        ("kari@acme.example - Kari Eksempel", "Kari Eksempel"),
        ("Kari Eksempel <https://acme.example/kari>", "Kari Eksempel"),
        ("Kari Eksempel ()", "Kari Eksempel"),
        ("k@acme.no (Kari Åsen), o@acme.photography (Ola Øy)", "Kari Åsen, Ola Øy"),
        ("Kari Åsen <k@acme.no>; Ola Øy <o@acme.no>", "Kari Åsen; Ola Øy"),
        ("Pat O'Brien <pat.o'brien@acme.example>", "Pat O'Brien"),
        ("kari@[192.0.2.1] (Kari Åsen)", "Kari Åsen"),
        ("Kari Åsen kari(at)acme.example", "Kari Åsen"),
        ("Kari Åsen [kari [at] acme.example]", "Kari Åsen"),
        ("AT&amp;T Newsroom", "AT&T Newsroom"),
        ("Kari Åsen (Fjordavisa)", "Kari Åsen (Fjordavisa)"),
        ("Kari @ Acme", "Kari @ Acme"),
        ("@kari@forum.example", "@kari@forum.example"),
        ("/u/kari", "/u/kari"),
        ("(Kari Åsen)", "Kari Åsen"),
        ("(Kari) og (Ola)", "(Kari) og (Ola)"),
        ("Kari (Åsen)", "Kari (Åsen)"),
        ("(Kari) Åsen", "(Kari) Åsen"),
        ("@ , Kari ; ; Ola ,", "@, Kari; Ola"),
    ],
)
def test_names_without_mail_addresses(written: str, names: str):
    """Addresses with any top-level domain go, with the brackets around them; names and handles stay."""
    assert clean_author(written) == names


@pytest.mark.parametrize(
    "written",
    [
        "kari@acme.museum",
        "mailto:kari@acme.example",
        "<kari@acme.example>",
        "a@acme.no, b@acme.no",
        "mailto:",
        "()",
        " ",
    ],
)
def test_a_mail_address_is_no_author(written: str):
    """Only addresses: the author is unknown."""
    assert clean_author(written) == ""


def test_the_address_of_an_account_is_its_name():
    """On a page of that account the address is a handle; elsewhere it is a mailbox."""
    assert clean_author("kari@forum.example", "https://forum.example/@kari/1") == "kari@forum.example"
    assert clean_author("kari@forum.example", "https://forum.example/users/Kari") == "kari@forum.example"
    assert clean_author("kari@forum.example", "https://avis.example/sak/1") == ""
    assert clean_author("kari", "https://forum.example/@kari") == "kari"


def test_several_authors():
    """Each name is listed once, in the order of the feed; a byline is split at commas and at “and”."""
    assert join_authors(["Kari Åsen", "", "Ola Øy", "kari åsen"]) == "Kari Åsen, Ola Øy"
    assert (join_authors(["Kari Åsen"]), join_authors([]), join_authors(["", ""])) == ("Kari Åsen", "", "")
    byline = "Kari Åsen og Ola Øy, Per Ås & Siv Å"
    assert [byline[start:end] for start, end in split_author(byline)] == ["Kari Åsen", "Ola Øy", "Per Ås", "Siv Å"]


@given(st.text(alphabet="ab@.<>()[]:; &,-", max_size=60))
def test_no_address_is_left(written: str):
    """Whatever the signs around it, nothing like `a@b.a` remains."""
    assert "a@b.a" not in clean_author(written)
