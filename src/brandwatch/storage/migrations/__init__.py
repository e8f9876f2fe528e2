"""The migrations of the database, in order. They are only ever added to: `schema.sql` shows the tables as they are."""

from __future__ import annotations

import sqlite3
from importlib import resources
from typing import TYPE_CHECKING

from brandwatch import urls

if TYPE_CHECKING:
    from sqlite_utils import Database


APPLICATION_ID = 0x42_52_57_54
"""`BRWT`, at byte 68 of every database of ours (sqlite.org/fileformat2.html, "Application ID")."""

MIGRATIONS = (
    "m001_first_tables",
    "m002_judgements",
    "m003_schedule",
    "m004_digests",
    "m005_conversations",
    "m006_links",
    "m007_responses",
    "m008_stories",
    "m009_erasures",
    "m010_retention",
    "m011_decisions",
    "m012_mention_times",
    "m013_checks",
    "m014_snippets",
    "m015_anchors",
    "m016_audit",
    "m017_poll_clock",
    "m018_text_parts",
    "m019_deferrals",
)
"""The names of the migrations. Each is a file of SQL beside this one, but for those of _FUNCTIONS."""

SCHEMA_VERSION = len(MIGRATIONS)
"""`user_version` of a database that has all migrations."""


def apply_migrations(connection: sqlite3.Connection, *, stop_before: str | None = None) -> None:
    """Run the migrations that a database does not have yet, inside the transaction of the caller.

    Those from *stop_before* on are left out.
    """
    # 50 ms to import, and a database of this version needs none of it.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations("brandwatch")
    for version, name in enumerate(MIGRATIONS, start=1):

        @migrations(name=name)
        def step(db: Database, name: str = name, version: int = version) -> None:
            if name in _FUNCTIONS:
                _FUNCTIONS[name](db)
            else:
                _run_script(db, resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))
            db.execute(f"PRAGMA user_version = {version}")

    migrations.apply(Database(connection), stop_before=stop_before)


def _run_script(db: Database, script: str) -> None:
    """Run a script statement by statement: `executescript` would commit the transaction that is under way."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def _m006_links(db: Database) -> None:
    """Give entries the keys that links have now, so that they are recognised; the links that are shown stay."""
    rows = db.query("SELECT id, url, link FROM entry WHERE link LIKE 'http%'")
    keys = ((urls.canonical(row["url"]), row) for row in rows)
    changed = [(key, row["id"]) for key, row in keys if key != row["link"] and not urls.is_front_page(key)]
    db.conn.executemany("UPDATE entry SET link = ? WHERE id = ?", changed)


_FUNCTIONS = {"m006_links": _m006_links}
