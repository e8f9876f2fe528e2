"""Comment threads: sources that are followed for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.models import SourceState, Thread
from brandwatch.storage import rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database


MAX_THREADS = 50
"""How many conversations are followed at a time of what came through one source."""


def follow_thread(db: Database, conversation: Thread, entry: int, through: int, at: int) -> None:
    """Follow a conversation from *at* on, unless its address is a source already, or too many are followed."""
    count = "SELECT count(*) FROM conversation WHERE through = ? AND until > ?"
    if db.execute(count, [through, at]).fetchone()[0] >= MAX_THREADS:
        return
    row = rows.source_row(SourceState(url=conversation.url, kind=conversation.kind))
    marks = ", ".join(f":{name}" for name in row)
    made = db.execute(
        f"INSERT INTO source ({', '.join(row)}) VALUES ({marks}) ON CONFLICT (url) DO NOTHING RETURNING id", row
    ).fetchone()
    if made:
        statement = "INSERT INTO conversation (source, entry, through, until) VALUES (?, ?, ?, ?)"
        db.execute(statement, [made[0], entry, through, rows.seconds(conversation.until)])


def end_thread(db: Database, source: int, at: int) -> None:
    """Follow a conversation no longer."""
    db.execute("UPDATE conversation SET until = ? WHERE source = ?", [at, source])


def followed_threads(db: Database, now: datetime | None) -> tuple[Thread, ...]:
    """Return the conversations that are followed now; without a moment those that ever were."""
    statement = (
        "SELECT source.url, source.kind, conversation.until, through.url AS through, entry.url AS thread"
        " FROM conversation JOIN source ON source.id = conversation.source JOIN entry ON entry.id = conversation.entry"
        " JOIN source AS through ON through.id = conversation.through WHERE until > ?"
    )
    return tuple(
        Thread(
            url=row["url"],
            kind=row["kind"],
            until=rows.moment(row["until"]),
            through=row["through"],
            thread=row["thread"],
        )
        for row in db.query(statement, [rows.seconds(now) or 0])
    )
