"""Comments of trackers and forums: their link is that of the page, with a fragment."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from html import escape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

TITLE = "Feil #17: Strømmen fra Fjordkraft Åsgård er borte"
PAGE = "https://saker.example/saker/17"
COMMENTS = [
    ("change-2", "change-4"),
    ("comment:3", "comment:5"),
    ("note_12", "note_13"),
    ("isso-3", "isso-4"),
    ("pid12", "pid13"),
    ("post12", "post13"),
    ("findComment-12", "findComment-13"),
    ("c-Kari-20260504100000-Strøm", "c-Åse-20260504100000-Strøm"),
    ("change-2:~:text=borte", "change-4:~:text=borte"),
]
NOISE = [
    ("xtor=RSS-1", "xtor=RSS-22"),
    ("utm_source=rss1&utm_medium=feed", ""),
    (":~:text=Fjordkraft%20Åsgård", ":~:text=17"),
    ("comments", ""),
    (".UvZ9s_ldWSo", ""),
    ("topp", ""),
]


def feed(*entries: tuple[str, str], title: str = TITLE) -> str:
    """Build an Atom feed of (id, link) pairs with one title and one time, like the changes of a tracker."""
    listed = "".join(
        f'<entry><id>{escape(guid)}</id><title>{title}</title><link href="{escape(link)}"/>'
        f"<updated>2026-05-04T10:00:00Z</updated><content>Melding {escape(guid)}</content></entry>"
        for guid, link in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Saker</title><id>urn:saker</id>{listed}</feed>'


def on_page(fragment: str) -> tuple[str, str]:
    """Build an entry of the page with its link as id."""
    link = f"{PAGE}#{fragment}" if fragment else PAGE
    return link, link


def guids() -> list[str]:
    """Read the guids of all entries, oldest first."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        return [guid for (guid,) in connection.execute("SELECT guid FROM entry ORDER BY id")]


def mentions(cli: Cli) -> int:
    """Count the mentions of a report."""
    return len(json.loads(cli("report", "--format", "json").out)["mentions"])


@pytest.mark.parametrize(("one", "other"), COMMENTS)
def test_two_comments_polled_one_by_one_are_two_mentions(cli: Cli, site: Site, query: Write, one: str, other: str):
    """Single comments in two polls; later polls with both, in either order, add nothing."""
    first, second = on_page(one), on_page(other)
    query(site.url("/saker.atom"))
    for shown in ([first], [second], [first], [second, first], [first, second], [second]):
        site.put("/saker.atom", feed(*shown))
        cli("poll", "--force")
    assert guids() == [first[0], second[0]]
    assert mentions(cli) == 2


def test_a_comment_and_its_ticket_are_two_mentions(cli: Cli, site: Site, query: Write):
    """A tracker gives a ticket and its closing change one title, and links that differ only by the fragment."""
    query(site.url("/saker.atom"))
    for fragment in ("", "change-2", "change-4", ""):
        site.put("/saker.atom", feed(on_page(fragment)))
        cli("poll", "--force")
    assert mentions(cli) == 3


@pytest.mark.parametrize(("one", "other"), NOISE)
def test_one_page_through_two_feeds_is_one_mention(cli: Cli, site: Site, query: Write, one: str, other: str):
    """Fragments for tracking or for a place in the page do not distinguish entries."""
    query(site.put("/a", feed(on_page(one))), site.put("/b", feed(on_page(other))))
    cli("poll")
    assert mentions(cli) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("urn:saker:2026:17-2", "change-2"), ("urn:saker:2026:17-2", "change-3"), id="one guid"),
        pytest.param(("urn:saker:2026:17-2", "change-2"), ("urn:saker:2026:17-9", "change-2"), id="one fragment"),
        pytest.param(("", "change-2"), ("", "change-3"), id="no guid"),
    ],
)
def test_an_edited_comment_is_one_mention(
    cli: Cli, site: Site, query: Write, one: tuple[str, str], other: tuple[str, str]
):
    """One guid or one fragment, or all that they say, makes two comments one."""
    query(site.url("/saker.atom"))
    for guid, fragment in (one, other):
        site.put("/saker.atom", feed((guid, f"{PAGE}#{fragment}")))
        cli("poll", "--force")
    assert mentions(cli) == 1


def test_why_not_finds_the_comment_of_a_url(cli: Cli, site: Site, query: Write):
    """The URL of a comment finds that comment and no other stored one."""
    page = site.put("/saker/17", "<html lang='nb'><title>Feil #17</title><p>Her er ingenting.</html>")
    query(site.url("/saker.atom"))
    for number in (2, 4):
        shown = feed((f"{page}#change-{number}", f"{page}#change-{number}"), title=f"Fjordkraft Åsgård {number}")
        site.put("/saker.atom", shown)
        cli("poll", "--force")
    for number in (2, 4):
        assert f"Åsgård» {number}\n" in cli("why-not", "fjordkraft", f"{page}#change-{number}").out
    assert "no mention" in cli("why-not", "fjordkraft", f"{page}#change-5").out
