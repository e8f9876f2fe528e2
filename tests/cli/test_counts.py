"""The numbers of one report agree, whatever its format: an entry of several queries counts once."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandwatch.models import (
    Entry,
    EntryRecord,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    Response,
    SourceRecord,
    SourceState,
    Voice,
)
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Run = Callable[..., Answer]

DAY = datetime(2026, 5, 4, 10, tzinfo=UTC)
QUERIES = ("fjordkraft", "blåbær", "strøm")
SUBJECTS = ("Åsgård vokser", "Kraftverket i fjorden stenges", "Prisene på blåbær faller kraftig", "Nytt kunstlag")


class Made(NamedTuple):
    """An entry: its voice by query, its day, its site and its subject."""

    voices: Mapping[str, Voice]
    day: int
    site: int
    subject: int
    likes: int | None


# Staff is not drawn here: small cells of staff are suppressed, which test_disclosure_control.py is about.
SPEAKERS = (Voice.PUBLIC, Voice.OWNED, Voice.OFFICIAL)
ENTRIES = st.lists(
    st.builds(
        Made,
        st.dictionaries(st.sampled_from(QUERIES), st.sampled_from(SPEAKERS), min_size=1),
        st.integers(0, 3),
        st.integers(0, 2),
        st.integers(0, len(SUBJECTS) - 1),
        st.none() | st.integers(0, 9),
    ),
    min_size=1,
    max_size=9,
)


def record(number: int, made: Made) -> EntryRecord:
    """An entry with its mentions."""
    url = f"https://avis{made.site}.example/{number}"
    evidence = (Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),)
    result = MatchResult(evidence=evidence)
    results = {query: replace(result, voice=voice) for query, voice in made.voices.items()}
    entry = Entry(
        guid=url,
        url=url,
        title=f"Acme {SUBJECTS[made.subject]}",
        publisher=f"Avis {made.site}",
        language="nb",
        published=DAY + timedelta(days=made.day),
        response=Response(likes=made.likes),
    )
    return EntryRecord(
        entry=entry, link=url, stored_id=None, position=number, results=results, versions=dict.fromkeys(results, "v1")
    )


def fill(folder: Path, entries: list[Made]) -> None:
    """A database of these entries, with the files of the queries."""
    for path in folder.glob("brandwatch.db*"):
        path.unlink()
    (folder / "queries").mkdir(exist_ok=True)
    for query in QUERIES:
        text = f"brand: Acme\nnames: [{query}]\nsources: ['https://a.example/rss']\n"
        (folder / "queries" / f"{query}.yaml").write_text(text, encoding="utf-8")
    first = SourceState(url="https://a.example/rss", first_poll=DAY - timedelta(days=9), last_success=DAY)
    fetch = Fetch(at=DAY, fetch_class=FetchClass.OK)
    with open_store(folder / "brandwatch.db") as store:
        record_source(store, SourceRecord(state=first, fetch=fetch))
        records = tuple(record(number, made) for number, made in enumerate(entries))
        record_source(store, SourceRecord(state=first, fetch=fetch, entries=records))


@pytest.fixture
def said(cli: Cli) -> Run:
    """Run a command that succeeds over everything of May 2026."""

    def call(*arguments: str) -> Answer:
        answer = cli(*arguments, "--since", "2026-05-01", "--until", "2026-06-01")
        assert answer.code == 0, answer.err
        return answer

    return call


def rows(answer: Answer) -> list[dict[str, str]]:
    """The rows of CSV."""
    return list(csv.DictReader(io.StringIO(answer.out, newline="")))


def tiles(page: str) -> dict[str, int]:
    """The headline figures of a page, by label in the plural."""
    found = re.findall(r"<(?:dt|strong|b|p|span|div)[^>]*>([\d,]+)</\w+>\s*<\w+[^>]*>([\w ]+)</", page)
    plurals = {"publisher": "publishers"}
    return {plurals.get(label, html.unescape(label)): int(number.replace(",", "")) for number, label in found}


def totals(said: Run, *options: str) -> dict[str, set[int]]:
    """Each total of a selection, from all places that have it; `stats` has no --where."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    listed = [json.loads(line) for line in said("report", "--format", "jsonl", *options).out.splitlines()]
    table = said("report", "--format", "table", *options)
    page = tiles(said("report", "--format", "html", *options).out)
    stories = said("report", "--stories", *options)
    found["mentions"] |= {len(listed), len(table.out.splitlines()) - 2, page["mentions"]}
    found["entries"] |= {len({row["entry"] for row in listed}), page.get("entries", page["mentions"])}
    if apart := re.search(r"^(\d+) mentions? of (\d+) entr", table.err, re.MULTILINE):
        found["mentions"].add(int(apart[1]))
        found["entries"].add(int(apart[2]))
    dimensions = ("day", "week", "publisher", "voice", "subject", "language", "source", "query")
    for by in () if "--where" in options else dimensions:
        answer = said("stats", "--by", by, "--format", "csv", *options)
        lines = rows(answer)
        found["mentions" if by == "query" else "entries"].add(sum(int(line["mentions"]) for line in lines))
        found["share"].add(round(sum(float(line["share"]) for line in lines)))
        if apart := re.search(r"(\d+) entr\w+, (\d+) mentions?: an entry of several queries", answer.err):
            found["entries"].add(int(apart[1]))
            found["mentions"].add(int(apart[2]))
    found["entries"].add(sum(int(row["mentions"]) for row in rows(stories)))
    total = re.match(r"(\d+) stor\w+: (\d+) mentions?, (\d+) publisher", stories.err)
    assert total
    found["entries"].add(int(total[2]))
    found["stories"] |= {int(total[1]), len(rows(stories)), page["stories"], len({row["story"] for row in listed})}
    found["publishers"] |= {int(total[3]), page["publishers"]}
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ENTRIES)
def test_all_numbers_of_one_report_agree(home: Path, said: Run, entries: list[Made]):
    """Table, JSON, page, `stats` in every dimension and `report --stories` have the same totals, which are right."""
    fill(home, entries)
    for options in ((), ("--query", "fjordkraft", "--query", "blåbær"), ("--where", "title:Acme")):
        names = options[1::2] if "--query" in options else QUERIES
        selected = [made for made in entries if made.voices.keys() & set(names)]
        if not selected:
            continue
        found = totals(said, *options)
        assert found["entries"] == {len(selected)}, options
        assert found["mentions"] == {sum(len(made.voices.keys() & set(names)) for made in selected)}, options
        assert found["share"] <= {1}, options
        assert (len(found["stories"]), len(found["publishers"])) == (1, 1), (options, found)


