"""Count mentions by what tells them apart, in one walk through those of a period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from brandwatch.models import Hour, Tally
from brandwatch.store import rows, selections, tally

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

_HOUR = 3600


def tallies(db: Database, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the mentions of each value and day, and the response to them; those that have gone count as well."""
    condition, parameters = selections.where(selection)
    gone, others = tally.counted(selection, by)
    stored = (
        f"SELECT {VALUES[by]} AS value, {selections.DAY} AS day, count(*) AS mentions,"
        " coalesce(sum(entry.response_total), 0) AS response, count(entry.response_total) AS known"
        f" FROM {selections.PAIRS} WHERE {condition} GROUP BY 1, 2"
    )
    found = db.query(
        "SELECT value, day, sum(mentions) AS mentions, sum(response) AS response, sum(known) AS known"
        f" FROM (SELECT value, day, mentions, response, known FROM ({gone}) UNION ALL {stored}) GROUP BY 1, 2",
        [*others, *parameters],
    )
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in found)


def publishers(db: Database, selection: Selection, by: str) -> dict[str, int]:
    """Return by how many publishers each value was published."""
    condition, parameters = selections.where(selection)
    gone, others = tally.counted(selection, by)
    stored = f"SELECT DISTINCT {VALUES[by]} AS value, entry.publisher FROM {selections.PAIRS} WHERE {condition}"
    found = db.execute(
        f"SELECT value, count(DISTINCT publisher) FROM (SELECT value, publisher FROM ({gone}) UNION ALL {stored})"
        " GROUP BY value",
        [*others, *parameters],
    )
    return dict(found)


def hours(db: Database, selection: Selection) -> tuple[Hour, ...]:
    """Return the hours in which each query was mentioned, in their order; the backlog of the first poll aside."""
    condition, parameters = selections.where(selection)
    found = db.execute(
        f"SELECT mention.query, {selections.TIME} / {_HOUR} AS hour, count(*), count(DISTINCT entry.publisher)"
        f" FROM {selections.PAIRS} WHERE {condition} AND NOT mention.backlog GROUP BY 1, 2 ORDER BY 1, 2",
        parameters,
    )
    return tuple(
        Hour(query=query, start=rows.moment(hour * _HOUR), mentions=mentions, publishers=publishers)
        for query, hour, mentions, publishers in found
    )
