from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import AuditVerification, Evidence, MatchResult
from brandwatch.storage import key_use, open_store
from brandwatch.storage.audit import audit_events, verify_chain
from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations
from brandwatch.storage.recording import record_reevaluation, record_source
from brandwatch.storage.story_assignment import merge_stories

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

ANCHOR = Evidence(term="Acme", field="title", start=0, end=4, rule="exact")


def audit_rows(store: Store, *mentions: int) -> list[tuple[str, str, int]]:
    """Read actor, action and target of each audit row."""
    return [(event.actor, event.action, event.row) for event in audit_events(store, mentions=mentions)]


def test_a_poll_writes_audit_rows(store: Store, find: Finds, visit: Visits):
    """Each stored, changed, hidden or shown mention has a row with version, source, fetch and rule."""
    first = find("Acme åpner", queries=("acme", "bmce"))
    record_source(store, visit(first))
    for hours, judgement in enumerate(
        (
            MatchResult(evidence=(ANCHOR,)),
            MatchResult(evidence=(ANCHOR,), suppressed="nei"),
            MatchResult(evidence=(ANCHOR,)),
        ),
        1,
    ):
        again = find("Acme åpner", known=1)
        record_source(store, visit(replace(again, results={"acme": judgement}), hours=hours))
    record_source(store, visit(replace(find("Acme åpner", known=1), versions={"acme": "v2"}), hours=4))
    assert audit_rows(store) == [
        ("poll", "stored", 1),
        ("poll", "stored", 2),
        ("poll", "hidden", 1),
        ("poll", "shown", 1),
        ("poll", "changed", 1),
    ]
    event = list(audit_events(store, mentions=[1]))[-1]
    assert (event.at, event.table, event.query, event.query_version, event.rule, event.source_url, event.fetch) == (
        START + timedelta(hours=4),
        "mention",
        "acme",
        "v2",
        "exact",
        "https://a.example/rss",
        5,
    )
    assert [event.query for event in audit_events(store, queries=["bmce"])] == ["bmce"]
    at = START + timedelta(hours=3)
    assert len(list(audit_events(store, since=at))) == 2
    assert len(list(audit_events(store, until=at))) == 3
    assert [event.at for event in audit_events(store, since=at, until=at + timedelta(seconds=1))] == [at]
    assert [event.row for event in audit_events(store, mentions=[1, 2], queries=["bmce"], until=at)] == [2]


def test_an_edit_is_an_action_on_each_mention(store: Store, find: Finds, visit: Visits):
    """The row has the hash of what is stored now, also for a query that did not find the entry again."""
    first = find("Acme åpner", queries=("acme", "bmce"), text="Acme i Ålesund")
    record_source(store, visit(first))
    record_source(store, visit(find("Acme åpner", known=1, text="Acme i Ålesund"), hours=1))
    assert len(audit_rows(store)) == 2
    record_source(store, visit(find("Acme åpner", known=1, text="Acme i Bodø"), hours=2))
    assert sorted(audit_rows(store)[2:]) == [("poll", "changed", 1), ("poll", "changed", 2)]
    record_source(store, visit(find("Acme åpner", known=1, text="Acme i Ålesund"), hours=3))
    hashes = [event.content for event in audit_events(store, mentions=[1])]
    assert [len(found) for found in hashes] == [16, 16, 16]
    assert (hashes[0] == hashes[2], hashes[0] == hashes[1]) == (True, False)


@pytest.mark.parametrize(
    ("note", "is_changed"), [("in what is not kept of it", False), ("near; in what is not kept of it", True)]
)
def test_new_words_of_a_note_are_no_change(store: Store, find: Finds, visit: Visits, note: str, *, is_changed: bool):
    """A note in the words of an earlier version is the same note; another note is a change."""
    entry = find("Acme åpner")
    for hours, words in enumerate((note, "outside the stored passage")):
        judgement = MatchResult(evidence=(replace(ANCHOR, note=words),))
        record_source(store, visit(replace(entry, results={"acme": judgement}), hours=hours))
        entry = find("Acme åpner", known=1)
    changed = [("poll", "changed", 1)] if is_changed else []
    assert audit_rows(store) == [("poll", "stored", 1), *changed]


def test_replays_and_manual_decisions_are_audited(store: Store, find: Finds, visit: Visits):
    """Mentions hidden or gained by a replay, and manual story decisions, have rows too."""
    record_source(store, visit(find("Acme åpner"), find("Noe helt annet om Acme i dag")))
    with store.transaction():
        record_reevaluation(store, "acme", "v2", {1: None, 2: MatchResult(evidence=(ANCHOR,))}, START)
    with store.transaction():
        record_reevaluation(store, "acme", "v2", {1: None}, START)
    merge_stories(store, 1, [2], START)
    assert audit_rows(store)[2:] == [
        ("replay", "hidden", 1),
        ("replay", "changed", 2),
        ("hand", "merged", 1),
        ("hand", "merged", 2),
    ]


