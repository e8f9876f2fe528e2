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
    """Apply one decision to some mentions."""
    with store.transaction(dry_run=dry_run):
        return triage.decide(store, dict.fromkeys(ids, change), TriageOrigin.OPTION, START)


def undo(
    store: Store, origin: TriageOrigin = TriageOrigin.OPTION, step: int | None = None, *, dry_run: bool = False
) -> TriageBatch:
    """Undo a batch."""
    with store.transaction(dry_run=dry_run):
        return triage.undo_step(store, origin, START, step)


def facts(store: Store, number: int = 1) -> tuple[Status, tuple[str, ...], str]:
    """Get the decisions of a mention."""
    mention = mention_by_id(store, number)
    assert mention is not None
    return mention.status, mention.tags, mention.note


@pytest.fixture
def database(store: Store, find: Finds, visit: Visits) -> Store:
    """A database with three mentions."""
    record_source(store, visit(find("Acme åpner"), find("Acme stenger"), find("Acme selger")))
    return store


def test_a_decision_is_stored_with_its_history(database: Store):
    """The mention has status, tags and note; the history has old and new values, and never the user."""
    assert decide(database, CHANGE, 1, 2).mentions == (1, 2)
    assert facts(database) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    assert facts(database, 3) == ("new", (), "")
    assert [(one.action, one.value, one.previous, one.origin) for one in triage.mention_decisions(database, 1)] == [
        (TriageAction.STATUS, "relevant", "new", TriageOrigin.OPTION),
        (TriageAction.TAG, "pris", "", TriageOrigin.OPTION),
        (TriageAction.TAG, "blåbær", "", TriageOrigin.OPTION),
        (TriageAction.NOTE, "ring Åsgård", "", TriageOrigin.OPTION),
    ]
    assert triage.used_tags(database) == ("blåbær", "pris")


def test_an_unchanged_value_is_no_decision(database: Store):
    """Only changes are counted and stored."""
    decide(database, CHANGE, 1)
    again = decide(database, CHANGE, 1)
    assert (again.number, again.mentions) == (0, ())
    assert decide(database, CHANGE, 1, 2).mentions == (2,)
    assert len(triage.mention_decisions(database, 1)) == 4


def test_a_dry_run_changes_nothing(database: Store):
    """It returns the changes of a decision or of an undo."""
    assert decide(database, CHANGE, 1, 2, dry_run=True).mentions == (1, 2)
    assert facts(database) == ("new", (), "")
    decide(database, CHANGE, 3)
    assert undo(database, dry_run=True).mentions == (3,)
    assert facts(database, 3)[0] == "relevant"


def test_an_error_in_the_transaction_changes_nothing(database: Store):
    """A number without a mention has no state and is skipped; an error rolls back the other decisions."""
    assert set(triage.triage_states(database, [1, 99])) == {1}
    batches = []

    def decide_and_fail() -> None:
        with database.transaction():
            batches.append(triage.decide(database, {1: CHANGE, 99: CHANGE}, TriageOrigin.OPTION, START))
            raise LookupError

    with pytest.raises(LookupError):
        decide_and_fail()
    assert batches[0].mentions == (1,)
    assert facts(database) == ("new", (), "")


def test_batches_are_undone_one_by_one(database: Store):
    """Each undo reverts the batch before the last reverted one, up to the first."""
    decide(database, CHANGE, 1, 2)
    decide(database, TriageChange(status=Status.DONE, untags=("pris",), note=""), 1)
    decide(database, TriageChange(tags=("krise",)), 3)
    undone = [undo(database, TriageOrigin.TRIAGE).mentions for _ in range(4)]
    assert [set(mentions) for mentions in undone] == [{3}, {1}, {1, 2}, set()]
    assert [facts(database, number) for number in (1, 2, 3)] == [("new", (), "")] * 3
    assert [one.is_undo for one in triage.mention_decisions(database, 3)] == [False, True]


def test_an_undo_keeps_later_decisions(database: Store):
    """An undo of an earlier batch reverts only values without later changes."""
    step = decide(database, CHANGE, 1, 2).number
    decide(database, TriageChange(status=Status.DONE, untags=("pris",)), 1)
    assert set(undo(database, TriageOrigin.TRIAGE, step).mentions) == {1, 2}
    assert facts(database, 1) == ("done", (), "")
    assert facts(database, 2) == ("new", (), "")


def test_an_undo_adds_a_removed_tag_again(database: Store):
    """Unless a later decision has done so: then there is nothing to undo."""
    decide(database, TriageChange(tags=("pris",)), 1)
    step = decide(database, TriageChange(untags=("pris",)), 1).number
    assert facts(database) == ("new", (), "")
    assert undo(database, TriageOrigin.TRIAGE, step).mentions == (1,)
    assert facts(database) == ("new", ("pris",), "")
    step = decide(database, TriageChange(untags=("pris",)), 1).number
    decide(database, TriageChange(tags=("pris",)), 1)
    assert undo(database, TriageOrigin.TRIAGE, step).mentions == ()
    assert facts(database) == ("new", ("pris",), "")


