"""What is stored of the documents of one source, whatever guids, links and times its entries have."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.config.query import Query, Term
from brandwatch.errors import StoreError
from brandwatch.models import (
    Entry,
    Evidence,
    Feed,
    Fetch,
    FetchClass,
    FoundBy,
    MatchResult,
    Request,
    Response,
    Source,
    SourceState,
)
from brandwatch.pipeline import record, seen_entries
from brandwatch.pipeline.jobs import MatchedEntry, NextRequest, SourceJob, SourceResult
from brandwatch.sources.registry import Registry
from brandwatch.storage import database_file, open_store
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from brandwatch.models import SourceRecord
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


TABLES = (
    *("source", "fetch", "entry", "sighting", "revision", "mention", "story", "sketched", "sketch", "seal"),
    *("audit", "matched_query", "gap"),
)


def result_of(
    number: int, entries: Sequence[Entry], key: bytes, match: MatchResult = RESULT, queries: Sequence[str] = ("acme",)
) -> SourceResult:
    """Return what source *number* gave; all of its entries match."""
    matched = tuple(
        MatchedEntry(position, entry, identity, dict.fromkeys(queries, match))
        for position, (entry, identity) in enumerate(zip(entries, identities(entries, key), strict=True))
    )
    state = SourceState(url=f"https://{number}.example/rss", last_success=NOW)
    return SourceResult(fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), state=state, matched=matched)


def job_of(result: SourceResult) -> SourceJob:
    """Return the job of a result."""
    url = result.state.url
    return SourceJob(source=Source(url=url), state=SourceState(url=url))


def all_rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables that a source is stored in."""
    with closing(database_file.connect_to_read(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608 (our own names)


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


@given(
    st.lists(
        st.tuples(
            st.lists(MESSAGES, max_size=4, unique=True),
            st.sampled_from([("acme",), ("åsgård",), ("acme", "åsgård"), ("åsgård", "acme")]),
        ),
        min_size=2,
        max_size=8,
    ),
    st.integers(0, 4),
)
@settings(max_examples=60)
def test_results_stored_together_leave_the_same_rows_as_one_by_one(
    documents: list[tuple[list[Entry], tuple[str, ...]]], first: int
):
    """The same entries in several sources too, some stored before, with their stories, seals and audit."""
    queries = {"acme": QUERY, "åsgård": QUERY.model_copy(update={"name": "åsgård"})}
    with tempfile.TemporaryDirectory() as folder:
        alone, together = Path(folder, "alone.db"), Path(folder, "together.db")
        with open_store(alone) as store:
            key = store.secret_key
        shutil.copy(alone, together)
        results = [result_of(number, entries, key, queries=names) for number, (entries, names) in enumerate(documents)]
        batch = [(job_of(one), one) for one in results]
        with open_store(alone) as store:
            fetches = [record.record_result(store, *one, queries) for one in batch]
        with open_store(together) as store:
            stored = record.record_results(store, batch[:first], queries)
            assert stored + record.record_results(store, batch[first:], queries) == fetches
        assert all_rows(together) == all_rows(alone)


def test_a_source_that_cannot_be_stored_costs_no_other_of_its_batch(tmp_path: Path):
    """Those before it are stored whole, of itself nothing is; the error reaches the poll."""
    untied = MatchResult(evidence=())
    with open_store(tmp_path / "a.db") as store:
        entries = [Entry(guid=f"urn:sak:{number}", title=f"Acme på Åsgård {number}") for number in range(3)]
        results = [
            result_of(number, [entries[number]], store.secret_key, untied if number == 1 else RESULT)
            for number in range(3)
        ]
        with pytest.raises(StoreError, match=r"mention\.anchor"):
            record.record_results(store, [(job_of(one), one) for one in results], {"acme": QUERY})
        assert store.column("SELECT title FROM entry") == ["Acme på Åsgård 0"]
        assert store.column("SELECT url FROM source") == ["https://0.example/rss"]
        record.record_results(store, [(job_of(one), one) for one in results[::2]], {"acme": QUERY})
        assert store.column("SELECT url FROM source ORDER BY id") == ["https://0.example/rss", "https://2.example/rss"]


def test_no_result_is_no_transaction(tmp_path: Path):
    """An empty batch writes nothing."""
    with open_store(tmp_path / "a.db") as store:
        assert record.record_results(store, [], {}) == []
        assert store.value("SELECT count(*) FROM source") == 0


DAY = timedelta(days=1)
COMMENTS = "https://a.example/1/comments"


def stored(entry: Entry, match: MatchResult = RESULT, **facts: object) -> SourceRecord:
    """The record of a feed with one entry; *facts* are those of its job."""
    result = result_of(0, [entry], b"key", match)
    job = replace(job_of(result), **facts)  # type: ignore[arg-type]
    return record.source_record(job, result, (), {"acme": QUERY}, b"key")


def thread_until(age: timedelta | None, match: MatchResult = RESULT, **facts: object) -> datetime | None:
    """The end of the thread below an entry of some age, `None` for none."""
    published = None if age is None else NOW - age
    entry = Entry(title="Acme", url="https://a.example/1", published=published, comment_feed=COMMENTS)
    (one,) = stored(entry, match, **facts).entries
    return one.thread.until if one.thread else None


def test_comments_are_followed_for_two_weeks():
    """Below mentions up to that age, also without a date; a thread has none below it, nor has a hidden mention."""
    assert thread_until(14 * DAY - timedelta(seconds=1)) == thread_until(None) == NOW + 14 * DAY
    assert thread_until(14 * DAY) is None
    assert thread_until(DAY, is_thread=True) is None
    assert thread_until(DAY, replace(RESULT, suppressed="exclude.words: Acme")) is None
    assert thread_until(DAY, replace(RESULT, found_by=FoundBy.REMOTE)) is None


@pytest.mark.parametrize(("leapt_from", "until"), [(NOW - 400 * DAY, NOW), (NOW + 400 * DAY, NOW + 400 * DAY)])
def test_a_clock_that_leapt_ends_no_thread(leapt_from: datetime, until: datetime):
    """By either time the entry may be young, and the thread is followed from the later one on."""
    assert thread_until(401 * DAY if leapt_from < NOW else DAY, leapt_from=leapt_from) == until + 14 * DAY
    assert thread_until(415 * DAY, leapt_from=leapt_from) is None


@pytest.mark.parametrize(
    ("fetch", "ends"),
    [
        ({"status": 404, "error": "answered 404"}, True),
        ({"status": 410, "error": "answered 410", "fetch_class": FetchClass.GONE}, True),
        ({"status": 403, "error": "answered 403"}, False),
        ({"status": 404}, False),
        ({"error": "gone", "fetch_class": FetchClass.GONE}, True),
        ({"error": "no answer", "fetch_class": FetchClass.TIMEOUT}, False),
    ],
)
def test_a_thread_that_is_gone_is_over(fetch: dict[str, object], ends: bool):
    """Another refusal may pass, and so may one of a source: it is asked again."""
    result = result_of(0, [], b"key")
    result = replace(result, fetch=replace(result.fetch, **fetch))  # type: ignore[arg-type]
    for is_thread in (True, False):
        job = replace(job_of(result), is_thread=is_thread)
        assert record.source_record(job, result, (), {"acme": QUERY}, b"key").ends_thread is (ends and is_thread)


def test_the_newest_version_of_a_page_is_stored():
    """A wiki lists every edit of a page under one link; without dates it is the first."""
    old, new = (Entry(url=PAGE, title="Acme", text="Ås " * days, published=NOW - days * DAY) for days in (2, 1))
    undated, again = replace(new, published=None), replace(old, published=new.published)
    for entries, expected in (
        ((old, new), new), ((new, old), new), ((old, undated), old), ((undated, old), undated), ((new, again), new),
    ):  # fmt: skip
        result = result_of(0, entries[:1], b"key")
        second = result.matched[0]._replace(position=1, entry=entries[1])
        result = replace(result, matched=(*result.matched, second))
        (one,) = record.source_record(job_of(result), result, (), {"acme": QUERY}, b"key").entries
        assert one.entry.text == expected.text


def test_the_first_poll_of_a_source_is_remembered():
    """A later poll leaves it as it is."""
    assert stored(Entry(title="Acme")).state.first_poll == NOW
    known = SourceState(url="https://0.example/rss", first_poll=NOW - DAY)
    assert stored(Entry(title="Acme"), state=known).state.first_poll is None


def test_a_matched_page_names_the_versions_of_its_queries():
    """Only where they are new to the source: they decide what is no news."""
    result = result_of(0, [Entry(title="Acme")], b"key")
    job = job_of(result)
    assert record.source_record(job, result, (), {"acme": QUERY}, b"key").matched_by is None
    again = replace(result, is_rematched=True)
    versions = [
        record.source_record(job, again, (), {"acme": query}, b"key").matched_by
        for query in (QUERY, QUERY.model_copy(update={"version": "v2"}))
    ]
    assert [list(each) for each in versions if each] == [["acme"], ["acme"]]
    assert versions[0] != versions[1]
    last = record.source_record(job, result, (), {"acme": QUERY}, b"key")
    following = replace(result, next=NextRequest(job, Request(url=URL)))
    assert last.is_last_page
    assert not record.source_record(job, following, (), {"acme": QUERY}, b"key").is_last_page


def refreshed(age: timedelta, kind: str = "hackernews", comments: int | None = 3, **facts: object) -> datetime | None:
    """When the responses of an entry of some age are refreshed for the first time."""
    entry = Entry(title="Acme", guid="hackernews:1", published=NOW - age, response=Response(comments=comments))
    (one,) = stored(entry, RESULT, kind=Registry().kind(kind), **facts).entries
    return one.refresh_at


def test_the_responses_of_an_entry_are_refreshed_where_its_kind_can():
    """At its next step, or soon if it has no counts yet; those of a feed are in the feed."""
    assert refreshed(timedelta()) == NOW + timedelta(hours=1)
    assert refreshed(2 * DAY) == NOW + DAY
    assert refreshed(2 * DAY, comments=None) == NOW + timedelta(hours=1)
    assert refreshed(8 * DAY) is None
    assert refreshed(timedelta(), "feed") is None


def test_a_clock_that_leapt_ends_no_refresh():
    """The entry may be young: it is refreshed at once, and by a right clock the next step decides."""
    assert refreshed(400 * DAY, leapt_from=NOW - 400 * DAY) == NOW
    assert refreshed(2 * DAY, leapt_from=NOW - 400 * DAY) == NOW + DAY
    assert refreshed(400 * DAY, "feed", leapt_from=NOW - 400 * DAY) is None


@pytest.mark.parametrize(("number", "later", "mentions"), [(1, timedelta(), 1), (2, timedelta(), 2), (2, DAY, 1)])
def test_an_entry_of_another_page_is_another(tmp_path: Path, number: int, later: timedelta, mentions: int):
    """Beside one with the same title, text and time, of the page before; what an earlier poll stored may have moved."""
    text = "Strømmen var borte i hele Ås i går, og det tok lang tid før alle fikk den tilbake igjen."
    first = Entry(
        url="https://0.example/a", title="Acme melder om feil", text=text, published=NOW - timedelta(minutes=7)
    )
    second = replace(first, url="https://0.example/b")
    with open_store(tmp_path / "a.db") as store:
        for page, entry, after in ((1, first, timedelta()), (number, second, later)):
            result = result_of(0, [entry], store.secret_key)
            result = replace(result, fetch=replace(result.fetch, at=NOW + after))
            record.record_result(store, replace(job_of(result), page=page), result, {"acme": QUERY})
        assert store.value("SELECT count(*) FROM mention") == mentions
