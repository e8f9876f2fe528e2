"""An edit that is applied to the entries that it concerns stores the same as one that is applied to all."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import START

from brandwatch.config.query import Exclusions, OwnedChannels, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Actor, Entry, Feed, Fetch, FetchClass, Source, SourceState, SubjectRequest
from brandwatch.pipeline import edits, record, seen_entries
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.pipeline.reevaluate import Reevaluation
from brandwatch.storage import open_store, privacy_erasure, query_versions
from brandwatch.storage.recording import LOST
from brandwatch.storage.verification import DAMAGED
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.storage import Store

URLS = ("https://a.example/rss", "https://b.example/rss")
# The other query finds all, so that all is stored.
OTHER = Query(name="alt", brand="Alt", names=(Term(text="nytt"),), snippet=0, version="1")
NAMES = ("Acme", "Blåbær Gården AS", "Fjordkraft Åsgård", "Сбер")
TEXTS = (
    *("Acme", "ACME cup", "Bla\u030abær Gården", "Blåbærgården", "Fjord\xadkraft Åsgård", "&Aring;sgård", "#AcmeCup"),
    *("Аcme", "Fjordkraft Åsgård arena", "сбер", "Kari Blåbær", "lang tekst " * 9, f"Bedrift AS {'og så ' * 12} kamp"),
)
TABLES = {
    "mention": "id, entry, query, query_version, evidence, backlog, voice, subject, suppressed, checks, matched",
    "person_hit": "mention, number, name, field, start, stop, part, note",
    "audit": "id, actor, deed, subject, number, query, query_version, rule",
    "applied_query": "query, version",
}


class Toggle(NamedTuple):
    """An edit that adds a member to a part of the query, or removes it."""

    part: str
    member: str


def a_query(members: set[Toggle], snippet: int = 60) -> Query:
    """Build a query that stores so many characters of a text."""
    parts = {part: [one.member for one in sorted(members) if one.part == part] for part in TOGGLED}
    query = Query(
        brand="Acme",
        snippet=snippet,
        names=(Term(text="Bedrift AS", none_of_context=("kamp",)), *(Term(text=name) for name in parts["names"])),
        exclude=Exclusions(words=("grunn cup", *parts["words"])),
        owned=OwnedChannels(domains=tuple(parts["domains"])),
        languages=tuple(parts["languages"]),
        staff_mentions=not parts["roles"],
    )
    return query.of_file(Path("acme.yaml"), date(2026, 5, 4))


TOGGLED = {
    "names": NAMES,
    "words": ("Acme cup", "Fjordkraft Åsgård arena", "tekst", "Сбер*"),
    "domains": ("a.example",),
    "languages": ("nb",),
    "roles": ("off",),
}
TOGGLES = st.sampled_from(
    ["names", "names", "names", "words", "words", "words", "domains", "languages", "roles"]
).flatmap(lambda part: st.builds(Toggle, st.just(part), st.sampled_from(TOGGLED[part])))


class Publication(NamedTuple):
    """What a source has: entries by their numbers."""

    source: int
    entries: tuple[tuple[int, str, str], ...]


PUBLICATIONS = st.builds(
    Publication,
    st.integers(0, 1),
    st.lists(
        st.tuples(
            st.integers(1, 3), st.sampled_from(TEXTS), st.lists(st.sampled_from(TEXTS), max_size=3).map(" ".join)
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda entry: entry[0],
    ).map(tuple),
)
STEPS = st.lists(
    st.one_of(TOGGLES, TOGGLES, PUBLICATIONS, PUBLICATIONS, st.sampled_from(["since", "broken"])),
    min_size=4,
    max_size=12,
)


Step = Toggle | Publication | str


class History:
    """A database in which polls store, and edits are applied; with *all*, each of them to all entries."""

    def __init__(self, store: Store, members: set[Toggle], *, all_entries: bool, snippet: int = 60) -> None:
        self.store, self.members, self.all_entries, self.snippet = store, set(members), all_entries, snippet
        self.states: dict[str, SourceState] = {}
        self.apply()

    @property
    def query(self) -> Query:
        """The query as it is now."""
        return a_query(self.members, self.snippet)

    def apply(self, since: Any = None) -> tuple[int, dict[str, int]]:
        """Apply the query; return the number of entries that were compared, and the fates."""
        if self.all_entries:
            with self.store.transaction():
                query_versions.forget_lists(self.store)
        reevaluation = Reevaluation(self.query, self.store, since)
        assert all(True for _ in chain(reevaluation.evaluate(), reevaluation.record(Actor.POLL)))
        return reevaluation.looked_at, {str(fate): count for fate, count in reevaluation.fates.items()}

    def poll(self, published: Publication) -> None:
        """Read what a source has published now."""
        url, key = URLS[published.source], self.store.secret_key
        feed = Feed(
            entries=tuple(
                Entry(
                    url=f"https://a.example/{number}",
                    guid=f"tag:a.example,2026:sak-{number}",
                    title=f"nytt {title}",
                    text=text,
                    author="Kari Vik" if number > 1 else "",
                )
                for number, title, text in published.entries
            )
        )
        queries = {query.name: query for query in (self.query, OTHER)}
        matcher = Matcher(queries.values())
        matched = tuple(
            MatchedEntry(place, entry, identity, matcher.evaluate(entry, source=url), is_seen=False)
            for place, (entry, identity) in enumerate(zip(feed.entries, identities(feed.entries, key), strict=True))
        )
        before = self.states.get(url, SourceState(url=url))
        state = SourceState(url=url, seen=seen_entries.seen_entries(feed, key, {}), last_success=START)
        self.states[url] = state
        result = SourceResult(fetch=Fetch(at=START, fetch_class=FetchClass.OK), state=state, matched=matched)
        record.record_result(self.store, SourceJob(source=Source(url=url), state=before), result, queries)

    def stored(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of the tables that an edit changes."""
        selects = {name: f"SELECT {columns} FROM {name}" for name, columns in TABLES.items()}  # noqa: S608 (ours)
        return {name: list(self.store.execute(statement)) for name, statement in selects.items()}


