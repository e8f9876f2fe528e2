"""Count mentions by what tells them apart, in one walk through those of a period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from brandwatch.models import Tally
from brandwatch.store import selections

if TYPE_CHECKING:
    from sqlite_utils import Database

    from brandwatch.models import Selection

VALUES = {
    "day": selections.DAY,
    # To the Sunday at its end, and back to Monday.
    "week": f"date({selections.TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days')",
    "query": "mention.query",
    "source": f"coalesce((SELECT url FROM source WHERE id = ({selections.FIRST_SOURCE})), '')",
    "publisher": "entry.publisher",
    "voice": "mention.voice",
    "subject": "mention.subject",
    "language": selections.LANGUAGE,
}
"""What mentions can be counted by. Days and weeks are those of this machine; a week begins on its Monday."""


def tallies(db: Database, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the mentions of each value and day, and the response to them."""
    condition, parameters = selections.where(selection)
    found = db.query(
        f"SELECT {VALUES[by]} AS value, {selections.DAY} AS day, count(*) AS mentions,"
        " coalesce(sum(entry.response_total), 0) AS response, count(entry.response_total) AS known"
        f" FROM {selections.PAIRS} WHERE {condition} GROUP BY 1, 2",
        parameters,
    )
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in found)


def publishers(db: Database, selection: Selection, by: str) -> dict[str, int]:
    """Return by how many publishers each value was published."""
    condition, parameters = selections.where(selection)
    found = db.execute(
        f"SELECT {VALUES[by]} AS value, count(DISTINCT entry.publisher) FROM {selections.PAIRS}"
        f" WHERE {condition} GROUP BY value",
        parameters,
    )
    return dict(found)
