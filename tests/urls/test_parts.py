from __future__ import annotations

import pytest

from brandwatch.urls import are_two_parts, canonical, part

PAGE = "https://saker.example/sak/17"
GOOGLE = "https://www.google.com/url?url="


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("change-2", "change-4"),
        ("comment:3", "comment:5"),
        ("note_12", "note_13"),
        ("isso-3", "isso-4"),
        ("pid12", "pid13"),
        ("findComment-12", "findComment-13"),
        ("c-Kari-20260504100000-Strøm", "c-Åse-20260504100000-Strøm"),
        ("remark42__comment-0f3a-11", "remark42__comment-0f3a-12"),
        ("svar-fra-kari", "svar-fra-åse"),
        ("Note_a", "note_a"),
        ("change-2", ""),
        ("change-2:~:text=Acme", "change-4:~:text=Acme"),
        ("change-2&utm_source=a", "change-4&utm_source=a"),
    ],
)
def test_comments_of_one_page_are_two_parts(one: str, other: str):
    """Any comment fragment of a tracker or forum; trackers and text directives do not change it."""
    for first, second in ((one, other), (other, one)):
        assert are_two_parts(f"{PAGE}#{first}", f"{PAGE}#{second}"), first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("xtor=RSS-1", "xtor=RSS-22"),
        ("utm_source=rss&utm_medium=feed1", ""),
        (":~:text=Acme%202026", ":~:text=Blåbær"),
        ("Echobox=1777888999", "Echobox=1777888001"),
        ("ref=rss", "ref=twitter"),
        (".UvZ9s_ldWSo", "sthash.Ab3dE9.dpuf"),
        ("axzz2Rw9", "tk.rss_all"),
        ("ftag=CAD-03-10", "more-17"),
        ("comments", "respond"),
        ("comments", ""),
        ("topp", ""),
        ("ny-maaling=7", ""),
        ("comment%3A3", "comment:3"),
        ("change-2&utm_source=a", "change-2"),
    ],
)
def test_noise_is_no_part(one: str, other: str):
    """Trackers, text directives, share buttons and common anchors are the same page."""
    for first, second in ((one, other), (other, one)):
        assert not are_two_parts(f"{PAGE}#{first}", f"{PAGE}#{second}"), first


@pytest.mark.parametrize(
    "link",
    [
        f"{PAGE}#comment-12",
        f"{PAGE}#issuecomment-12",
        "https://app.example/#!/sak/17",
        "https://stackoverflow.com/questions/1/acme#2",
        "https://news.ycombinator.com/item?id=1#2",
    ],
)
def test_a_fragment_in_the_key_is_no_part(link: str):
    """Both link forms of a platform's comment have one key, and no separate part."""
    assert "#" in link
    assert part(link) == ""
    assert not are_two_parts(link, canonical(link))


def test_a_redirect_link_has_the_part_of_its_target():
    """The fragment is in the target, encoded or not."""
    for link in (f"https://www.google.com/url?url={PAGE}%23change-2&ct=ga", f"{GOOGLE}{PAGE}&ct=ga#change-2"):
        assert canonical(link) == f"{PAGE}#change-2"
    assert part(f"{GOOGLE}{PAGE}%23svar-fra-kari&ct=ga") == "svar-fra-kari"


@pytest.mark.parametrize(
    "fragment",
    [
        *("change-2", "note-2", "comment:3", "note_12", "isso-3", "pid12", "post12", "p12", "comment-12", "c_abc123"),
        *("pullrequestreview-12", "findComment-12", "elComment_12", "remark42__comment-0f3a-11", "IDComment12"),
        *("post_message_123", "cmt-5", "svar-3", "kommentar-4", "2", "comment_id=12", "post=12", "!/sak/1", "/sak/1"),
    ],
)
def test_a_numbered_fragment_is_in_the_key(fragment: str):
    """One comment of a page has a key of its own, in every spelling of its link."""
    key = canonical(f"{PAGE}#{fragment}")
    assert key == canonical(key) != canonical(PAGE)
    assert key == canonical(f"{PAGE}?utm_source=rss#{fragment.replace(':', '%3A')}")


@pytest.mark.parametrize(
    "fragment",
    [
        "xtor=RSS-22",
        ":~:text=Acme%202026",
        "utm_source=rss1",
        "Echobox=1777888999",
        "comments",
        "respond",
        "top",
        "topp",
    ],
)
def test_noise_is_not_in_the_key(fragment: str):
    """A tracker, a text directive and a place that every page has lead to the page itself."""
    assert canonical(f"{PAGE}#{fragment}") == canonical(PAGE)
