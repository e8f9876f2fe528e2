"""Any order of edits, polls and replays ends with the mentions of the last version; what was there is never new."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import START

from brandwatch.config.query import Exclusions, OwnedChannels, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Actor, Entry, Feed, Fetch, FetchClass, MentionCounts, Selection, Source, SourceState
from brandwatch.pipeline import edits, record, seen_entries
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.pipeline.reevaluate import Reevaluation
from brandwatch.storage import open_store
from brandwatch.storage.query_versions import applied_versions, store_applied_version
from brandwatch.storage.selections import select_mentions
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Mention
    from brandwatch.storage import Store

    Fact = tuple[str, str, tuple[object, ...]]

URL = "https://a.example/rss"
NAMES = ("Acme", "Blåbær", "Fjordkraft")
QUERIES = st.builds(
    lambda names, excluded, owned: Query(
        name="acme",
        version=f"{names}{excluded}{owned}",
        brand="Acme AS",
        names=tuple(Term(text=name) for name in sorted(names)),
        exclude=Exclusions(words=(f"{excluded} cup",) if excluded else ()),
        owned=OwnedChannels(domains=("b.example",) if owned else ()),
    ),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sampled_from(["", *NAMES]),
    st.booleans(),
)
WORLD = tuple(
    Entry(url=f"https://{host}.example/{number}", title=f"{NAMES[number % 3]} {word} {number}", guid=f"{number}")
    for number, (host, word) in enumerate(zip("ab" * 6, ("åpner", "cup", "lukker") * 4, strict=True))
)
STEPS = st.lists(st.one_of(QUERIES, st.integers(1, 3), st.sampled_from(["poll", "replay"])), min_size=1, max_size=12)


class History:
    """A query, and a source that grows."""

    def __init__(self, store: Store, query: Query) -> None:
        self.store, self.query, self.size = store, query, 3
        self.state = SourceState(url=URL)

    def replay(self) -> None:
        """Evaluate what is stored, and record it."""
        reevaluation = Reevaluation(self.query, self.store)
        assert all(True for _ in chain(reevaluation.evaluate(), reevaluation.record(Actor.REPLAY)))

    def poll(self) -> set[str]:
        """Apply an edit, then read the whole document; return the titles of new mentions."""
        if edits.edited_queries([self.query], applied_versions(self.store)):
            self.replay()
        key, feed = self.store.secret_key, Feed(entries=WORLD[: self.size])
        before, seen = self.state, seen_entries.seen_entries(feed, key, {})
        self.state = SourceState(url=URL, seen=seen, last_success=START, queries_hash=self.query.version.encode())
        matcher = Matcher([self.query])
        rows = zip(feed.entries, identities(feed.entries, key), strict=True)
        matched = tuple(
            MatchedEntry(place, entry, identity, results, seen_entries.is_seen(entry, before.seen, seen, key))
            for place, (entry, identity) in enumerate(rows)
            if (results := matcher.evaluate(entry, source=URL))
        )
        result = SourceResult(
            fetch=Fetch(at=START, fetch_class=FetchClass.OK),
            state=self.state,
            matched=matched,
            is_rematched=before.queries_hash != self.state.queries_hash,
        )
        numbers = {mention.id for mention in self.mentions()}
        job = SourceJob(source=Source(url=URL), state=before)
        counts = record.record_result(self.store, job, result, {self.query.name: self.query}).counts
        added = [mention for mention in self.mentions() if mention.id not in numbers]
        new = {mention.entry.title for mention in added if not mention.backlog}
        assert counts.new == len([one for one in added if not one.backlog and not one.suppressed])
        return new

    def mentions(self) -> Iterator[Mention]:
        """Yield all mentions, hidden ones too."""
        for is_hidden in (False, True):
            yield from select_mentions(self.store, Selection(suppressed=is_hidden))

    def shown(self) -> set[Fact]:
        """Return what is stored of shown mentions."""
        return {(one.entry.title, one.voice, one.evidence) for one in self.mentions() if not one.suppressed}

    def expected(self) -> set[Fact]:
        """Return what the query finds in all that was published."""
        matcher = Matcher([self.query])
        results = [(entry.title, matcher.evaluate(entry, source=URL).get("acme")) for entry in WORLD[: self.size]]
        return {(title, one.voice, one.evidence) for title, one in results if one and not one.suppressed}


@given(QUERIES, STEPS)
@settings(max_examples=60)
def test_any_order_ends_as_a_replay(first: Query, steps: list[object]):
    """After a poll the shown mentions are those of the last version; no entry that was there before is new."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "a.db")) as store:
        history = History(store, first)
        known: set[str] = set()
        for step in [*steps, "poll"]:
            if isinstance(step, Query):
                history.query = step
            elif isinstance(step, int):
                history.size = min(history.size + step, len(WORLD))
            elif step == "replay":
                history.replay()
            else:
                assert history.poll().isdisjoint(known)
                known = {entry.title for entry in WORLD[: history.size]}
        assert history.shown() == history.expected()
        history.replay()
        assert history.shown() == history.expected()


