"""Count the hours in which a query was mentioned: what was said in each, and what of it was news."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Hour, Voice
from brandwatch.store import rows, selections
from brandwatch.stories.publishers import Carriers, Published, carrier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlite_utils import Database

    from brandwatch.models import Selection

_HOUR = 3600
_KIND = f"SELECT kind FROM source WHERE id = ({selections.FIRST_SOURCE})"


class _Said(NamedTuple):
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


def hours(db: Database, selection: Selection, people: Collection[str]) -> tuple[Hour, ...]:
    """Return the hours in which each query was mentioned, in their order.

    What comes from a kind of source of *people*, and every comment, is news each time. The backlog of a first poll is
    in no hour, but who told a story in it has told it.
    """
    condition, parameters = selections.counted(selection)
    is_owned = "FALSE" if Voice.OWNED in selection.voices else f"mention.voice = '{Voice.OWNED}'"
    in_kinds = f" OR coalesce(({_KIND}) IN ({', '.join('?' * len(people))}), FALSE)" if people else ""
    order = f"mention.query, {selections.TIME}, mention.entry"
    found = db.execute(
        f"SELECT mention.query, {selections.TIME} / {_HOUR}, entry.story, {selections.ORIGIN}, entry.publisher,"
        f" entry.author, {is_owned}, entry.thread != ''{in_kinds}, mention.backlog"
        f" FROM {selections.tables(selection, used='entry.')} WHERE {condition} ORDER BY {order}",
        [*people, *parameters],
    )
    return tuple(_hours(map(_Said._make, found)))


def _hours(found: Iterable[_Said]) -> Iterator[Hour]:
    """Yield the hours of mentions that are in their order."""
    for query, of_query in groupby(found, lambda said: said.query):
        told: defaultdict[int | None, Carriers] = defaultdict(Carriers)
        for hour, of_hour in groupby(of_query, lambda said: said.hour):
            # Each is asked whether it is news, since each tells its story.
            judged = [(said, _is_news(said, told[said.story])) for said in of_hour]
            counted = [(said, is_news) for said, is_news in judged if not said.is_backlog]
            news = [said for said, is_news in counted if is_news]
            if counted:
                yield Hour(
                    query=query,
                    start=rows.moment(hour * _HOUR),
                    mentions=len(counted),
                    news=len(news),
                    stories=len({said.story for said, _ in counted}),
                    publishers=len({_speaker(said) for said in news}),
                )


def _is_news(said: _Said, carriers: Carriers) -> bool:
    """Say whether a mention tells something new: what a person says, or a story by one who had not told it."""
    if said.is_person:
        return not said.is_owned
    before = carriers.count
    carriers.add(Published(said.origin, said.publisher, said.is_owned))
    return carriers.count > before


def _speaker(said: _Said) -> tuple[str, str]:
    """Return who says it: a publisher, or an account on a platform."""
    return carrier(said.origin, said.publisher), said.author if said.is_person else ""
