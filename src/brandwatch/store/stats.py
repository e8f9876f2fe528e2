"""Count mentions by what tells them apart, in one walk through those of a period."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from brandwatch.models import Reach, Tally, Voice
from brandwatch.store import selections, tally
from brandwatch.stories.publishers import Carriers, Published

if TYPE_CHECKING:
    from sqlite_utils import Database

    from brandwatch.models import Selection

VALUES = {
    "day": selections.DAY,
    # To the Sunday at its end, and back to Monday.
    "week": f"date({selections.TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days')",
    "query": "mention.query",
    "source": f"CASE WHEN {selections.IS_BY_STAFF} THEN '' ELSE coalesce({selections.SOURCE_URL}, '') END",
    "publisher": f"CASE WHEN {selections.IS_BY_STAFF} THEN '' ELSE mention.publisher END",
    "voice": "mention.voice",
    "subject": "mention.subject",
    "language": selections.LANGUAGE,
}
"""What mentions can be counted by. Days and weeks are those of this machine; a week begins on its Monday.

Staff is counted by nothing that tells one from another: its source and publisher are unknown.
"""


def tallies(db: Database, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the mentions of each value and day, and the response to them; those that have gone count as well."""
    condition, parameters = selections.counted(selection)
    gone, others = tally.counted(selection, by)
    # A day is worked out once, also where it is what they are counted by.
    day = "NULL" if by == "day" else selections.DAY
    stored = (
        f"SELECT {VALUES[by]} AS value, {day} AS day, count(*) AS mentions,"
        " coalesce(sum(mention.response_total), 0) AS response, count(mention.response_total) AS known"
        f" FROM {selections.tables(selection)} WHERE {condition} GROUP BY 1, 2"
    )
    found = db.query(
        "SELECT value, coalesce(day, value) AS day, sum(mentions) AS mentions, sum(response) AS response,"
        " sum(known) AS known"
        f" FROM (SELECT value, day, mentions, response, known FROM ({gone}) UNION ALL {stored}) GROUP BY 1, 2",
        [*others, *parameters],
    )
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in found)


def speakers(db: Database, selection: Selection, by: str) -> dict[str, int]:
    """Return how many people at most the mentions of staff with each value are by or about.

    An account that says several things is one; where nobody knows who it is, as of all that has gone, each is another.
    """
    condition, parameters = selections.counted(selection)
    gone, others = tally.counted(selection, by)
    one = f"CASE WHEN mention.voice = '{Voice.STAFF}' AND entry.author != '' THEN entry.author ELSE mention.entry END"
    found = db.execute(
        "SELECT value, sum(people) FROM ("
        f" SELECT {VALUES[by]} AS value, count(DISTINCT {one}) AS people"
        f" FROM {selections.tables(selection, used='entry.')} WHERE {condition} AND {selections.IS_STAFF} GROUP BY 1"
        f" UNION ALL SELECT value, mentions FROM ({gone}) WHERE '{Voice.STAFF}' IN (voice, subject)"
        ") GROUP BY 1",
        [*parameters, *others],
    )
    return dict(found)


def reaches(db: Database, selection: Selection, by: str) -> dict[str, Reach]:
    """Return of how many stories the mentions of each value are, and how many publishers carry them.

    What has gone told its publisher, and no story any more.
    """
    condition, parameters = selections.counted(selection)
    gone, others = tally.counted(selection, by)
    rest = f"FROM {selections.tables(selection, used='entry.')} WHERE {condition}"
    stories = dict(
        db.execute(f"SELECT {VALUES[by]} AS value, count(DISTINCT entry.story) {rest} GROUP BY value", parameters)
    )
    carriers: defaultdict[str, Carriers] = defaultdict(Carriers)
    copies = (
        f"SELECT DISTINCT {VALUES[by]}, {selections.ORIGIN}, mention.publisher, mention.voice = '{Voice.OWNED}' {rest}"
        " AND entry.thread = ''"
        f" UNION ALL SELECT DISTINCT value, origin, publisher, voice = '{Voice.OWNED}' FROM ({gone})"
    )
    for value, origin, publisher, is_owned in db.execute(copies, [*parameters, *others]):
        carriers[value].add(Published(origin, publisher, bool(is_owned)))
    return {
        value: Reach(stories=stories.get(value, 0), publishers=carriers[value].count)
        for value in [*stories, *carriers.keys() - stories.keys()]
    }
