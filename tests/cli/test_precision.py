from __future__ import annotations

import csv
import io
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

RELEVANT = "Fjordkraft Åsgård åpner butikk i Bærum"
IRRELEVANT = "Fjordkraft Åsgård kunstlag stiller ut"


@pytest.fixture
def decided(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path], home: Path) -> Cli:
    """The command line over thirty relevant mentions, ten that are not, and one that nobody looked at."""
    titles = [RELEVANT] * 30 + [IRRELEVANT] * 10 + ["Fjordkraft Åsgård"]
    feed = rss(*((f"{title} {number}", f"https://a.example/{number}") for number, title in enumerate(titles)))
    query(site.put("/rss", feed))
    assert cli("poll").code == 0
    with sqlite3.connect(home / "brandwatch.db") as database:
        for title, status in ((RELEVANT, "relevant"), (IRRELEVANT, "irrelevant")):
            statement = "UPDATE mention SET status = ? WHERE entry IN (SELECT id FROM entry WHERE title LIKE ?)"
            database.execute(statement, [status, f"{title}%"])
    return cli


def rows(answer: Answer) -> list[dict[str, str]]:
    """Return the rows of an answer in CSV."""
    assert answer.code == 0, answer.err
    return list(csv.DictReader(io.StringIO(answer.out, newline="")))


def test_the_precision_of_a_query_has_its_bounds(decided: Cli):
    """Thirty of forty are three quarters, and what nobody decided on does not count."""
    (row,) = rows(decided("precision"))
    assert (row["query"], row["relevant"], row["irrelevant"], row["precision"]) == ("fjordkraft", "30", "10", "0.75")
    assert float(row["low"]) == pytest.approx(0.598, abs=0.001)
    assert float(row["high"]) == pytest.approx(0.858, abs=0.001)


def test_the_terms_come_with_a_line_for_the_query_file(decided: Cli):
    """What only irrelevant mentions say, and the rule that would hide them."""
    told = {row["term"]: row for row in rows(decided("precision", "--terms"))}
    assert told["kunstlag stiller"]["suggestion"] == 'match: NOT "kunstlag stiller"'
    assert (told["kunstlag stiller"]["irrelevant"], told["kunstlag stiller"]["relevant"]) == ("10", "0")


def test_programs_read_numbers(decided: Cli):
    """JSON has numbers, and both lists have their columns."""
    (line,) = json.loads(decided("precision", "-f", "json").out)["items"]
    assert line["precision"] == 0.75
    (term, *_) = json.loads(decided("precision", "--terms", "-f", "json").out)["items"]
    assert term["irrelevant"] == 10


def test_people_read_tables(decided: Cli):
    """Both lists are tables on a screen, shares in per cent."""
    assert "75%" in decided("precision", "-f", "table").out
    assert "kunstlag" in decided("precision", "--terms", "-f", "table").out


def test_nothing_decided_says_how_to_begin(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]):
    """Without a decision there is no line, and a word on where decisions come from."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    assert cli("poll").code == 0
    answer = cli("precision")
    assert rows(answer) == []
    assert "brandwatch triage" in answer.err
