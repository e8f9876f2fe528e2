"""The versions of queries: by which stored entries were evaluated, and by which the documents of a source were."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from brandwatch import __version__
from brandwatch.storage import rows
from brandwatch.storage.database import Store


def applied_versions(store: Store) -> dict[str, str]:
    """Return the version of each query by which the stored entries were last evaluated."""
    return dict(store.execute("SELECT query, version FROM applied_query"))


class EvaluatedUpTo(NamedTuple):
    """The last entry, and the last row of `edited_entry`, when stored entries were evaluated."""

    entry: int
    edit: int


class AppliedQuery(NamedTuple):
    """The version of a query by which stored entries are evaluated, with its *lists* as stored."""

    version: str
    lists: str
    evaluated: EvaluatedUpTo


def applied_query(store: Store, query: str) -> AppliedQuery | None:
    """Return the applied version of a query; `None` if there is none, or its lists are not known.

    Nor are they where another version of the program has evaluated the entries.
    """
    statement = """
        SELECT version, lists, last_entry, last_edit FROM applied_query
        WHERE query = ? AND lists != '' AND program = ?
    """
    row = store.execute(statement, [query, __version__]).fetchone()
    if row is None:
        return None
    version, lists, entry, edit = row
    return AppliedQuery(version, lists, EvaluatedUpTo(entry, edit))


def evaluated_up_to(store: Store) -> EvaluatedUpTo:
    """Return the last entry and the last edit of one."""
    statement = """
        SELECT coalesce((SELECT max(id) FROM entry), 0),
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'edited_entry'), 0)
    """
    return EvaluatedUpTo(*store.execute(statement).fetchone())


def edited_since(store: Store, last_edit: int) -> frozenset[int]:
    """Return the entries that were edited since an evaluation."""
    return frozenset(store.column("SELECT entry FROM edited_entry WHERE number > ?", [last_edit]))


def store_applied_version(
    store: Store, query: str, version: str, at: datetime, lists: str = "", evaluated: EvaluatedUpTo | None = None
) -> None:
    """Store that all entries are evaluated by this version, inside the caller's transaction."""
    store.execute(
        "INSERT INTO applied_query (query, version, at, lists, program, last_entry, last_edit)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (query) DO UPDATE SET version = excluded.version,"
        " at = excluded.at, lists = excluded.lists, program = excluded.program,"
        " last_entry = excluded.last_entry, last_edit = excluded.last_edit",
        [query, version, rows.seconds(at), lists, __version__, *(evaluated or evaluated_up_to(store))],
    )
    # Each query has evaluated the entries that were edited before.
    store.execute(
        "DELETE FROM edited_entry WHERE number <= (SELECT min(last_edit) FROM applied_query WHERE lists != '')"
    )


def forget_lists(store: Store, queries: Collection[str] | None = None) -> None:
    """Forget the lists of queries, inside the caller's transaction: their next edit concerns every entry."""
    if queries is None:
        store.execute("UPDATE applied_query SET lists = '' WHERE lists != ''")
    else:
        statement = "UPDATE applied_query SET lists = '' WHERE query IN (SELECT value FROM json_each(?))"
        store.execute(statement, [json.dumps([*queries])])


def outdated_lists(store: Store, queries: Collection[str]) -> list[str]:
    """Return which of these queries have lists, and those that another version of the program evaluated."""
    statement = """
        SELECT query FROM applied_query WHERE lists != ''
        AND (program != ? OR query IN (SELECT value FROM json_each(?)))
    """
    return store.column(statement, [__version__, json.dumps([*queries])])


def reevaluate_at_next_edit(store: Store, entry: int) -> None:
    """Have an entry evaluated again by the next edit of each query, inside the caller's transaction."""
    store.execute("DELETE FROM edited_entry WHERE entry = ?", [entry])
    store.execute("INSERT INTO edited_entry (entry) VALUES (?)", [entry])


def end_at_last_entry(store: Store) -> None:
    """Note that entries were deleted, inside the caller's transaction: a new one may get the id of the last."""
    last = "(SELECT coalesce(max(id), 0) FROM entry)"
    store.execute(f"UPDATE applied_query SET last_entry = {last} WHERE last_entry > {last}")


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
