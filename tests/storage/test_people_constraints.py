from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import StoreError
from brandwatch.models import Evidence, EvidenceKind, MatchResult, Selection, Voice
from brandwatch.storage import open_store
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import mention_by_id, select_mentions
from brandwatch.storage.stories import story_by_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

TITLE = Evidence(term="Acme", field="title", start=0, end=4, rule="exact")
LATE = Evidence(term="Acme", field="text", start=90, end=94, rule="genitive")
ROLE = Evidence(term="ansatt", field="text", start=1, end=7, rule="role", kind=EvidenceKind.ROLE)
KARI = Evidence(
    term="Kari Eksempel", field="text", start=80, end=93, rule="board", kind=EvidenceKind.PERSON, note="nær Å"
)
BYLINE = Evidence(term="Kari Eksempel", field="author", start=0, end=13, rule="byline", kind=EvidenceKind.VOICE)
NAMED = MatchResult(evidence=(TITLE, LATE, KARI, ROLE, BYLINE), voice=Voice.OFFICIAL)


@pytest.fixture
def named(store: Store, find: Finds, visit: Visits, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A raw connection to a database with a mention of a person (1) and one without (2)."""
    record_source(store, visit(replace(find("Acme åpner"), results={"acme": NAMED}), find("Acme stenger")))
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        yield connection


def test_evidence_of_people_round_trips(store: Store, named: sqlite3.Connection):
    """The evidence is complete and in order, and the mention's own row has no name."""
    mention = mention_by_id(store, 1)
    assert mention is not None
    assert mention.evidence == NAMED.evidence
    assert named.execute("SELECT count(*) FROM mention WHERE evidence LIKE '%Kari%'").fetchone() == (0,)
    assert named.execute("SELECT number, anchor, part FROM person_hit").fetchall() == [
        (2, 1, "person"),
        (4, 0, "voice"),
    ]


def test_a_new_match_replaces_the_people(store: Store, named: sqlite3.Connection, find: Finds, visit: Visits):
    """A new match of the same entry replaces its people too."""
    other = MatchResult(evidence=(TITLE, KARI))
    record_source(store, visit(replace(find("Acme åpner", known=1), results={"acme": other})))
    mention = mention_by_id(store, 1)
    assert mention is not None
    assert mention.evidence == (TITLE, KARI)
    assert named.execute("SELECT number, anchor FROM person_hit").fetchall() == [(1, 0)]


@pytest.mark.parametrize("evidence", [(), (KARI,), (ROLE, TITLE), (BYLINE,)])
def test_a_mention_needs_the_brand(store: Store, find: Finds, visit: Visits, evidence: tuple[Evidence, ...]):
    """Even a wrong match without the brand is refused by the database, with its whole source record."""
    broken = MatchResult(evidence=evidence, voice=Voice.OFFICIAL)
    with pytest.raises(StoreError, match=r"mention\.anchor"):
        record_source(store, visit(replace(find("Acme"), results={"acme": broken})))
    assert list(select_mentions(store, Selection())) == []


PERSON = "INSERT INTO person_hit VALUES ({}, 7, {}, 'Ola Eksempel', 'text', 0, 5, 'board', 'person', '')"
BY_HAND = {
    "no anchor": PERSON.format(1, "NULL"),
    "an anchor that is not there": PERSON.format(1, 9),
    "a mention that names nobody": PERSON.format(2, 0),
    "another mention's anchor": "UPDATE person_hit SET mention = 2",
    "no mention": PERSON.format(99, 0),
    "an anchor without a mention": "INSERT INTO anchor VALUES (99, 0, 'Acme', 'title', 0, 4, 'exact')",
    "an anchor moved away": "UPDATE anchor SET mention = 2",
    "an anchor taken out": "UPDATE mention SET evidence = '[]'",
    "a role for an anchor": """UPDATE mention SET evidence = '[["ansatt","text",0,1,"role","role",""]]'""",
    "a person in the evidence": "UPDATE mention SET evidence ="
    """ '[["Acme","title",0,4,"exact","anchor",""],["Ola Eksempel","text",0,1,"board","person",""]]'""",
    "a speaker in the evidence": "UPDATE mention SET voice = 'official', evidence ="
    """ '[["Acme","title",0,4,"exact","anchor",""],["Ola Eksempel","author",0,1,"byline","voice",""]]'""",
}


@pytest.mark.parametrize("enforced", ["ON", "OFF"])
@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND)
def test_no_statement_stores_people_without_the_brand(named: sqlite3.Connection, statement: str, enforced: str):
    """No statement inserts a person without an anchor of the same mention, foreign keys on or off."""
    named.execute(f"PRAGMA foreign_keys = {enforced}")
    with pytest.raises(sqlite3.IntegrityError):
        named.execute(statement)