def named(name: str, *names: str, version: str = "v1") -> Query:
    """Return a query."""
    return Query(name=name, version=version, brand="Acme AS", names=tuple(Term(text=each) for each in names))


@pytest.fixture
def polled(tmp_path: Path) -> Iterator[tuple[Store, Query]]:
    """A database with the mentions of a query, and the query."""
    query = named("acme", "Acme", "Blåbær")
    with time_machine.travel(START, tick=False), open_store(tmp_path / "a.db") as store:
        history = History(store, query)
        history.size = 6
        history.poll()
        yield store, query


def apply(store: Store, *queries: Query, broken: tuple[str, ...] = ()) -> list[tuple[str, bool, MentionCounts]]:
    """Apply edited queries; return what a poll tells of them."""

    async def collect() -> list[edits.QueryEdit]:
        return [edit async for edit in edits.apply_edits(queries, broken, store)]

    return [(edit.query, edit.is_new, edit.counts) for edit in asyncio.run(collect())]


def test_a_poll_tells_of_the_edits_that_change_something(polled: tuple[Store, Query]):
    """Once; an unchanged query, and an edit without effect, are applied and not told."""
    store, query = polled
    assert apply(store, query) == []
    assert apply(store, named("acme", "Acme", "Blåbær", version="v2")) == []
    assert applied_versions(store) == {"acme": "v2"}
    edited = named("acme", "Acme", version="v3")
    assert apply(store, edited) == [("acme", False, MentionCounts(hidden=2))]
    assert apply(store, edited) == []
    assert apply(store, edited, named("ny", "Blåbær")) == [("ny", True, MentionCounts(backlog=2))]


def test_a_query_file_that_is_gone_is_forgotten(polled: tuple[Store, Query]):
    """So that it is applied when it is back; one that cannot be read stays as it was."""
    store, query = polled
    with store.transaction():
        for name in ("borte", "ødelagt"):
            store_applied_version(store, name, "v1", START)
    apply(store, query, broken=("ødelagt",))
    assert applied_versions(store) == {"acme": "v1", "ødelagt": "v1"}


def test_a_preview_is_of_edited_queries_only(polled: tuple[Store, Query]):
    """Which share the maximum; what retention hides is told of every query."""
    store, query = polled
    assert edits.preview_edits([query], store) == {}
    edited, other = named("acme", "Acme", version="v2"), named("ny", "Blåbær")
    previews = edits.preview_edits([edited, other], store)
    assert previews == {
        "acme": edits.EditPreview(hidden=2, appearing=0, reclassified=0, compared=4, is_complete=True, expiring=0),
        "ny": edits.EditPreview(hidden=0, appearing=2, reclassified=0, compared=2, is_complete=True, expiring=0),
    }
    with time_machine.travel(START + timedelta(days=360), tick=False):
        expiring = edits.preview_edits([query], store)
    assert expiring == {"acme": edits.EditPreview(0, 0, 0, 0, is_complete=True, expiring=4)}


@pytest.mark.parametrize(("most", "compared", "is_complete"), [(10, 4, True), (8, 4, False), (6, 3, False)])
def test_a_preview_compares_a_maximum_for_all_queries(
    polled: tuple[Store, Query],
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    compared: int,
    is_complete: bool,
):
    """Where it is reached, more may be left."""
    store, _ = polled
    monkeypatch.setattr(edits, "MAX_PREVIEWED_ENTRIES", most)
    preview = edits.preview_edits([named("acme", "Acme", version="v2"), named("ny", "Kaker")], store)["acme"]
    assert (preview.compared, preview.is_complete) == (compared, is_complete)
