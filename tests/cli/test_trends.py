from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

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
)
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
WEEKS = 14 * 24
JUDGEMENT = MatchResult(evidence=(Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """It is Wednesday, half past noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counted(cli: Cli, home: Path) -> Callable[..., Cli]:
    """A database with these mentions per hour up to now: `counted(acme=[2, 0, 3])`."""

    def fill(**counts: list[int]) -> Cli:
        state = SourceState(url="https://a.example/rss", first_poll=NOW - timedelta(days=60), last_success=NOW)
        visit = SourceRecord(state=state, fetch=Fetch(at=NOW, fetch_class=FetchClass.OK))
        with open_store(home / "brandwatch.db") as store:
            # A source that is there already: what it gives then is no backlog.
            record_source(store, visit)
            finds = tuple(find for query, hours in counts.items() for find in _finds(query, hours))
            record_source(store, SourceRecord(state=state, fetch=visit.fetch, entries=finds))
        (home / "queries").mkdir()
        for query in counts:
            text = f"brand: Acme\nnames: [{query}]\nsources: ['https://a.example/rss']\n"
            (home / "queries" / f"{query}.yaml").write_text(text)
        return cli

    return fill


def _finds(query: str, hours: list[int]) -> Iterator[EntryRecord]:
    """Yield the mentions of each hour, by three publishers in turn; the first of an hour has the most response."""
    for ago, count in enumerate(reversed(hours)):
        for number in range(count):
            link = f"https://avis{number % 3}.example/{query}/{ago}/{number}"
            entry = Entry(
                title=f"Acme 電力 😀 {ago}.{number}",
                url=link,
                publisher=f"Avis {number % 3}",
                published=NOW.replace(minute=5) - timedelta(hours=ago),
                response=Response(comments=count - number),
            )
            judged = {query: JUDGEMENT}
            yield EntryRecord(entry=entry, link=link, stored_id=None, position=0, results=judged, versions={query: "1"})


def rows(answer: Answer) -> list[dict[str, str]]:
    """Read CSV output as rows."""
    assert answer.code == 0, answer.err
    return list(csv.DictReader(io.StringIO(answer.out, newline="")))


def test_a_peak_is_explained(counted: Callable[..., Cli]):
    """The numbers of the rule, and the mention of the hour with the most response."""
    answer = counted(acme=[*[1, 2] * (WEEKS // 2), 23, 2, 1])("trends")
    (row,) = rows(answer)
    assert (row["kind"], row["query"], row["start"], row["mentions"]) == (
        "spike",
        "acme",
        "2026-05-20T10:00+00:00",
        "23",
    )
    assert row["title"] == "Acme 電力 😀 2.0"
    assert row["says"].startswith(
        "23 news mentions from 3 publishers between 10:00 and 11:00; 1.5 is usual in an hour (chance below 1 in"
    )
    assert "the threshold from the busiest hour and recent peaks was 1.8; 23 mentions of 23 stories" in row["says"]
    assert (row["news"], row["stories"]) == ("23", "23")
    assert answer.err == "coverage: 1 of 1 sources seen · watched since 2026-03-21\n"


def test_the_current_hour_counts(counted: Callable[..., Cli]):
    """The current hour can be a peak before its end, but no silence."""
    cli = counted(acme=[*[1, 2] * (WEEKS // 2), 23], havkraft=[*[12] * WEEKS, 0])
    (row,) = rows(cli("trends"))
    assert (row["query"], row["start"]) == ("acme", "2026-05-20T12:00+00:00")


def test_a_silence_has_its_expected_count(counted: Callable[..., Cli]):
    """A silence has the expected number and a hint for the cause."""
    (row,) = rows(counted(acme=[*[3] * WEEKS, *[0] * 30])("trends"))
    assert (row["kind"], row["start"], row["mentions"]) == ("silence", "2026-05-19T07:00+00:00", "0")
    assert row["says"].startswith(
        "no mention for 4 hours, in which 12 mentions were expected; the longest recent silence was 0"
    )


def test_no_trend_is_stated(counted: Callable[..., Cli]):
    """A quiet week states the number of queries; those with too little history are named."""
    answer = counted(acme=[1, 2] * (WEEKS // 2), nordlys=[3] * 20)("trends")
    assert rows(answer) == []
    assert "nothing unusual for 1 query, 2026-05-13 12:30 to 2026-05-20 12:30\n" in answer.err
    assert "not compared, with a history under 48 hours: nordlys\n" in answer.err


def test_only_the_requested_period_is_reported(counted: Callable[..., Cli]):
    """Earlier hours train the baseline and are not reported; filters apply."""
    cli = counted(acme=[*[1, 2] * (WEEKS // 2), 23, *[1, 2] * 24], havkraft=[*[1, 2] * (WEEKS // 2), 23])
    assert [row["query"] for row in rows(cli("trends", "--since", "1d"))] == ["havkraft"]
    assert [row["query"] for row in rows(cli("trends"))] == ["havkraft", "acme"]
    assert [row["query"] for row in rows(cli("trends", "--query", "acme"))] == ["acme"]
    assert rows(cli("trends", "--voice", "owned")) == []
    assert cli("trends", "--since", "1d", "--until", "2d").code == 2


@pytest.mark.parametrize("form", ["table", "tsv", "json", "jsonl", "markdown"])
def test_every_format(counted: Callable[..., Cli], form: str):
    """Each format has the explanation; JSON has null for missing values."""
    answer = counted(acme=[*[3] * WEEKS, *[0] * 30])("trends", "--format", form)
    assert "12 mentions were expected" in " ".join(answer.out.split())
    if form == "json":
        assert json.loads(answer.out)["items"][0]["chance"] is None


def test_without_colour_emphasis_stays_bold(counted: Callable[..., Cli], terminal: Callable[..., str]):
    """NO_COLOR affects colours only."""
    counted(acme=[*[1, 2] * (WEEKS // 2), 23, 2, 1])
    options = ("trends", "--since", "2026-05-13", "--until", "2026-05-20T12:30")
    drawn, plain = (terminal(*options, NO_COLOR=value) for value in ("", "1"))
    assert "\x1b[1;31mPeak" in drawn
    assert "\x1b[1mPeak" in plain
    assert not re.search(r"\x1b\[(?:[\d;]*;)?(?:3|4|9|10)[0-7]", plain)


def test_copies_of_one_text_are_no_news(cli: Cli, counted: Callable[..., Cli], home: Path):
    """Repeats by a publisher of the story are mentions, not news; each post of a person is news."""
    counted(acme=[*[1, 2] * (WEEKS // 2), 2, 1])
    state = SourceState(url="https://a.example/rss", first_poll=NOW - timedelta(days=60), last_success=NOW)
    posts = replace(state, url="https://social.example/tag/acme", kind="mastodon")
    wire = "Acme åpner et nytt kraftverk i Åsgård"
    copies = tuple(_find(wire, f"https://avis{number % 2}.example/kopi/{number}") for number in range(23))
    voices = tuple(_find(f"Acme {word}", f"https://social.example/@a/{word}", word) for word in "abcdefghijklmnopqrst")
    with open_store(home / "brandwatch.db") as store:
        record_source(store, SourceRecord(state=state, fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), entries=copies))
    assert rows(cli("trends")) == []
    with open_store(home / "brandwatch.db") as store:
        for finds in ((), voices):
            record_source(
                store, SourceRecord(state=posts, fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), entries=finds)
            )
    (row,) = rows(cli("trends"))
    assert (row["news"], row["publishers"], row["mentions"]) == ("23", "22", "44")


def _find(title: str, link: str, author: str = "") -> EntryRecord:
    """Build a mention of this hour."""
    entry = Entry(title=title, url=link, author=author, published=NOW - timedelta(minutes=5))
    judged = {"acme": JUDGEMENT}
    return EntryRecord(entry=entry, link=link, stored_id=None, position=0, results=judged, versions={"acme": "1"})
