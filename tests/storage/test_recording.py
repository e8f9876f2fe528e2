from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import Evidence, MatchResult, MentionCounts, Response, Selection
from brandwatch.storage.privacy_retention import expire_source_facts
from brandwatch.storage.query_versions import store_applied_version
from brandwatch.storage.recording import entries_of_sources, entries_with_keys, record_reevaluation, record_source
from brandwatch.storage.selections import ORDERS, count_mentions, mention_sightings, select_mentions
from brandwatch.storage.sources import source_states_with_mentions
from brandwatch.stories.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, Mention, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


def all_mentions(store: Store) -> list[Mention]:
    """Read all mentions, oldest first."""
    return sorted(select_mentions(store, Selection()), key=lambda mention: mention.id)


def test_a_record_round_trips(store: Store, find: Finds, visit: Visits):
    """An entry has all its fields again, with evidence, source and times."""
    found = find("Acme åpner 😀", author="Kari", text="Tekst", language="nb", guid="g-1", response=Response(comments=0))
    assert record_source(store, visit(found)).counts.stored == 1
    (mention,) = all_mentions(store)
    assert mention.entry == found.entry
    assert mention.evidence == found.results["acme"].evidence
    assert (mention.source, mention.query_version, mention.status) == ("https://a.example/rss", "v1", "new")
    assert mention.found == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_the_first_poll_of_a_source_is_backlog(store: Store, find: Finds, visit: Visits):
    """Entries of the first poll are marked, later ones are not."""
    record_source(store, visit(find("Acme før")))
    record_source(store, visit(find("Acme etter"), hours=1))
    assert [mention.backlog for mention in all_mentions(store)] == [True, False]


def test_an_edited_entry_is_an_update(store: Store, find: Finds, visit: Visits):
    """A known entry keeps number, mention and first date, and gets the new text and evidence."""
    record_source(store, visit(find("Acme før")))
    edited = find("Etter Acme", known=1, published=datetime(2026, 5, 4, 11, tzinfo=UTC))
    evidence = (Evidence(term="Acme", field="title", start=6, end=10, rule="exact"),)
    edited = replace(edited, results={"acme": MatchResult(evidence=evidence)})
    assert record_source(store, visit(edited, hours=1)).counts.stored == 0
    (mention,) = all_mentions(store)
    assert (mention.id, mention.entry.title, mention.evidence[0].start) == (1, "Etter Acme", 6)
    assert mention.entry.published == mention.found == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_a_second_source_is_a_sighting(store: Store, find: Finds, visit: Visits):
    """The same entry elsewhere adds a sighting; the first source's text stays, unless the other has more."""
    record_source(store, visit(find("Acme", text="Kort tekst")))
    record_source(store, visit(find("ACME!", known=1, text="Kort"), hours=1, url="https://b.example/rss", first=1))
    (mention,) = all_mentions(store)
    assert (mention.entry.title, mention.entry.text) == ("Acme", "Kort tekst")
    record_source(
        store,
        visit(find("Acme, hele saken", known=1, text="En mye lengre tekst"), hours=2, url="https://c.example/rss"),
    )
    record_source(store, visit(find("Acme", known=1, text="Kort tekst"), hours=3))
    as_long = find("Acme, en annen sak", known=1, text="En mye lengre notis")
    record_source(store, visit(as_long, hours=3, url="https://b.example/rss", first=1))
    (mention,) = all_mentions(store)
    assert mention.entry.title == "Acme, hele saken"
    assert [(seen.source[8], seen.last_seen.hour) for seen in mention_sightings(store, 1)] == [
        ("a", 13),
        ("b", 13),
        ("c", 12),
    ]


def test_a_new_query_adds_a_mention_of_an_old_entry(store: Store, find: Finds, visit: Visits):
    """A later match of a stored entry adds a mention of its own."""
    record_source(store, visit(find("Acme", queries=("a",))))
    assert record_source(store, visit(find("Acme", known=1, queries=("a", "b")), hours=1)).counts.stored == 1
    assert [mention.query for mention in all_mentions(store)] == ["a", "b"]


def test_changed_responses_are_stored(store: Store, find: Finds, visit: Visits):
    """The mention has the latest known counts; unknown is not zero."""
    record_source(store, visit(find("Acme", response=Response(comments=3))))
    record_source(store, visit(find("Acme", known=1, response=Response(comments=9)), hours=1))
    record_source(store, visit(find("Acme", known=1), hours=2))
    (mention,) = all_mentions(store)
    assert mention.entry.response == Response(comments=9)


def test_a_source_record_is_atomic(store: Store, find: Finds, visit: Visits):
    """One invalid entry rolls back the validators, the fetch and the other entries."""
    broken = replace(find("Acme 2"), position=2**80)
    with pytest.raises(OverflowError):
        record_source(store, visit(find("Acme 1"), broken))
    assert all_mentions(store) == []
    assert source_states_with_mentions(store) == ()
    assert record_source(store, visit(find("Acme 1"))).counts.stored == 1


