"""No part of the program treats a person as the subject of a record."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import typer.main

from brandwatch import clock
from brandwatch.analysis.keyness import FeatureKind
from brandwatch.cli import app
from brandwatch.reports.columns import stories_listing
from brandwatch.storage import open_store, privacy_retention, selections, stats
from brandwatch.storage.browsing import BROWSE_VIEWS, CANNED_QUERIES, VIEW_STATEMENTS
from brandwatch.storage.stories import STORY_ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERSONS = re.compile(
    r"\b(author|byline|person|people|employee|staff|handle|account|colleague|speaker|writer|who)s?\b", re.IGNORECASE
)
SCORES = re.compile(r"score|rank|rating|reputation|sentiment|profile|timeline", re.IGNORECASE)


def persons(names: object) -> list[str]:
    """Filter the names for words for persons; `_` and `-` separate words."""
    return [str(name) for name in names if PERSONS.search(re.sub(r"[_-]", " ", str(name)))]  # type: ignore[attr-defined]


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command of the tree with its words."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def test_no_table_is_of_persons(tmp_path: Path):
    """Only entries have authors; no index and no view groups by a person, and no column is a score."""
    path = tmp_path / "brandwatch.db"
    with open_store(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        tables = [name for kind, name, _, _ in made if kind == "table"]
        columns = {
            (table, row[0])
            for table in tables
            for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", [table])
        }
        indexed = {
            column
            for kind, name, _, _ in made
            if kind == "index"
            for (column,) in connection.execute("SELECT name FROM pragma_index_xinfo(?) WHERE key", [name])
        }
    assert {table for table, column in columns if column == "author"} == {"entry"}
    assert persons(indexed - {None}) == []
    assert [name for kind, name, _, sql in made if kind == "index" and "author" in (sql or "")] == []
    assert [name for kind, name, _, _ in made if kind == "view"] == []
    ours = {column for table, column in columns if not table.startswith("entry_text")}
    assert [column for column in ours if SCORES.search(column)] == []
    # The index of words holds titles, texts and links: a name in them is found, and not one who wrote.
    assert {column for table, column in columns if table == "entry_text"} >= {"title", "text", "links"}
    assert ("entry_text", "author") not in columns


def test_nothing_is_sorted_grouped_or_counted_by_persons():
    """No order, group or count is by author, and no tally has a column for one."""
    for names in (
        selections.ORDERS,
        selections.GROUPS,
        STORY_ORDERS,
        stats.DIMENSIONS,
        privacy_retention.EXPIRED_DIMENSIONS,
        [column.name for column in stories_listing(clock.now()).columns],
        FeatureKind,
    ):
        assert persons(names) == []
    said = " ".join([*selections.ORDERS.values(), *selections.GROUPS.values(), *stats.DIMENSIONS.values()])
    assert "author" not in said
    assert "note" not in said


def test_no_view_is_of_persons():
    """Views have no author, no facet by voice or subject, and no query about persons."""
    for name, sheet in BROWSE_VIEWS.items():
        assert persons([name, *sheet.columns]) == []
        assert {"voice", "subject", "author"}.isdisjoint(sheet.facets)
    assert [name for name, select in VIEW_STATEMENTS.items() if "author" in select] == []
    assert persons(CANNED_QUERIES) == []
    assert [asked for asked in CANNED_QUERIES.values() if "author" in asked.statement] == []


def test_no_command_is_of_persons():
    """No command and no option selects a person, except `privacy` for requests of data subjects."""
    tree = dict(commands(typer.main.get_command(app)))
    assert len(tree) > 20
    asked = {
        path: persons(name for option in command.params for name in (*option.opts, *option.secondary_opts))
        for path, command in tree.items()
    }
    assert {path for path, names in asked.items() if names} == {("privacy", "forget")}
    assert [path for path in tree if persons(path) or SCORES.search(" ".join(path))] == []
    taken = {(path, option.metavar) for path, command in tree.items() for option in command.params}
    assert {path for path, what in taken if "NAME…" in (what or "")} == {("privacy", "search")}
