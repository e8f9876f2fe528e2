"""The migrations of the database, in order, and the tables of a new one.

Migrations are only ever added to; `schema.sql` shows the tables as all of them make them.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    "m019_identity",
    "m020_hosts",
    "m021_deferrals",
    "m022_revisions",
    "m023_remarks",
    "m024_mention_counts",
    "m025_query_versions",
    "m026_alerts",
    "m027_source_history",
    "m028_expiring",
    "m029_seals",
    "m030_counts_of_all_queries",
    "m031_damaged",
    "m032_source_coverage",
    "m033_fetch_days",
    "m034_samples",
    "m035_query_lists",
    "m036_entry_times",
)
"""The names of the migrations. Each is a file of SQL beside this one, a function of _FUNCTIONS, or first one, then the
other."""

_MIGRATION_SET = "brandwatch"
_COMMENT = re.compile(r"--[^\n]*")

SCHEMA_VERSION = len(MIGRATIONS)
"""`user_version` of a database that has all migrations."""

FIRST_SEALED_VERSION = MIGRATIONS.index("m029_seals") + 1
"""The first version with seals: those of a later one outlast its migrations."""


def apply_migrations(connection: sqlite3.Connection, *, stop_before: str | None = None) -> None:
    """Run the migrations that a database does not have yet, inside the transaction of the caller.

    Those from *stop_before* on are left out.
    """
    # 50 ms to import, and a database of this version needs none of it.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations(_MIGRATION_SET)
    for version, name in enumerate(MIGRATIONS, start=1):

        @migrations(name=name)
        def step(db: Database, name: str = name, version: int = version) -> None:
            script = resources.files(__name__).joinpath(f"{name}.sql")
            if script.is_file():
                for statement in _statements(script.read_text(encoding="utf-8")):
                    db.execute(statement)
            if name in _FUNCTIONS:
                _FUNCTIONS[name](db)
            db.execute(f"PRAGMA user_version = {version}")

    migrations.apply(Database(connection), stop_before=stop_before)


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new database, inside the transaction of the caller: what all migrations make, at once.

    A tenth of the time of the migrations one by one, and without the import of sqlite-utils.
    """
    script = resources.files("brandwatch.storage").joinpath("schema.sql").read_text(encoding="utf-8")
    # SQLite stores the text of a statement, and edits it when a column is dropped.
    for statement in _statements(_COMMENT.sub("", script)):
        connection.execute(statement)
    applied_at = str(clock.now())
    connection.executemany(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
        [(_MIGRATION_SET, name, applied_at) for name in MIGRATIONS],
    )


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: `executescript` would commit the transaction that is under way."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _m006_links(db: Database) -> None:
    """Give entries the keys that links have now, so that they are recognised; the links that are shown stay."""
    rows = db.query("SELECT id, url, link FROM entry WHERE link LIKE 'http%'")
    keys = ((urls.canonical(row["url"]), row) for row in rows)
    changed = [(key, row["id"]) for key, row in keys if key != row["link"] and not urls.is_front_page(key)]
    db.conn.executemany("UPDATE entry SET link = ? WHERE id = ?", changed)


def _m019_identity(db: Database) -> None:
    """Compute the keys of entries: links with their fragments, and what entries say as far as it is stored whole."""
    _m006_links(db)
    key = bytes(db.execute("SELECT key FROM secret").fetchone()[0])
    rows = db.query("SELECT id, title, text, published, whole FROM entry")
    db.conn.executemany(
        "UPDATE entry SET title_text = ?, title_date = ?, text_date = ? WHERE id = ?",
        ((*_content_keys(row, key), row["id"]) for row in list(rows)),
    )
    # A seen entry had its name alone: 8 bytes. Zeros stand for the unknown link and title.
    windows = db.execute("SELECT id, window FROM source WHERE window != x''").fetchall()
    padded = (
        (b"".join(window[at : at + 8] + bytes(12) for at in range(0, len(window), 8)), id_) for id_, window in windows
    )
    db.conn.executemany("UPDATE source SET window = ? WHERE id = ?", padded)


def _content_keys(row: Mapping[str, Any], key: bytes) -> tuple[int | None, ...]:
    from brandwatch.models import Entry  # noqa: PLC0415 (this and the next: for old databases only)
    from brandwatch.stories.identity import content_keys  # noqa: PLC0415

    published = None if row["published"] is None else datetime.fromtimestamp(row["published"], UTC)
    title_text, title_date, text_date = content_keys(
        Entry(title=row["title"], text=row["text"], published=published), key
    )
    # Of a text of which a part is stored the hash is unknown.
    return (
        (None, title_date or None, None)
        if row["whole"]
        else (title_text or None, title_date or None, text_date or None)
    )


# In these columns of old databases hosts are percent-encoded, or have letters beyond ASCII.
_COLUMNS_WITH_LINKS = {
    "source": ("url", "moved_to"),
    "entry": ("url", "thread", "comment_feed", "links"),
    "tally": ("source", "origin"),
}
_LINK_IN_COLUMN = re.compile(r"(https?://)([^/?#\s]*)")
# The sources that ask for a domain have it in their path or their parameters.
_DOMAIN_IN_LINK = re.compile(r"(?<=domain=)[\w.%-]+|(?<=q=)[\w.%-]+(?=&domain=)|(?<=lobste\.rs/domains/)[\w.%-]+")


def _m020_hosts(db: Database) -> None:
    """Write hosts as the network spells them (IDNA), so that links and sources are recognised."""
    for table, columns in _COLUMNS_WITH_LINKS.items():
        for column in columns:
            is_source = "source" in {table, column}
            values = db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE 'http%'").fetchall()
            pairs = [(_hosts_in_ascii(value, is_source=is_source), value) for (value,) in values]
            changed = [(new, old) for new, old in pairs if new != old]
            db.conn.executemany(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {column} = ?", changed)


def _hosts_in_ascii(links: str, *, is_source: bool) -> str:
    links = _LINK_IN_COLUMN.sub(lambda link: link[1] + _host_in_ascii(link[2]), links)
    return _DOMAIN_IN_LINK.sub(lambda domain: _host_in_ascii(domain[0]), links) if is_source else links


def _host_in_ascii(written: str) -> str:
    if written.isascii() and "%" not in written:
        return written
    name, colon, port = written.partition(":")
    return f"{urls.ascii_host(name)}{colon}{port}"


_FUNCTIONS = {"m006_links": _m006_links, "m019_identity": _m019_identity, "m020_hosts": _m020_hosts}
