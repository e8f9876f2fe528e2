"""The facts about query files, which an earlier command may have cached."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from brandwatch import clock
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import AuthorPolicy, QueryFacts, Retention, Source
from brandwatch.pipeline.loading import QueryFolder, load_queries
from brandwatch.storage import open_store, query_cache
from brandwatch.storage.query_cache import CacheInputs, FolderFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUERY = """\
brand: Blåbær Gården AS
names: [Blåbær Gården]
people: [{name: Kari Blåbærsen, role: spokesperson, registered: 2026-05-01}]
retain: {public: 90d}
author: none
sources:
  - https://avis.example/å/rss
  - {url: https://vakt.example/rss, interval: 2h, alert_after: 6h, headers: {Authorization: "Bearer ${VAKT_KEY}"}}
  - {opml: feeds.opml}
  - {kind: mastodon, instance: https://sosial.example, tag: blåbær}
"""
OPML = '<opml><body><outline xmlUrl="https://liste.example/{}"/></body></opml>'
KIND = """\
title: Fjordavisa
about: Its own search.
group: news
engine: feed
mode: stream
request: {url: "https://fjordavisa.example/{path}"}
verified: 2026-05-01
"""


@pytest.fixture
def folder(tmp_path: Path) -> Settings:
    """A query folder whose files were written yesterday."""
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "blåbær.yaml").write_text(QUERY, "utf-8")
    (tmp_path / "queries" / "feeds.opml").write_text(OPML.format("rss"), "utf-8")
    with open_store(tmp_path / "brandwatch.db"):
        pass
    return Settings(db=tmp_path / "brandwatch.db", queries=tmp_path / "queries")


@pytest.fixture(autouse=True)
def tomorrow() -> Iterator[time_machine.Traveller]:
    """A clock by which the files of a test are old enough to be cached."""
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False) as traveller:
        yield traveller


def facts(folder: Settings) -> FolderFacts:
    """The facts of a command."""
    return QueryFolder(folder).facts


def is_cached(folder: Settings) -> bool:
    """Whether the next command finds the facts without reading a query file."""
    queries = QueryFolder(folder)
    return bool(queries.facts.queries) and "queries" not in vars(queries)


def test_cached_facts_are_those_of_the_files(folder: Settings):
    """Whatever a source has; and the cache is private, and has no name of a person and no term."""
    (query,) = load_queries(folder.queries).queries
    first, second = facts(folder), facts(folder)
    assert is_cached(folder)
    assert first == second
    (known,) = second.queries
    assert (known.name, known.version, known.keeping) == ("blåbær", query.version, query.keeping)
    assert known.sources == query.sources
    assert [source.url for source in known.sources][:3] == [
        "https://avis.example/%C3%A5/rss",
        "https://vakt.example/rss",
        "https://liste.example/rss",
    ]
    path = query_cache.cache_path(folder.db)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Kari" not in path.read_text("utf-8")
    assert "Gården" not in path.read_text("utf-8")


def test_another_edit_of_the_same_length_is_noticed(folder: Settings):
    """Also if it sets the time of the file back; one that changes nothing costs time only."""
    facts(folder)
    path = folder.queries / "blåbær.yaml"
    before = path.stat()
    path.write_text(QUERY.replace("avis.example", "blad.example"), "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert facts(folder).queries[0].sources[0].url == "https://blad.example/%C3%A5/rss"
    os.utime(path)
    assert not is_cached(folder)
    assert is_cached(folder)


def _replace_query(folder: Settings) -> None:
    written = folder.queries / "new"
    written.write_text(QUERY, "utf-8")
    written.replace(folder.queries / "blåbær.yaml")


def _add_query(folder: Settings) -> None:
    (folder.queries / "acme.yml").write_text("brand: Acme\nnames: [Acme]\nsources: [https://a.example/rss]\n", "utf-8")


def _edit_list(folder: Settings) -> None:
    (folder.queries / "feeds.opml").write_text(OPML.format("ny"), "utf-8")


def _add_kind(folder: Settings) -> None:
    own = folder.queries.parent / "sources"
    own.mkdir()
    (own / "fjordavisa.yaml").write_text(KIND, "utf-8")


@pytest.mark.parametrize("change", [_replace_query, _add_query, _edit_list, _add_kind])
def test_every_file_that_decides_is_watched(folder: Settings, change: Callable[[Settings], None]):
    """Query files, lists of feeds and the user's own kinds; a file that decides nothing is not."""
    facts(folder)
    (folder.queries / "README.txt").write_text("blåbær", "utf-8")
    assert is_cached(folder)
    change(folder)
    assert not is_cached(folder)
    assert is_cached(folder)
    assert [query.sources for query in facts(folder).queries] == [
        query.sources for query in load_queries(folder.queries).queries
    ]


def test_facts_are_those_of_a_day(folder: Settings, tomorrow: time_machine.Traveller):
    """A representative whose review is overdue is in no search from that day on."""
    facts(folder)
    tomorrow.shift(timedelta(days=1))
    assert not is_cached(folder)
    assert is_cached(folder)


def test_a_folder_with_a_broken_file_is_read_each_time(folder: Settings):
    """Its errors may be in files that are not known; a warning is remembered as such."""
    (folder.queries / "feil.yaml").write_text("brand: [", "utf-8")
    assert facts(folder).broken == ("feil",)
    assert not is_cached(folder)
    (folder.queries / "feil.yaml").write_text("brand: Acme\nnames: [Acme]\n", "utf-8")
    assert facts(folder).has_faults
    assert is_cached(folder)
    assert facts(folder).has_faults


def test_a_name_of_a_file_that_is_no_text_is_no_obstacle(folder: Settings):
    """Files of an old disk have names in Latin-1."""
    Path(os.fsdecode(os.fsencode(folder.queries) + b"/bl\xe5.yaml")).write_text(QUERY, "utf-8")
    assert facts(folder).has_faults
    assert [query.name for query in facts(folder).queries] == ["blåbær"]


def test_a_folder_without_query_files_is_an_error(folder: Settings):
    """Also after facts were cached."""
    facts(folder)
    (folder.queries / "blåbær.yaml").unlink()
    with pytest.raises(UsageError, match="no query files"):
        facts(folder)


def test_files_of_this_moment_are_not_cached(folder: Settings, tomorrow: time_machine.Traveller):
    """An edit within the resolution of their times could not be noticed."""
    tomorrow.shift(timedelta(days=-1, seconds=1))
    facts(folder)
    assert not is_cached(folder)


def test_a_cache_of_somebody_else_does_not_count(folder: Settings):
    """One that others may write, a link, a folder; a private file does."""
    expected = facts(folder)
    path = query_cache.cache_path(folder.db)
    path.chmod(0o620)
    assert not is_cached(folder)
    assert is_cached(folder)
    path.rename(folder.queries.parent / "other")
    path.symlink_to(folder.queries.parent / "other")
    assert not is_cached(folder)
    path.unlink()
    path.mkdir()
    assert facts(folder) == expected
    path.rmdir()
    facts(folder)
    assert is_cached(folder)


def test_a_damaged_cache_costs_time_only(folder: Settings):
    """Whichever byte is damaged, or where it is cut."""
    expected = facts(folder)
    path = query_cache.cache_path(folder.db)
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        for damaged in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            path.write_bytes(damaged)
            assert not is_cached(folder)
    assert facts(folder) == expected


def test_nothing_is_written_beside_a_file_that_is_no_database(folder: Settings):
    """The facts are those of the files; a link to a database has the cache of the database."""
    folder.db.with_name("link.db").symlink_to(folder.db)
    facts(Settings(db=folder.db.with_name("link.db"), queries=folder.queries))
    assert is_cached(folder)
    other = Settings(db=folder.db.with_name("other.db"), queries=folder.queries)
    other.db.write_bytes(b"SQLite format 3\x00 of another program")
    assert facts(other) == facts(folder)
    assert not is_cached(other)
    assert not query_cache.cache_path(other.db).exists()


def test_a_folder_that_may_not_be_written_has_no_cache(folder: Settings):
    """The facts are those of the files."""
    unwritable = Settings(db=folder.queries.parent / "nowhere" / "brandwatch.db", queries=folder.queries)
    assert facts(unwritable) == facts(folder)
    assert not is_cached(unwritable)
    assert not unwritable.db.parent.exists()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PERIODS = st.integers(1, 10**9).map(lambda seconds: timedelta(seconds=seconds))
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
SOURCES = st.builds(
    Source,
    url=TEXTS,
    kind=TEXTS,
    interval=st.none() | PERIODS,
    is_template=st.booleans(),
    allow_private=st.booleans(),
    headers=PAIRS,
    values=PAIRS,
    user_agent=TEXTS,
    alert_after=st.none() | PERIODS,
)
KEEPING = st.builds(
    Retention,
    public=PERIODS,
    staff=PERIODS,
    official=PERIODS,
    owned=PERIODS,
    author=st.sampled_from(AuthorPolicy),
    snippet=st.integers(0, 2000),
)
QUERIES = st.builds(
    QueryFacts,
    name=TEXTS,
    version=TEXTS,
    urls=st.lists(TEXTS, max_size=3).map(tuple),
    special=st.lists(SOURCES, max_size=3).map(lambda listed: {source.url: source for source in listed}),
    keeping=KEEPING,
)


@limits(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries=st.lists(QUERIES, max_size=3).map(tuple), has_faults=st.booleans())
def test_facts_are_read_as_they_were_written(tmp_path: Path, queries: tuple[QueryFacts, ...], *, has_faults: bool):
    """Any text, and every part of a source."""
    path, written = tmp_path / "cache", FolderFacts(queries=queries, has_faults=has_faults)
    (tmp_path / "a.yaml").touch()
    inputs = CacheInputs(folders=(str(tmp_path),), suffixes=(".yaml",), made_by=("1",))
    query_cache.write_facts(path, written, inputs, [], inputs.states([]))
    assert query_cache.read_facts(path, inputs) == written


REPORT = """
import sys, datetime
from brandwatch import clock
from brandwatch.__main__ import main
moment = datetime.datetime.fromisoformat(sys.argv[1])
clock.now = lambda: moment
sys.argv = ["brandwatch", "--db", sys.argv[2], "--queries", sys.argv[3], "report"]
try:
    main()
finally:
    print(*sys.modules)
"""
SLOW = {"pydantic", "yaml", "jmespath", "asyncio", "httpx", "feedparser", "sqlite_utils", "jinja2", "rich"}


def test_a_report_imports_nothing_that_reads_query_files(folder: Settings):
    """With a cache neither pydantic nor YAML; and never the network, the parsers of feeds, pages and tables."""
    command = [sys.executable, "-c", REPORT, clock.now().isoformat(), str(folder.db), str(folder.queries)]
    first, second = (
        set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()) for _ in range(2)
    )
    assert {"pydantic", "yaml"} <= first
    assert "brandwatch.pipeline.coverage" in second
    assert second & SLOW == set()
