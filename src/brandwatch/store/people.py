"""The people in the evidence of a mention: rows of their own, each tied to a place of the brand in the same mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.models import Part
from brandwatch.store import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from brandwatch.models import Evidence, Judgement

    Numbered = tuple[int, Evidence]

_PIECE = "name, field, start, stop, rule, part, note"
NAMED = (
    f"(SELECT json_group_array(json_array(number, {_PIECE})) FROM person_hit"
    " WHERE person_hit.mention = mention.id) AS named"
)
"""The people of a mention as `rows.mention` reads them."""


def keep(db: Database, mention: int, judgement: Judgement) -> None:
    """Keep who is named in a mention that has nobody yet; the database refuses who stands beside no anchor."""
    numbered = list(enumerate(judgement.evidence))
    named = [one for one in numbered if rows.is_named(one[1], judgement.voice)]
    if not named:
        return
    anchors = [one for one in numbered if one[1].part is Part.ANCHOR]
    db.conn.executemany(
        "INSERT INTO anchor (mention, number, term, field, start, stop, rule) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(mention, number, one.term, one.field, one.start, one.end, one.rule) for number, one in anchors],
    )
    db.conn.executemany(
        f"INSERT INTO person_hit (mention, number, anchor, {_PIECE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(mention, number, _nearest(one, anchors)),
                *(one.term, one.field, one.start, one.end, one.rule, one.part, one.note),
            )
            for number, one in named
        ],
    )


def forget(db: Database, mention: int) -> None:
    """Let go of who was named in a mention: with the anchors go those who are tied to them."""
    db.execute("DELETE FROM anchor WHERE mention = ?", [mention])


def _nearest(piece: Evidence, anchors: Sequence[Numbered]) -> int | None:
    """Return the number of the anchor that a person stands nearest to, `None` where there is no anchor."""
    near = min(anchors, key=lambda one: (one[1].field != piece.field, abs(one[1].start - piece.start)), default=None)
    return near[0] if near else None
