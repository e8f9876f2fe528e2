"""Count mentions by what tells them apart, in one walk through those of a period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from brandwatch.models import Hour, Tally
from brandwatch.store import rows, selections

if TYPE_CHECKING:
    from sqlite_utils import Database

    from brandwatch.models import Selection

VALUES = {
    "day": selections.DAY,
    # To the Sunday at its end, and back to Monday.
    "week": f"date({selections.TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days')",
    "query": "mention.query",
    "source": f"coalesce({selections.SOURCE_URL}, '')",
    "publisher": "mention.publisher",
    "voice": "mention.voice",
    "subject": "mention.subject",
    "language": selections.LANGUAGE,
}
"""What mentions can be counted by. Days and weeks are those of this machine; a week begins on its Monday."""

_HOUR = 3600


def tallies(db: Database, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the mentions of each value and day, and the response to them."""
    condition, parameters = selections.where(selection)
    # A day is worked out once, also where it is what they are counted by.
    day = "NULL" if by == "day" else selections.DAY
    found = db.query(
        f"SELECT {VALUES[by]} AS value, {day} AS day, count(*) AS mentions,"
        " coalesce(sum(mention.response_total), 0) AS response, count(mention.response_total) AS known"
        f" FROM {selections.tables(selection)} WHERE {condition} GROUP BY 1, 2",
        parameters,
    )
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"] or row["value"])}) for row in found)


def publishers(db: Database, selection: Selection, by: str) -> dict[str, int]:
    """Return by how many publishers each value was published."""
    condition, parameters = selections.where(selection)
    found = db.execute(
        f"SELECT {VALUES[by]} AS value, count(DISTINCT mention.publisher) FROM {selections.tables(selection)}"
        f" WHERE {condition} GROUP BY value",
        parameters,
    )
    return dict(found)


def hours(db: Database, selection: Selection) -> tuple[Hour, ...]:
    """Return the hours in which each query was mentioned, in their order; the backlog of the first poll aside."""
    condition, parameters = selections.where(selection)
    found = db.execute(
        f"SELECT mention.query, {selections.TIME} / {_HOUR} AS hour, count(*), count(DISTINCT mention.publisher)"
        f" FROM {selections.tables(selection)} WHERE {condition} AND NOT mention.backlog GROUP BY 1, 2 ORDER BY 1, 2",
        parameters,
    )
    return tuple(
        Hour(query=query, start=rows.moment(hour * _HOUR), mentions=mentions, publishers=publishers)
        for query, hour, mentions, publishers in found
    )
