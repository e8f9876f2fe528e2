"""Count mentions by a dimension, and by hour."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from brandwatch.models import SUBJECT_PRECEDENCE, VOICE_PRECEDENCE, HourCount, Reach, Selection, Tally, Voice
from brandwatch.storage import privacy_retention, rows, selections
from brandwatch.storage.database import Store
from brandwatch.storage.privacy_disclosure import IS_STAFF, IS_STAFF_TALLY, PERSON, PUBLISHER, empty_for_staff
from brandwatch.storage.stored_names import stored_queries
from brandwatch.stories.publishers import Published, PublisherCounter, publisher_of_link

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
"""What mentions can be counted by. Days and weeks are local; a week begins on Monday."""

_IS_OWNED = f"(mention.voice = '{Voice.OWNED}')"


def _first_of(column: str, values: Iterable[str]) -> str:
    """Return an expression for the first of the values that a group of rows has."""
    cases = " ".join(f"WHEN max({column} = '{value}') THEN '{value}'" for value in values)
    return f"CASE {cases} END"


_VALUES_OF_ENTRY = {
    "voice": _first_of("mention.voice", VOICE_PRECEDENCE),
    "subject": _first_of("mention.subject", SUBJECT_PRECEDENCE),
    # Empty if one of its mentions is by staff.
    "source": f"min({DIMENSIONS['source']})",
    "publisher": f"min({DIMENSIONS['publisher']})",
}
"""The value of an entry in the dimensions in which its mentions may differ."""


def tally_mentions(store: Store, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the number of selected mentions, and their response, by one of DIMENSIONS and by day.

    An entry with mentions of several queries counts once; by query it counts for each. Expired mentions count too.
    """
    # Counted by day, the day is computed once.
    columns = {"day": "NULL" if by == "day" else selections.DAY, "response": "mention.response_total"}
    counted, parameters = _counted_rows(store, selection, by, columns)
    expired, expired_parameters = privacy_retention.expired_counts(selection, by)
    statement = f"""
        SELECT value, coalesce(day, value) AS day, sum(mentions) AS mentions, sum(response) AS response,
            sum(known) AS with_response
        FROM (
            SELECT value, day, mentions, response, known FROM ({expired})
            UNION ALL
            SELECT value, day, count(*) AS mentions, coalesce(sum(response), 0) AS response, count(response) AS known
            FROM ({counted}) GROUP BY 1, 2
        ) GROUP BY 1, 2
    """
    counts = store.query(statement, [*expired_parameters, *parameters])
    return tuple(Tally(**row | {"day": date.fromisoformat(row["day"])}) for row in counts)


def has_shared_entries(store: Store, selection: Selection) -> bool:
    """Whether entries of a selection may have mentions of several queries."""
    return len(selection.queries) != 1 and len(stored_queries(store)) > 1


def _counted_rows(
    store: Store, selection: Selection, by: str, columns: Mapping[str, str], *, with_entry: bool = False
) -> tuple[str, list[Any]]:
    """Return a statement for what is counted, with its parameters: a row with a *value* and *columns* for each entry.

    By query, it has a row for each mention. *columns* are expressions by name.
    """
    condition, parameters = selections.counted_condition(selection)
    rows_of = f"FROM {selections.selection_tables(selection, with_entry=with_entry)} WHERE {condition}"
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    each = f"SELECT {DIMENSIONS[by]} AS value, {listed} {rows_of}"
    if by == "query" or not has_shared_entries(store, selection):
        return each, parameters
    value = _VALUES_OF_ENTRY.get(by, DIMENSIONS[by])
    listed = listed.replace(_IS_OWNED, f"max({_IS_OWNED})")
    return f"SELECT {value} AS value, {listed} {rows_of} GROUP BY mention.entry", parameters


def speaker_counts(store: Store, selection: Selection, by: str) -> dict[str, int]:
    """Return, by value, how many people at most the mentions by or about staff can be of.

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
    """Return the number of stories and publishers of the mentions of each value.

    An expired mention has a publisher, but no story any more.
    """
    expired, expired_parameters = privacy_retention.expired_counts(selection, by)
    counted, parameters = _counted_rows(store, selection, by, {"story": "entry.story"}, with_entry=True)
    statement = f"SELECT value, count(DISTINCT story) FROM ({counted}) GROUP BY value"
    stories = dict(store.execute(statement, parameters))
    columns = {"origin": selections.ORIGIN, "publisher": "mention.publisher", "is_owned": _IS_OWNED}
    columns["is_comment"] = "entry.thread != ''"
    counted, parameters = _counted_rows(store, selection, by, columns, with_entry=True)
    statement = f"""
        SELECT DISTINCT value, origin, publisher, is_owned FROM ({counted}) WHERE NOT is_comment
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
    """A mention for counting by the hour; *is_person*: a person says it, not a publisher."""

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
    """Return the hours with mentions of each query, in their order.

    *people* are kinds of sources where people speak: each mention there, and each comment, is news. The backlog of a
    first poll is in no hour, but a publisher that carried a story there has carried it.
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
    """Yield the hours of mentions, which are sorted by query and time."""
    for query, of_query in groupby(mentions, lambda mention: mention.query):
        carriers: defaultdict[int | None, PublisherCounter] = defaultdict(PublisherCounter)
        for hour, of_hour in groupby(of_query, lambda mention: mention.hour):
            # Backlog counts for its publisher too: a later copy by the same one is no news.
            marked = [(mention, _is_news(mention, carriers[mention.story])) for mention in of_hour]
            counted = [(mention, is_news) for mention, is_news in marked if not mention.is_backlog]
            news = [mention for mention, is_news in counted if is_news]
            # An account on a platform is a publisher of its own.
            accounts = ((mention, mention.author if mention.is_person else "") for mention in news)
            speakers = {(publisher_of_link(mention.origin, mention.publisher), author) for mention, author in accounts}
            if counted:
                yield HourCount(
                    query=query,
                    start=rows.moment(hour * _HOUR_SECONDS),
                    mentions=len(counted),
                    news=len(news),
                    stories=len({mention.story for mention, _ in counted}),
                    publishers=len(speakers),
                )


def _is_news(mention: _HourMention, carriers: PublisherCounter) -> bool:
    """Whether a mention is news: from a person, or from a publisher that had not carried its story."""
    if mention.is_person:
        return not mention.is_owned
    before = carriers.count
    carriers.add(Published(mention.origin, mention.publisher, mention.is_owned))
    return carriers.count > before
