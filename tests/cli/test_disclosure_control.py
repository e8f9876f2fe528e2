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
    """Build an entry of a feed."""
    return {
        "id": str(number),
        "url": f"https://tut.example/@{author}/{number}",
        "title": f"{number}. {text}",
        "language": "nb",
        "date_published": f"2026-05-0{day}T10:00:00Z",
        "authors": [{"name": f"@{author}"}],
    }


def entries_by_staff(staff: int, public: int, accounts: int) -> list[dict[str, object]]:
    """Build entries by a number of staff accounts, and by others."""
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
    """The command line over mentions by staff and by others, in one feed."""

    def poll(staff: int, public: int = 6, accounts: int = 9) -> Cli:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Tut",
            "items": entries_by_staff(staff, public, accounts),
        }
        query(site.put("/json", json.dumps(feed)), more="author: handle\n")
        assert cli("poll", "--force").code == 0
        return cli

    return poll


def rows(answer: Answer) -> dict[str, dict[str, str]]:
    """Index CSV output by its first column."""
    assert answer.code == 0, answer.err
    return {next(iter(row.values())): row for row in csv.DictReader(io.StringIO(answer.out, newline=""))}


def test_small_counts_are_suppressed(polled: Callable[..., Cli]):
    """Four are `<5` in every format and null for programs; standard error gives the reason."""
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


def test_large_counts_have_no_series(polled: Callable[..., Cli]):
    """Five are a number; the daily series counts the others only."""
    items = json.loads(polled(5)("stats", "--by", "voice", "--format", "json").out)["items"]
    assert [(item["voice"], item["mentions"], "course" in item) for item in items] == [
        ("public", 6, True), ("staff", 5, False),
    ]  # fmt: skip


def test_the_threshold_counts_accounts(polled: Callable[..., Cli]):
    """Twelve mentions by four accounts are suppressed like four; by five accounts they are twelve."""
    for accounts, mentions in ((4, "<5"), (5, "12")):
        cli = polled(12, accounts=accounts)
        assert rows(cli("stats", "--by", "voice"))["staff"]["mentions"] == mentions
        assert rows(cli("stats", "--by", "subject"))["staff"]["mentions"] == mentions
        for path in Path().glob("brandwatch.db*"):
            path.unlink()


def test_staff_alone(polled: Callable[..., Cli]):
    """Days without staff mentions look like days with four; accounts are no publishers, and sums agree."""
    cli = polled(7)
    days = rows(cli("stats", "--voice", "staff", "--since", "2026-05-03"))
    assert {day: row["mentions"] for day, row in days.items()} == {
        "2026-05-03": "<5", "2026-05-04": "7", "2026-05-05": "<5", "2026-05-06": "<5",
    }  # fmt: skip
    for by in ("publisher", "source"):
        assert list(rows(cli("stats", "--voice", "staff", "--by", by))) == [""]
        assert rows(cli("stats", "--by", by))[""]["mentions"] == "7"
    assert rows(cli("stats", "--by", "query"))["fjordkraft"]["mentions"] == "13"


def test_staff_are_not_counted_by_name(polled: Callable[..., Cli]):
    """Words and sources leave staff out of every count, with a remark; staff alone is refused."""
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
def test_commands_refuse_staff_alone(polled: Callable[..., Cli], command: tuple[str, ...], staff: tuple[str, ...]):
    """Hours, errors and shares of staff would monitor them: exit 2, with the way to the mentions."""
    answer = polled(1)(*command, *staff)
    assert (answer.code, answer.out) == (2, "")
    assert "staff alone" in answer.err
    assert "brandwatch report" in answer.err


def links(answer: Answer) -> list[str]:
    """Get the last parts of the links of a report."""
    return [json.loads(line)["url"].rpartition("/")[2] for line in answer.out.splitlines()]


def test_groups_do_not_name_staff_accounts(polled: Callable[..., Cli]):
    """Groups and orders by publisher or source put staff mentions under no account or source."""
    cli = polled(2, 2)
    for group in ("publisher", "source"):
        lines = cli("report", "--format", "markdown", "--group-by", group).out.splitlines()
        heads = [line for line in lines if line.startswith("### ")]
        assert (heads[0], len(heads)) == ("### unknown", 2)
        assert sum("jobber" in line for line in lines[: lines.index(heads[1])]) == 2
        assert links(cli("report", "--format", "jsonl", "--sort", group))[2:] == ["101", "100"]


def test_filters_do_not_select_staff_authors(polled: Callable[..., Cli]):
    """Author, link, site and source select only others; staff mentions are found by words and voice."""
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
def test_staff_mentions_are_not_ranked(polled: Callable[..., Cli], sort: str):
    """Staff alone is not sorted by response; mixed with others, or by time, it is."""
    cli = polled(1)
    answer = cli("report", "--voice", "staff", "--sort", sort)
    assert (answer.code, answer.out) == (2, "")
    assert len(links(cli("report", "--format", "jsonl", "--sort", sort))) == 7
    assert links(cli("report", "--format", "jsonl", "--voice", "staff")) == ["0"]
    assert cli("report", "--stories", "--voice", "staff", "--sort", sort).code == 2


def test_stories_of_staff_are_sorted_by_time(polled: Callable[..., Cli]):
    """The hottest come first; with staff alone, the newest."""
    cli = polled(3)
    told = [row["earliest"] for row in csv.DictReader(io.StringIO(cli("report", "--stories", "--voice", "staff").out))]
    assert told == sorted(told, reverse=True) != []


def test_charts_suppress_small_counts(polled: Callable[..., Cli]):
    """Daily bars include five of staff, not four; staff accounts are no publishers."""
    for staff, drawn in ((4, False), (5, True)):
        page = polled(staff)("report", "--format", "html").out
        assert (f"{staff} staff" in page) is drawn
        assert ">unknown<" in page


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "rss"])
def test_lists_have_no_staff_authors(polled: Callable[..., Cli], form: str):
    """Lists can be sorted by author: they name authors of the public only. A single mention is whole."""
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


def test_publishers_about_staff_are_counted(cli: Cli, site: Site, query: Callable[..., Path], clock: None):
    """Mentions about staff by others count under their publisher; only staff authors are protected."""
    items = [entry(1, f"Rådgiveren i {BRAND} ble hedret", "avisen")]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa", "items": items}
    query(site.put("/json", json.dumps(feed)), more="staff_mentions: on\n")
    assert cli("poll").code == 0
    (row,) = csv.DictReader(io.StringIO(cli("report", "-f", "csv").out))
    assert (row["voice"], row["subject"]) == ("public", "staff")
    assert "Fjordavisa" in cli("stats", "--by", "publisher", "-f", "csv").out