def test_entries_are_found_by_guid_and_by_link(store: Store, find: Finds, visit: Visits):
    """Stored entries are found by either key, each once; an empty key finds nothing."""
    record_source(
        store,
        visit(find("En", guid="g-1", link="https://a.example/1"), find("To", guid="", link="https://a.example/2")),
    )
    twins = entries_with_keys(store, ["g-1", ""], ["https://a.example/1", "https://a.example/2", ""])
    assert [(twin.id, twin.link, twin.entry.title) for twin in twins] == [
        (1, "https://a.example/1", "En"),
        (2, "https://a.example/2", "To"),
    ]


def test_each_source_gets_the_entries_that_share_one_of_its_keys(store: Store, find: Finds, visit: Visits):
    """A key that is empty or zero is shared with no one; what the source itself has shown says when."""
    record_source(store, visit(find("En", link="https://a.example/1"), find("To", guid="g-2", link="")))
    three = replace(find("Tre", link="https://a.example/3"), content=(0, 7, 8))
    record_source(store, visit(three, replace(find("Fire", link=""), content=(0, 7, 9)), url="https://b.example/rss"))
    wanted = [
        ("https://a.example/rss", [Identity(link="https://a.example/1"), Identity(guid="", link="")]),
        ("https://b.example/rss", [Identity(guid="g-2"), Identity(link="https://a.example/3", content=(0, 6))]),
        ("https://c.example/rss", [Identity(content=(0, 7, 0))]),
        ("https://d.example/rss", [Identity(guid="g-9", content=(0, 0, 0))]),
    ]
    found = entries_of_sources(store, wanted)
    assert [[stored.id for stored in listed] for listed in found] == [[1], [2, 3], [3, 4], []]
    assert [[stored.is_of_source for stored in listed] for listed in found] == [[True], [False, True], [False] * 2, []]
    assert entries_of_sources(store, wanted[3:]) == [()]


@pytest.mark.parametrize(
    ("applied", "is_seen", "is_backlog"),
    [(None, False, False), (None, True, True), (-1, False, False), (0, False, False), (1, False, True)],
)
def test_what_an_edited_query_finds_in_an_entry_from_before_is_backlog(
    store: Store, find: Finds, visit: Visits, applied: int | None, *, is_seen: bool, is_backlog: bool
):
    """From before the edit was applied, or before this poll in its source; another query finds nothing but news."""
    matched = replace(visit(find("Acme åpner", queries=("a",))), matched_by={"a": "v1", "c": "v1"})
    record_source(store, matched)
    if applied is not None:
        with store.transaction():
            store_applied_version(store, "b", "v1", START + timedelta(seconds=applied))
    again = replace(find("Acme åpner", known=1, queries=("a", "b", "c")), is_seen=is_seen)
    record = replace(visit(again, hours=1), matched_by={"a": "v1", "b": "v1", "c": "v1"})
    assert record_source(store, record).counts == MentionCounts(new=2 - is_backlog, backlog=int(is_backlog))
    assert {mention.query: mention.backlog for mention in all_mentions(store)} == {
        "a": True,
        "b": is_backlog,
        "c": False,
    }


def test_what_a_reevaluation_finds_is_backlog(store: Store, find: Finds, visit: Visits):
    """The entries are older than the version of the query; what was a mention before is what it was."""
    record_source(store, visit(find("Acme før")))
    record_source(store, visit(find("Acme åpner"), hours=1))
    result = find("Acme åpner").results["acme"]
    with store.transaction():
        counts = record_reevaluation(store, "b", "v1", {2: result}, START)
        again = record_reevaluation(store, "acme", "v2", {2: result}, START)
    assert (counts, again) == (MentionCounts(backlog=1), MentionCounts())
    assert [(mention.query, mention.backlog) for mention in all_mentions(store)] == [
        ("acme", True),
        ("acme", False),
        ("b", True),
    ]


def test_the_latest_entries_with_a_key_are_found(store: Store, find: Finds, visit: Visits):
    """A page of a service has one link for thousands of messages: a poll loads the latest of them."""
    link = "https://a.example/drift"
    record_source(store, visit(*(find(f"Acme {number}", link=link) for number in range(60))))
    twins = entries_with_keys(store, [], [link], source="https://a.example/rss")
    assert [twin.id for twin in twins] == [*range(11, 61)]
    assert all(twin.is_of_source for twin in twins)
    assert not any(twin.is_of_source for twin in entries_with_keys(store, [], [link], source="https://b.example/rss"))


def test_sources_count_their_mentions(store: Store, find: Finds, visit: Visits):
    """The state of a source round-trips, with the number of its mentions."""
    record_source(store, visit(find("Acme 1"), find("Acme 2", queries=("a", "b"))))
    record_source(store, visit(hours=1, error="answered 500"))
    (state,) = source_states_with_mentions(store)
    assert (state.mentions, state.error, state.fetch_class) == (3, "answered 500", "http-5xx")
    assert state.last_poll == datetime(2026, 5, 4, 11, tzinfo=UTC)