def test_an_entry_of_three_queries_counts_once(home: Path, said: Run):
    """Every total is one; by query there are three lines, and the total tells entries and mentions apart."""
    voices = {"fjordkraft": Voice.OWNED, "blåbær": Voice.PUBLIC, "strøm": Voice.PUBLIC}
    fill(home, [Made(voices, 0, 0, 0, 5)])
    for by, value in (("publisher", "Avis 0"), ("voice", "owned"), ("day", "2026-05-04"), ("language", "nb")):
        answer = said("stats", "--by", by, "--format", "csv")
        (line,) = [line for line in rows(answer) if line["mentions"] != "0"]
        assert (line[by], line["mentions"], line["share"], line["response"], line["publishers"]) == (
            value, "1", "1.0", "5", "0",
        )  # fmt: skip
        assert "1 entry, 3 mentions: an entry of several queries counts once\n" in answer.err
    answer = said("stats", "--by", "query", "--format", "csv")
    assert {(line["query"], line["mentions"], line["publishers"]) for line in rows(answer)} == {
        ("fjordkraft", "1", "0"), ("blåbær", "1", "1"), ("strøm", "1", "1"),
    }  # fmt: skip
    assert "1 entry, 3 mentions: an entry of several queries counts for each of its queries\n" in answer.err
    answer = said("report", "--stories")
    assert [(row["mentions"], row["entries"], row["publishers"]) for row in rows(answer)] == [("1", "1", "0")]
    assert answer.err.startswith("1 story: 1 mention, 0 publishers\n")
    assert said("report").err.startswith("3 mentions of 1 entry\n")
    assert said("export", "--triage").err.startswith("3 mentions of 1 entry\n")
    page = tiles(said("report", "--format", "html").out)
    assert (page["entries"], page["mentions"], page["stories"], page["publishers"]) == (1, 3, 1, 0)


def test_entries_of_one_query_are_mentions(home: Path, said: Run):
    """Where entries and mentions are as many, nothing is told apart."""
    fill(home, [Made({"fjordkraft": Voice.PUBLIC}, day, 0, day, None) for day in range(3)])
    for command in ("report", "report --stories", "stats", "stats --by query", "export --triage"):
        assert "entr" not in said(*command.split()).err, command
    assert "entries" not in tiles(said("report", "--format", "html").out)
