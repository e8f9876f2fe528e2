from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

BRAND = "Fjordkraft Åsgård"
PERSON = "Kari Nordmann"


def entry(number: int, text: str, author: str, day: int = 4) -> dict[str, object]:
    """Return an entry of a feed."""
    return {
        "id": str(number),
        "url": f"https://tut.example/@{author}/{number}",
        "title": f"{number}. {text}",
        "language": "nb",
        "date_published": f"2026-05-0{day}T10:00:00Z",
        "authors": [{"name": f"@{author}"}],
    }


def said(staff: int, public: int, accounts: int) -> list[dict[str, object]]:
    """Return entries by so many accounts of people who work for the brand, and by others."""
    names = ["kari", *(f"kari{number}" for number in range(1, accounts))]
    own = [entry(number, f"Jeg jobber i {BRAND}, hilsen {PERSON}", names[number % accounts]) for number in range(staff)]
    return own + [entry(100 + number, f"{BRAND} er dyrt", f"kunde{number}") for number in range(public)]


@pytest.fixture
def clock() -> Iterator[None]:
    """It is Wednesday noon."""
    with time_machine.travel("2026-05-06T12:00:00Z", tick=False):
        yield


@pytest.fixture
def polled(cli: Cli, site: Site, query: Callable[..., Path], clock: None) -> Callable[..., Cli]:
    """The command line over so many mentions by staff, and by others, in one feed."""

    def poll(staff: int, public: int = 6, accounts: int = 9) -> Cli:
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Tut", "items": said(staff, public, accounts)}
        query(site.put("/json", json.dumps(feed)), more="author: handle\n")
        assert cli("poll", "--force").code == 0
        return cli

    return poll


def rows(answer: Answer) -> dict[str, dict[str, str]]:
    """Return the rows of an answer in CSV, by their first column."""
    assert answer.code == 0, answer.err
    return {next(iter(row.values())): row for row in csv.DictReader(io.StringIO(answer.out, newline=""))}


def test_a_few_are_no_number(polled: Callable[..., Cli]):
    """Four are `<5` and nothing else, in every form; null for a program; the reason is on the error stream."""
    cli = polled(4)
    answer = cli("stats", "--by", "voice")
    found = rows(answer)
    assert [found[voice]["mentions"] for voice in ("public", "staff")] == ["6", "<5"]
    assert {value for name, value in found["staff"].items() if name not in {"voice", "mentions"}} == {""}
    assert found["public"]["share"] == "1.0"
    assert "<5: counts of mentions by or about fewer than 5 staff members are suppressed\n" in answer.err
    for form in ("table", "tsv", "markdown"):
        assert "5" in cli("stats", "--by", "voice", "--format", form).out
    items = json.loads(cli("stats", "--by", "voice", "--format", "json").out)["items"]
    assert {name: value for name, value in items[1].items() if name != "voice"} == dict.fromkeys(
        ("mentions", "share", "publishers", "response", "known", "stories")
    )


def test_many_are_told_without_their_days(polled: Callable[..., Cli]):
    """Five are a number; what they were from day to day is told of the others only."""
    items = json.loads(polled(5)("stats", "--by", "voice", "--format", "json").out)["items"]
    assert [(item["voice"], item["mentions"], "course" in item) for item in items] == [
        ("public", 6, True), ("staff", 5, False),
    ]  # fmt: skip


def test_much_by_one_account_is_a_few(polled: Callable[..., Cli]):
    """Twelve mentions by four accounts are told as little as four; by five they are twelve."""
    for accounts, mentions in ((4, "<5"), (5, "12")):
        cli = polled(12, accounts=accounts)
        assert rows(cli("stats", "--by", "voice"))["staff"]["mentions"] == mentions
        assert rows(cli("stats", "--by", "subject"))["staff"]["mentions"] == mentions
        for path in Path().glob("brandwatch.db*"):
            path.unlink()


def test_staff_alone(polled: Callable[..., Cli]):
    """Days without any say no more than days with four; the account is no publisher, and the sums are right."""
    cli = polled(7)
    days = rows(cli("stats", "--voice", "staff", "--since", "2026-05-03"))
    assert {day: row["mentions"] for day, row in days.items()} == {
        "2026-05-03": "<5", "2026-05-04": "7", "2026-05-05": "<5", "2026-05-06": "<5",
    }  # fmt: skip
    for by in ("publisher", "source"):
        assert list(rows(cli("stats", "--voice", "staff", "--by", by))) == [""]
        assert rows(cli("stats", "--by", by))[""]["mentions"] == "7"
    assert rows(cli("stats", "--by", "query"))["fjordkraft"]["mentions"] == "13"


def test_nobody_is_counted_by_name(polled: Callable[..., Cli]):
    """Words and sources leave staff out of every count, and it is said; staff alone is refused."""
    cli = polled(7)
    for narrow in (("--search", PERSON), ("--source", "json")):
        answer = cli("stats", "--by", "voice", *narrow)
        assert "staff" not in rows(answer)
        assert "staff is left out" in answer.err
        refused = cli("stats", "--voice", "staff", *narrow)
        assert (refused.code, refused.out) == (2, "")
    assert {row["mentions"] for row in rows(cli("stats", "--search", PERSON)).values()} == {"0"}
    assert "staff is left out" in cli("trends", "--search", PERSON).err


