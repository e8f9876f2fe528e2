"""What is said below an entry that names the brand is followed for two weeks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAME = "Fjordkraft Åsgård"
HEAD = 'xmlns:wfw="http://wellformedweb.org/CommentAPI/"'


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that only the test moves."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def blog(site: Site, rss: Rss, *titles: str) -> str:
    """Show a blog whose entries each have a feed of comments; return its address."""
    entries = (
        (title, f"https://blogg.example/{n}", f"<wfw:commentRss>{site.url(f'/{n}/feed')}</wfw:commentRss>")
        for n, title in enumerate(titles)
    )
    return site.put("/rss", rss(*entries).replace('<rss version="2.0"', f'<rss version="2.0" {HEAD}'))


def comments(site: Site, rss: Rss, number: int, *texts: str) -> None:
    """Show the comments on an entry."""
    said = (
        (f"Av: leser {n}", f"https://blogg.example/{number}#c{n}", f"<description>{text}</description>")
        for n, text in enumerate(texts)
    )
    site.put(f"/{number}/feed", rss(*said))


def asked(site: Site) -> list[str]:
    """Return the paths of all requests since the last call."""
    paths = [one.path for one in site.log]
    site.log.clear()
    return paths


def test_comments_on_a_mention_are_followed(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A comment that names the brand is a mention, tied to the entry, and no backlog; the others are not stored."""
    query("{url: " + blog(site, rss, f"{NAME} bygger", "Kaker") + ", allow_private: on}")
    comments(site, rss, 0, f"Stem mot {NAME}!", "Fint vær")
    cli("poll")
    assert asked(site) == ["/rss"]
    clock.shift(timedelta(minutes=20))
    assert cli("poll").code == 0
    assert sorted(asked(site)) == ["/0/feed", "/rss"]
    found = {one["title"]: one for one in json.loads(cli("report", "--format", "json").out)["mentions"]}
    assert set(found) == {f"{NAME} bygger", "Av: leser 0"}
    assert (found["Av: leser 0"]["thread"], found["Av: leser 0"]["backlog"]) == ("https://blogg.example/0", False)


def test_a_conversation_is_followed_for_two_weeks(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """After that nobody asks any more, and neither does a poll whose queries have lost the source it came through."""
    path = query("{url: " + blog(site, rss, f"{NAME} bygger") + ", allow_private: on}")
    comments(site, rss, 0, "Ja")
    cli("poll")
    clock.shift(timedelta(days=13))
    cli("poll")
    assert sorted(asked(site)) == ["/0/feed", "/rss", "/rss"]
    clock.shift(timedelta(days=2))
    cli("poll", "--force")
    assert asked(site) == ["/rss"]
    clock.shift(timedelta(days=-2))
    path.write_text(path.read_text(encoding="utf-8").replace("/rss", "/annen"), encoding="utf-8")
    cli("poll", "--force")
    assert asked(site) == ["/annen"]


def test_old_entries_hidden_ones_and_floods_are_not_followed(
    cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller
):
    """Nothing is followed of what is no shown mention, of what is a month old, and beyond fifty at a time."""
    query(
        "{url: " + blog(site, rss, f"{NAME} arena", *(f"{NAME} {n}" for n in range(60))) + ", allow_private: on}",
        more=f'exclude: ["{NAME} arena"]\n',
    )
    cli("poll")
    asked(site)
    cli("poll", "--force")
    followed = [path for path in asked(site) if path.endswith("/feed")]
    assert len(followed) == 50
    assert "/0/feed" not in followed
    clock.shift(timedelta(days=40))
    site.put("/gammel", site.pages["/rss"].body.replace(b"04 May", b"04 Apr"))
    query("{url: " + site.url("/gammel") + ", allow_private: on}")
    cli("poll")
    asked(site)
    cli("poll", "--force")
    assert [path for path in asked(site) if path.endswith("/feed")] == []
