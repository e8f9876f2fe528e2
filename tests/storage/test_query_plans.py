"""Query plans of the statements with planner hints (sqlite.org/eqp.html)."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from brandwatch.models import AnyOf, RequiredWords, Retention, Selection
from brandwatch.storage import (
    browsing,
    hour_counts,
    privacy_retention,
    recording,
    search,
    selections,
    sources,
    stats,
    stories,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

NOW = datetime(2026, 5, 4, tzinfo=UTC)
MENTIONS_BY_TIME = "SCAN mention USING COVERING INDEX mention_by_time"
MENTIONS_OF_DAY = "SEARCH mention USING COVERING INDEX mention_by_time (time>? AND time<?)"
MENTIONS_SINCE = "SEARCH mention USING COVERING INDEX mention_by_time (time>?)"
ENTRY_BY_ID = "SEARCH entry USING INTEGER PRIMARY KEY (rowid=?)"
MENTION_BY_ID = "SEARCH mention USING INTEGER PRIMARY KEY (rowid=?)"
MENTIONS_OF_ENTRY = "SEARCH mention USING INDEX sqlite_autoindex_mention_1 (entry=?)"
STORY_BY_ID = "SEARCH story USING INTEGER PRIMARY KEY (rowid=?)"
STORIES_BY_HEAT = "SEARCH story USING INDEX story_by_heat (heat>?)"
ENTRIES_OF_STORY = "SEARCH entry USING COVERING INDEX entry_of_story (story=?)"


class Case(NamedTuple):
    """A call with statements, and the expected steps of its plan in order."""

    run: Callable[[Store], object]
    steps: tuple[str, ...]


CASES = {
    "the newest mentions are chosen from the index, and only their columns are read": Case(
        lambda store: list(selections.select_mentions(store, Selection(limit=10))),
        ("CO-ROUTINE chosen", MENTIONS_BY_TIME, "SCAN chosen", MENTION_BY_ID, ENTRY_BY_ID),
    ),
    "all mentions are read in the order of time": Case(
        lambda store: list(selections.select_mentions(store, Selection())),
        ("SCAN mention USING INDEX mention_by_time", ENTRY_BY_ID),
    ),
    "the hottest mentions are read from the hottest story on": Case(
        lambda store: list(selections.select_mentions(store, Selection(limit=10, sort="heat"))),
        (
            "SEARCH story USING COVERING INDEX story_by_heat (heat>?)",
            "SEARCH entry USING INDEX entry_of_story (story=?)",
            MENTIONS_OF_ENTRY,
        ),
    ),
    "of words the full-text index comes first, then the mentions of its entries": Case(
        lambda store: list(selections.select_mentions(store, Selection(limit=10, search="acme"))),
        ("CO-ROUTINE chosen", ENTRY_BY_ID, "SCAN entry_text VIRTUAL TABLE INDEX 0:M3", MENTIONS_OF_ENTRY),
    ),
    "of a prefilter the full-text index comes first, beside the odd entries": Case(
        lambda store: recording.entries_to_reevaluate(store, "acme", AnyOf((RequiredWords(("acme",)),))),
        (
            ENTRY_BY_ID,
            "SCAN entry_text VIRTUAL TABLE INDEX 0:M3",
            "SCAN entry USING INDEX entry_that_is_odd",
            "SEARCH mention USING INDEX mention_of_query (query=?)",
        ),
    ),
    "entries are evaluated again by their ids, each with its mention": Case(
        lambda store: recording.reevaluation_candidates(store, "acme", [1, 2]),
        (ENTRY_BY_ID, "SEARCH mention USING INDEX sqlite_autoindex_mention_1 (entry=? AND query=?)"),
    ),
    "mentions are counted in the index alone": Case(
        lambda store: selections.count_mentions(store, Selection()),
        (MENTIONS_BY_TIME,),
    ),
    "mentions are tallied day by day in the index alone": Case(
        lambda store: stats.tally_mentions(store, Selection(), "day"),
        (MENTIONS_OF_DAY,),
    ),
    "hours go through the mentions in the index": Case(
        lambda store: hour_counts.mention_hours(store, Selection()),
        (MENTIONS_BY_TIME, ENTRY_BY_ID),
    ),
    "the mentions of sources are counted from the index on": Case(
        sources.source_states_with_mentions,
        (MENTIONS_BY_TIME, "SEARCH sighting USING PRIMARY KEY (entry=?)"),
    ),
    "of few mentions the stories are found after them": Case(
        lambda store: list(stories.select_stories(store, Selection(since=NOW))),
        ("CO-ROUTINE found", MENTIONS_SINCE, ENTRY_BY_ID, "SCAN found", STORY_BY_ID),
    ),
    "of many mentions the stories come first, by heat": Case(
        lambda store: list(stories.select_stories(store, Selection(limit=10, queries=("acme",)))),
        (
            STORIES_BY_HEAT,
            ENTRIES_OF_STORY,
            "SEARCH mention USING INDEX sqlite_autoindex_mention_1 (entry=? AND query=?)",
        ),
    ),
    "counted stories are looked up by number": Case(
        lambda store: list(stories.select_stories(store, Selection(), counts={1: 1})),
        ("SCAN counted VIRTUAL TABLE INDEX 1:", STORY_BY_ID, MENTION_BY_ID, ENTRY_BY_ID),
    ),
    "entries are found again by the partial index of their keys": Case(
        lambda store: recording.entries_with_keys(store, [], ["https://a.example/1"]),
        ("SEARCH twin USING COVERING INDEX entry_by_link (link=?)",),
    ),
    "entries are found again by what they say": Case(
        lambda store: recording.entries_with_keys(store, [], [], [1, 2, 3], source="https://a.example/rss"),
        ("SEARCH twin USING COVERING INDEX entry_by_text_date (text_date=?)",),
    ),
    "the oldest fetches are found source by source": Case(
        lambda store: privacy_retention.expire_source_facts(store, timedelta(days=90), NOW),
        ("SEARCH fetch_day USING PRIMARY KEY (source=? AND day<?)",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_statements_use_the_measured_plan(store: Store, name: str):
    """A table of a million rows is scanned in index order or not at all."""
    case = CASES[name]
    assert any(holds_in_order(plan, case.steps) for plan in plans(store.connection, lambda: case.run(store)))


@pytest.mark.parametrize(
    ("select", "index", "staff_index"),
    [
        (privacy_retention.unhidden_mentions, "mention_by_age", "mention_about_staff"),
        (privacy_retention.overdue_mentions, "mention_expiring", "mention_expiring_staff"),
    ],
)
def test_ageing_mentions_are_looked_up(
    store: Store,
    find: Callable[..., EntryRecord],
    visit: Callable[..., SourceRecord],
    select: Callable[..., list[int]],
    index: str,
    staff_index: str,
):
    """Each step of retention has its own indexes, and the queries are searched one by one."""
    recording.record_source(store, visit(find("Acme")))
    names, *limits, staff = plans(store.connection, lambda: select(store, {"acme": Retention()}, NOW, 10))
    assert holds_in_order(names, ("SEARCH mention USING COVERING INDEX mention_of_query (query>?)",))
    for (step,) in limits:
        assert f"INDEX {index} (query=? AND voice=? AND found<?)" in step
    assert len(limits) == 4
    assert len(staff) == 1
    assert f"INDEX {staff_index} (query=? AND found<?)" in staff[0]


def test_mentions_to_show_again_are_looked_up(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Among the hidden mentions only those are read whose retention does not end soon."""
    recording.record_source(store, visit(find("Acme")))
    _, *steps = plans(store.connection, lambda: privacy_retention.show_mentions(store, {"acme": Retention()}, NOW, 10))
    assert steps == [["SEARCH mention USING INDEX mention_expiring (query=? AND voice=? AND found>?)"]] * 4


