from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.storage.conftest import START

from brandwatch.models import MatchResult, Selection, Status, TriageAction, TriageChange, TriageOrigin
from brandwatch.storage import triage
from brandwatch.storage.recording import record_reevaluation, record_source
from brandwatch.storage.selections import count_mentions, mention_by_id, select_mentions
from brandwatch.storage.stories import select_stories
from brandwatch.storage.story_assignment import merge_stories, split_story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, Mention, SourceRecord, TriageBatch
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

CHANGE = TriageChange(status=Status.RELEVANT, tags=("pris", "blåbær"), note="ring Åsgård")


def decide(store: Store, change: TriageChange, *ids: int, dry_run: bool = False) -> TriageBatch:
    """Decide the same of some mentions."""
    with store.transaction(dry_run=dry_run):
        return triage.decide(store, dict.fromkeys(ids, change), TriageOrigin.OPTION, START)


def undo(
    store: Store, origin: TriageOrigin = TriageOrigin.OPTION, step: int | None = None, *, dry_run: bool = False
) -> TriageBatch:
    """Undo a step."""
    with store.transaction(dry_run=dry_run):
        return triage.undo_step(store, origin, START, step)


def facts(store: Store, number: int = 1) -> tuple[Status, tuple[str, ...], str]:
    """Return what was decided of a mention."""
    mention = mention_by_id(store, number)
    assert mention is not None
    return mention.status, mention.tags, mention.note


@pytest.fixture
def kept(store: Store, find: Finds, visit: Visits) -> Store:
    """A database with three mentions."""
    record_source(store, visit(find("Acme åpner"), find("Acme stenger"), find("Acme selger")))
    return store


def test_a_decision_is_kept_with_its_history(kept: Store):
    """Status, tags and note are those of the mention; the history says what took the place of what, and never who."""
    assert decide(kept, CHANGE, 1, 2).mentions == (1, 2)
    assert facts(kept) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    assert facts(kept, 3) == ("new", (), "")
    assert [(one.action, one.value, one.previous, one.origin) for one in triage.mention_decisions(kept, 1)] == [
        (TriageAction.STATUS, "relevant", "new", TriageOrigin.OPTION),
        (TriageAction.TAG, "pris", "", TriageOrigin.OPTION),
        (TriageAction.TAG, "blåbær", "", TriageOrigin.OPTION),
        (TriageAction.NOTE, "ring Åsgård", "", TriageOrigin.OPTION),
    ]
    assert triage.used_tags(kept) == ("blåbær", "pris")


def test_what_is_so_already_is_no_decision(kept: Store):
    """Only what changes is counted and remembered."""
    decide(kept, CHANGE, 1)
    again = decide(kept, CHANGE, 1)
    assert (again.number, again.mentions) == (0, ())
    assert decide(kept, CHANGE, 1, 2).mentions == (2,)
    assert len(triage.mention_decisions(kept, 1)) == 4


def test_a_dry_run_changes_nothing(kept: Store):
    """It tells what would change, and so does one of an undo."""
    assert decide(kept, CHANGE, 1, 2, dry_run=True).mentions == (1, 2)
    assert facts(kept) == ("new", (), "")
    decide(kept, CHANGE, 3)
    assert undo(kept, dry_run=True).mentions == (3,)
    assert facts(kept, 3)[0] == "relevant"


def test_an_error_in_the_transaction_changes_nothing(kept: Store):
    """A number without a mention has no state and is not decided about; an error undoes the others' decisions."""
    assert set(triage.triage_states(kept, [1, 99])) == {1}
    batches = []

    def decide_and_fail() -> None:
        with kept.transaction():
            batches.append(triage.decide(kept, {1: CHANGE, 99: CHANGE}, TriageOrigin.OPTION, START))
            raise LookupError

    with pytest.raises(LookupError):
        decide_and_fail()
    assert batches[0].mentions == (1,)
    assert facts(kept) == ("new", (), "")


