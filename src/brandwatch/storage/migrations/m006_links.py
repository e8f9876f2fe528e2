"""Know entries by the keys that links have now, so that they are met again; the links that are shown stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch import urls

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Know entries by the keys that links have now, so that they are met again; the links that are shown stay."""
    rows = db.query("SELECT id, url, link FROM entry WHERE link LIKE 'http%'")
    keys = ((urls.canonical(row["url"]), row) for row in rows)
    changed = [(key, row["id"]) for key, row in keys if key != row["link"] and not urls.is_front_page(key)]
    db.conn.executemany("UPDATE entry SET link = ? WHERE id = ?", changed)
