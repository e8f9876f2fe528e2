"""Count mentions by a dimension."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from operator import add
from typing import Any, NamedTuple

from brandwatch.models import IN_TIME, SUBJECT_PRECEDENCE, VOICE_PRECEDENCE, Reach, Selection, Tally, Voice
from brandwatch.storage import privacy_retention, selections
from brandwatch.storage.database import Store
from brandwatch.storage.local_days import TimePart, local_parts, monday, period_of
from brandwatch.storage.privacy_disclosure import IS_STAFF, IS_STAFF_TALLY, PERSON, PUBLISHER, empty_for_staff
from brandwatch.storage.stored_names import stored_queries
from brandwatch.stories.publishers import PublisherCounter

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
_CARRIER_COLUMNS = {
    "origin": selections.ORIGIN,
    "publisher": "mention.publisher",
    "is_owned": _IS_OWNED,
    "thread": "entry.thread",
}


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


class SelectionCounts(NamedTuple):
    """The tallies of a selection, the stories and publishers of each value, and the number of entries and mentions."""

    tallies: tuple[Tally, ...]
    reaches: dict[str, Reach]
    entries: int
    mentions: int


def count_mentions(store: Store, selection: Selection, by: str) -> SelectionCounts:
    """Return the counts of `tally_mentions` and `story_reach`, by day in one pass less."""
    counted = _CountedRows(store, selection, by)
    stories: Counter[str] | None = Counter() if by == "day" else None
    tallies = _tallies(store, counted, stories)
    return SelectionCounts(tallies, _reaches(store, counted, stories), *counted.totals(tallies))


def tally_mentions(store: Store, selection: Selection, by: str) -> tuple[Tally, ...]:
    """Return the number of selected mentions, and their response, by one of DIMENSIONS and by day, in their order.

    An entry with mentions of several queries counts once; by query it counts for each. Expired mentions count too.
    """
    return _tallies(store, _CountedRows(store, selection, by))


def story_reach(store: Store, selection: Selection, by: str) -> dict[str, Reach]:
    """Return the number of stories and publishers of the mentions of each value.

    An expired mention has a publisher, but no story any more.
    """
    return _reaches(store, _CountedRows(store, selection, by))


class _CountedPeriod(NamedTuple):
    """A part of the period to count at once, its mentions and their entries."""

    time: TimePart
    mentions: int = 0
    entries: int = 0

    @property
    def is_shared(self) -> bool:
        """Whether some of its entries have mentions of several queries."""
        return self.mentions > self.entries


class _CountedRows:
    """The rows that are counted: one for each entry, or by query one for each mention."""

    def __init__(self, store: Store, selection: Selection, by: str) -> None:
        self.selection, self.by = selection, by
        self._store = store
        # The period is that of a part: of two limits SQLite may search by the wider one.
        of_any_time = replace(selection, since=None, until=None)
        self._condition, self._parameters = selections.counted_condition(of_any_time)
        self._has_one_query = len(selection.queries) == 1 or len(stored_queries(store)) <= 1

    @cached_property
    def days(self) -> list[_CountedPeriod]:
        """The local days of the period that have mentions; the whole period where they would be searched for."""
        # A search, or the tags and sources, would be read again for each.
        is_by_time = selections.is_by_time(self.selection)
        return list(map(self._part, local_parts(self._store, self.selection) if is_by_time else [self._period]))

    @cached_property
    def _period(self) -> TimePart:
        return period_of(self.selection)

    def parts_of_stories(self) -> list[_CountedPeriod]:
        """Return parts whose stories add up: one that is in many days counts once for a query, and in each day."""
        if self.by == "day":
            return self.days
        is_by_week = self.by == "week" and selections.is_by_time(self.selection)
        times = local_parts(self._store, self.selection, 7) if is_by_week else [self._period]
        return list(map(self._sum_of_days, times))

    def _sum_of_days(self, time: TimePart) -> _CountedPeriod:
        days = [day for day in self.days if time.start <= day.time.start < time.end]
        return _CountedPeriod(time, sum(day.mentions for day in days), sum(day.entries for day in days))

    def totals(self, tallies: Iterable[Tally]) -> tuple[int, int]:
        """Return the number of entries and of mentions, expired ones included; *tallies* are what was counted."""
        counted = sum(tally.mentions for tally in tallies)
        if self._has_one_query:
            return counted, counted
        other = "day" if self.by == "query" else "query"
        expired, parameters = privacy_retention.expired_counts(self.selection, other)
        others = int(self._store.value(f"SELECT coalesce(sum(mentions), 0) FROM ({expired})", parameters))
        others += sum(part.entries if self.by == "query" else part.mentions for part in self.days)
        return (others, counted) if self.by == "query" else (counted, others)

    def _part(self, time: TimePart) -> _CountedPeriod:
        if self._has_one_query:
            return _CountedPeriod(time)
        # Most days have no shared entry, and need no groups.
        statement = f"SELECT count(*), count(DISTINCT mention.entry) {self._rows_of()}"
        parameters = [*self._parameters, time.start, time.end]
        return _CountedPeriod(time, *self._store.execute(statement, parameters).fetchone())

    def _rows_of(self, *, with_entry: bool = False) -> str:
        tables = selections.selection_tables(self.selection, with_entry=with_entry)
        return f"FROM {tables} WHERE {self._condition} AND {selections.TIME} >= ? AND {selections.TIME} < ?"

    def has_one_value(self, part: _CountedPeriod) -> bool:
        """Whether all rows of a part have the same value, so that nothing is sorted."""
        return self.by in IN_TIME and part.time.day is not None

    def rows(
        self, part: _CountedPeriod, columns: Mapping[str, str], *, with_entry: bool = False
    ) -> tuple[str, list[Any]]:
        """Return a statement for the rows of a part, with its parameters: a *value*, and *columns* by their SQL.

        What is known of the part is a parameter: the statement is the same for all, and prepared once.
        """
        rows_of, known, (start, end, day) = self._rows_of(with_entry=with_entry), [], part.time
        value = DIMENSIONS[self.by]
        if day and self.by in IN_TIME:
            value = "?"
            known.append(str(day if self.by == "day" else monday(day)))
        if day and "day" in columns:
            columns = {**columns, "day": "?"}
            known.append(str(day))
        listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        if part.is_shared and self.by != "query":
            value = _VALUES_OF_ENTRY.get(self.by, value)
            listed = listed.replace(_IS_OWNED, f"max({_IS_OWNED})")
            rows_of += " GROUP BY mention.entry"
        return f"SELECT {value} AS value, {listed} {rows_of}", [*known, *self._parameters, start, end]


def _tallies(store: Store, counted: _CountedRows, stories: Counter[str] | None = None) -> tuple[Tally, ...]:
    """Return the tallies, and add the *stories* of each value in the same pass, which takes days for values."""
    expired, parameters = privacy_retention.expired_counts(counted.selection, counted.by)
    statement = f"SELECT value, day, mentions, response, known FROM ({expired})"
    sums: defaultdict[tuple[str, str], tuple[int, ...]] = defaultdict(lambda: (0, 0, 0))
    for value, day, *counts in store.execute(statement, parameters):
        sums[value, day] = tuple(map(add, sums[value, day], counts))
    for value, day, number, *counts in _sums_by_day(store, counted, with_stories=stories is not None):
        sums[value, day] = tuple(map(add, sums[value, day], counts))
        if stories is not None:
            stories[value] += number
    return tuple(
        Tally(value=value, day=date.fromisoformat(day), mentions=mentions, response=response, with_response=known)
        for (value, day), (mentions, response, known) in sorted(sums.items())
    )


def _sums_by_day(store: Store, counted: _CountedRows, *, with_stories: bool) -> Iterator[tuple[Any, ...]]:
    """Yield value, local day, stories, and the number of mentions, of their response, and of those with a known one."""
    for part in counted.days:
        columns = {
            "day": selections.DAY,
            "response": "mention.response_total",
            "story": "entry.story" if with_stories else "NULL",
        }
        of_part, parameters = counted.rows(part, columns, with_entry=with_stories)
        number = "count(DISTINCT story)" if with_stories else "0"
        group = "" if counted.has_one_value(part) else "GROUP BY 1, 2"
        statement = f"""
            SELECT value, day, {number}, count(*), coalesce(sum(response), 0), count(response)
            FROM ({of_part}) {group}
        """
        # Without groups there is a row of none.
        yield from (row for row in store.execute(statement, parameters) if row[3])


def _reaches(store: Store, counted: _CountedRows, stories: Counter[str] | None = None) -> dict[str, Reach]:
    """Return the number of stories, unless it is known, and of publishers by value."""
    parts = counted.parts_of_stories()
    carriers = _carriers(store, counted, parts)
    if stories is None:
        stories = Counter()
        for part in parts:
            stories.update(_stories_of_part(store, counted, part))
    values = [*stories, *carriers.keys() - stories.keys()]
    return {value: Reach(stories=stories[value], publishers=carriers[value].count) for value in values}


def _carriers(
    store: Store, counted: _CountedRows, parts: Iterable[_CountedPeriod]
) -> defaultdict[str, PublisherCounter]:
    """Return the publishers of each value."""
    copies: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    expired, parameters = privacy_retention.expired_counts(counted.selection, counted.by)
    statements = [(f"SELECT value, origin, publisher FROM ({expired}) WHERE voice != '{Voice.OWNED}'", parameters)]
    for part in parts:
        of_part, parameters = counted.rows(part, _CARRIER_COLUMNS, with_entry=True)
        statement = f"SELECT DISTINCT value, origin, publisher FROM ({of_part}) WHERE thread = '' AND NOT is_owned"
        statements.append((statement, parameters))
    for statement, parameters in statements:
        for value, origin, publisher in store.execute(statement, parameters):
            copies[value].append((origin, publisher))
    carriers: defaultdict[str, PublisherCounter] = defaultdict(PublisherCounter)
    for value, pairs in copies.items():
        carriers[value].add_all(pairs)
    return carriers


def _stories_of_part(store: Store, counted: _CountedRows, part: _CountedPeriod) -> dict[str, int]:
    of_part, parameters = counted.rows(part, {"story": "entry.story"}, with_entry=True)
    group = "" if counted.has_one_value(part) else "GROUP BY 1"
    statement = f"SELECT value, count(DISTINCT story), count(*) FROM ({of_part}) {group}"
    return {value: number for value, number, mentions in store.execute(statement, parameters) if mentions}


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
