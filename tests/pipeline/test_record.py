"""What is stored of the documents of one source, whatever guids, links and times its entries have."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.config.query import Query, Term
from brandwatch.models import Entry, Evidence, Feed, Fetch, FetchClass, MatchResult, Source, SourceState
from brandwatch.pipeline import record, seen_entries
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.storage import open_store
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from brandwatch.storage.database import Store

URL = "https://a.example/rss"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PAGE = "https://a.example/drift"
QUERY = Query(name="acme", version="v1", brand="Acme AS", names=(Term(text="Acme"),))
WORDS = ("Nettbanken er nede", "Kort virker ikke i butikk", "Vipps feiler", "Alt er rettet", "Vi bytter server i natt")
RESULT = MatchResult(evidence=(Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),))

MESSAGES = st.builds(
    lambda number, guid, link, days: Entry(
        guid=guid,
        url=link,
        title=f"Acme: {WORDS[number]}",
        text=f"{WORDS[number]} på Åsgård siden i går.",
        published=None if days is None else NOW - timedelta(days=days, minutes=7),
    ),
    st.integers(0, 4),
    st.sampled_from(["", "1", "item-0", "urn:sak:2026:0017", "urn:sak:2026:0018", PAGE]),
    st.sampled_from(["", PAGE, "https://a.example/1", "https://a.example/2?r=1", f"{PAGE}#m-1", f"{PAGE}#m-2"]),
    st.sampled_from([None, 0, 1, 2]),
)


class Reader:
    """Reads documents of one source, and stores their entries as a poll does."""

    def __init__(self, store: Store, query: Query) -> None:
        self._store, self._queries = store, {query.name: query}
        self._state = SourceState(url=URL)

    def read(self, entries: Sequence[Entry]) -> int:
        """Read a document; return the number of new mentions."""
        key = self._store.secret_key
        feed = Feed(entries=tuple(entries))
        job = SourceJob(source=Source(url=URL), state=self._state)
        self._state = replace(self._state, seen=seen_entries.seen_entries(feed, key, {}), last_success=NOW)
        results = dict.fromkeys(self._queries, RESULT)
        matched = tuple(
            MatchedEntry(position, entry, identity, results)
            for position, (entry, identity) in enumerate(zip(entries, identities(entries, key), strict=True))
        )
        fetch = Fetch(at=NOW, fetch_class=FetchClass.OK)
        return record.record_result(
            self._store, job, SourceResult(fetch=fetch, state=self._state, matched=matched), self._queries
        ).counts.stored


@given(st.lists(MESSAGES, min_size=1, max_size=6, unique=True), st.randoms())
@settings(max_examples=60)
def test_a_document_again_adds_nothing(entries: list[Entry], random: Random):
    """Once more, and in any other order."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "a.db")) as store:
        reader = Reader(store, QUERY)
        assert reader.read(entries) <= len(entries)
        assert reader.read(entries) == 0
        random.shuffle(entries)
        assert reader.read(entries) == 0


@given(st.integers(1, 5), st.sampled_from(["", "{}", "urn:sak:2026:{}", "https://a.example/{}"]), st.booleans())
@settings(max_examples=30)
def test_one_more_entry_is_one_more_mention(size: int, guid: str, has_dates: bool):
    """A list that grows at its head and loses its tail: each entry is one mention, whatever its guid."""
    everything = [
        Entry(
            guid=guid.format(number),
            url=f"https://a.example/{number}",
            title=f"Acme: sak {number}",
            text=f"Sak {number} på Åsgård.",
            published=NOW - timedelta(days=20 - number) if has_dates else None,
        )
        for number in range(12)
    ]
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "a.db")) as store:
        reader = Reader(store, QUERY)
        assert reader.read(everything[size - 1 :: -1]) == size
        for newest in range(size, len(everything)):
            assert reader.read(everything[newest : newest - size : -1]) == 1
