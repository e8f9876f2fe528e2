from __future__ import annotations

import re
import sqlite3
from array import array
from contextlib import closing
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

from brandwatch.models import Entry, Selection
from brandwatch.storage import open_store
from brandwatch.storage.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION, apply_migrations, create_tables
from brandwatch.storage.recording import entry_by_link
from brandwatch.storage.selections import select_mentions
from brandwatch.stories.identity import content_keys
from brandwatch.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = """
INSERT INTO source
    VALUES (1, 'https://a.example/rss', 'feed', 'A', '', 'nb', '', '', x'', x'', 'ok', '', '', 1, 0, 1, 1, 1, 1);
INSERT INTO entry
    VALUES (1, 'g', 'https://a.example/1', 1, 'https://a.example/1', 'Acme åpner', 'T', '', 'A', 'nb', '', 1, NULL, 1);
INSERT INTO mention VALUES (1, 1, 'acme', 'v1', '[["Acme","title",0,4,"exact"]]', 'relevant', 0, 1777888800);
INSERT INTO sighting VALUES (1, 1, 1, 1, 0);
INSERT INTO response VALUES (1, 1, 9, NULL, NULL, NULL, NULL), (1, 7201, 4, NULL, 2, NULL, 70);
"""


def test_the_first_version_is_migrated(tmp_path: Path):
    """All data stay, decisions too; new columns have defaults, and the search works."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m002_judgements")
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        connection.executescript(FIRST)
    with open_store(path) as store:
        (mention,) = select_mentions(store, Selection(search="åpner"))
        assert (mention.status, mention.voice, mention.suppressed, mention.kind) == ("relevant", "public", "", "feed")
        assert [(piece.term, piece.kind) for piece in mention.evidence] == [("Acme", "anchor")]
        assert (mention.entry.response.comments, mention.response_at) == (4, datetime.fromtimestamp(7201, UTC))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("SELECT response_total, response_rise FROM entry").fetchone() == (6, 3.0)


def test_migrated_fetches_are_summed_up_by_day(tmp_path: Path):
    """Those from more than a week before the last trusted poll; each fetch of the last week stays."""
    path, day = tmp_path / "old.db", 86_400
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m002_judgements")
        connection.executescript(FIRST)
        apply_migrations(connection, stop_before="m033_fetch_days")
        connection.execute("UPDATE poll_clock SET trusted = ?", [20 * day])
        connection.executemany(
            "INSERT INTO fetch (source, at, class, size, entries, new, error) VALUES (1, ?, ?, 10, 3, 1, ?)",
            [(5 * day, "ok", ""), (5 * day + 9, "timeout", "sent nothing"), (12 * day, "ok", ""), (13 * day, "ok", "")],
        )
        apply_migrations(connection)
        assert connection.execute("SELECT at FROM fetch").fetchall() == [(13 * day,)]
        statement = "SELECT day, first, last, failure, fetches, answers, size, entries, new FROM fetch_day"
        assert connection.execute(statement).fetchall() == [
            (5 * day, 5 * day, 5 * day + 9, "timeout", 2, 1, 20, 6, 2),
            (12 * day, 12 * day, 12 * day, "", 1, 1, 10, 3, 1),
        ]


def test_migrated_shingles_have_two_bytes(tmp_path: Path):
    """The lower ones, in their order, also zeros."""
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        apply_migrations(connection, stop_before="m002_judgements")
        connection.executescript(FIRST)
        apply_migrations(connection, stop_before="m034_samples")
        shingles = array("I", [0x12340000, 0xFFFF5678, 7]).tobytes()
        connection.execute("INSERT INTO sketched (entry, marks, whole) VALUES (1, '[5]', ?)", [shingles])
        apply_migrations(connection)
        ((whole, *numbers),) = connection.execute("SELECT whole, count, step FROM sketched").fetchall()
        assert (array("H", whole).tolist(), numbers) == ([0, 0x5678, 7], [3, 1])


LINKS = {
    "https://www.google.com/url?ct=ga&url=https://avis.example/sak/1": (
        "https://google.com/url?ct=ga&url=https%3A%2F%2Favis.example%2Fsak%2F1",
        "https://avis.example/sak/1",
    ),
    "https://m.youtube.com/watch?v=aB3-_xY9zQ0&t=5": (
        "https://youtube.com/watch?t=5&v=aB3-_xY9zQ0",
        "https://youtube.com/watch?v=aB3-_xY9zQ0",
    ),
    "https://avis.example/blåbær?b=1": ("https://avis.example/bl%C3%A5b%C3%A6r?b=1",) * 2,
    "https://avis.example/amp/": ("https://avis.example/amp",) * 2,
    "https://avis.example/": ("",) * 2,
    "https://avis.example/felles": ("content:5f1d",) * 2,
}
"""The link of an entry, the key that an older version had for it, and the one it is met again by."""


def test_migrated_entries_are_recognised(tmp_path: Path):
    """Link keys are recomputed; displayed links, and keys that are no links, stay."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m006_links")
        connection.execute(
            "INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
            " error, moved_to, entries, failures)"
            " VALUES (1, 'https://a.example/rss', 'feed', '', '', '', '', '', x'', x'', '', '', 1, 0)"
        )
        connection.executemany(
            "INSERT INTO entry (guid, link, owner, url, title, text, author, publisher, language, comment_feed, found)"
            " VALUES ('', ?, 1, ?, '', '', '', '', '', '', 1)",
            [(old, url) for url, (old, _) in LINKS.items()],
        )
        connection.commit()
    with open_store(path) as store:
        found = entry_by_link(store, canonical("https://avis.example/sak/1"))
        assert found is not None
        assert found.entry.url == "https://www.google.com/url?ct=ga&url=https://avis.example/sak/1"
    with closing(sqlite3.connect(path)) as connection:
        assert dict(connection.execute("SELECT url, link FROM entry")) == {url: new for url, (_, new) in LINKS.items()}