def test_steps_are_undone_one_after_the_other(kept: Store):
    """Each undo takes back the step before the one that the last took back; then there is nothing left."""
    decide(kept, CHANGE, 1, 2)
    decide(kept, TriageChange(status=Status.DONE, untags=("pris",), note=""), 1)
    decide(kept, TriageChange(tags=("krise",)), 3)
    undone = [undo(kept, TriageOrigin.TRIAGE).mentions for _ in range(4)]
    assert [set(mentions) for mentions in undone] == [{3}, {1}, {1, 2}, set()]
    assert [facts(kept, number) for number in (1, 2, 3)] == [("new", (), "")] * 3
    assert [one.is_undo for one in triage.mention_decisions(kept, 3)] == [False, True]


def test_an_undo_leaves_what_was_decided_since(kept: Store):
    """A step in the middle is taken back only where it still stands."""
    step = decide(kept, CHANGE, 1, 2).number
    decide(kept, TriageChange(status=Status.DONE, untags=("pris",)), 1)
    assert set(undo(kept, TriageOrigin.TRIAGE, step).mentions) == {1, 2}
    assert facts(kept, 1) == ("done", (), "")
    assert facts(kept, 2) == ("new", (), "")


def test_decisions_survive_updates_replays_and_stories(kept: Store, find: Finds, visit: Visits):
    """An edited entry, another poll, an edited query, hiding and moving between stories change nothing of them."""
    decide(kept, CHANGE, 1)
    edited = find("Acme åpner igjen", known=1, suppressed="et ord", link="https://avis.example/acme åpner")
    record_source(kept, visit(edited, hours=1))
    assert facts(kept) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    record_reevaluation(kept, "acme", "v2", {1: None}, START)
    record_reevaluation(kept, "acme", "v3", {1: MatchResult(evidence=edited.results["acme"].evidence)}, START)
    merge_stories(kept, 2, [1], START)
    split_story(kept, 2, [1], START)
    assert facts(kept) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    assert len(triage.mention_decisions(kept, 1)) == 4


def test_mentions_are_selected_by_tag(kept: Store):
    """One of the tags is enough, and the count agrees."""
    decide(kept, TriageChange(tags=("pris",)), 1)
    decide(kept, TriageChange(tags=("krise", "pris")), 3)
    found: list[Mention] = list(select_mentions(kept, Selection(tags=("krise", "finnes ikke"))))
    assert [mention.id for mention in found] == [3]
    assert count_mentions(kept, Selection(tags=("pris",))) == 2
    assert [story.lead.id for story in select_stories(kept, Selection(tags=("krise",)))] == [3]


def test_what_is_erased_takes_its_decisions_along(kept: Store, tmp_path: Path):
    """Nothing is left of them, and a number of a step that was undone does not come again."""
    decide(kept, CHANGE, 1)
    undo(kept)
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM mention")
        connection.commit()
        left = connection.execute("SELECT mention FROM tag UNION SELECT mention FROM decision").fetchall()
    assert left == []
    assert undo(kept).number == 0


CHANGES = st.builds(
    TriageChange,
    status=st.none() | st.sampled_from(Status),
    tags=st.sets(st.sampled_from("abc")).map(tuple),
    note=st.none() | st.sampled_from(["", "æ", "ø"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(steps=st.lists(st.tuples(CHANGES, st.sets(st.sampled_from([1, 2, 3]), min_size=1)), max_size=6))
def test_undoing_everything_is_as_if_nothing_had_been(kept: Store, steps: list[tuple[TriageChange, set[int]]]):
    """Whatever was decided of whatever, in any order: enough undos lead back to the beginning."""
    for change, ids in steps:
        decide(kept, change, *ids)
    while undo(kept).number:
        pass
    assert [facts(kept, number) for number in (1, 2, 3)] == [("new", (), "")] * 3
