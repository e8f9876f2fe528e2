from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

PLACES = "kaia torget brua kirka skolen havna fabrikken stasjonen biblioteket museet parken hallen".split()


@pytest.fixture
def judged(cli: Cli, site: Site, query: Callable[..., Path]) -> Cli:
    """The command line over two dozen mentions: twelve about an art club are irrelevant, one is not decided."""
    texts = [f"Fjordkraft Åsgård kunstlag på {place}" for place in PLACES]
    texts += [f"Fjordkraft Åsgård bygger ved {place}" for place in PLACES] + ["Fjordkraft Åsgård"]
    items = [
        {"id": str(number), "url": f"https://avis.example/{number}", "content_text": text}
        for number, text in enumerate(texts)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Avisa", "items": items}
    query(site.put("/json", json.dumps(feed)))
    assert cli("poll").code == 0
    for words, status in (("kunstlag", "irrelevant"), ("bygger", "relevant")):
        report = cli("report", "--search", words, "--format", "jsonl").out.splitlines()
        numbers = [str(json.loads(line)["id"]) for line in report]
        assert cli("triage", "--set", status, *numbers).code == 0
    return cli


def test_how_often_a_query_is_right(judged: Cli):
    """A line for each query with its interval, in every form; what was not decided is told beside it."""
    answer = judged("precision", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(answer.out))
    assert (row["query"], row["relevant"], row["irrelevant"], row["undecided"]) == ("fjordkraft", "12", "12", "1")
    assert float(row["low"]) < float(row["precision"]) == 0.5 < float(row["high"])
    assert "distinguish the irrelevant mentions; --terms lists them" in answer.err
    assert "coverage: " in answer.err
    assert "50%" in judged("precision", "--format", "table").out
    (item,) = json.loads(judged("precision", "--format", "json").out)["items"]
    assert item["precision"] == 0.5


def test_what_its_mistakes_have_in_common(judged: Cli, home: Path):
    """The word beside the name is told with what to write; written so, it hides them, and the query is right."""
    answer = judged("precision", "--terms", "--format", "csv")
    rows = {(row["kind"], row["value"]): row for row in csv.DictReader(io.StringIO(answer.out))}
    found = rows["named", "fjordkraft åsgård kunstlag"]
    assert (found["irrelevant"], found["relevant"]) == ("12", "0")
    assert "none_of_context: [kunstlag]" in judged("precision", "--terms", "--format", "table").out
    path = home / "queries" / "fjordkraft.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{found['advice']}\n", encoding="utf-8")
    assert judged("check").code == 0
    assert judged("replay", "fjordkraft", "--apply").code == 0
    (row,) = csv.DictReader(io.StringIO(judged("precision", "--format", "csv").out))
    assert (row["relevant"], row["irrelevant"], row["precision"]) == ("12", "0", "1.0")


def test_nothing_was_decided(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]):
    """Then there is nothing to tell, and that is said."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    assert cli("poll").code == 0
    for options in ((), ("--terms",)):
        answer = cli("precision", *options, "--format", "csv")
        assert (answer.code, answer.out.count("\n")) == (0, 1)
        assert "no decisions yet" in answer.err
