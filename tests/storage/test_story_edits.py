"""Stories that people merge and split, and those of an old database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START
from tests.storage.test_stories import ARTICLE, EDITED, OTHER, at, stories

from brandwatch.storage.audit import audit_events
from brandwatch.storage.privacy_retention import expire_source_facts
from brandwatch.storage.recording import record_source
from brandwatch.storage.stories import story_decisions, story_mentions
from brandwatch.storage.story_assignment import assign_all_stories, merge_stories, split_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

DAY = timedelta(days=1)


def test_a_split_needs_a_rest(store: Store, find: Finds, visit: Visits):
    """All entries of a story are no split, and neither are those of another; nothing is recorded."""
    record_source(store, visit(at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Fjordkraft kutter nå", EDITED)))
    assert split_story(store, 1, [1, 2], START + DAY) is None
    assert (stories(store), story_decisions(store, 1)) == ({1: [1, 2]}, ())
    assert split_story(store, 1, [2], START + DAY) == 2
    assert [copy.story_reason for copy in story_mentions(store, 2)] == ["by hand"]
    deeds = [(event.action, event.row) for event in audit_events(store) if event.table == "story"]
    assert deeds == [("split", 1), ("split", 2)]


def test_a_merge_keeps_the_reason_of_entries_that_had_joined(store: Store, find: Finds, visit: Visits):
    """Those that began a story are put there by hand; of several stories each is recorded."""
    record_source(store, visit(at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Fjordkraft kutter nå", EDITED)))
    record_source(store, visit(at(3, find, "Acme bygger ut", OTHER), at(4, find, "Regn", "Regn.")))
    merge_stories(store, 3, [1, 2], START + DAY)
    assert stories(store) == {3: [1, 2, 3, 4]}
    reasons = {copy.id: copy.story_reason for copy in story_mentions(store, 3)}
    assert [reasons[number] == "by hand" for number in (1, 2, 3, 4)] == [True, False, True, False]
    assert (reasons[4], bool(reasons[2])) == ("", True)
    assert [(one.story, one.other) for one in story_decisions(store, 3)] == [(3, 1), (3, 2)]
    assert len(story_decisions(store, 1)) == 1


def test_old_sketches_are_forgotten_a_number_at_a_time(
    store: Store, find: Finds, visit: Visits, monkeypatch: pytest.MonkeyPatch
):
    """A poll ends with the first batch that is not all old, and after a number of batches."""
    monkeypatch.setattr("brandwatch.storage.story_assignment._SKETCHES_PER_BATCH", 2)
    monkeypatch.setattr("brandwatch.storage.story_assignment._MAX_BATCHES", 2)
    for number, hours in enumerate((0, 0, 0, 0, 0, 60 * 24)):
        record_source(store, visit(find(f"Acme nr. {number} i Ås{number}", text=f"{number} " + OTHER), hours=hours))
    left = []
    for _ in range(3):
        expire_source_facts(store, 730 * DAY, START + 61 * DAY)
        left.append(store.column("SELECT entry FROM sketched ORDER BY entry"))
    assert left == [[5, 6], [6], [6]]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_entries_of_an_old_database_are_compared_batch_by_batch(
    store: Store, find: Finds, visit: Visits, monkeypatch: pytest.MonkeyPatch, batch: int
):
    """Stories do not depend on the batches, and each has its totals."""
    finds = (
        at(1, find, "Fjordkraft kutter", ARTICLE), at(2, find, "Acme bygger ut", OTHER), at(3, find, "Regn", "Regn."),
        at(4, find, "Billigere strøm", EDITED), at(5, find, "Acme bygger mer", OTHER),
    )  # fmt: skip
    record_source(store, visit(*finds, hours=9))
    expected = stories(store)
    monkeypatch.setattr("brandwatch.storage.story_assignment._BATCH_ENTRIES", batch)
    with store.transaction():
        for statement in ("UPDATE entry SET story = NULL", "DELETE FROM story", "DELETE FROM sketched"):
            store.execute(statement)
        assign_all_stories(store)
    assert stories(store) == expected
    assert store.value("SELECT sum(entries) FROM story WHERE heat IS NOT NULL") == 5
