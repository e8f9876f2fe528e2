from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from brandwatch.models import Selection
from brandwatch.store import open_store
from brandwatch.store.schema import APPLICATION_ID, SCHEMA_VERSION, migrations

if TYPE_CHECKING:
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


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path):
    """Everything in it stays, decisions too; what is new has its default, and is searched as before."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(db, stop_before="m002_judgements")
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        connection.executescript(FIRST)
    with open_store(path) as store:
        (mention,) = store.mentions(Selection(search="åpner"))
        assert (mention.status, mention.voice, mention.suppressed, mention.kind) == ("relevant", "public", "", "feed")
        assert [(piece.term, piece.part) for piece in mention.evidence] == [("Acme", "anchor")]
        assert (mention.entry.response.comments, mention.response_at) == (4, datetime.fromtimestamp(7201, UTC))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("SELECT response_total, response_rise FROM entry").fetchone() == (6, 3.0)
