"""Count mentions by a dimension, and by hour."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import HourCount, Reach, Tally, Voice
from brandwatch.storage import privacy_retention, rows, selections
from brandwatch.storage.privacy_disclosure import IS_STAFF, IS_STAFF_TALLY, PERSON, PUBLISHER, empty_for_staff
from brandwatch.stories import publisher_of_link
from brandwatch.stories.publishers import Published, PublisherCounter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlite_utils import Database

    from brandwatch.models import Selection


DIMENSIONS = {
    "day": selections.DAY,
    # To the Sunday at its end, and back to Monday.
    "week": f"date({selections.TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days')",
    "query": "mention.query",
    "source": empty_for_staff(f"coalesce({selections.SOURCE_URL}, '')"),
    "publisher": PUBLISHER,
    "voice": "mention.voice",
    "subject": "mention.subject",
    "language": selections.LANGUAGE,
}
"""What mentions can be counted by. Days and weeks are those of this machine; a week begins on its Monday."""


def tallies(db: Database, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the mentions of each value and day, and the response to them; those that have gone count as well."""
    condition, parameters = selections.counted_condition(selection)
    gone, others = privacy_retention.expired_counts(selection, by)
    # A day is worked out once, also where it is what they are counted by.
    day = "NULL" if by == "day" else selections.DAY
    stored = (
        f"SELECT {DIMENSIONS[by]} AS value, {day} AS day, count(*) AS mentions,"
        " coalesce(sum(mention.response_total), 0) AS response, count(mention.response_total) AS known"
        f" FROM {selections.selection_tables(selection)} WHERE {condition} GROUP BY 1, 2"
    )
    found = db.query(
        "SELECT value, coalesce(day, value) AS day, sum(mentions) AS mentions, sum(response) AS response,"
        " sum(known) AS with_response"
        f" FROM (SELECT value, day, mentions, response, known FROM ({gone}) UNION ALL {stored}) GROUP BY 1, 2",
        [*others, *parameters],
    )
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in found)


def speaker_counts(db: Database, selection: Selection, by: str) -> dict[str, int]:
    """Return how many people at most the mentions of staff with each value are by or about.

    Each expired mention counts as another person.
    """
    condition, parameters = selections.counted_condition(selection)
    gone, others = privacy_retention.expired_counts(selection, by)
    found = db.execute(
        "SELECT value, sum(people) FROM ("
        f" SELECT {DIMENSIONS[by]} AS value, count(DISTINCT {PERSON}) AS people"
        f" FROM {selections.selection_tables(selection, used='entry.')}"
        f" WHERE {condition} AND {IS_STAFF} GROUP BY 1"
        f" UNION ALL SELECT value, mentions FROM ({gone}) WHERE {IS_STAFF_TALLY}"
        ") GROUP BY 1",
        [*parameters, *others],
    )
    return dict(found)


def story_reach(db: Database, selection: Selection, by: str) -> dict[str, Reach]:
    """Return of how many stories the mentions of each value are, and how many publishers carry them.

    What has gone told its publisher, and no story any more.
    """
    condition, parameters = selections.counted_condition(selection)
    gone, others = privacy_retention.expired_counts(selection, by)
    rest = f"FROM {selections.selection_tables(selection, used='entry.')} WHERE {condition}"
    stories = dict(
        db.execute(f"SELECT {DIMENSIONS[by]} AS value, count(DISTINCT entry.story) {rest} GROUP BY value", parameters)
    )
    carriers: defaultdict[str, PublisherCounter] = defaultdict(PublisherCounter)
    copies = (
        f"SELECT DISTINCT {DIMENSIONS[by]}, {selections.ORIGIN}, mention.publisher, mention.voice = '{Voice.OWNED}'"
        f" {rest}"
        " AND entry.thread = ''"
        f" UNION ALL SELECT DISTINCT value, origin, publisher, voice = '{Voice.OWNED}' FROM ({gone})"
    )
    for value, origin, publisher, is_owned in db.execute(copies, [*parameters, *others]):
        carriers[value].add(Published(origin, publisher, bool(is_owned)))
    return {
        value: Reach(stories=stories.get(value, 0), publishers=carriers[value].count)
        for value in [*stories, *carriers.keys() - stories.keys()]
    }


_HOUR = 3600
_KIND = f"SELECT kind FROM source WHERE id = ({selections.FIRST_SOURCE})"


class _HourMention(NamedTuple):
    """One mention as the rows have it; *is_person* where a person says it, and no publisher."""

    query: str
    hour: int
    story: int | None
    origin: str
    publisher: str
    author: str
    is_owned: bool
    is_person: bool
    is_backlog: bool


def mention_hours(db: Database, selection: Selection, people: Collection[str]) -> tuple[HourCount, ...]:
    """Return the hours in which each query was mentioned, in their order.

    What comes from a kind of source of *people*, and every comment, is news each time. The backlog of a first poll is
    in no hour, but who told a story in it has told it.
    """
    condition, parameters = selections.counted_condition(selection)
    is_owned = "FALSE" if Voice.OWNED in selection.voices else f"mention.voice = '{Voice.OWNED}'"
    in_kinds = f" OR coalesce(({_KIND}) IN ({', '.join('?' * len(people))}), FALSE)" if people else ""
    order = f"mention.query, {selections.TIME}, mention.entry"
    found = db.execute(
        f"SELECT mention.query, {selections.TIME} / {_HOUR}, entry.story, {selections.ORIGIN}, entry.publisher,"
        f" entry.author, {is_owned}, entry.thread != ''{in_kinds}, mention.backlog"
        f" FROM {selections.selection_tables(selection, used='entry.')} WHERE {condition} ORDER BY {order}",
        [*people, *parameters],
    )
    return tuple(_hours(map(_HourMention._make, found)))


def _hours(found: Iterable[_HourMention]) -> Iterator[HourCount]:
    """Yield the hours of mentions that are in their order."""
    for query, of_query in groupby(found, lambda said: said.query):
        told: defaultdict[int | None, PublisherCounter] = defaultdict(PublisherCounter)
        for hour, of_hour in groupby(of_query, lambda said: said.hour):
            # Each is asked whether it is news, since each tells its story.
            judged = [(said, _is_news(said, told[said.story])) for said in of_hour]
            counted = [(said, is_news) for said, is_news in judged if not said.is_backlog]
            news = [said for said, is_news in counted if is_news]
            if counted:
                yield HourCount(
                    query=query,
                    start=rows.moment(hour * _HOUR),
                    mentions=len(counted),
                    news=len(news),
                    stories=len({said.story for said, _ in counted}),
                    publishers=len({_speaker(said) for said in news}),
                )


def _is_news(said: _HourMention, carriers: PublisherCounter) -> bool:
    """Say whether a mention tells something new: what a person says, or a story by one who had not told it."""
    if said.is_person:
        return not said.is_owned
    before = carriers.count
    carriers.add(Published(said.origin, said.publisher, said.is_owned))
    return carriers.count > before


def _speaker(said: _HourMention) -> tuple[str, str]:
    """Return who says it: a publisher, or an account on a platform."""
    return publisher_of_link(said.origin, said.publisher), said.author if said.is_person else ""
