"""By which versions of queries stored entries, and the documents of a source, were evaluated."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import SourceState
from brandwatch.storage.query_versions import (
    AppliedQuery,
    EvaluatedUpTo,
    applied_query,
    applied_versions,
    edited_since_matched,
    end_at_last_entry,
    forget_lists,
    outdated_lists,
    remove_applied_versions,
    store_applied_version,
    store_matched_versions,
)
from brandwatch.storage.sources import store_source

if TYPE_CHECKING:
    from brandwatch.storage import Store

AT = int(START.timestamp())


@pytest.fixture
def two(store: Store) -> Store:
    """A database with two sources, 1 and 2, and an applied version of the query `blåbær`."""
    with store.transaction():
        for url in ("https://a.example/rss", "https://b.example/rss"):
            store_source(store, SourceState(url=url))
        store_applied_version(store, "blåbær", "v1", START)
    return store


def match(store: Store, source: int, versions: dict[str, str], *broken: str) -> dict[str, int | None]:
    """Match a document of a source by versions; return the queries that were edited since the last one."""
    edited = edited_since_matched(store, source, versions)
    with store.transaction():
        store_matched_versions(store, source, versions, edited, broken)
    return edited


def test_the_latest_applied_version_of_a_query_counts(two: Store):
    """With its time; that of a query which is gone is forgotten, and no other."""
    with two.transaction():
        store_applied_version(two, "blåbær", "v2", START + timedelta(hours=1))
        store_applied_version(two, "acme", "v1", START)
    assert applied_versions(two) == {"blåbær": "v2", "acme": "v1"}
    assert match(two, 1, {"blåbær": "v2", "acme": "v1"}) == {"blåbær": AT + 3600, "acme": AT}
    with two.transaction():
        remove_applied_versions(two, ["acme", "ingen"])
    assert applied_versions(two) == {"blåbær": "v2"}


def test_a_query_is_edited_until_a_document_was_matched_by_it(two: Store):
    """Source by source; one that was never applied has no time."""
    versions = {"blåbær": "v1", "acme": "v1"}
    assert match(two, 1, versions) == {"blåbær": AT, "acme": None}
    assert match(two, 1, versions) == {}
    assert match(two, 2, versions) == {"blåbær": AT, "acme": None}
    assert match(two, 1, versions | {"acme": "v2"}) == {"acme": None}
    assert match(two, 1, versions | {"acme": "v2"}) == {}
    assert match(two, 2, versions) == {}


def test_a_file_that_is_back_is_a_new_query_and_a_mended_one_is_not(two: Store):
    """The version of a query with a broken file stays, in the source that it was matched in."""
    versions = {"blåbær": "v1", "acme": "v1"}
    match(two, 1, versions)
    match(two, 2, versions)
    assert match(two, 1, {"blåbær": "v1"}, "acme") == {}
    assert match(two, 1, versions) == {}
    assert match(two, 1, {"blåbær": "v1"}) == {}
    assert match(two, 1, versions) == {"acme": None}
    assert match(two, 2, versions) == {}


def test_the_lists_of_a_query_count_while_the_program_is_the_same(two: Store):
    """Another version of the program may read them in another way; a query without lists is none of it."""
    assert applied_query(two, "blåbær") is applied_query(two, "ingen") is None
    with two.transaction():
        store_applied_version(two, "acme", "v2", START, "[]", EvaluatedUpTo(3, 4))
    assert applied_query(two, "acme") == AppliedQuery("v2", "[]", EvaluatedUpTo(3, 4))
    assert (outdated_lists(two, []), outdated_lists(two, ["acme", "blåbær"])) == ([], ["acme"])
    with two.transaction():
        end_at_last_entry(two)
    assert applied_query(two, "acme") == AppliedQuery("v2", "[]", EvaluatedUpTo(0, 4))
    with two.transaction():
        two.execute("UPDATE applied_query SET program = '0.0'")
    assert (applied_query(two, "acme"), outdated_lists(two, [])) == (None, ["acme"])


@pytest.mark.parametrize(("queries", "is_known"), [(["blåbær"], True), (["acme"], False), (None, False)])
def test_lists_are_forgotten_of_the_named_queries_or_of_all(two: Store, queries: list[str] | None, *, is_known: bool):
    """The applied version stays."""
    with two.transaction():
        store_applied_version(two, "acme", "v2", START, "[]")
        forget_lists(two, queries)
    assert (applied_query(two, "acme") is not None) is is_known
    assert applied_versions(two)["acme"] == "v2"