def test_old_fetches_are_deleted(store: Store, visit: Visits, tmp_path: Path):
    """The fetch log has a week, and sums of the days of a quarter; recording deletes nothing, whatever its time."""
    for hours in range(0, 24 * 200, 24 * 50):
        record_source(store, visit(hours=hours))
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        statement = "SELECT (SELECT count(*) FROM fetch), (SELECT count(*) FROM fetch_day)"
        assert connection.execute(statement).fetchone() == (4, 0)
        expire_source_facts(store, timedelta(days=730), datetime(2026, 5, 4, 10, tzinfo=UTC) + timedelta(days=150))
        assert connection.execute(statement).fetchone() == (1, 1)


@pytest.mark.parametrize(
    ("selection", "titles"),
    [
        (Selection(), ["Acme ny", "Acme gammel", "Acme ældst"]),
        (Selection(sort="title"), ["Acme gammel", "Acme ny", "Acme ældst"]),
        (Selection(limit=1), ["Acme ny"]),
        (Selection(queries=("b",)), ["Acme gammel"]),
        (Selection(since=datetime(2026, 5, 3, tzinfo=UTC)), ["Acme ny"]),
        (Selection(until=datetime(2026, 5, 3, tzinfo=UTC)), ["Acme gammel", "Acme ældst"]),
        (Selection(sources=("B.EXAMPLE",)), ["Acme ældst"]),
        (Selection(sources=("%",)), []),
        (Selection(search="gammel"), ["Acme gammel"]),
    ],
)
def test_selections(store: Store, find: Finds, visit: Visits, selection: Selection, titles: list[str]):
    """Every field filters, the order is the requested one, and the count ignores the limit."""
    day = timedelta(days=1)
    now = datetime(2026, 5, 4, tzinfo=UTC)
    record_source(
        store, visit(find("Acme ny", published=now), find("Acme gammel", published=now - 2 * day, queries=("b",)))
    )
    record_source(store, visit(find("Acme ældst", published=now - 3 * day), url="https://b.example/rss"))
    assert [mention.entry.title for mention in select_mentions(store, selection)] == titles
    assert count_mentions(store, replace(selection, limit=0)) == count_mentions(store, selection)
    assert len(titles) <= (count_mentions(store, selection) or 0)


@pytest.mark.parametrize("sort", sorted(ORDERS))
def test_of_equal_mentions_the_newest_is_first(store: Store, find: Finds, visit: Visits, sort: str):
    """By its time, then by its number, whatever they are sorted by."""
    copies = [
        find("Acme åpner et nytt kraftverk i Åsgård", link=f"https://avis.example/{number}", published=published)
        for number, published in enumerate((START, START + timedelta(hours=2), START + timedelta(hours=2)))
    ]
    record_source(store, visit(*(replace(one, entry=replace(one.entry, response=Response(likes=2))) for one in copies)))
    assert [mention.id for mention in select_mentions(store, Selection(sort=sort))] == [3, 2, 1]


def test_what_becomes_of_mentions_is_counted_apart(store: Store, find: Finds, visit: Visits):
    """Backlog, new, updated, hidden and shown again: each has its count, also in the table, and none is negative."""
    record_source(store, visit(find("Acme 1"), find("Acme 2"), find("Acme 3", suppressed="exclude.words: Acme 3")))
    edited = (
        find("Acme 1", known=1, suppressed="exclude.words: Acme 1"),
        find("Acme 2", known=2, text="Rettet: Blåbær Gården AS"),
        find("Acme 3", known=3),
        find("Acme 4"),
        find("Acme 5", suppressed="exclude.words: Acme 5"),
    )
    assert record_source(store, visit(*edited, hours=1)).counts == MentionCounts(new=1, updated=1, hidden=1, shown=1)
    assert record_source(store, visit(*edited[:3], hours=2)).counts == MentionCounts()
    assert list(store.execute("SELECT new, backlog, updated, hidden, shown FROM fetch ORDER BY id")) == [
        (0, 2, 0, 0, 0), (1, 0, 1, 1, 1), (0, 0, 0, 0, 0),
    ]  # fmt: skip


def test_an_edit_of_white_space_updates_nothing(store: Store, find: Finds, visit: Visits):
    """A mention is updated by other words only, and by those of the source whose version is stored."""
    record_source(store, visit(find("Acme åpner", text="Blåbær Gården AS")))
    spaced = find("ACME  åpner", known=1, text="Blåbær  Gården AS ")
    assert record_source(store, visit(spaced, hours=1)).counts == MentionCounts()
    other = find("Acme lukker", known=1, text="Kort")
    assert record_source(store, visit(other, hours=2, url="https://b.example/rss")).counts == MentionCounts()
    assert record_source(store, visit(other, hours=3)).counts == MentionCounts(updated=1)
