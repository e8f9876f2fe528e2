from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import FoundBy, MatchResult, Mention, Response, ResponseReading, Selection, Status, Voice
from brandwatch.storage import database, open_store, selections
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.recording import record_source
from brandwatch.storage.responses import record_readings
from brandwatch.storage.selections import GROUPS, ORDERS, count_mentions, select_mentions
from brandwatch.storage.stored_names import has_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCES = ("https://a.example/rss", "https://xn--blbr-roah.example/rss", "https://c.example/rss")
WORDS = "Acme åpner blåbær gården fjord kraft".split()

NOT_IN_STEP = """
SELECT count(*) FROM mention JOIN entry ON entry.id = mention.entry
WHERE (mention.time, mention.publisher, mention.language, mention.response_total, mention.response_rise)
    IS NOT (
        coalesce(entry.published, entry.found), entry.publisher, entry.language, entry.response_total,
        entry.response_rise
    )
"""

SELECTIONS = (
    Selection(),
    Selection(since=START + 5 * HOUR),
    Selection(since=START + 2 * HOUR, until=START + 9 * HOUR, voices=(Voice.STAFF,)),
    Selection(queries=("vind",)),
    Selection(languages=("no",)),
    Selection(sources=("BLÅBÆR", "c.example")),
    Selection(sources=("ingen.example",)),
    Selection(search="blåbær"),
    Selection(search="fjord", since=START + 3 * HOUR, sources=("a.example",)),
    Selection(suppressed=True),
    Selection(remote=True),
)


def is_consistent(path: Path) -> bool:
    """Whether the copied columns of all mentions equal those of their entries."""
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute(NOT_IN_STEP).fetchone() == (0,))


@pytest.fixture
def filled(store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]) -> Store:
    """A database with about two hundred mentions of two overlapping queries."""
    draw = random.Random(7)
    for hour in range(12):
        finds = [_drawn(draw, find, hour, number) for number in range(draw.randint(5, 12))]
        record_source(store, visit(*finds, hours=hour, url=draw.choice(SOURCES)))
    return store


def _drawn(draw: random.Random, find: Callable[..., EntryRecord], hour: int, number: int) -> EntryRecord:
    """Draw a random entry record."""
    found = find(
        " ".join(draw.sample(WORDS, 3)),
        link=f"https://avis.example/{hour}/{number}",
        queries=draw.choice([("acme",), ("vind",), ("acme", "vind")]),
        published=START + timedelta(minutes=draw.randint(0, 720)) if draw.random() < 0.8 else None,
        publisher=draw.choice(["Avisa", "avisa", "Tidende", ""]),
        language=draw.choice(["nb", "nn-NO", "sv", ""]),
        response=draw.choice([Response(), Response(comments=draw.randint(0, 3)), Response(views=9)]),
    )
    judged = {query: _judged(draw, judgement) for query, judgement in found.results.items()}
    return replace(found, results=judged)


def _judged(draw: random.Random, judgement: MatchResult) -> MatchResult:
    """Draw a random match."""
    return replace(
        judgement,
        voice=draw.choice(list(Voice)),
        suppressed=draw.choice(["", "", "", "exclude.sites: x"]),
        found_by=draw.choice([FoundBy.LOCAL, FoundBy.LOCAL, FoundBy.REMOTE]),
    )


def test_copied_columns_follow_the_entry(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord], tmp_path: Path
):
    """Whatever changes an entry, the copies in its mentions for searching change too."""
    path = tmp_path / "brandwatch.db"
    record_source(store, visit(find("Acme åpner", published=None, queries=("acme", "vind"))))
    assert is_consistent(path)
    record_source(store, visit(find("Acme åpner", known=1, publisher="Tidende", language="nn", text="Mer"), hours=1))
    assert is_consistent(path)
    for hour in (2, 3):
        record_readings(
            store, [ResponseReading(id=1, response=Response(likes=hour), refresh_at=None)], START + hour * HOUR
        )
        assert is_consistent(path)
    record_source(store, visit(find("Acme åpner", known=1, queries=("ny",)), hours=4))
    assert is_consistent(path)
    titles = [
        (mention.query, mention.entry.publisher) for mention in select_mentions(store, Selection(since=START, limit=9))
    ]
    assert sorted(titles) == [("acme", "Avisa"), ("ny", "Avisa"), ("vind", "Avisa")]


