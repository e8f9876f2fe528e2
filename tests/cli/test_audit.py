from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from brandwatch.cli import audit
from brandwatch.pipeline.loading import load_queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over a database with two mentions of one query."""
    texts = "<description>Kari Eksempel i Fjordkraft Åsgård svarer.</description><author>kari_fjord</author>"
    feed = rss(
        ("Fjordkraft Åsgård åpner", "https://a.example/1", texts), ("Fjordkraft Åsgårds sak", "https://a.example/2")
    )
    more = "people: [{name: Kari Eksempel, role: board, registered: 2026-02-01}]\n"
    query(site.put("/rss", feed), more=more)
    assert cli("poll").code == 0
    return cli


def rows(answer: Answer) -> list[dict[str, str]]:
    """Read CSV output as rows."""
    assert answer.code == 0
    return list(csv.DictReader(io.StringIO(answer.out)))


def test_every_mention_has_a_row(polled: Cli, site: Site, home: Path):
    """Query version, source, fetch and rule of each mention are listed, in every format."""
    found = rows(polled("audit"))
    assert [row["number"] for row in found] == ["1", "2"]
    assert list(found[0]) == list(audit.COLUMNS)
    assert {(row["actor"], row["deed"], row["query"], row["fetch"]) for row in found} == {
        ("poll", "stored", "fjordkraft", "1")
    }
    assert {row["source"] for row in found} == {site.url("/rss")}
    assert {row["rule"] for row in found} == {"exact", "genitive"}
    (query,) = load_queries(home / "queries").queries
    assert {row["query_version"] for row in found} == {query.version}
    assert json.loads(polled("audit", "2", "--format", "json").out)["items"][0]["number"] == 2
    assert len(polled("audit", "--query", "fjordkraft", "--format", "jsonl").out.splitlines()) == 2
    assert rows(polled("audit", "--until", "7d")) == []
    assert [polled("audit", "2", *period).err for period in ((), ("--until", "7d"))] == ["", "no rows of the audit\n"]
    assert "stored" in polled("audit", "--format", "table").out


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (60, "id at actor deed subject query"),
        (80, "id at actor deed subject query rule"),
        (200, "id at actor deed subject query rule source query_version fetch hash content"),
    ],
)
def test_a_screen_has_the_columns_that_fit(
    polled: Cli, lines: Callable[..., list[str]], width: int, columns: str, home: Path
):
    """Each event is one line, with whole cells; those that do not fit are named for a wider screen."""
    head, rule, *events = lines(width, "audit")
    assert head.split() == columns.split()
    assert all(len(line.rstrip()) <= width for line in (head, rule, *events))
    assert [event.split()[3:7] for event in events if event[:1].isdigit()] == [
        ["poll", "stored", "mention", str(number)] for number in (1, 2)
    ]
    assert len(events) == 2


def test_elsewhere_the_table_has_every_column(polled: Cli):
    """What is not a screen has no width."""
    assert polled("audit", "--format", "table").out.splitlines()[0].split() == list(audit.COLUMNS)


def test_the_audit_holds_no_content(polled: Cli, home: Path):
    """The table has no text, no name, no account and no link."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        told = repr(connection.execute("SELECT * FROM audit").fetchall()).casefold()
    assert not any(word in told for word in ("kari", "åpner", "http", "svarer", "a.example"))


def test_the_chain_is_verified(polled: Cli, home: Path):
    """An intact chain prints its last hash for comparison; a changed one exits with 4."""
    answer = polled("audit", "--verify")
    head = answer.out.strip()
    assert (answer.code, len(head), answer.err) == (0, 64, "2 rows of the audit and 11 seals verified\n")
    assert polled("audit", "--verify", "--head", head).code == 0
    assert polled("audit", "--verify", "--head", "0" * 64).code == 4
    assert polled("audit", "--head", head).code == 2
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        connection.executescript("DROP TRIGGER audit_edited; UPDATE audit SET at = at + 1 WHERE id = 1")
    answer = polled("audit", "--verify")
    assert (answer.code, "row 1, or one before it, was changed" in answer.err) == (4, True)


def test_decisions_and_erasures_extend_the_chain(polled: Cli, home: Path):
    """Decisions and erasures have rows, earlier rows stay, and none holds erased data."""
    assert polled("triage", "--set", "relevant", "2").code == 0
    assert polled("privacy", "forget", "--url", "https://a.example/1", "--yes").code == 0
    found = [(row["actor"], row["deed"], row["subject"], row["number"]) for row in rows(polled("audit"))]
    assert found[2:] == [
        ("hand", "decided", "mention", "2"),
        ("hand", "keyed", "key", "1"),
        ("erasure", "gone", "mention", "1"),
        ("erasure", "stored", "erasure", "1"),
    ]
    assert polled("audit", "--verify").code == 0
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        left = "SELECT (SELECT count(*) FROM person_hit), (SELECT count(*) FROM anchor), (SELECT count(*) FROM mention)"
        assert connection.execute(left).fetchone() == (0, 0, 1)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_accepted_damage_is_named(polled: Cli, home: Path):
    """First the damaged rows are named and their mentions hidden; `--accept` names what it seals."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection, connection:
        connection.execute("UPDATE entry SET title = 'Fjordkraft Åsgård stenger' WHERE id = 1")
    answer = polled("audit", "--verify")
    assert answer.code == 4
    assert answer.err.startswith("damaged: entry 1 “Fjordkraft Åsgård stenger” was changed\n")
    assert "or is damaged; reports leave out 1 mention\n" in answer.err
    accepted = polled("audit", "--verify", "--accept")
    assert accepted.code == 0
    assert accepted.err.startswith("accepted: entry 1 “Fjordkraft Åsgård stenger” was changed\n")
    assert "accepted:" not in polled("audit", "--verify", "--accept").err


def test_a_mention_that_never_was_is_an_error(polled: Cli):
    """One that was erased is not: its rows stay, and a period without rows is an empty list."""
    answer = polled("audit", "1", "99")
    assert (answer.code, answer.out) == (2, "")
    assert "no mention 99" in answer.err
    assert polled("privacy", "forget", "--url", "https://a.example/1", "--yes").code == 0
    assert {row["number"] for row in rows(polled("audit", "1"))} == {"1"}
    assert rows(polled("audit", "2", "--until", "2020-01-01")) == []
