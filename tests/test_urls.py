from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.urls import canonical, host, web_link

SAME = [
    ("http://www.avis.example/sak/1", "https://avis.example/sak/1/"),
    ("https://avis.example/sak/1?utm_source=rss&utm_medium=feed", "https://avis.example/sak/1"),
    ("https://m.avis.example/sak?b=2&a=1", "https://avis.example/sak?a=1&b=2"),
    ("https://avis.example:443//sak/1/amp", "https://avis.example/sak/1"),
    ("https://avis.example/blåbær", "https://avis.example/bl%C3%A5b%C3%A6r"),
    ("https://blåbær.example/x", "https://xn--blbr-roah.example/x"),
    ("https://avis.example/sak#topp", "https://avis.example/sak"),
    ("https://avis.example/a/index.html", "https://avis.example/a/"),
    ("https://avis.example/a?ref=twitter", "https://avis.example/a"),
    ("https://avis.example/a?fbclid=x%20y", "https://avis.example/a"),
]
DIFFERENT = [
    ("https://avis.example/sak/1", "https://avis.example/sak/2"),
    ("https://avis.example/?p=41", "https://avis.example/?p=42"),
    ("https://avis.example/x#comment-1", "https://avis.example/x#comment-2"),
    ("https://avis.example/#!/a", "https://avis.example/#!/b"),
    ("https://avis.example/?ref=1234", "https://avis.example/"),
    ("https://avis.example/Sak", "https://avis.example/sak"),
    ("https://a.example/x", "https://b.example/x"),
    ("https://avis.example/x?session=1", "https://avis.example/x?session=2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_links_to_one_page_share_their_key(one: str, other: str):
    """What publishers and platforms add on the way makes no other page."""
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_links_to_two_pages_do_not(one: str, other: str):
    """Whatever may name another page is kept."""
    assert canonical(one) != canonical(other)


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
def test_what_is_no_web_link_is_none(raw: str):
    """Nothing but http and https ever becomes a link, and nothing raises."""
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
    ],
)
def test_a_web_link_is_absolute_and_safe(raw: str, link: str):
    """Relative links are resolved; user names, passwords, spaces and controls are gone."""
    assert web_link(raw, "https://avis.example/mappe/") == link


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://avis.example/", "//", "https://www."]))
@example("%¼", "https://")
@example("www.avis.example", "https://m.")
@example("[::1]:8000/x", "http://")
def test_a_key_is_its_own_key(text: str, start: str):
    """`canonical` never fails and is idempotent."""
    key = canonical(start + text)
    assert canonical(key) == key


def test_host():
    """The host of a link or of a bare domain, without `www.`."""
    assert host("https://WWW.Avis.example/x") == host("avis.example") == "avis.example"
    assert host("http://[::1") == ""