def take(history: History, step: Step) -> Any:
    """Take a step of a history; return what it counted."""
    match step:
        case Toggle():
            history.members ^= {step}
            return history.apply()
        case Publication():
            history.poll(step)
        case "since":
            history.apply(START)
        case _:
            with history.store.transaction():
                query_versions.forget_lists(history.store, query_versions.outdated_lists(history.store, ["acme"]))
    return None


class Both:
    """The histories of two databases: in one each edit is applied to all entries."""

    def __init__(self, stack: ExitStack, folder: Path, members: set[Toggle], snippet: int = 60) -> None:
        self.histories = [
            History(
                stack.enter_context(open_store(folder / f"{name}.db")),
                members,
                all_entries=name == "all",
                snippet=snippet,
            )
            for name in ("all", "concerned")
        ]

    def take(self, step: Step) -> dict[str, list[tuple[Any, ...]]]:
        """Take a step in both; return what is stored then."""
        counted, other_counted = (take(history, step) for history in self.histories)
        assert counted == other_counted
        stored, other_stored = (history.stored() for history in self.histories)
        assert stored == other_stored
        return stored

    def execute(self, statement: str, value: str) -> None:
        """Run SQL in both."""
        for history in self.histories:
            with history.store.transaction():
                history.store.execute(statement, [value])