def test_decisions_survive_updates_replays_and_stories(database: Store, find: Finds, visit: Visits):
    """Edits, polls, query changes, hiding and story moves keep the decisions."""
    decide(database, CHANGE, 1)
    edited = find("Acme åpner igjen", known=1, suppressed="et ord", link="https://avis.example/acme åpner")
    record_source(database, visit(edited, hours=1))
    assert facts(database) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    with database.transaction():
        record_reevaluation(database, "acme", "v2", {1: None}, START)
    with database.transaction():
        record_reevaluation(database, "acme", "v3", {1: MatchResult(evidence=edited.results["acme"].evidence)}, START)
    merge_stories(database, 2, [1], START)
    split_story(database, 2, [1], START)
    assert facts(database) == ("relevant", ("blåbær", "pris"), "ring Åsgård")
    assert len(triage.mention_decisions(database, 1)) == 4


def test_mentions_are_selected_by_tag(database: Store):
    """Any of the tags selects a mention, and the count agrees."""
    decide(database, TriageChange(tags=("pris",)), 1)
    decide(database, TriageChange(tags=("krise", "pris")), 3)
    found: list[Mention] = list(select_mentions(database, Selection(tags=("krise", "finnes ikke"))))
    assert [mention.id for mention in found] == [3]
    assert count_mentions(database, Selection(tags=("pris",))) == 2
    assert [story.lead.id for story in select_stories(database, Selection(tags=("krise",)))] == [3]


def test_decisions_are_erased_with_their_mention(database: Store, tmp_path: Path):
    """Nothing is left of them, and the number of an undone batch is not reused."""
    decide(database, CHANGE, 1)
    undo(database)
    with closing(sqlite3.connect(tmp_path / "brandwatch.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM mention")
        connection.commit()
        left = connection.execute("SELECT mention FROM tag UNION SELECT mention FROM decision").fetchall()
    assert left == []
    assert undo(database).number == 0


CHANGES = st.builds(
    TriageChange,
    status=st.none() | st.sampled_from(Status),
    tags=st.sets(st.sampled_from("abc")).map(tuple),
    note=st.none() | st.sampled_from(["", "æ", "ø"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(steps=st.lists(st.tuples(CHANGES, st.sets(st.sampled_from([1, 2, 3]), min_size=1)), max_size=6))
def test_undoing_everything_restores_the_initial_state(database: Store, steps: list[tuple[TriageChange, set[int]]]):
    """After any decisions in any order, enough undos restore the initial state."""
    for change, ids in steps:
        decide(database, change, *ids)
    while undo(database).number:
        pass
    assert [facts(database, number) for number in (1, 2, 3)] == [("new", (), "")] * 3


def test_tags_are_known_while_they_are_used_and_after(database: Store):
    """Sorted, each once: those that mentions have, and those that they had."""
    assert (triage.used_tags(database), triage.earlier_tags(database)) == ((), ())
    decide(database, TriageChange(tags=("pris", "blåbær")), 1, 2)
    decide(database, TriageChange(untags=("pris",)), 1)
    assert triage.used_tags(database) == ("blåbær", "pris")
    decide(database, TriageChange(untags=("pris",), status=Status.DONE, note="Åsgård"), 2)
    assert triage.used_tags(database) == ("blåbær",)
    assert triage.earlier_tags(database) == ("blåbær", "pris")


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (TriageChange(status=Status.RELEVANT), 0),
        (TriageChange(status=Status.DONE), 1),
        (TriageChange(tags=("pris", "ny")), 1),
        (TriageChange(untags=("ny",)), 0),
        (TriageChange(untags=("pris", "ny")), 1),
        (TriageChange(note="ring Åsgård"), 0),
        (TriageChange(note=""), 1),
        (TriageChange(), 0),
    ],
)
def test_only_what_differs_is_a_decision(database: Store, change: TriageChange, count: int):
    """Each part of a change that the mention has already is none, and leaves no row of the audit."""
    decide(database, CHANGE, 1)
    before = len(triage.mention_decisions(database, 1))
    batch = decide(database, change, 1)
    assert len(triage.mention_decisions(database, 1)) - before == count
    assert (batch.number > 0, batch.mentions) == (bool(count), (1,) * bool(count))
    assert database.value("SELECT count(*) FROM audit WHERE deed = 'decided'") == 1 + bool(count)


def test_the_number_of_a_step_does_not_recur(database: Store):
    """Also after the decisions of the last one were deleted with their mentions."""
    assert [decide(database, CHANGE, number).number for number in (1, 2)] == [1, 2]
    assert undo(database).number == 3
    with database.transaction():
        database.execute("DELETE FROM mention WHERE id = 2")
    assert undo(database).mentions == (1,)
    assert decide(database, CHANGE, 3).number == 4


def test_a_step_is_undone_once(database: Store):
    """The undo of a step is no step that is undone; one of an unknown number does nothing."""
    step = decide(database, CHANGE, 1).number
    assert undo(database, step=99).mentions == ()
    assert undo(database, step=step).mentions == (1,)
    assert undo(database).number == 0
    again = [(one.action, one.value, one.previous, one.is_undo) for one in triage.mention_decisions(database, 1)][-4:]
    assert again == [
        (TriageAction.NOTE, "", "ring Åsgård", True),
        (TriageAction.UNTAG, "blåbær", "", True),
        (TriageAction.UNTAG, "pris", "", True),
        (TriageAction.STATUS, "new", "relevant", True),
    ]
