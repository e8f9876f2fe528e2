"""What an edited query makes of stored entries, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.config.query import Exclusions, OwnedChannels, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import (
    NO_MENTIONS,
    Actor,
    Entry,
    Evidence,
    Fetch,
    FetchClass,
    FoundBy,
    MatchResult,
    MentionCounts,
    Selection,
    Source,
    SourceState,
)
from brandwatch.pipeline import record
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.pipeline.reevaluate import Reevaluation, ReevaluationFate
from brandwatch.storage import open_store
from brandwatch.storage.query_versions import applied_versions
from brandwatch.storage.selections import select_mentions
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from brandwatch.pipeline.reevaluate import ReevaluatedEntry
    from brandwatch.storage import Store

URL = "https://a.example/rss"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GAINED, LOST, SAME = ReevaluationFate.GAINED, ReevaluationFate.LOST, ReevaluationFate.SAME
TITLES = ("Acme åpner", "Acme cup i helgen", "Blåbær lukker")
LONG = f"Acme på Ås. {'Lorem ipsum. ' * 80} Svindel."


def query(*names: str, version: str = "v2", **facts: object) -> Query:
    """Return a query for these names."""
    read = Query(name="acme", version=version, brand="Acme AS", names=tuple(Term(text=name) for name in names))
    return read.model_copy(update=facts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with open_store(tmp_path / "a.db") as opened:
        yield opened


def stored(store: Store, by: Query, *entries: Entry, results: Sequence[MatchResult] | None = None) -> None:
    """Store entries as mentions of a query."""
    found = results or [Matcher([by]).evaluate(entry, source=URL)["acme"] for entry in entries]
    keys = identities(entries, store.secret_key)
    matched = tuple(
        MatchedEntry(position, entry, key, {"acme": result})
        for position, (entry, key, result) in enumerate(zip(entries, keys, found, strict=True))
    )
    state = SourceState(url=URL, last_success=NOW)
    result = SourceResult(fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), state=state, matched=matched)
    record.record_result(store, SourceJob(source=Source(url=URL), state=SourceState(url=URL)), result, {"acme": by})


def entry(title: str, **facts: object) -> Entry:
    """Return an entry with a link of its own."""
    link = f"https://a.example/{title.replace(' ', '-')}"
    return Entry(**({"guid": link, "url": link, "title": title} | facts))  # type: ignore[arg-type]


@pytest.fixture
def three(store: Store) -> Store:
    """A database with a mention for each title."""
    stored(store, query("Acme", "Blåbær", version="v1"), *map(entry, TITLES))
    return store


def evaluated(of: Reevaluation) -> dict[str, ReevaluatedEntry]:
    """Evaluate, and return the results by title, in their order."""
    return {one.entry.title: one for one in chain.from_iterable(of.evaluate())}


def one(store: Store, by: Query) -> tuple[ReevaluatedEntry, Reevaluation]:
    """Evaluate the only stored entry."""
    reevaluation = Reevaluation(by, store)
    ((result,),) = reevaluation.evaluate()
    return result, reevaluation


def shown(store: Store) -> list[str]:
    """Return the titles of shown mentions."""
    return sorted(mention.entry.title for mention in select_mentions(store, Selection()))


def record_all(of: Reevaluation) -> MentionCounts:
    """Record the changes; return what became of mentions."""
    assert all(True for _ in of.record(Actor.REPLAY))
    return of.recorded


def test_a_new_database_has_nothing_to_evaluate(store: Store):
    """All counts are zero, and recording it applies the query."""
    reevaluation = Reevaluation(query("Acme"), store)
    assert list(reevaluation.evaluate()) == []
    assert (reevaluation.looked_at, reevaluation.reclassified, reevaluation.left) == (0, 0, 0)
    assert reevaluation.fates == dict.fromkeys(ReevaluationFate, 0)
    assert record_all(reevaluation) == NO_MENTIONS
    assert applied_versions(store) == {"acme": "v2"}


def test_an_edit_gains_loses_and_leaves(three: Store):
    """Each with its reason in words; nothing is written until it is recorded."""
    edited = query("Acme", exclude=Exclusions(words=("Acme cup",)))
    reevaluation = Reevaluation(edited, three)
    found = evaluated(reevaluation)
    assert {title: (one.fate, one.reason) for title, one in found.items()} == {
        "Acme åpner": (SAME, ""),
        "Acme cup i helgen": (LOST, "exclude.words: Acme cup"),
        "Blåbær lukker": (LOST, "none of the names is in it"),
    }
    assert (reevaluation.looked_at, reevaluation.fates) == (3, {GAINED: 0, LOST: 2, SAME: 1})
    assert (reevaluation.left, reevaluation.reclassified) == (0, 0)
    assert shown(three) == sorted(TITLES)
    assert record_all(reevaluation) == MentionCounts(hidden=2)
    assert shown(three) == ["Acme åpner"]
    back = Reevaluation(query("Blåbær", "Acme åpner", version="v3"), three)
    found = evaluated(back)
    assert {title: (one.fate, one.reason) for title, one in found.items()} == {
        "Acme åpner": (SAME, ""),
        "Acme cup i helgen": (None, ""),
        "Blåbær lukker": (GAINED, "“Blåbær” in the title, by the rule exact"),
    }
    assert found["Acme åpner"].has_changed
    assert record_all(back) == MentionCounts(shown=1)
    again = Reevaluation(query("Blåbær", "Acme åpner", version="v3"), three)
    assert not any(one.has_changed for one in evaluated(again).values())


def test_a_name_less_changes_only_what_it_found(three: Store):
    """What another name finds as before is not stored again."""
    found = evaluated(Reevaluation(query("Acme"), three))
    assert {title: (one.fate, one.has_changed) for title, one in found.items()} == {
        "Acme åpner": (SAME, False), "Acme cup i helgen": (SAME, False), "Blåbær lukker": (LOST, True),
    }  # fmt: skip


def test_a_clause_that_fails_is_the_reason(three: Store):
    """The expression of the query, where the names are there."""
    found = evaluated(Reevaluation(query("Acme", match="åpner"), three))
    assert found["Acme åpner"].fate is SAME
    assert found["Acme cup i helgen"].fate is LOST
    assert found["Acme cup i helgen"].reason.startswith("match: ")


def test_another_voice_is_no_loss(three: Store):
    """The mention stays, and is counted apart; one that is lost with its voice is lost."""
    owned = query("Acme", owned=OwnedChannels(domains=("a.example",)))
    reevaluation = Reevaluation(owned, three)
    assert all(one.is_reclassified and one.has_changed for one in evaluated(reevaluation).values())
    assert (reevaluation.reclassified, record_all(reevaluation)) == (3, MentionCounts(updated=3))
    back = Reevaluation(query("Acme", version="v3"), three)
    found = evaluated(back)
    assert {title: (one.fate, one.is_reclassified) for title, one in found.items()} == {
        "Acme åpner": (SAME, True), "Acme cup i helgen": (SAME, True), "Blåbær lukker": (LOST, False),
    }  # fmt: skip
    assert (back.reclassified, record_all(back)) == (2, MentionCounts(updated=2, hidden=1))


def test_the_newest_entries_are_evaluated_first(three: Store):
    """Up to a limit, 0 for all, or since a moment; a part of them does not apply the query."""
    edited = query("Kaker")
    assert list(evaluated(Reevaluation(edited, three))) == [*reversed(TITLES)]
    assert list(evaluated(Reevaluation(edited, three, limit=2))) == [*reversed(TITLES)][:2]
    late = Reevaluation(edited, three, since=datetime(2100, 1, 1, tzinfo=UTC))
    assert evaluated(late) == {}
    assert (record_all(late), applied_versions(three)) == (NO_MENTIONS, {})
    early = Reevaluation(edited, three, since=datetime(2000, 1, 1, tzinfo=UTC))
    assert len(evaluated(early)) == 3
    assert (record_all(early), applied_versions(three)) == (MentionCounts(hidden=3), {})


def test_what_changed_between_evaluation_and_record_is_evaluated_again(three: Store):
    """Two replays of one edit: the second finds it done, and changes nothing."""
    first, second = (Reevaluation(query("Acme"), three) for _ in range(2))
    assert [len(evaluated(each)) for each in (first, second)] == [3, 3]
    assert (record_all(first), record_all(second)) == (MentionCounts(hidden=1), NO_MENTIONS)
    assert three.value("SELECT count(*) FROM audit WHERE deed = 'hidden'") == 1
    three.execute("DELETE FROM mention WHERE suppressed != ''")
    third = Reevaluation(query("Kaker", version="v3"), three)
    assert len(evaluated(third)) == 2
    three.execute("DELETE FROM entry WHERE title LIKE 'Acme cup%'")
    assert record_all(third) == MentionCounts(hidden=1)


def test_many_changes_are_recorded_in_batches(store: Store):
    """All of them, though each batch has five hundred."""
    entries = [entry(f"Acme sak {number}") for number in range(501)]
    stored(store, query("Acme", version="v1"), *entries)
    reevaluation = Reevaluation(query("Blåbær"), store)
    assert len(evaluated(reevaluation)) == 501
    assert sum(1 for _ in reevaluation.record(Actor.POLL)) == 2
    assert (reevaluation.recorded, shown(store)) == (MentionCounts(hidden=501), [])


def test_what_only_a_server_found_stays(store: Store):
    """The text that it searched is not ours: without a name in ours nothing is decided, with one it is found here."""
    remote = MatchResult(
        evidence=(Evidence(term="Acme", field="", start=0, end=0, rule="remote"),), found_by=FoundBy.REMOTE
    )
    stored(store, query("Acme", version="v1"), entry("Kaker på Ås"), results=[remote])
    result, _ = one(store, query("Acme"))
    assert (result.fate, result.has_changed, result.is_left, result.entry.title) == (None, False, False, "Kaker på Ås")
    result, reevaluation = one(store, query("Kaker"))
    assert (result.fate, result.has_changed) == (SAME, True)
    assert record_all(reevaluation) == MentionCounts(shown=1)
    (mention,) = select_mentions(store, Selection())
    assert mention.found_by is FoundBy.LOCAL
    assert one(store, query("Acme"))[0].fate is LOST


def test_a_mention_near_the_end_of_its_retention_stays_hidden(store: Store):
    """Before and after, whatever the query; what the query says of it is stored nevertheless."""
    stored(store, query("Acme", version="v1"), entry("Acme på Ås"))
    store.execute("UPDATE mention SET suppressed = 'its retention ends', expiring = 1")
    result, _ = one(store, query("Acme"))
    assert (result.fate, result.has_changed) == (None, False)
    result, _ = one(store, query("Blåbær"))
    assert (result.fate, result.has_changed) == (None, True)


SHORT: dict[str, Any] = {"snippet": 100}


def test_what_stands_in_the_rest_of_a_text_is_left(store: Store):
    """A clause that fails, or evidence that is gone, may be in the part that is not stored; the mention stays."""
    stored(store, query("Acme", version="v1", match="svindel", **SHORT), entry("Fra Ås", text=LONG))
    assert store.value("SELECT length(text) FROM entry") < 300
    result, reevaluation = one(store, query("Acme", match="svindel OR brann", **SHORT))
    assert (result.fate, result.is_left, result.has_changed) == (SAME, True, False)
    assert reevaluation.left == 1
    result, reevaluation = one(store, query("Blåbær", **SHORT))
    assert (result.fate, result.is_left, result.has_changed) == (LOST, False, True)
    assert reevaluation.left == 0


def passage(store: Store, by: Query, result: MatchResult | None = None) -> None:
    """Store a mention of an entry of which a part is kept."""
    stored(store, by, entry("Fra Ås", text=LONG), results=[result] if result else None)


def test_an_exclusion_that_stands_in_the_rest_still_hides(store: Store):
    """As long as the query has it; taken away, the mention is shown."""
    facts = {"exclude": Exclusions(words=("Acme svindel",)), **SHORT}
    found = Matcher([query("Acme", version="v1")]).evaluate(entry("Fra Ås", text=LONG), source=URL)["acme"]
    passage(store, query("Acme", version="v1", **facts), replace(found, suppressed="exclude.words: Acme svindel"))
    result, reevaluation = one(store, query("Acme", **facts))
    assert (result.fate, result.is_left, reevaluation.left, result.has_changed) == (None, True, 1, False)
    result, _ = one(store, query("Acme", **SHORT))
    assert (result.fate, result.is_left) == (GAINED, False)
    result, _ = one(store, query("Acme", exclude=Exclusions(words=("Acme på Ås", "Acme svindel")), **SHORT))
    assert (result.fate, result.is_left, result.has_changed) == (None, False, True)


def test_the_language_of_a_whole_text_is_not_that_of_a_part(store: Store):
    """A mention that was hidden for it stays hidden."""
    found = Matcher([query("Acme", version="v1")]).evaluate(entry("Fra Ås", text=LONG), source=URL)["acme"]
    passage(store, query("Acme", version="v1", **SHORT), replace(found, suppressed="languages: sv is not expected"))
    result, _ = one(store, query("Acme", **SHORT))
    assert (result.fate, result.is_left) == (None, True)


def test_an_exclusion_that_stands_in_the_part_decides(store: Store):
    """What is stored is enough to hide."""
    passage(store, query("Acme", version="v1", **SHORT))
    result, _ = one(store, query("Acme", exclude=Exclusions(words=("Acme på Ås",)), **SHORT))
    assert (result.fate, result.is_left, result.reason) == (LOST, False, "exclude.words: Acme på Ås")


def test_evidence_that_is_found_again_decides(store: Store):
    """More of it changes the mention; where some is missing, it may be in the rest."""
    passage(store, query("Acme", version="v1", **SHORT))
    result, _ = one(store, query("Acme", "Fra Ås", **SHORT))
    assert (result.fate, result.is_left, result.has_changed) == (SAME, False, True)
    result, _ = one(store, query("Fra Ås", **SHORT))
    assert (result.fate, result.is_left, result.has_changed) == (SAME, True, False)


@pytest.mark.parametrize(("end", "is_left"), [(0, True), (4, False)])
def test_evidence_without_a_place_is_in_the_rest(store: Store, end: int, is_left: bool):
    """It was not stored with the part; evidence with a place would be found there."""
    evidence = (Evidence(term="Acme", field="text", start=0, end=end, rule="exact"),)
    passage(store, query("Acme", version="v1", **SHORT), MatchResult(evidence=evidence))
    result, _ = one(store, query("Blåbær", **SHORT))
    assert (result.fate, result.is_left) == ((SAME, True) if is_left else (LOST, False))
