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
def triaged(cli: Cli, site: Site, query: Callable[..., Path]) -> Cli:
    """The command line over two dozen mentions: twelve about an art club are irrelevant, one is undecided."""
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


def test_precision_of_each_query(triaged: Cli):
    """One line per query with its interval, in every format; undecided mentions are counted beside it."""
    answer = triaged("precision", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(answer.out))
    assert (row["query"], row["relevant"], row["irrelevant"], row["undecided"]) == ("fjordkraft", "12", "12", "1")
    assert float(row["low"]) < float(row["precision"]) == 0.5 < float(row["high"])
    assert "distinguish the irrelevant mentions; --terms lists them" in answer.err
    assert "coverage: " in answer.err
    assert "50%" in triaged("precision", "--format", "table").out
    (item,) = json.loads(triaged("precision", "--format", "json").out)["items"]
    assert item["precision"] == 0.5


def test_suggested_exclusions(triaged: Cli, home: Path):
    """The word beside the name is suggested with its clause; the clause hides the errors, and precision rises."""
    answer = triaged("precision", "--terms", "--format", "csv")
    rows = {(row["kind"], row["value"]): row for row in csv.DictReader(io.StringIO(answer.out))}
    found = rows["named", "fjordkraft åsgård kunstlag"]
    assert (found["irrelevant"], found["relevant"]) == ("12", "0")
    assert "none_of_context: [kunstlag]" in triaged("precision", "--terms", "--format", "table").out
    path = home / "queries" / "fjordkraft.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{found['advice']}\n", encoding="utf-8")
    assert triaged("check").code == 0
    assert triaged("replay", "fjordkraft", "--yes").code == 0
    (row,) = csv.DictReader(io.StringIO(triaged("precision", "--format", "csv").out))
    assert (row["relevant"], row["irrelevant"], row["precision"]) == ("12", "0", "1.0")


def test_without_decisions_there_is_no_precision(
    cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]
):
    """The output says so."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    assert cli("poll").code == 0
    for options in ((), ("--terms",)):
        answer = cli("precision", *options, "--format", "csv")
        assert (answer.code, answer.out.count("\n")) == (0, 1)
        assert "no decisions yet" in answer.err
