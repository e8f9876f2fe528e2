from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import ClauseResult, Gap, Selection, SubjectRequest, Thread
from brandwatch.storage import open_store
from brandwatch.storage.privacy_erasure import erase
from brandwatch.storage.recording import record_reevaluation, record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.stories import story_by_id
from brandwatch.storage.story_assignment import merge_stories
from brandwatch.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

NAME = "Kari Nordmann"


def titles(store: Store) -> list[str]:
    """Read the titles of all mentions."""
    return sorted(mention.entry.title for mention in select_mentions(store, Selection()))


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    """Run a statement and return its rows."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_a_suppression_entry_is_anonymous(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """It has hashes, different in every database, and no texts."""
    with open_store(tmp_path / "other.db") as other:
        for one in (store, other):
            record_source(one, visit(find(f"Acme og {NAME}", guid="g-1")))
            erase(one, SubjectRequest(names=(NAME,), authors=("@kari",), urls=("https://a.example/1",)), START)
    kinds = "SELECT DISTINCT kind, typeof(hash), length(hash) FROM tombstone ORDER BY kind"
    assert rows(tmp_path / "brandwatch.db", kinds) == [
        (kind, "blob", 16) for kind in ("author", "bare", "entry", "page", "words")
    ]
    hashes = [set(rows(tmp_path / name, "SELECT hash FROM tombstone")) for name in ("brandwatch.db", "other.db")]
    assert not hashes[0] & hashes[1]


@pytest.mark.parametrize(
    ("fields", "comes"),
    [
        ({"link": "https://avis.example/1", "guid": "annen-guid-0001"}, False),
        ({"link": "https://avis.example/annen", "guid": "urn:avis:0000001"}, False),
        ({"link": "https://annen.example/1", "guid": "urn:avis:0000001"}, True),
        ({"link": "https://avis.example/10", "guid": ""}, True),
    ],
)
def test_an_erased_entry_is_recognised_by_either_key(
    store: Store, find: Finds, visit: Visits, fields: dict[str, str], comes: bool
):
    """By its link, or by its guid on the same site; other sites and pages are unaffected, and stay as they are."""
    stays = find("Acme blir", link="https://blad.example/1")
    record_source(store, visit(find("Acme før", link="https://avis.example/1", guid="urn:avis:0000001"), stays))
    erase(store, SubjectRequest(texts=("Acme før",)), START)
    assert titles(store) == ["Acme blir"]
    record_source(store, visit(find("Acme etter", **fields), hours=1))
    assert titles(store) == ["Acme blir", *(["Acme etter"] if comes else [])]


@pytest.mark.parametrize(
    ("fragment", "guid", "comes"),
    [
        ("#change-4", "urn:saker:0000004", True),
        ("#change-2", "urn:saker:0000009", False),
        ("#change-4", "urn:saker:0000002", False),
        ("#change-2&xtor=RSS-1", "", False),
        ("#change-4", "", True),
        ("", "urn:saker:0000009", True),
    ],
)
def test_other_comments_of_the_page_are_stored(
    store: Store, find: Finds, visit: Visits, fragment: str, guid: str, comes: bool
):
    """The page and its other comments are not erased; the comment is known by its fragment and by its guid."""
    page = "https://saker.example/17"
    link = f"{page}#change-2"
    record_source(store, visit(find("Acme før", link=link, url=link, guid="urn:saker:0000002")))
    erase(store, SubjectRequest(texts=("Acme før",)), START)
    link = f"{page}{fragment}"
    record_source(store, visit(find("Acme etter", link=canonical(link), url=link, guid=guid), hours=1))
    assert titles(store) == (["Acme etter"] if comes else [])


def test_an_ambiguous_guid_counts_with_its_title(store: Store, find: Finds, visit: Visits):
    """Guid 17 of an erased entry does not suppress every entry 17 of the site."""
    record_source(store, visit(find("Acme bygger", link="https://avis.example/1", guid="17")))
    erase(store, SubjectRequest(urls=("https://avis.example/1",)), START)
    record_source(store, visit(find("Acme bygger", link="https://avis.example/2", guid="17"), hours=1))
    record_source(store, visit(find("Acme river", link="https://avis.example/3", guid="17"), hours=2))
    assert titles(store) == ["Acme river"]


def test_entries_linking_to_an_erased_page_are_suppressed(store: Store, find: Finds, visit: Visits):
    """They would restore the erased URL."""
    erase(store, SubjectRequest(urls=("https://avis.example/sak",)), START)
    record_source(store, visit(find("Acme lenker", text="Se http://www.avis.example/sak/.")))
    record_source(store, visit(find("Acme lenker til en annen", links=("https://avis.example/saker",))))
    assert titles(store) == ["Acme lenker til en annen"]


def test_an_edit_with_an_erased_name_is_skipped(store: Store, find: Finds, visit: Visits):
    """The stored version stays."""
    record_source(store, visit(find("Acme bygger")))
    erase(store, SubjectRequest(names=(NAME,)), START)
    record_source(store, visit(find("Acme bygger", known=1, text=f"sier {NAME}"), hours=1))
    ((text,),) = ((mention.entry.text,) for mention in select_mentions(store, Selection()))
    assert text == ""


def test_facts_of_a_source_are_cleared(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """A title, error, reason or check with an erased name is stored empty; the rest is stored."""
    erase(store, SubjectRequest(names=(NAME,)), START)
    found = find("Acme bygger")
    checks = (ClauseResult(clause="exclude.authors", holds=True, note=NAME), ClauseResult(clause="match", holds=True))
    judged = {"acme": replace(found.results["acme"], clauses=checks)}
    given = visit(replace(found, results=judged))
    record_source(
        store,
        replace(
            given,
            state=replace(given.state, title=NAME, error=f"{NAME}s side", rights="Avisa"),
            fetch=replace(given.fetch, error=NAME),
            gap=Gap(source=given.state.url, start=START, end=START, reason=NAME),
        ),
    )
    path = tmp_path / "brandwatch.db"
    assert rows(path, "SELECT title, error, rights FROM source") == [("", "", "Avisa")]
    assert rows(path, "SELECT error, (SELECT reason FROM gap) FROM fetch") == [("", "")]
    assert rows(path, "SELECT checks FROM mention") == [('[["match",true,""]]',)]
    with store.transaction():
        record_reevaluation(store, "acme", "v2", {1: judged["acme"]}, START)
    assert rows(path, "SELECT checks FROM mention") == [('[["match",true,""]]',)]


def test_stories_are_deleted_with_their_entries(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """Stories are recomputed without the entry; empty ones are deleted, with their merged stories."""
    record_source(store, visit(find(f"Acme {NAME}"), find("Acme bygger"), find("Acme river")))
    merge_stories(store, 1, [2], START)
    erase(store, SubjectRequest(names=(NAME,)), START)
    left = story_by_id(store, 1)
    assert left is not None
    assert (left.lead.entry.title, left.entries) == ("Acme bygger", 1)
    erase(store, SubjectRequest(texts=("Acme bygger",)), START)
    path = tmp_path / "brandwatch.db"
    assert rows(path, "SELECT id FROM story") == [(3,)]
    assert rows(path, "SELECT id FROM story_decision UNION ALL SELECT entry FROM sketched WHERE entry != 3") == []


def test_a_thread_is_deleted_with_its_entry(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """Its source too, whose URL identifies the entry."""
    below = "https://avis.example/kari-nordmann-slutter/feed"
    talked = replace(find(f"Acme {NAME}"), thread=Thread(url=below, kind="comments", until=START))
    record_source(store, visit(talked, find("Acme bygger")))
    record_source(store, visit(find("Acme, ja", link="https://avis.example/c-1"), hours=1, url=below))
    erase(store, SubjectRequest(names=(NAME,)), START)
    path = tmp_path / "brandwatch.db"
    assert titles(store) == ["Acme bygger"]
    assert rows(path, "SELECT url FROM source") == [("https://a.example/rss",)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_an_entry_of_two_sources_passes_to_the_other(store: Store, find: Finds, visit: Visits, tmp_path: Path):
    """A source with a name in its URL is erased; entries of another source stay and are updated through that."""
    record_source(store, visit(find("Acme bygger"), url="https://avis.example/kari-nordmann/rss"))
    record_source(store, visit(find("Acme bygger", known=1), hours=1))
    erase(store, SubjectRequest(names=(NAME,)), START)
    assert titles(store) == ["Acme bygger"]
    assert rows(tmp_path / "brandwatch.db", "SELECT count(*) FROM entry JOIN source ON owner = source.id") == [(1,)]
