"""Documents of one feed, polled one after the other: each message is one mention, however its publisher names it."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
PAGE = "https://a.example/drift"
DAY = "0{} May 2026 10:07:00 +0200"


class Item(NamedTuple):
    """An item of an RSS feed; what is empty is left out."""

    title: str
    link: str = ""
    guid: str = ""
    date: str = ""
    text: str = ""

    def __str__(self) -> str:
        named = {"title": self.title, "link": self.link, "guid": self.guid, "pubDate": self.date}
        named["description"] = self.text
        return "".join(
            ["<item>", *(f"<{tag}>{escape(value)}</{tag}>" for tag, value in named.items() if value), "</item>"]
        )


def feed(items: Sequence[Item]) -> str:
    """Write an RSS feed."""
    return f'<rss version="2.0"><channel><title>Avisa</title>{"".join(map(str, items))}</channel></rss>'


@pytest.fixture
def poll(cli: Cli, site: Site, query: Write) -> Callable[..., tuple[int, int]]:
    """Poll documents of one feed one after the other; return the numbers of mentions and of gaps."""

    def run(*documents: Sequence[Item]) -> tuple[int, int]:
        query(site.url("/rss"))
        for items in documents:
            site.put("/rss", feed(items))
            cli("poll", "--force")
        report = json.loads(cli("report", "--since", "2000-01-01", "--format", "json").out)
        return len(report["mentions"]), len(report["coverage"]["gaps"])

    return run


def message(number: int, **fields: str) -> Item:
    """A message of its own title, time and text."""
    words = [
        "Nettbanken er nede",
        "Kort virker ikke i butikk",
        "Vipps feiler",
        "Alt er rettet",
        "Vi bytter server i natt",
    ]
    default = Item(
        f"{NAME}: {words[number]}", PAGE, date=DAY.format(number + 1), text=f"{words[number]} siden klokken {number}."
    )
    return default._replace(**fields)


def one_by_one(**fields: str) -> list[list[Item]]:
    """Each message alone, in its turn."""
    return [[message(n, **{name: value.format(n) for name, value in fields.items()})] for n in range(5)]


def three_at_a_time(**fields: str) -> list[list[Item]]:
    """The last three messages, newest first; *fields* have the number (`{0}`) and the position (`{1}`) of each."""
    return [
        [
            message(n, **{name: value.format(n, position) for name, value in fields.items()})
            for position, n in enumerate(range(last, last - 3, -1))
        ]
        for last in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(one_by_one(), id="one link"),
        pytest.param(one_by_one(date=""), id="one link, no dates"),
        pytest.param(one_by_one(title=f"{NAME}: driftsmelding"), id="one link and title"),
        pytest.param(one_by_one(guid=PAGE), id="the link as guid"),
        pytest.param(one_by_one(guid="1"), id="one short guid"),
        pytest.param(one_by_one(link="", guid="status"), id="one guid, no link"),
        pytest.param(one_by_one(link="https://a.example/"), id="the front page"),
        pytest.param(one_by_one(guid="urn:melding:2026:{}"), id="guids"),
        pytest.param(one_by_one(guid="urn:melding:2026:{}", title=f"{NAME}: driftsmelding"), id="guids, one title"),
        pytest.param(three_at_a_time(), id="a list with one link"),
        pytest.param(three_at_a_time(date=""), id="a list with one link, no dates"),
        pytest.param(three_at_a_time(text=""), id="a list with one link, no texts"),
        pytest.param(three_at_a_time(guid=PAGE), id="a list with the link as guid"),
        pytest.param(three_at_a_time(guid="item-{1}", link="https://a.example/{0}"), id="guids are positions"),
        pytest.param(three_at_a_time(guid="item-{1}", link=""), id="guids are positions, no links"),
        pytest.param(three_at_a_time(guid="{1}", link="https://a.example/{0}", date=""), id="positions, no dates"),
        pytest.param(
            three_at_a_time(guid="https://a.example/rss#item-{1}", link="https://a.example/{0}"),
            id="positions in the feed",
        ),
        pytest.param(
            three_at_a_time(guid="item-{1}", link="https://a.example/{0}", date="04 May 2026 00:00:00 +0200"),
            id="positions, one day",
        ),
        pytest.param(three_at_a_time(link=f"{PAGE}#melding-{{0}}"), id="fragments"),
        pytest.param(three_at_a_time(link=f"{PAGE}?vis={{0}}", title=f"{NAME}: driftsmelding"), id="one title"),
    ],
)
def test_another_message_is_another_mention(poll: Callable[..., tuple[int, int]], documents: list[list[Item]]):
    """Five messages at one place; the same documents again, in any order, add nothing."""
    assert poll(*documents)[0] == 5
    assert poll(documents[-1][::-1], documents[-1], documents[-1])[0] == 5


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"link": "https://a.example/sak?id={0}&rand={1}"}, id="a parameter"),
        pytest.param({"link": "https://a.example/sak?id={0}&rand={1}", "date": ""}, id="a parameter, no dates"),
        pytest.param({"link": "https://a.example/sak?id={0}&rand={1}", "text": ""}, id="a parameter, no texts"),
        pytest.param(
            {"link": "https://a.example/sak?id={0}&r={1}", "guid": "https://a.example/sak?id={0}&r={1}"}, id="guid too"
        ),
        pytest.param({"link": "https://a.example/{1}/sak/{0}"}, id="a piece of the path"),
        pytest.param({"link": "https://a.example/{1}/sak/{0}", "date": ""}, id="a piece of the path, no dates"),
        pytest.param({"link": "https://a.example/sak/{0}", "guid": "{0}-177788{1}"}, id="a guid"),
        pytest.param({"link": "https://a.example/sak/{0}", "guid": "{0}-177788{1}", "date": ""}, id="a guid, no dates"),
        pytest.param({"link": "", "guid": "{0}-17778888{1}"}, id="a guid, no links"),
    ],
)
@pytest.mark.parametrize("size", [1, 3])
def test_what_changes_with_every_answer_adds_nothing(
    poll: Callable[..., tuple[int, int]], fields: dict[str, str], size: int
):
    """A link or guid with a new value in each answer: one mention an entry, and no gap."""
    documents = [
        [message(n, **{name: value.format(n, answer * 7 + n) for name, value in fields.items()}) for n in range(size)]
        for answer in range(4)
    ]
    assert poll(*documents) == (size, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"link": "http://a.example/{}"}, {"link": "https://www.a.example/{}/"}, id="https"),
        pytest.param({"link": "https://a.example/{}"}, {"link": "https://nytt.example/sak/{}"}, id="a new site"),
        pytest.param(
            {"link": "https://a.example/?p={}", "guid": "https://a.example/?p={}"},
            {"link": "https://nytt.example/sak-{}", "guid": "urn:uuid:2026-0504-{}"},
            id="a new site and guids",
        ),
        pytest.param(
            {"link": "https://a.example/{}", "guid": "{}"},
            {"link": "https://a.example/{}", "guid": "urn:a:2026:00{}"},
            id="guids",
        ),
        pytest.param(
            {"link": "https://a.example/{}"},
            {"link": "https://nytt.example/{}", "date": "09 May 2026 12:00:00 +0200"},
            id="new dates",
        ),
        pytest.param(
            {"link": "https://a.example/{}"},
            {"link": "https://nytt.example/{}", "text": "Kort ingress {}"},
            id="new texts",
        ),
    ],
)
def test_a_site_that_moves_doubles_nothing(
    poll: Callable[..., tuple[int, int]], before: dict[str, str], after: dict[str, str]
):
    """New links and guids for all entries, once; a new entry after that is one mention more."""
    old, new = (
        [message(n, **{name: value.format(n) for name, value in fields.items()}) for n in range(4)]
        for fields in (before, after)
    )
    assert poll(old, new, new) == (4, 0)
    more = message(4, **{name: value.format(4) for name, value in after.items()})
    assert poll([more, *new[:3]]) == (5, 0)


@pytest.mark.parametrize(
    "edit",
    [
        {"title": f"{NAME}: Ny overskrift"},
        {"text": "En helt annen tekst om noe nytt."},
        {"title": f"{NAME}: Ny overskrift", "text": "En helt annen tekst om noe nytt."},
        {"date": DAY.format(9)},
        {"link": "https://a.example/ny-overskrift", "title": f"{NAME}: Ny overskrift"},
        {"title": f"{NAME}: Ny overskrift", "text": "En helt annen tekst om noe nytt.", "date": DAY.format(9)},
    ],
)
def test_an_edited_entry_is_one_mention(poll: Callable[..., tuple[int, int]], edit: dict[str, str]):
    """With a guid of its own, whatever else is edited."""
    before = message(0, guid="urn:sak:2026:0017", link="https://a.example/sak/17")
    other = message(1, guid="urn:sak:2026:0018", link="https://a.example/sak/18")
    assert poll([before, other], [before._replace(**edit), other], [other, before._replace(**edit)])[0] == 2


def test_a_page_of_a_wiki_is_one_mention(poll: Callable[..., tuple[int, int]]):
    """Each edit has a link, a guid and a text of its own; another page is another mention."""
    link = "https://w.example/doku.php?id={}&rev=17960547{}&do=diff"
    edits = [
        Item(f"strom - {NAME} {n}", link.format("strom", n), link.format("strom", n), DAY.format(n), f"+ Linje {n}")
        for n in range(1, 6)
    ]
    other = Item(f"vind - {NAME}", link.format("vind", 1), link.format("vind", 1), DAY.format(1), "+ Vind")
    assert poll([other, *edits[:2]], [*edits[2:4][::-1], *edits[:2]], [edits[4]])[0] == 2


def test_one_text_on_two_pages_of_a_feed_is_two_mentions(poll: Callable[..., tuple[int, int]]):
    """Two sections carry one message under two links; that one of them leaves the feed doubles and merges nothing."""
    both = [message(0, link="https://a.example/nord/1"), message(0, link="https://a.example/sør/1")]
    assert poll(both, both[:1], both[1:], both)[0] == 2
