"""Count mentions by the hour."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from brandwatch.models import HourCount, Selection, Voice
from brandwatch.storage import rows, selections
from brandwatch.storage.database import Store
from brandwatch.stories.publishers import Published, PublisherCounter, publisher_of_link

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