@given(st.sets(TOGGLES, max_size=4), STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_is_stored(first: set[Toggle], steps: Sequence[Step]):
    """After each edit: mentions, people, audit and counts; entries were edited between, and are stored in part."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        both = Both(stack, Path(folder), first)
        for step in steps:
            both.take(step)


ACME, CUP = Toggle("names", "Acme"), Toggle("words", "Acme cup")
UNRELATED = Toggle("words", "tekst")


def hidden(stored: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    """Return why each mention of the query is hidden, empty for one that is shown."""
    return [row[8] for row in stored["mention"] if row[2] == "acme"]


def test_an_edited_entry_is_evaluated_by_the_next_edit(tmp_path: Path):
    """The publisher has taken the name out of it; the edit has nothing to do with it."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME})
        both.take(Publication(0, ((1, "Acme", ""),)))
        assert hidden(both.take(Publication(0, ((1, "Blåbær", ""),)))) == [""]
        assert hidden(both.take(UNRELATED)) == [LOST]
        assert hidden(both.take(Toggle("words", "Сбер*"))) == [LOST]


def test_an_entry_of_which_a_part_is_stored_is_evaluated_once(tmp_path: Path):
    """Only what the poll read has the word because of which the name does not count."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME})
        assert hidden(both.take(Publication(0, ((1, "Acme", TEXTS[-1]),)))) == [""]
        stored = both.take(UNRELATED)
        assert [row[4].count("Bedrift AS") for row in stored["mention"] if row[2] == "acme"] == [1]


def test_a_mention_that_a_changed_phrase_hides_is_evaluated(tmp_path: Path):
    """The text with the phrase is not stored."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME, CUP}, snippet=0)
        assert hidden(both.take(Publication(0, ((1, "", "Acme cup"),)))) == ["exclude.words: Acme cup"]
        assert hidden(both.take(UNRELATED)) == ["exclude.words: Acme cup"]
        assert hidden(both.take(CUP)) == [LOST]


def test_a_damaged_mention_is_counted_as_before(tmp_path: Path):
    """It would be shown, were it not damaged."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME})
        both.take(Publication(0, ((1, "Acme", ""),)))
        both.execute("UPDATE mention SET suppressed = ? WHERE query = 'acme'", DAMAGED)
        assert hidden(both.take(UNRELATED)) == [DAMAGED]


def test_an_edit_that_is_applied_to_a_part_leaves_the_other_edits_to_all(tmp_path: Path):
    """By which version an entry was evaluated is not known then."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME})
        both.take(Publication(0, ((1, "Acme", ""), (2, "Сбер", ""))))
        for history in both.histories:
            history.members ^= {Toggle("names", "Сбер")}
        assert hidden(both.take("since")) == ["", ""]
        for history in both.histories:
            history.members ^= {Toggle("names", "Сбер")}
        assert hidden(both.take(UNRELATED)) == ["", LOST]


def test_entries_of_a_poll_with_a_broken_query_are_evaluated(tmp_path: Path):
    """The query did not see them; the edit that mends it has nothing to do with them."""
    with ExitStack() as stack:
        both = Both(stack, tmp_path, {ACME})
        both.take("broken")
        for history in both.histories:
            history.members.clear()
        both.take(Publication(0, ((1, "Acme", ""),)))
        for history in both.histories:
            history.members.add(ACME)
        assert hidden(both.take(UNRELATED)) == [""]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """A database with two entries, whose query was applied."""
    with open_store(tmp_path / "blåbær.db") as store:
        one = History(store, {ACME, CUP}, all_entries=False)
        one.poll(Publication(0, ((1, "Acme", ""), (2, "Acme", ""))))
        one.apply()
        yield one


def test_lists_with_erased_words_are_not_stored(history: History):
    """Those that were stored go with the erasure; the lists of a query without these words are stored again."""
    store = history.store
    assert query_versions.applied_query(store, "acme")
    privacy_erasure.erase(store, SubjectRequest(names=("Acme cup",)), START)
    assert query_versions.applied_query(store, "acme") is None
    history.apply()
    assert query_versions.applied_query(store, "acme") is None
    take(history, CUP)
    assert query_versions.applied_query(store, "acme")


def test_an_entry_with_the_id_of_a_deleted_one_is_a_later_one(history: History):
    """The last entry that was evaluated is one that is there."""
    store = history.store
    applied = query_versions.applied_query(store, "acme")
    assert applied
    assert applied.evaluated.entry == 2
    with store.transaction():
        privacy_erasure.remove_entries(store, [2], Actor.RETENTION, 0)
    applied = query_versions.applied_query(store, "acme")
    assert applied
    assert applied.evaluated.entry == 1


def test_entries_that_another_version_of_the_program_evaluated_are_evaluated(history: History):
    """Its lists are forgotten by the first poll, before that stores anything."""
    store = history.store
    assert query_versions.outdated_lists(store, ()) == []
    with store.transaction():
        store.execute("UPDATE applied_query SET program = '0.1'")
    assert query_versions.applied_query(store, "acme") is None
    assert query_versions.outdated_lists(store, ()) == ["acme"]
    assert asyncio.run(_applied(history.query, store)) == []
    assert query_versions.outdated_lists(store, ()) == []


async def _applied(query: Query, store: Store) -> list[edits.QueryEdit]:
    return [edit async for edit in edits.apply_edits([query], (), store)]