@pytest.mark.parametrize("selection", SELECTIONS, ids=repr)
def test_a_limit_returns_the_first_rows(filled: Store, selection: Selection):
    """In any order and grouping a limit only cuts the result, and the count covers all."""
    total = len(list(select_mentions(filled, selection)))
    assert count_mentions(filled, selection) == total
    for sort in ORDERS:
        for group in ("", *GROUPS):
            wanted = replace(selection, sort=sort, group=group)
            every = [mention.id for mention in select_mentions(filled, wanted)]
            few = [mention.id for mention in select_mentions(filled, replace(wanted, limit=7))]
            assert (few, len(every)) == (every[:7], total), (sort, group)
            order = ", ".join(filter(None, (GROUPS.get(group, ""), ORDERS[sort])))
            statement = f"SELECT mention.id FROM mention JOIN entry ON entry.id = mention.entry ORDER BY {order}"
            assert every == [number for number in filled.column(statement) if number in set(every)], (sort, group)


def test_sql_filters_agree_with_python(filled: Store):
    """Filtering in SQL selects the same mentions as testing each of them."""
    every = list(select_mentions(filled, Selection()))
    fits: dict[Selection, Callable[[Mention], bool]] = {
        Selection(since=START + 5 * HOUR): lambda one: (one.entry.published or one.found) >= START + 5 * HOUR,
        Selection(queries=("vind",)): lambda one: one.query == "vind",
        Selection(languages=("no", "unknown")): lambda one: one.entry.language in {"nb", "nn-NO", ""},
        Selection(voices=(Voice.STAFF, Voice.OWNED)): lambda one: one.voice in {"staff", "owned"},
        Selection(search="blåbær"): lambda one: "blåbær" in one.entry.title,
        Selection(sources=("c.example",)): lambda one: "c.example" in one.source,
        Selection(sources=("BLÅBÆR",)): lambda one: "xn--blbr-roah" in one.source,
    }
    for selection, does_fit in fits.items():
        expected = [mention.id for mention in every if does_fit(mention)]
        assert [mention.id for mention in select_mentions(filled, selection)] == expected, selection


def test_days_are_in_descending_order(filled: Store):
    """By day, as by time, the newest comes first."""
    by_day = [mention.id for mention in select_mentions(filled, Selection(group="day"))]
    assert by_day == [mention.id for mention in select_mentions(filled, Selection())]


OLD = """
INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
    moved_to, entries, failures)
VALUES (1, 'https://a.example/rss', 'feed', '', '', '', '', '', x'', x'', '', '', 1, 0);
INSERT INTO entry
    (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, published, found)
VALUES (1, '', 'a', 1, '', 'Blåbær', '', '', 'Gården', 'nb', '', NULL, 7),
    (2, '', 'b', 1, '', '', '', '', '', '', '', 5, 9);
INSERT INTO mention (entry, query, query_version, evidence, status, backlog, found)
VALUES (1, 'acme', '', '[["Acme", "title", 0, 4, "exact"]]', 'new', 0, 7),
    (2, 'acme', '', '[["Acme", "title", 0, 4, "exact"]]', 'new', 0, 9),
    (2, 'vind', '', '[["Vind", "title", 0, 4, "exact"]]', 'new', 0, 9);
"""


def test_a_migration_fills_the_copied_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """New columns of mentions are filled by the migration; a large database prints a notice."""
    monkeypatch.setattr(database, "_LARGE_BYTES", 0)
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m012_mention_times")
        connection.executescript(OLD)
    with caplog.at_level("WARNING", "brandwatch"), open_store(path) as store:
        assert [mention.entry.publisher for mention in select_mentions(store, Selection(limit=1))] == ["Gården"]
    assert is_consistent(path)
    assert [record.message.partition(" up to ")[0] for record in caplog.records] == [f"bringing {path}"]


