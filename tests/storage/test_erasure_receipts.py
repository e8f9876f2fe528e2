"""What an erasure removes, what it leaves to other sources, and its receipt."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import SubjectRequest
from brandwatch.storage.audit import audit_events
from brandwatch.storage.privacy_erasure import erase
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

NAME = "Kari Nordmann"


def test_an_erased_source_leaves_what_others_carry(store: Store, find: Finds, visit: Visits):
    """An entry that came through it alone goes; that of another source is owned by the one that saw it first."""
    named, early, late = "https://a.example/kari-nordmann/rss", "https://b.example/rss", "https://c.example/rss"
    record_source(store, visit(find("Acme bygger"), find("Acme river"), find("Acme selger"), url=named))
    record_source(store, visit(find("Acme bygger", known=1), hours=2, url=late))
    record_source(store, visit(find("Acme bygger", known=1), hours=1, url=early))
    record_source(store, visit(find("Acme selger", known=3), hours=3, url=late))
    erased = erase(store, SubjectRequest(names=(NAME,)), START)
    assert (erased.erased["entry"], erased.erased["source"], erased.erased["mention"]) == (1, 1, 1)
    owners = "SELECT entry.title, source.url FROM entry JOIN source ON source.id = entry.owner ORDER BY entry.id"
    assert list(store.execute(owners)) == [("Acme bygger", early), ("Acme selger", late)]
    assert [event.action for event in audit_events(store, mentions=[2])] == ["stored", "gone"]


def test_an_erasure_has_a_receipt(store: Store, find: Finds, visit: Visits):
    """Its number, its time and how many rows of each table; a second one of the same finds nothing."""
    record_source(store, visit(find(f"Acme og {NAME}"), find("Acme bygger")))
    store.execute("UPDATE mention SET note = ? WHERE id = 2", [f"ring {NAME}"])
    first, second = (erase(store, SubjectRequest(names=(NAME,)), START) for _ in range(2))
    assert (first.receipt, first.at, first.erased["entry"], first.blanked) == (1, START, 1, {"mention": 1})
    assert (second.receipt, second.erased, second.blanked) == (2, {}, {})
    assert list(store.execute("SELECT id, note FROM mention")) == [(2, "")]
    receipts = [(event.table, event.row) for event in audit_events(store) if event.table == "erasure"]
    assert receipts == [("erasure", 1), ("erasure", 2)]
    deeds = [(event.action, event.row) for event in audit_events(store) if event.actor == "erasure"]
    assert deeds[:2] == [("gone", 1), ("changed", 2)]


def test_the_guards_are_there_after_an_erasure(store: Store, find: Finds, visit: Visits):
    """Nothing else may change the audit."""
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    before = list(store.execute(guards))
    record_source(store, visit(find(f"Acme og {NAME}")))
    erase(store, SubjectRequest(names=(NAME,)), START)
    assert list(store.execute(guards)) == before != []
    with pytest.raises(sqlite3.IntegrityError):
        store.execute("DELETE FROM audit")
