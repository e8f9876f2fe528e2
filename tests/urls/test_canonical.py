from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.urls import canonical, is_comment, is_front_page, unwrap

SAME = [
    ("http://www.avis.example/sak/1", "https://avis.example/sak/1/"),
    ("https://avis.example/sak/1?utm_source=rss&utm_medium=feed", "https://avis.example/sak/1"),
    ("https://m.avis.example/sak?b=2&a=1", "https://avis.example/sak?a=1&b=2"),
    ("https://amp.avis.example/sak/1", "https://www.mobile.avis.example/sak/1"),
    ("https://avis.example:443//sak/1/amp", "https://avis.example/sak/1"),
    ("http://avis.example:80/sak/1.amp", "https://AVIS.example./sak/1"),
    ("https://avis.example/sak/1.amp.html", "https://avis.example/sak/1.html"),
    ("https://avis.example/sak/1?amp=1&outputType=amp", "https://avis.example/sak/1"),
    ("https://avis.example/amp/sak/1", "https://avis.example/sak/1"),
    ("https://amp.avis.example/AMP/sak/1.amp/amp?isAmp=true&view=amp", "https://avis.example/sak/1"),
    ("https://avis.example/sport/amp/sak-1", "https://avis.example/sport/sak-1"),
    ("https://avis.example/x/amp/x", "https://avis.example/x/x"),
    ("https://www.google.com/amp/s/avis.example/amp/sak/1", "https://avis.example/sak/1"),
    ("https://avis-example.cdn.ampproject.org/c/s/avis.example/amp/sak/1?amp_js_v=0.1", "https://avis.example/sak/1"),
    ("https://mobil.avis.example/sak/1?mobile=1", "https://avis.example/sak/1"),
    ("https://wap.avis.example/sak/1?noamp=mobile", "https://avis.example/sak/1"),
    ("https://kari.blogspot.com/2026/sak.html?m=1", "https://kari.blogspot.com/2026/sak.html"),
    ("https://avis.example/./sak//x/%2e%2e/1", "https://avis.example/sak/1"),
    ("https://avis.example/blåbær", "https://avis.example/bl%C3%A5b%C3%A6r"),
    ("https://avis.example/%7ekari/(a)?q=a+b", "https://avis.example/~kari/%28a%29?q=a%20b"),
    ("https://blåbær.example/x", "https://xn--blbr-roah.example/x"),
    ("https://straße.example/x", "https://xn--strae-oqa.example/x"),
    ("https://BL%C3%85B%C3%86R.example/x", "https://blåbær.example/x"),
    ("https://avis.example/sak#topp", "https://avis.example/sak"),
    ("https://avis.example/sak#:~:text=Acme", "https://avis.example/sak"),
    ("https://avis.example/sak#/", "https://avis.example/sak"),
    ("https://avis.example/a/index.html", "https://avis.example/a/"),
    ("https://avis.example/a/Default.aspx/", "https://avis.example/a"),
    ("https://avis.example/a?", "https://avis.example/a"),
    ("https://avis.example/a?&&b=1&", "https://avis.example/a?b=1"),
    ("https://avis.example/a?b", "https://avis.example/a?b="),
    ("https://avis.example/a;jsessionid=0A1B?b=1", "https://avis.example/a?b=1"),
    ("https://avis.example/(S(4hqa0555fwsecu455xqckv45))/a", "https://avis.example/a"),
    ("https://user:pw@avis.example/a", "https://avis.example/a"),
    ("https://avis.example\\a\\b", "https://avis.example/a/b"),
    ("//avis.example/a", "https://avis.example/a"),
    ("avis.example/a", "https://avis.example/a"),
    ("www.Avis.example:8080", "https://avis.example:8080/"),
    (" http:/avis.example/a\n", "https://avis.example/a"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fm.avis.example%2Fa%3Ffbclid%3Dx", "https://avis.example/a"),
]
DIFFERENT = [
    ("https://avis.example/sak/1", "https://avis.example/sak/2"),
    ("https://avis.example/?p=41", "https://avis.example/?p=42"),
    ("https://avis.example/x#comment-1", "https://avis.example/x#comment-2"),
    ("https://avis.example/x#issuecomment-1", "https://avis.example/x"),
    ("https://avis.example/#!/a", "https://avis.example/#!/b"),
    ("https://avis.example/#/sak/1", "https://avis.example/#/sak/2"),
    ("https://avis.example/?ref=1234", "https://avis.example/"),
    ("https://avis.example/Sak", "https://avis.example/sak"),
    ("https://a.example/x", "https://b.example/x"),
    ("https://straße.example/x", "https://strasse.example/x"),
    ("https://avis.example:8080/x", "https://avis.example/x"),
    ("https://www12.avis.example/x", "https://www150.avis.example/x"),
    ("https://nyheter.avis.example/x", "https://avis.example/x"),
    ("https://avis.example/x?session=1", "https://avis.example/x?session=2"),
    ("https://avis.example/x?uid=1", "https://avis.example/x?uid=2"),
    ("https://avis.example/x?campaign=1", "https://avis.example/x?campaign=2"),
    ("https://avis.example/x?campaign_id=1", "https://avis.example/x?campaign_id=2"),
    ("https://avis.example/x?source=41", "https://avis.example/x?source=42"),
    ("https://avis.example/x?cid=1", "https://avis.example/x"),
    ("https://avis.example/x?keyword=acme", "https://avis.example/x?keyword=blåbær"),
    ("https://avis.example/x?sid=1", "https://avis.example/x?sid=2"),
    ("https://avis.example/x?amp=12", "https://avis.example/x"),
    ("https://avis.example/a%2Fb", "https://avis.example/a/b"),
    ("https://avis.example/caf%E9", "https://avis.example/caf%E8"),
    ("https://avis.example/?q=caf%E9", "https://avis.example/?q=caf%E8"),
    ("https://avis.example/%2561", "https://avis.example/a"),
    ("https://avis.example/ampere", "https://avis.example/ere"),
    ("https://avis.example/ampere/1", "https://avis.example/1"),
    ("https://avis.example/a/b/amp/c", "https://avis.example/a/b/c"),
    ("https://avis.example/amp/1", "https://avis.example/amp/2"),
    ("https://avis.example/x?y=2026&m=1", "https://avis.example/x?y=2026"),
    ("https://avis.example/x?view=1", "https://avis.example/x"),
    ("https://mobil.example/x", "https://example/x"),
    ("https://avis.example/index", "https://avis.example/"),
    ("https://avis.example/rss/articles/x", "https://avis.example/articles/x"),
]
WORDS = (
    "/ // ? & = # % %2F %C3 .. /../ . amp .amp /amp/ index.html http:// https%3A%2F%2F www. m. å ß \xad @ : :80 ; + "
    "\\ \n ?utm_source=x amp; ref= sid= #comment-1 #!/x ;jsessionid=1 (S(aaaaaaaaaaaaaaaaaaaaaaaa)) u= url= "
    "avis.example google.com/url?q= href.li/? web.archive.org/web/1/ cdn.ampproject.org/c/s/ "
    "bing.com/ck/a?u=a1aHR0cDovL2EuZXhhbXBsZQ youtube.com/watch?v=ABCDEFGHIJK no.m.wikipedia.org/wiki/ "
    "w/index.php?title=A+b/ reddit.com/comments/a//b/"
).split(" ")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_links_to_one_page_share_their_key(one: str, other: str):
    """Parameters that publishers and platforms add do not change the key."""
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_links_to_two_pages_have_two_keys(one: str, other: str):
    """Anything that may identify another page is kept."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "text", ["", "mailto:post@avis.example", "javascript:alert(1)", "ftp://avis.example/", "tel:22"]
)
def test_a_text_that_is_no_link_has_no_key(text: str):
    """A text that is no link gets no invented key."""
    assert canonical(text) == ""


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://avis.example/", "//", "https://www."]))
@example("%¼", "https://")
@example("www.avis.example", "https://m.")
@example("[::1]:8000/x", "http://")
def test_canonical_is_idempotent(text: str, start: str):
    """`canonical` never fails and is idempotent."""
    key = canonical(start + text)
    assert canonical(key) == key


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join), st.sampled_from(["https://", "http://www.", ""]))
def test_canonical_is_idempotent_for_combined_rules(text: str, start: str):
    """No two rules undo each other, in any order."""
    key = canonical(start + text)
    assert canonical(key) == key


def test_a_chain_that_canonical_shortens_has_the_key_of_its_page():
    """Canonical spelling can shorten a redirect chain so that it is unwrapped."""
    link = "https://avis.example/sak/1"
    for _ in range(5):
        link = f"https://archive.is/{quote(link, safe='')}"
    assert unwrap(link) == link
    assert canonical(link) == canonical(canonical(link)) == "https://avis.example/sak/1"


def test_a_host_outside_idna_is_quoted():
    """A host that has no ASCII form still has one key, in any case."""
    assert canonical(f"https://{'Å' * 70}.example/x") == canonical(f"https://{'å' * 70}.example/x") != ""


@pytest.mark.parametrize(
    "piece",
    [
        "/",
        "/amp",
        ".amp",
        "/..",
        "a.",
        "www.",
        "å",
        "%",
        "%2f",
        "&a=1",
        "amp;",
        "/*",
        "https://href.li/?",
        "__;",
        ":",
        "**_",
    ],
)
@pytest.mark.parametrize(
    "start",
    [
        "https://",
        "https://avis.example/",
        "https://us.rd.yahoo.com/",
        "https://urldefense.com/v3/__http",
        "https://x.com/?",
    ],
)
def test_long_links_take_linear_time(start: str, piece: str):
    """A link of 100,000 letters is read in one pass; repeated searches would take minutes."""
    key = canonical(start + piece * (100_000 // len(piece)))
    assert canonical(key) == key


def test_is_comment():
    """Fragments that identify comments, and others."""
    assert all(map(is_comment, ("comment-12", "c12", "kommentar_12", "post12", "issuecomment-12", "discussion_r12")))
    assert not any(map(is_comment, ("", "comments", "respond", "topp", "a12", "12", "comment-12-svar")))


@pytest.mark.parametrize("link", ["https://avis.example", "http://www.avis.example:80/index.html?utm_source=rss#topp"])
def test_a_front_page_is_a_site(link: str):
    """A link with nothing but a site is its front page."""
    assert is_front_page(canonical(link))


@pytest.mark.parametrize(
    "link", ["https://avis.example/x", "https://avis.example/?p=1", "https://avis.example/#!/x", ""]
)
def test_a_page_of_a_site_is_no_front_page(link: str):
    """A link to a page of a site, or an invalid link, is no front page."""
    assert not is_front_page(canonical(link))
