"""Any order of edits, polls and replays ends with the mentions of the last version; what was there is never new."""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import START

from brandwatch.config.query import Exclusions, OwnedChannels, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Actor, Entry, Feed, Fetch, FetchClass, Selection, Source, SourceState
from brandwatch.pipeline import edits, record, seen_entries
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.pipeline.reevaluate import Reevaluation
from brandwatch.storage import open_store
from brandwatch.storage.query_versions import applied_versions
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
