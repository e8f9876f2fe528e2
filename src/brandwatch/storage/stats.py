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

    from brandwatch.models import Selection
    from brandwatch.storage.database import Store


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


def tally_mentions(store: Store, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the selected mentions, and the response to them, by one of DIMENSIONS and by day.

    Mentions that have expired are counted too.
    """
    condition, parameters = selections.counted_condition(selection)
    expired, expired_parameters = privacy_retention.expired_counts(selection, by)
    # A day is worked out once, also where it is what they are counted by.
    day = "NULL" if by == "day" else selections.DAY
    statement = f"""
        SELECT value, coalesce(day, value) AS day, sum(mentions) AS mentions, sum(response) AS response,
            sum(known) AS with_response
        FROM (
            SELECT value, day, mentions, response, known FROM ({expired})
            UNION ALL
            SELECT {DIMENSIONS[by]} AS value, {day} AS day, count(*) AS mentions,
                coalesce(sum(mention.response_total), 0) AS response, count(mention.response_total) AS known
            FROM {selections.selection_tables(selection)} WHERE {condition} GROUP BY 1, 2
        ) GROUP BY 1, 2
    """
    counts = store.query(statement, [*expired_parameters, *parameters])
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in counts)


def speaker_counts(store: Store, selection: Selection, by: str) -> dict[str, int]:
    """Return how many people at most the mentions of staff with each value are by or about.

    Each expired mention counts as another person.
    """
    condition, parameters = selections.counted_condition(selection)
    expired, expired_parameters = privacy_retention.expired_counts(selection, by)
    statement = f"""
        SELECT value, sum(people) FROM (
            SELECT {DIMENSIONS[by]} AS value, count(DISTINCT {PERSON}) AS people
            FROM {selections.selection_tables(selection, with_entry=True)}
            WHERE {condition} AND {IS_STAFF} GROUP BY 1
            UNION ALL
            SELECT value, mentions FROM ({expired}) WHERE {IS_STAFF_TALLY}
        ) GROUP BY 1
    """
    return dict(store.execute(statement, [*parameters, *expired_parameters]))


def story_reach(store: Store, selection: Selection, by: str) -> dict[str, Reach]:
    """Return of how many stories the mentions of each value are, and how many publishers carry them.

    Mentions that have expired have a publisher, but no story any more.
    """
    condition, parameters = selections.counted_condition(selection)
    expired, expired_parameters = privacy_retention.expired_counts(selection, by)
    selected = f"FROM {selections.selection_tables(selection, with_entry=True)} WHERE {condition}"
    value = DIMENSIONS[by]
    statement = f"SELECT {value} AS value, count(DISTINCT entry.story) {selected} GROUP BY value"
    stories = dict(store.execute(statement, parameters))
    statement = f"""
        SELECT DISTINCT {value}, {selections.ORIGIN}, mention.publisher, mention.voice = '{Voice.OWNED}'
        {selected} AND entry.thread = ''
        UNION ALL
        SELECT DISTINCT value, origin, publisher, voice = '{Voice.OWNED}' FROM ({expired})
    """
    carriers: defaultdict[str, PublisherCounter] = defaultdict(PublisherCounter)
    for name, origin, publisher, is_owned in store.execute(statement, [*parameters, *expired_parameters]):
        carriers[name].add(Published(origin, publisher, bool(is_owned)))
    return {
        name: Reach(stories=stories.get(name, 0), publishers=carriers[name].count)
        for name in [*stories, *carriers.keys() - stories.keys()]
    }


_HOUR_SECONDS = 3600


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


def mention_hours(store: Store, selection: Selection, people: Collection[str] = ()) -> tuple[HourCount, ...]:
    """Return the hours in which each query was mentioned, in their order.

    A mention through a source of the kinds of *people*, and every comment, is news each time. The backlog of a first
    poll is in no hour, but a publisher that carries a story in it has carried it.
    """
    condition, parameters = selections.counted_condition(selection)
    is_owned = "FALSE" if Voice.OWNED in selection.voices else f"mention.voice = '{Voice.OWNED}'"
    is_person = "entry.thread != ''"
    if people:
        kind = f"SELECT kind FROM source WHERE id = ({selections.FIRST_SOURCE})"
        is_person += f" OR coalesce(({kind}) IN ({', '.join('?' * len(people))}), FALSE)"
    statement = f"""
        SELECT mention.query, {selections.TIME} / {_HOUR_SECONDS}, entry.story, {selections.ORIGIN}, entry.publisher,
            entry.author, {is_owned}, {is_person}, mention.backlog
        FROM {selections.selection_tables(selection, with_entry=True)} WHERE {condition}
        ORDER BY mention.query, {selections.TIME}, mention.entry
    """
    return tuple(_hours(map(_HourMention._make, store.execute(statement, [*people, *parameters]))))


def _hours(mentions: Iterable[_HourMention]) -> Iterator[HourCount]:
    """Yield the hours of mentions that are sorted by query and time."""
    for query, of_query in groupby(mentions, lambda mention: mention.query):
        carriers: defaultdict[int | None, PublisherCounter] = defaultdict(PublisherCounter)
        for hour, of_hour in groupby(of_query, lambda mention: mention.hour):
            # Backlog too is counted for its publisher, so that the next copy by the same one is no news.
            marked = [(mention, _is_news(mention, carriers[mention.story])) for mention in of_hour]
            counted = [(mention, is_news) for mention, is_news in marked if not mention.is_backlog]
            news = [mention for mention, is_news in counted if is_news]
            if counted:
                yield HourCount(
                    query=query,
                    start=rows.moment(hour * _HOUR_SECONDS),
                    mentions=len(counted),
                    news=len(news),
                    stories=len({mention.story for mention, _ in counted}),
                    publishers=len({_speaker(mention) for mention in news}),
                )


def _is_news(mention: _HourMention, carriers: PublisherCounter) -> bool:
    """Whether a mention tells something new: a person says it, or a publisher that had not carried its story."""
    if mention.is_person:
        return not mention.is_owned
    before = carriers.count
    carriers.add(Published(mention.origin, mention.publisher, mention.is_owned))
    return carriers.count > before


def _speaker(mention: _HourMention) -> tuple[str, str]:
    """Return who says it: a publisher, or an account on a platform."""
    return publisher_of_link(mention.origin, mention.publisher), mention.author if mention.is_person else ""
