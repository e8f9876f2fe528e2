from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.urls import ascii_host, canonical, contains, host, readable_host, readable_link, web_link

BLUEBERRY = "xn--blbr-roah.example"


@pytest.mark.parametrize(
    "written",
    [
        "blåbær.example",
        "BLÅBÆR.example",
        "bla\u030abær.example",
        "ｂｌåbær.example",
        "blåbær。example",
        "blåbær.example.",
        "bl%C3%A5b%C3%A6r.example",
        "BL%c3%85B%c3%86R.example",
        "xn--blbr-roah.example",
        "XN--BLBR-ROAH.Example.",
        "bl\u00adåbær.example",
    ],
)
def test_a_host_has_one_spelling_in_the_network(written: str):
    """Capitals, decomposed and full-width letters, encodings and a final dot do not count."""
    assert ascii_host(written) == BLUEBERRY
    assert readable_host(written) == "blåbær.example"
    assert host(f"https://www.{written}/sak") == host(written) == BLUEBERRY
    assert canonical(f"http://{written}/sak") == f"https://{BLUEBERRY}/sak"


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("i❤️.example", "xn--i-7iq.example"),
        ("acme_as.blåbær.example", f"acme_as.{BLUEBERRY}"),
        ("127.0.0.1", "127.0.0.1"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("a%2fb.example", "a%2Fb.example"),
        ("%41cme.example", "acme.example"),
        ("fe80::1%25Eth0", "fe80::1%eth0"),
        ("fe80::å", "fe80%3A%3A%C3%A5"),
        (f"{'Å' * 60}.example", f"{'%C3%A5' * 60}.example"),
        ("xn--zz.invalid", "xn--zz.invalid"),
        ("", ""),
    ],
)
def test_hosts_in_ascii(written: str, spelled: str):
    """UTS 46 without its older replacements, and pictures and underscores as registries and servers have them."""
    assert ascii_host(written) == spelled


@pytest.mark.parametrize(("chars", "is_name"), [(253, True), (254, False)])
def test_the_longest_host(chars: int, *, is_name: bool):
    """253 characters (RFC 1035); a longer one is no name of the network."""
    name = "å.".join([""] * 2) + "b.".join([""] * 126)
    name += "c" * (chars - len(name))
    assert ascii_host(name).startswith("xn--5ca.") is is_name
    assert ascii_host(name).startswith("%C3%A5.") is not is_name


@pytest.mark.parametrize(
    ("spelled", "shown"),
    [
        (ascii_host("åsgård.fjordkraft.example"), "åsgård.fjordkraft.example"),
        (ascii_host("московский.example"), "московский.example"),
        (ascii_host("東京ニュース.example"), "東京ニュース.example"),
        (ascii_host("i❤.example"), "i❤.example"),
        # A Cyrillic letter among Latin letters, and a word of Cyrillic letters that all look Latin.
        (ascii_host("аcme.example"), "xn--cme-5cd.example"),
        (ascii_host("асе.example"), ascii_host("асе.example")),
        ("xn--zz.invalid", "xn--zz.invalid"),
        ("xn--acme-.example", "xn--acme-.example"),
        ("avis.example", "avis.example"),
    ],
)
def test_a_host_is_shown_as_people_write_it(spelled: str, shown: str):
    """A label that mixes scripts or imitates Latin letters stays in the spelling of the network."""
    assert readable_host(spelled) == shown


def test_a_link_is_shown_as_people_write_it():
    """Host and path are decoded; what would end the path stays encoded."""
    link = web_link("https://blåbær.example/bær/blå?q=å#ø")
    assert link == f"https://{BLUEBERRY}/b%C3%A6r/bl%C3%A5?q=%C3%A5#%C3%B8"
    assert readable_link(link) == "https://blåbær.example/bær/blå?q=%C3%A5#%C3%B8"
    assert readable_link("https://avis.example/a%20b%2Fc") == "https://avis.example/a%20b%2Fc"
    assert readable_link("") == ""


@pytest.mark.parametrize(
    "part", ["blåbær.example/b", "BLÅBÆR", "xn--blbr-roah", "b%C3%A6r", "bær/", "bl%c3%a5b%c3%a6r.example"]
)
def test_a_link_contains_a_part_in_any_spelling(part: str):
    """The spelling of the network and that of people are one."""
    assert contains("https://xn--blbr-roah.example/b%C3%A6r/", part)
    assert not contains("https://xn--acme-roa.example/x/", part)


@given(st.text())
def test_any_text_has_a_host_or_none(text: str):
    """Nothing raises, and a host that is spelled once stays so."""
    spelled = ascii_host(text)
    assert spelled.isascii()
    assert ascii_host(readable_host(host(text))) == host(text) or "%" in host(text)