def test_a_period_begins_at_its_first_moment_and_ends_before_its_last(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """A mention at the begin is in the period, one at the end in the next: no mention is in two or in none."""
    titles = ["a", "b", "c"]
    record_source(store, visit(*(find(title, published=START + n * HOUR) for n, title in enumerate(titles))))
    periods = [Selection(since=START + n * HOUR, until=START + (n + 1) * HOUR) for n in range(3)]
    found = [[mention.entry.title for mention in select_mentions(store, period)] for period in periods]
    assert found == [["a"], ["b"], ["c"]]
    assert [count_mentions(store, period) for period in periods] == [1, 1, 1]


def test_mentions_of_gone_queries_are_left_out_or_marked(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """They leave the default report; a selection of the query has them, and says that its file is gone."""
    record_source(store, visit(find("Acme 1", queries=("acme", "borte")), find("Acme 2", queries=("borte",))))
    gone = Selection(gone_queries=("borte",))
    assert [(one.query, one.is_query_gone) for one in select_mentions(store, gone)] == [("acme", False)]
    assert count_mentions(store, gone) == 1
    both = replace(gone, queries=("acme", "borte"), sort="query")
    assert [(one.query, one.is_query_gone) for one in select_mentions(store, both)] == [
        ("acme", False), ("borte", True), ("borte", True),
    ]  # fmt: skip
    assert not any(one.is_query_gone for one in select_mentions(store, Selection()))


def test_the_mentions_of_an_entry_in_a_selection(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """As far as it is about mentions: period, sources and words do not count."""
    entry = find("Acme", queries=("acme", "blåbær", "vind"))
    results = dict(entry.results) | {"vind": replace(entry.results["vind"], suppressed="et ord")}
    record_source(store, visit(find("Acme 0"), replace(entry, results=results)))
    assert selections.entry_mentions(store, 2, Selection()) == [2, 3]
    assert selections.entry_mentions(store, 2, Selection(queries=("blåbær",))) == [3]
    assert selections.entry_mentions(store, 2, Selection(suppressed=True)) == [4]
    other = Selection(since=START + 99 * HOUR, until=START, sources=("ingen",), search="finnes ikke", limit=1)
    assert selections.entry_mentions(store, 2, other) == [2, 3]


def test_sightings_are_in_the_order_of_the_first(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Of two at the same time that of the source which was there first; the mention names the first."""
    record_source(store, visit(url=SOURCES[2]))
    record_source(store, visit(find("Acme"), hours=1, url=SOURCES[0]))
    record_source(store, visit(find("Acme", known=1), hours=1, url=SOURCES[2]))
    record_source(store, visit(find("Acme", known=1), hours=0, url=SOURCES[1]))
    seen = selections.mention_sightings(store, 1)
    assert [(one.source, one.first_seen) for one in seen] == [
        (SOURCES[1], START), (SOURCES[2], START + HOUR), (SOURCES[0], START + HOUR),
    ]  # fmt: skip
    (mention,) = select_mentions(store, Selection())
    assert mention.source == SOURCES[1]
    assert selections.mention_sightings(store, 99) == ()
    assert selections.mention_by_id(store, 99) is None


@pytest.mark.parametrize(
    ("languages", "stored"),
    [
        ((), []), (("da",), ["da"]), (("no",), ["no", "nb", "nn"]), (("unknown", "sv"), ["", "sv"]),
    ],
)  # fmt: skip
def test_the_stored_codes_of_languages(languages: tuple[str, ...], stored: list[str]):
    """Norwegian has three, and an unknown language the empty one."""
    assert sorted(selections.stored_languages(languages)) == sorted(stored)


@pytest.mark.parametrize(
    ("selection", "is_counted"),
    [
        (Selection(), True), (Selection(queries=("a",), since=START, voices=(Voice.STAFF,), sources=("x",)), True),
        (Selection(search="å"), False), (Selection(statuses=(Status.NEW,)), False), (Selection(tags=("å",)), False),
        (Selection(suppressed=True), False), (Selection(remote=True), False),
    ],
)  # fmt: skip
def test_expired_mentions_count_where_their_counts_know_what_is_selected(selection: Selection, *, is_counted: bool):
    """They have no words, status or tags."""
    assert selections.counts_expired(selection) is is_counted


@pytest.mark.parametrize("terms", [1, 3])
def test_a_count_of_frequent_words_is_left_out(filled: Store, monkeypatch: pytest.MonkeyPatch, terms: int):
    """Every word has to be frequent; the mentions are the same ones whichever way is taken."""
    selection = Selection(search=" ".join(["acme", "blåbær", "fjord"][:terms]), since=START + 2 * HOUR)
    few = [mention.id for mention in select_mentions(filled, selection)]
    assert count_mentions(filled, selection) == len(few) > 0
    for many in (1, 30, 10**6):
        monkeypatch.setattr(selections, "_MANY_ENTRIES", many)
        assert (count_mentions(filled, selection) is None) is (many < 10**6 and (many == 1 or terms < 3))
        for sort in ("published", "response"):
            found = select_mentions(filled, replace(selection, sort=sort))
            assert sorted(mention.id for mention in found) == sorted(few)


def test_a_source_is_known_by_a_part_of_its_url(store: Store, visit: Callable[..., SourceRecord]):
    """In any spelling of its host."""
    record_source(store, visit(url=SOURCES[1]))
    found = [has_source(store, text) for text in ("blåbær.example", "BLÅBÆR", "xn--blbr", "ingen.example")]
    assert found == [True, True, True, False]
