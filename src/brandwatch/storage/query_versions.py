"""The versions of queries: by which stored entries were evaluated, and by which the documents of a source were."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from brandwatch.storage import rows
from brandwatch.storage.database import Store


def applied_versions(store: Store) -> dict[str, str]:
    """Return the version of each query by which the stored entries were last evaluated."""
    return dict(store.execute("SELECT query, version FROM applied_query"))


def store_applied_version(store: Store, query: str, version: str, at: datetime) -> None:
    """Store that all entries are evaluated by this version, inside the caller's transaction."""
    store.execute(
        "INSERT INTO applied_query (query, version, at) VALUES (?, ?, ?)"
        " ON CONFLICT (query) DO UPDATE SET version = excluded.version, at = excluded.at",
        [query, version, rows.seconds(at)],
    )


def remove_applied_versions(store: Store, queries: Collection[str]) -> None:
    """Forget the versions of queries, inside the caller's transaction."""
    store.execute("DELETE FROM applied_query WHERE query IN (SELECT value FROM json_each(?))", [json.dumps([*queries])])


def edited_since_matched(store: Store, source: int, versions: Mapping[str, str]) -> dict[str, int | None]:
    """Return the queries by whose *versions* the last document of a source was not matched.

    Each has the time from which stored entries are evaluated by it, `None` if they were not yet.
    """
    before = dict(store.execute("SELECT query, version FROM matched_query WHERE source = ?", [source]))
    edited = [query for query, version in versions.items() if before.get(query) != version]
    if not edited:
        return {}
    applied = dict(store.execute("SELECT query, at FROM applied_query"))
    return {query: applied.get(query) for query in edited}


def store_matched_versions(
    store: Store, source: int, versions: Mapping[str, str], edited: Collection[str], broken: Collection[str]
) -> None:
    """Store by which versions a document was matched, of which the *edited* are new, inside the caller's transaction.

    The version of a query with a *broken* file stays. That of a query without a file is deleted: a file that is back
    counts as a new query.
    """
    store.execute(
        "DELETE FROM matched_query WHERE source = ? AND query NOT IN (SELECT value FROM json_each(?))",
        [source, json.dumps([*versions, *broken])],
    )
    store.execute_many(
        "INSERT INTO matched_query (source, query, version) VALUES (?, ?, ?)"
        " ON CONFLICT (source, query) DO UPDATE SET version = excluded.version",
        [(source, query, versions[query]) for query in edited],
    )
