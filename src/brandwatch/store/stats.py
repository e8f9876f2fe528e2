"""Count mentions by what tells them apart, in one walk through those of a period."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from brandwatch.models import Reach, Tally, Voice
from brandwatch.store import selections
from brandwatch.stories.publishers import Carriers, Published

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


def reaches(db: Database, selection: Selection, by: str) -> dict[str, Reach]:
    """Return of how many stories the mentions of each value are, and how many publishers carry them."""
    condition, parameters = selections.where(selection)
    rest = f"FROM {selections.PAIRS} WHERE {condition}"
    stories = db.execute(f"SELECT {VALUES[by]} AS value, count(DISTINCT entry.story) {rest} GROUP BY value", parameters)
    carriers: defaultdict[str, Carriers] = defaultdict(Carriers)
    copies = (
        f"SELECT DISTINCT {VALUES[by]}, {selections.ORIGIN}, entry.publisher, mention.voice = '{Voice.OWNED}' {rest}"
        " AND entry.thread = ''"
    )
    for value, origin, publisher, is_owned in db.execute(copies, parameters):
        carriers[value].add(Published(origin, publisher, bool(is_owned)))
    return {value: Reach(stories=count, publishers=carriers[value].count) for value, count in stories}