@pytest.mark.parametrize("staff", [("--voice", "staff"), ("--subject", "STAFF"), ("--voice", "staff") * 2])
@pytest.mark.parametrize(
    "command", [("trends",), ("precision",), ("precision", "--terms"), ("stats", "--share-of-voice")]
)
def test_what_there_is_not_of_staff_alone(polled: Callable[..., Cli], command: tuple[str, ...], staff: tuple[str, ...]):
    """Hours, errors and shares of staff would be a watch on them: exit 2, and a way to the mentions."""
    answer = polled(1)(*command, *staff)
    assert (answer.code, answer.out) == (2, "")
    assert "staff alone" in answer.err
    assert "brandwatch report" in answer.err


def links(answer: Answer) -> list[str]:
    """Return the ends of the links of a report."""
    return [json.loads(line)["url"].rpartition("/")[2] for line in answer.out.splitlines()]


def test_an_account_puts_nothing_together(polled: Callable[..., Cli]):
    """In groups and orders by publisher or source what staff says stands under nothing that names it."""
    cli = polled(2, 2)
    for group in ("publisher", "source"):
        lines = cli("report", "--format", "markdown", "--group-by", group).out.splitlines()
        heads = [line for line in lines if line.startswith("### ")]
        assert (heads[0], len(heads)) == ("### unknown", 2)
        assert sum("jobber" in line for line in lines[: lines.index(heads[1])]) == 2
        assert links(cli("report", "--format", "jsonl", "--sort", group))[2:] == ["101", "100"]


def test_nobody_is_found_by_who_says_it(polled: Callable[..., Cli]):
    """Author, link, site and source find others; what staff says is found by its words and its voice."""
    cli = polled(1, 1)
    for where, found in {
        "author:kari": [],
        "url:kari": [],
        "url:kunde0": ["100"],
        "author:kunde0": ["100"],
        "site:tut.example": ["100"],
        "source:json": ["100"],
        "author:*": ["100"],
        "voice:staff": ["0"],
        "jobber": ["0"],
        "NOT author:kunde0": ["0"],
    }.items():
        assert links(cli("report", "--format", "jsonl", "--where", where)) == found, where


@pytest.mark.parametrize("sort", ["response", "rising", "heat"])
def test_what_staff_says_has_no_ranking(polled: Callable[..., Cli], sort: str):
    """By how it is answered it is not sorted alone; among others, and by time, it is."""
    cli = polled(1)
    answer = cli("report", "--voice", "staff", "--sort", sort)
    assert (answer.code, answer.out) == (2, "")
    assert len(links(cli("report", "--format", "jsonl", "--sort", sort))) == 7
    assert links(cli("report", "--format", "jsonl", "--voice", "staff")) == ["0"]
    assert cli("report", "--stories", "--voice", "staff", "--sort", sort).code == 2


def test_stories_of_staff_come_by_time(polled: Callable[..., Cli]):
    """The hottest come first, unless staff alone is asked for: then the newest."""
    cli = polled(3)
    told = [row["earliest"] for row in csv.DictReader(io.StringIO(cli("report", "--stories", "--voice", "staff").out))]
    assert told == sorted(told, reverse=True) != []


def test_a_page_does_not_draw_a_few(polled: Callable[..., Cli]):
    """The bars of the days hold five of staff, and not four; the account is none of the publishers."""
    for staff, drawn in ((4, False), (5, True)):
        page = polled(staff)("report", "--format", "html").out
        assert (f"{staff} staff" in page) is drawn
        assert ">unknown<" in page


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "rss"])
def test_no_list_says_who_of_the_staff(polled: Callable[..., Cli], form: str):
    """A list could be sorted by it; it says who of the public. One mention alone is shown whole."""
    cli = polled(2, 2)
    listed = cli("report", "--format", form).out
    assert "@kunde0</name>" in listed or '"@kunde0"' in listed or ",@kunde0," in listed or "'@kunde0" in listed
    assert "@kari</name>" not in listed
    assert '"@kari' not in listed
    assert ",@kari" not in listed
    assert "'@kari" not in listed
    (number, *_) = (
        row["id"] for row in csv.DictReader(io.StringIO(cli("report", "--voice", "staff", "-f", "csv").out))
    )
    assert json.loads(cli("show", number, "-f", "json").out)["mention"]["author"].startswith("@kari")


def test_a_publisher_of_what_is_about_staff_is_told(cli: Cli, site: Site, query: Callable[..., Path], clock: None):
    """What a paper says about staff is the paper's; only who of the staff speaks is nobody's to count."""
    items = [entry(1, f"Rådgiveren i {BRAND} ble hedret", "avisen")]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa", "items": items}
    query(site.put("/json", json.dumps(feed)), more="staff_mentions: on\n")
    assert cli("poll").code == 0
    (row,) = csv.DictReader(io.StringIO(cli("report", "-f", "csv").out))
    assert (row["voice"], row["subject"]) == ("public", "staff")
    assert "Fjordavisa" in cli("stats", "--by", "publisher", "-f", "csv").out