def test_frequent_words_scan_mentions_first(store: Store):
    """For words with very many hits, mentions come first, the newest first."""
    condition, parameters = search.search_condition("acme", search.IndexUse.EACH)
    selection = Selection(search="acme")
    tables = selections.selection_tables(selection, search.IndexUse.EACH)
    statement = f"SELECT mention.id FROM {tables} WHERE {condition} ORDER BY mention.time DESC LIMIT 10"  # noqa: S608
    plan = plans(store.connection, lambda: list(store.execute(statement, parameters)))[0]
    assert holds_in_order(plan, (MENTIONS_BY_TIME, ENTRY_BY_ID, "SCAN entry_text VIRTUAL TABLE INDEX 0:=M3"))
    assert not any("B-TREE" in step for step in plan)


@pytest.mark.usefixtures("store")
def test_the_browser_search_scans_mentions_first(tmp_path: Path):
    """The newest come first, each looked up in the hits: no sorting of 200,000 hits."""
    statement = """
        SELECT id FROM mentions WHERE entry IN (SELECT rowid FROM entry_text WHERE entry_text MATCH 'acme')
        ORDER BY time DESC LIMIT 10
    """
    with closing(browsing.browse_connection(tmp_path / "brandwatch.db")) as connection:
        connection.set_authorizer(None)
        plan = plans(connection, lambda: connection.execute(statement).fetchall())[0]
    assert holds_in_order(plan, (MENTIONS_BY_TIME, "LIST SUBQUERY"))
    assert not any("B-TREE" in step for step in plan)


def plans(connection: sqlite3.Connection, call: Callable[[], object]) -> list[list[str]]:
    """Get the plan of each statement of a call on our tables."""
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    call()
    connection.set_trace_callback(None)
    return [
        [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        for statement in statements
        # Triggers and the full-text index run statements of their own.
        if not statement.startswith(("--", "BEGIN", "COMMIT", "PRAGMA", "CREATE TEMP TRIGGER", "SELECT k, v FROM"))
    ]


def holds_in_order(plan: list[str], steps: tuple[str, ...]) -> bool:
    """Whether a plan has all of the steps in order, possibly with others between them."""
    remaining = iter(plan)
    return all(any(line.startswith(step) for line in remaining) for step in steps)
