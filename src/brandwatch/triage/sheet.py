"""The table that an analyst edits: a mention, what was decided of it, and how that stood when it was written."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.models import Mention

COLUMNS = (
    "id",
    "published",
    "query",
    "voice",
    "publisher",
    "title",
    "url",
    "story",
    "status",
    "tags",
    "note",
    "base",
)
EDITED = ("status", "tags", "note")
"""The columns that are read again; the others only tell what is decided about."""
BETWEEN = "; "

_MARK = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """How a mention stood when the table was written; *mark* shows that it was written by us, of this mention."""

    status: str
    tags: tuple[str, ...]
    note: str
    mark: str

    def is_of(self, key: bytes, mention: int, found: datetime) -> bool:
        """Say whether it was written of a mention: ids come again, and rows are sorted without some columns."""
        mark = _mark(key, mention, found, (self.status, self.tags, self.note))
        return hmac.compare_digest(mark.encode(), self.mark.encode())


def row(mention: Mention, key: bytes) -> dict[str, datetime | int | str | None]:
    """Return the cells of a mention by the names of their columns; *key* is the secret of the database."""
    entry = mention.entry
    return {
        "id": mention.id,
        "published": entry.published,
        "query": mention.query,
        "voice": mention.voice,
        "publisher": entry.publisher,
        "title": entry.title,
        "url": entry.url,
        "story": mention.story,
        "status": mention.status,
        "tags": BETWEEN.join(mention.tags),
        "note": mention.note,
        "base": _written(mention, key),
    }


def base(written: str) -> Base | None:
    """Return what a cell of the column `base` holds, `None` where that is nothing of ours."""
    try:
        status, tags, note, mark = json.loads(written)
        return Base(status=Status(status), tags=tuple(map(str, tags)), note=str(note), mark=str(mark))
    except (TypeError, ValueError):
        return None


def _written(mention: Mention, key: bytes) -> str:
    """Return how a mention stands as a cell: JSON in ASCII, which no code page of a spreadsheet changes."""
    stands = (mention.status, mention.tags, mention.note)
    return json.dumps([*stands, _mark(key, mention.id, mention.found, stands)], separators=(",", ":"))


def _mark(key: bytes, mention: int, found: datetime, stands: Iterable[object]) -> str:
    """Return what only somebody with this database can have written of this mention."""
    said = json.dumps([mention, int(found.timestamp()), *stands]).encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:_MARK]