def test_entries_of_an_older_version_get_their_keys(tmp_path: Path):
    """Links keep their numbered fragments, whole texts are hashed, and the seen entries stay names."""
    path = tmp_path / "old.db"
    page = "https://saker.example/17"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m019_identity")
        connection.execute(
            "INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
            " error, moved_to, entries, failures, window)"
            " VALUES (1, 'https://a.example/rss', 'feed', '', '', '', '', '', x'', x'', '', '', 1, 0, ?)",
            [b"8 bytes.and more"],
        )
        connection.executemany(
            "INSERT INTO entry (guid, link, owner, url, title, text, author, publisher, language, comment_feed, found,"
            " published, whole) VALUES (?, ?, 1, ?, 'Strøm', 'Tekst', '', '', '', '', 1, ?, ?)",
            [
                ("urn:17-2", page, f"{page}#change-2", 1777888800, 0),
                ("urn:17-4", page, f"{page}#topp", None, 0),
                ("urn:17-9", page, f"{page}#svar", 1777888800, 900),
            ],
        )
        connection.commit()
    with open_store(path) as store:
        key = store.secret_key
        at = datetime.fromtimestamp(1777888800, UTC)
        keys = content_keys(Entry(title="Strøm", text="Tekst", published=at), key)
        rows = list(store.execute("SELECT link, title_text, title_date, text_date FROM entry ORDER BY id"))
        assert rows == [(f"{page}#change-2", *keys), (page, keys[0], None, None), (page, None, keys[1], None)]
        assert store.value("SELECT window FROM source") == b"8 bytes." + bytes(12) + b"and more" + bytes(12)


HOSTS = {
    "https://bl%C3%A5b%C3%A6r.example/feed": "https://xn--blbr-roah.example/feed",
    "https://blåbær.example:8080/?s=bl%C3%A5": "https://xn--blbr-roah.example:8080/?s=bl%C3%A5",
    "https://lobste.rs/domains/bl%C3%A5b%C3%A6r.example.json": "https://lobste.rs/domains/xn--blbr-roah.example.json",
    "https://a.example/rss?q=bl%C3%A5": "https://a.example/rss?q=bl%C3%A5",
}
"""The URL of a source in an older version, and now."""


def test_hosts_are_migrated_to_the_spelling_of_the_network(tmp_path: Path):
    """Sources keep their state and entries their sources; what is beside a host stays as it was."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m020_hosts")
        connection.executemany(
            "INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
            " error, moved_to, entries, failures)"
            " VALUES (?, ?, 'feed', '', '', '', '', '', x'', x'', '', '', 1, 0)",
            list(enumerate(HOSTS, start=1)),
        )
        connection.execute(
            "INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed,"
            " found, links) VALUES (1, '', '', 1, 'https://bl%C3%A5b%C3%A6r.example/b%C3%A6r?domain=bl%C3%A5.example',"
            " 'Bær', '', '', '', '', '', 1, 'https://a.example/\nhttps://bl%C3%A5b%C3%A6r.example/')"
        )
        connection.commit()
    with open_store(path) as store:
        assert store.column("SELECT url FROM source ORDER BY id") == list(HOSTS.values())
        assert list(store.query("SELECT url, links FROM entry")) == [
            {
                "url": "https://xn--blbr-roah.example/b%C3%A6r?domain=bl%C3%A5.example",
                "links": "https://a.example/\nhttps://xn--blbr-roah.example/",
            }
        ]


def test_schema_sql_matches_the_migrations():
    """Every table, index and trigger, and the version; only white space and comments differ."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_migrations(connection)
        migrated = read_schema(connection)
    script = resources.files("brandwatch.storage").joinpath("schema.sql").read_text(encoding="utf-8")
    statements = {normalise(statement) for statement in split_statements(script)}
    created = {statement for statement in statements if statement.startswith("CREATE")}
    assert created == set(migrated.values())
    assert {statement for statement in statements - created if not statement.startswith("INSERT")} == {
        f"PRAGMA application_id = 0x{APPLICATION_ID:x}",
        f"PRAGMA user_version = {SCHEMA_VERSION}",
    }


