from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.urls import host, netloc, web_link


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "http://[::1",
        "",
        "http://",
        "java\nscript:alert(1)",
        "http://a:99999/",
    ],
)
def test_other_texts_are_no_web_links(raw: str):
    """Only http and https become links, and nothing raises."""
    assert web_link(raw) == ""


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("/rel?a=1", "https://avis.example/rel?a=1"),
        ("//annen.example/x", "https://annen.example/x"),
        ("https://u:pw@avis.example/x", "https://avis.example/x"),
        ("https://avis.example/a b\x00c", "https://avis.example/a%20bc"),
        ("https://avis.example/100%", "https://avis.example/100%25"),
        ("https://avis.example/%C3%A5", "https://avis.example/%C3%A5"),
        ("https://avis.example/x?", "https://avis.example/x"),
        ("https://i❤️.example/x", "https://xn--i-7iq.example/x"),
        ("https://BLÅBÆR.example/x", "https://xn--blbr-roah.example/x"),
        ("https://bl%C3%A5b%C3%A6r.example:8080/å", "https://xn--blbr-roah.example:8080/%C3%A5"),
    ],
)
def test_a_web_link_is_absolute_and_safe(raw: str, link: str):
    """Relative links are resolved; user names, passwords, spaces and controls are removed."""
    assert web_link(raw, "https://avis.example/mappe/") == link


@given(
    st.from_regex(
        r"https?://[a-z0-9.-]{1,9}(:80)?(/[a-z/%.;0-9]{0,9})?(\?[a-z=&%?]{0,5})?(#[!a-z#]{0,4})?", fullmatch=True
    )
)
def test_the_fast_path_for_links_equals_the_slow_one(link: str):
    """A leading blank forces the slow path."""
    base = "https://avis.example/mappe/"
    assert web_link(link, base) == web_link(f" {link}", base)


def test_host():
    """The host of a link or of a bare domain, without `www.`."""
    assert host("https://WWW.Avis.example/x") == host("avis.example") == "avis.example"
    assert host("http://[::1") == ""


def test_netloc():
    """A host with its port, or the default port."""
    assert [netloc(url) for url in ("https://A.example/x", "http://a.example:8080", "ftp://a.example")] == [
        "a.example:443",
        "a.example:8080",
        "a.example:",
    ]