@pytest.mark.parametrize("enforced", ["ON", "OFF"])
def test_people_are_deleted_with_the_brand(named: sqlite3.Connection, enforced: str):
    """Deleting the anchor, the mention or the entry deletes its people."""
    named.execute(f"PRAGMA foreign_keys = {enforced}")
    named.execute("DELETE FROM anchor WHERE number = 1")
    assert named.execute("SELECT count(*) FROM person_hit").fetchone() == (1,)
    named.execute("DELETE FROM mention")
    left = "SELECT (SELECT count(*) FROM person_hit), (SELECT count(*) FROM anchor)"
    assert named.execute(left).fetchone() == (0, 0)


OLD = """
INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
    moved_to, entries, failures)
    VALUES (1, 'https://a.example/rss', 'feed', 'A', '', 'nb', '', '', x'', x'', '', '', 1, 0);
INSERT INTO story (id, lead, heat, entries, mentions) VALUES (1, 1, 5, 3, 3);
INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, found, story)
    VALUES (1, '', '', 1, '', 'Acme', 'T', '', 'A', 'nb', '', 1, 1),
        (2, '', '', 1, '', 'Kari', '', '', 'A', '', '', 1, 1),
        (3, '', '', 1, '', 'Acme', 'T', '', 'B', 'nb', '', 1, 1);
INSERT INTO mention (id, entry, query, query_version, evidence, status, backlog, found, voice) VALUES
    (1, 1, 'acme', 'v', '[["Acme","title",0,4,"exact","anchor",""],["Acme","text",90,94,"genitive","anchor",""],'
        || '["Kari Eksempel","text",80,93,"board","person","nær Å"],["ansatt","text",1,7,"role","role",""],'
        || '["Kari Eksempel","author",0,13,"byline","voice",""]]', 'relevant', 0, 1, 'official'),
    (2, 2, 'acme', 'v', '[["Kari Eksempel","title",0,4,"board","person",""]]', 'new', 0, 1, 'public'),
    (3, 3, 'acme', 'v', '[["Acme","title",0,4,"exact"]]', 'new', 0, 1, 'public'),
    (4, 3, 'bmce', 'v', 'nothing', 'new', 0, 1, 'public');
"""


def test_people_of_an_older_version_are_migrated(tmp_path: Path):
    """They get rows at their anchors; a person without the brand is deleted, with entry and story."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m015_anchors")
        connection.executescript(OLD)
    with open_store(path) as store:
        mentions = {mention.id: mention for mention in select_mentions(store, Selection())}
        assert set(mentions) == {1, 3}
        assert (mentions[1].evidence, mentions[1].status) == (NAMED.evidence, "relevant")
        assert [piece.term for piece in mentions[3].evidence] == ["Acme"]
        story = story_by_id(store, 1)
        assert story is not None
        assert (story.entries, story.mentions) == (2, 2)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT number, anchor FROM person_hit").fetchall() == [(2, 1), (4, 0)]
        assert connection.execute("SELECT id FROM entry ORDER BY id").fetchall() == [(1,), (3,)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
