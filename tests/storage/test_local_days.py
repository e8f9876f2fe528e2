"""Counts by parts of time are those that SQLite makes of each mention alone."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandwatch.models import Selection, Voice
from brandwatch.storage import open_store, stats
from brandwatch.storage.local_days import TimePart, local_parts, period_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.storage import Store

QUERIES = ("fjordkraft", "gården", "åsgård")
# Summer time changes at midnight in Beirut and Asunción, by half an hour on Lord Howe; Chatham has quarters of an hour.
ZONES = ("UTC", "Europe/Oslo", "America/St_Johns", "Asia/Beirut", "Pacific/Chatham", "Australia/Lord_Howe")
DAY = 86_400


def at(text: str) -> int:
    """Seconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# Days and weeks in which summer time begins and ends, a plain one, and times that clumsy publishers send.
BASES = [at(day) for day in ("2026-03-28", "2026-10-24", "2026-10-31", "2026-06-07", "1970-01-01", "2044-03-26")]
TIMES = st.builds(lambda base, shift: base + shift, st.sampled_from(BASES), st.integers(-DAY, 3 * DAY)) | st.builds(
    lambda base, hours: base + hours * 1800, st.sampled_from(BASES), st.integers(-48, 144)
)


class Counted(NamedTuple):
    """One entry with a mention of some queries."""

    time: int
    queries: dict[str, Voice]
    publisher: str
    host: str
    story: int
    response: int | None
    is_comment: bool = False


ENTRIES = st.builds(
    Counted,
    TIMES,
    st.dictionaries(st.sampled_from(QUERIES), st.sampled_from([*Voice]), min_size=1),
    st.sampled_from(["Fjordavisa", "Blåbladet", ""]),
    st.sampled_from(["https://fjordavisa.example", "https://www.blåbladet.example", "https://news.google.com"]),
    st.integers(1, 4),
    st.none() | st.integers(0, 9),
    st.booleans(),
)


@contextmanager
def zone(name: str) -> Iterator[None]:
    """The local time of another place."""
    before = os.environ["TZ"]
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ["TZ"] = before
        time.tzset()


_INSERT_SOURCE = """
    INSERT INTO source (url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
        moved_to, entries, failures)
    VALUES ('https://a.example/rss', 'feed', '', '', '', '', '', x'', x'', '', '', 0, 0)
"""
_INSERT_ENTRY = """
    INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, published,
        found, thread, response_total, story)
    VALUES (?, '', '', 1, ?, '', '', '', ?, 'nb-NO', '', ?, 0, ?, ?, ?)
"""
_INSERT_MENTION = """
    INSERT INTO mention (entry, query, query_version, evidence, status, backlog, found, voice, suppressed)
    VALUES (?, ?, '', '[["Åsgård","title",0,6,"exact","anchor",""]]', 'new', 0, 0, ?, ?)
"""


def put(store: Store, entries: list[Counted]) -> None:
    """Store entries with their mentions; half of the third query's mentions are hidden."""
    with store.transaction():
        store.execute(_INSERT_SOURCE)
        store.execute_many("INSERT INTO story (id) VALUES (?)", [(number,) for number in range(1, 5)])
        for number, one in enumerate(entries, 1):
            url = f"{one.host}/sak/{number}" if number % 3 else one.host
            thread = "https://a.example/1" if one.is_comment else ""
            row = [number, url, one.publisher, one.time, thread, one.response, one.story]
            store.execute(_INSERT_ENTRY, row)
            store.execute("INSERT INTO sighting VALUES (?, 1, 0, 0, 0)", [number])
            for query, voice in one.queries.items():
                hidden = "exclude.sites: x" if query == QUERIES[2] and number % 2 else ""
                store.execute(_INSERT_MENTION, [number, query, voice, hidden])


def whole(_store: Store, selection: Selection, _days: int = 1) -> Iterator[TimePart]:
    """The period of a selection as one part, in which SQLite computes the day of each mention."""
    yield period_of(selection)


def counts(store: Store, selection: Selection, by: str) -> tuple[Any, Any]:
    """What a selection counts; values without anything are left out."""
    return stats.tally_mentions(store, selection, by), stats.story_reach(store, selection, by)


@given(
    entries=st.lists(ENTRIES, min_size=1, max_size=12),
    name=st.sampled_from(ZONES),
    base=st.sampled_from(BASES),
    span=st.none() | st.integers(1, 4 * DAY),
    voices=st.just(()) | st.just((Voice.PUBLIC, Voice.OWNED)),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_by_parts_are_those_of_each_mention(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[Counted],
    name: str,
    base: int,
    span: int | None,
    voices: tuple[Voice, ...],
):
    """In any zone, at the change of summer time, in any period, whatever queries share an entry."""
    folder: Path = tmp_path_factory.mktemp("counts")
    period = {}
    if span:
        start = datetime.fromtimestamp(base, UTC) - timedelta(hours=3)
        period = {"since": start, "until": start + timedelta(seconds=span)}
    with zone(name), open_store(folder / "brandwatch.db") as store, pytest.MonkeyPatch.context() as patch:
        put(store, entries)
        for selection in (Selection(voices=voices, **period), Selection(queries=QUERIES[:2])):  # type: ignore[arg-type]
            by_parts = {by: counts(store, selection, by) for by in stats.DIMENSIONS}
            with patch.context() as swapped:
                swapped.setattr(stats, "local_parts", whole)
                assert by_parts == {by: counts(store, selection, by) for by in stats.DIMENSIONS}


def test_a_plain_day_is_known_and_one_with_a_change_is_not(store: Store):
    """SQLite tells of each mention in a day of 25 hours; days without mentions are no parts."""
    plain, changed = at("2026-06-07T10:00"), at("2026-10-25T10:00")
    put(
        store,
        [Counted(when, {"gården": Voice.PUBLIC}, "", "https://a.example", 1, None) for when in (plain, changed)],
    )
    start, end = at("2026-06-06T22:00"), at("2026-10-25T23:00")
    assert [(part.start, part.end, str(part.day)) for part in local_parts(store, Selection())] == [
        (start, start + DAY, "2026-06-07"),
        (end - 25 * 3600, end, "None"),
    ]


def test_a_part_ends_with_the_period(store: Store):
    """A week is cut at both ends of a selection, and keeps its Monday."""
    put(store, [Counted(at("2026-06-05T10:00"), {"gården": Voice.PUBLIC}, "", "https://a.example", 1, None)])
    since, until = datetime(2026, 6, 3, tzinfo=UTC), datetime(2026, 6, 6, tzinfo=UTC)
    (part,) = local_parts(store, Selection(since=since, until=until), 7)
    assert (part.start, part.end, str(part.day)) == (int(since.timestamp()), int(until.timestamp()), "2026-06-01")