@pytest.mark.parametrize(
    ("change", "fault", "sound"),
    [
        ("UPDATE audit SET query_version = 'v9' WHERE id = 2", "row 2, or one before it, was changed", 1),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE id = 1) WHERE id = 3", "row 3, or one before it", 2),
        ("DELETE FROM audit WHERE id = 1", "row 1 is missing", 0),
        ("DELETE FROM audit WHERE id = 2", "row 2 is missing", 1),
        ("DELETE FROM audit WHERE id = 3", "row 3 is missing", 2),
        ("DELETE FROM audit", "row 1 is missing", 0),
    ],
)
def test_tampering_is_detected(store: Store, find: Finds, visit: Visits, change: str, fault: str, sound: int):
    """The database refuses changes of the audit; where they are forced, the chain locates them: rows before are sound.

    They are counted, and the last of them is the head that another copy can be compared with.
    """
    record_source(store, visit(*(find(f"Acme {number}") for number in range(3))))
    assert (verify_chain(store).rows, verify_chain(store).fault) == (3, "")
    heads = [b"", *store.column("SELECT hash FROM audit ORDER BY id")]
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute(change)
        connection.execute("DROP TRIGGER audit_edited")
        connection.execute("DROP TRIGGER audit_shortened")
        connection.execute(change)
    verified = verify_chain(store)
    assert fault in verified.fault
    assert (verified.rows, verified.head) == (sound, heads[sound])


@pytest.mark.parametrize(("row", "is_noticed"), [(1, False), (3, False), (4, True), (5, True)])
def test_rows_from_a_new_key_on_are_verified(tmp_path: Path, find: Finds, visit: Visits, row: int, *, is_noticed: bool):
    """The row of the new key itself too; those from before a lost key are counted, and none can be verified."""
    path = tmp_path / "a.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme 1"), find("Acme 2")))
        assert verify_chain(store).unverified == 0
        key = key_use.adopt_key_file(store, START)
    key.unlink()
    with open_store(path) as store:
        key_use.adopt_key_file(store, START)
        record_source(store, visit(find("Acme 3"), hours=1))
        assert verify_chain(store) == AuditVerification(rows=5, head=verify_chain(store).head, unverified=3)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_edited")
        connection.execute("UPDATE audit SET at = at + 1 WHERE id = ?", [row])
    with open_store(path) as store:
        assert bool(verify_chain(store).fault) is is_noticed


@pytest.mark.parametrize("row", [1, 2, 3])
def test_rows_from_before_a_key_file_are_verified_too(tmp_path: Path, find: Finds, visit: Visits, row: int):
    """With the key of the database, and the rows from the adoption on with that of the file."""
    path = tmp_path / "a.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme 1")))
        key_use.adopt_key_file(store, START)
        record_source(store, visit(find("Acme 2"), hours=1))
        verified = verify_chain(store)
        assert (verified.rows, verified.fault, verified.unverified) == (3, "", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_edited")
        connection.execute("UPDATE audit SET at = at + 1 WHERE id = ?", [row])
    with open_store(path) as store:
        assert verify_chain(store).fault == f"row {row}, or one before it, was changed"


def test_a_new_database_has_an_empty_chain(store: Store):
    """Before the first action nothing is missing; afterwards a chain without rows is."""
    verified = verify_chain(store)
    assert (verified.rows, verified.head, verified.fault, verified.unverified) == (0, b"", "", 0)


def test_a_failed_record_leaves_no_audit_row(store: Store, find: Finds, visit: Visits):
    """Rows are written in the transaction of their change."""
    record_source(store, visit(find("Acme 1")))
    with pytest.raises(KeyError):
        record_source(store, visit(find("Acme 2"), replace(find("Acme 3"), versions={})))
    assert audit_rows(store) == [("poll", "stored", 1)]
    assert verify_chain(store).fault == ""


OLD = """
INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
    moved_to, entries, failures)
    VALUES (7, 'https://a.example/rss', 'feed', 'A', '', 'nb', '', '', x'', x'', '', '', 1, 0);
INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, found)
    VALUES (1, '', '', 7, '', 'Acme', 'T', 'Kari', 'A', 'nb', '', 1);
INSERT INTO mention (id, entry, query, query_version, evidence, status, backlog, found)
    VALUES (4, 1, 'acme', 'v1', '[["Acme","title",0,4,"genitive"]]', 'relevant', 0, 1777888800);
INSERT INTO sighting VALUES (1, 7, 1, 1, 0);
"""


def test_mentions_of_an_older_version_are_audited(tmp_path: Path):
    """A migration writes the first row of each mention, once."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m016_audit")
        connection.executescript(OLD)
    with open_store(path) as store:
        (first,) = audit_events(store)
    with open_store(path) as store:
        (event,) = audit_events(store)
    assert first == event
    assert (event.actor, event.action, event.row, event.rule) == ("migration", "stored", 4, "genitive")
    assert (event.query, event.query_version, event.source_url) == ("acme", "v1", "https://a.example/rss")
    assert event.at.timestamp() == 1777888800