def test_schema_sql_creates_the_same_schema():
    """SQLite sees the same columns, keys, checks, indexes and references as after the migrations."""
    script = resources.files("brandwatch.storage").joinpath("schema.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(script)
        drawn, drawn_facts = read_schema(connection), read_declarations(connection)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_migrations(connection)
        assert (drawn, drawn_facts) == (read_schema(connection), read_declarations(connection))


def test_a_new_database_has_what_all_migrations_make():
    """The same schema and rows, apart from the key and from times; no migration is left, and the next one can run."""
    found = []
    for make in (create_tables, apply_migrations):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            make(connection)
            apply_migrations(connection)
            assert connection.execute("SELECT length(key) FROM secret").fetchall() == [(32,)]
            assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
            found.append((read_schema(connection), read_declarations(connection), read_rows(connection)))
            connection.execute("ALTER TABLE source DROP COLUMN moved_since")
    assert found[0] == found[1]
    _, _, rows = found[0]
    assert [name for _, _, name in rows["_sqlite_migrations"]] == list(MIGRATIONS)


def test_a_column_missing_in_schema_sql_is_noticed():
    """A new column or default is another schema; a line break is not."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript("CREATE TABLE a (b TEXT NOT NULL DEFAULT '')")
        before = read_schema(connection)
        connection.execute("ALTER TABLE a ADD COLUMN c INTEGER")
        assert read_schema(connection) != before
        assert read_schema(connection)["a"] == normalise(
            "CREATE TABLE a (\n  b TEXT NOT NULL DEFAULT '',\n  c INTEGER -- new\n)"
        )
        assert normalise("CREATE TABLE a (b TEXT NOT NULL DEFAULT 'x')") != before["a"]


def read_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Read the normalised statements of a database by object name."""
    statement = """
        SELECT name, sql FROM sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'entry#_text#__%' ESCAPE '#' AND name NOT LIKE 'sqlite#_%' ESCAPE '#'
    """
    return {name: normalise(sql) for name, sql in connection.execute(statement)}


def read_rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Read the rows of each table of ours, without the key and without times of the machine."""
    tables = [name for name, sql in read_schema(connection).items() if sql.startswith("CREATE TABLE")]
    rows = {name: connection.execute("SELECT * FROM " + name).fetchall() for name in tables}  # noqa: S608 (tables of ours)
    return rows | {"secret": [], "_sqlite_migrations": [row[:-1] for row in rows["_sqlite_migrations"]]}


def read_declarations(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Read columns, references and indexed columns of each table, as parsed by SQLite."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    facts = {}
    for table in tables:
        columns = connection.execute("SELECT * FROM pragma_table_xinfo(?)", [table]).fetchall()
        references = connection.execute("SELECT * FROM pragma_foreign_key_list(?)", [table]).fetchall()
        indexes = connection.execute(
            """
            SELECT indexes.name, indexes."unique", indexes.partial, columns.seqno, columns.name, columns.coll
            FROM pragma_index_list(?) AS indexes, pragma_index_xinfo(indexes.name) AS columns
            ORDER BY indexes.name, columns.seqno
            """,
            [table],
        ).fetchall()
        facts[table] = [*columns, *references, *indexes]
    return facts


def split_statements(script: str) -> Iterator[str]:
    """Yield the statements of a script without their semicolons."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip().removesuffix(";")
            statement = ""


def normalise(statement: str) -> str:
    """Remove comments, line breaks, and spaces inside brackets and before commas."""
    text = " ".join(re.sub(r"--[^\n]*", "", statement).split())
    return re.sub(r" (?=[,)])|(?<=\() ", "", text).removesuffix(";")
