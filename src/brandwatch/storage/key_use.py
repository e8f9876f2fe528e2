"""The key that a database uses: its own, or that of a key file, which also knows the database's latest state."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import StoreError
from brandwatch.models import Actor, AuditAction
from brandwatch.storage import audit, key_file
from brandwatch.storage.seals import key_check

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from brandwatch.storage.database import Store
    from brandwatch.storage.key_file import KeyFile


class DatabaseState(NamedTuple):
    """The state of a database, which its older copies lack: the number of changes, and the end of the audit."""

    serial: int
    audit_rows: int
    head: str


def claimed_key_file(store: Store) -> KeyFile | None:
    """Return the key file of this database, `None` if there is none or it belongs to no database or another one."""
    if not key_file.has_key_file(store.path):
        return None
    contents = key_file.read_key_file(key_file.key_path(store.path))
    return contents if contents.database == store.identity else None


def copy_notice(store: Store) -> str:
    """Return in one line that the database is an older copy, or that its key file is not there; usually nothing."""
    try:
        contents = claimed_key_file(store)
        if contents is None:
            return "" if store.uses_own_key else _stranger_notice(store)
    except StoreError as error:
        return f"{error.message}: {error.hint}" if error.hint else error.message
    if not is_older_copy(store, contents):
        return ""
    repeated = "; the next poll erases again what was erased since" if missing_tombstones(store, contents) else ""
    return f"{describe_older_copy(store)}{repeated}"


def describe_older_copy(store: Store) -> str:
    """Return in words that the key file knows a later state of the database."""
    return f"the database {store.path} is an older copy than its key file knows, or a changed one"


def _stranger_notice(store: Store) -> str:
    path = key_file.key_path(store.path)
    contents = key_file.read_key_file(path)
    # A database that was made a moment ago has claimed no key file yet.
    return f"the key file {path} belongs to another database than {store.path}" if contents.database else ""


def is_older_copy(store: Store, contents: KeyFile) -> bool:
    """Whether the key file knows a later state of the database, or another one."""
    if store.uses_own_key or read_state(store).serial < contents.serial:
        return True
    if not contents.audit_rows:
        return False
    head = store.value("SELECT hash FROM audit WHERE id = ?", [contents.audit_rows])
    return head is None or head.hex() != contents.head


def read_state(store: Store) -> DatabaseState:
    """Return the state of a database."""
    serial = store.value("SELECT serial FROM seal_state")
    rows, head = store.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, b"")
    return DatabaseState(serial, rows, head.hex())


def update_key_file(store: Store, *, is_restored: bool = False) -> None:
    """Note the state and the erasures of the database in its key file; an older copy is noted only if *is_restored*.

    Nothing is lost if the program ends before this: the database is ahead of the file until the next change.
    """
    if store.uses_own_key:
        return
    path = key_file.key_path(store.path)
    # Two programs that end at the same time must not write the older state last.
    store.execute("BEGIN IMMEDIATE")
    try:
        contents = key_file.read_key_file(path)
        if contents.database not in {"", store.identity}:
            raise StoreError(f"the key file {path} belongs to another database", "put back that of this database")
        updated = replace(contents, tombstones=tuple(sorted(_tombstones(store).union(contents.tombstones))))
        if is_restored or not is_older_copy(store, contents):
            updated = replace(updated, database=store.identity, **read_state(store)._asdict())
        if updated != contents:
            key_file.write_key_file(path, updated)
    finally:
        store.connection.rollback()


def missing_tombstones(store: Store, contents: KeyFile) -> list[tuple[str, int, bytes]]:
    """Return the tombstones that the key file has and the database lacks."""
    missing = set(contents.tombstones).difference(_tombstones(store)) if contents.tombstones else ()
    return [(kind, length, bytes.fromhex(hashed)) for kind, length, hashed in sorted(missing)]


def _tombstones(store: Store) -> set[tuple[str, int, str]]:
    """Return the tombstones of erasures. Those of expired mentions are many, and retention makes them again."""
    # Every report asks for the notice of a copy, and few databases have a key file.
    from brandwatch.privacy.suppression_list import TombstoneKind  # noqa: PLC0415

    kinds = json.dumps([kind for kind in TombstoneKind if kind is not TombstoneKind.EXPIRED])
    statement = "SELECT kind, length, hash FROM tombstone WHERE kind IN (SELECT value FROM json_each(?))"
    return {(kind, length, hashed.hex()) for kind, length, hashed in store.execute(statement, [kinds])}


def adopt_key_file(store: Store, at: datetime) -> Path:
    """Seal everything with the key of a key file, which is created if there is none; return its path.

    What is damaged stays so, unless the key file of the database is lost: then nothing can be verified, and everything
    is sealed as it is. Raise StoreError where the key file belongs to another database, or is in use already.
    """
    from brandwatch.storage import seal_sums  # noqa: PLC0415 (as in `_tombstones`)

    path = key_file.key_path(store.path)
    is_lost = not store.uses_own_key
    if is_lost and path.exists():
        raise StoreError(f"{store.path} uses the key file {path} already")
    contents = key_file.create_key_file(path)
    if contents.database not in {"", store.identity}:
        raise StoreError(f"the key file {path} belongs to another database", f"name another with {key_file.VARIABLE}")
    if is_lost:
        store.seal_key = bytes.fromhex(contents.key)
    with store.transaction():
        differences = ({}, 0) if is_lost else seal_sums.seal_differences(store)
        store.change_seal_key(bytes.fromhex(contents.key))
        number = audit.LOST_KEY if is_lost else audit.OWN_KEY
        audit.record_row(store, int(at.timestamp()), Actor.HAND, AuditAction.KEYED, "key", number)
        store.seals.discard()
        seal_sums.seal_database(store, *differences)
    update_key_file(store, is_restored=True)
    return path


def find_seal_key(store: Store) -> bytes:
    """Return the key of the seals; raise StoreError if the key file is missing, unreadable or another one."""
    stored, own = store.key_check, store.secret_key
    path = key_file.key_path(store.path)
    if stored == key_check(own):
        if os.environ.get(key_file.VARIABLE):
            key_file.read_key_file(path)
        return own
    key = bytes.fromhex(key_file.read_key_file(path).key)
    if key_check(key) != stored:
        hint = f"name the key file of this database with {key_file.VARIABLE}"
        raise StoreError(f"the seals of {store.path} were not made with the key in {path}", hint)
    return key


def first_seal_key(store: Store) -> bytes:
    """Return the key for a new database: that of the key file if there is one, else its own.

    A key file that the environment names is created: nothing has been sealed yet that a lost one would verify.
    """
    if not key_file.has_key_file(store.path):
        return store.secret_key
    path = key_file.key_path(store.path)
    contents = key_file.create_key_file(path)
    if contents.database:
        hint = "restore that database, or move the key file away"
        raise StoreError(f"the key file {path} belongs to a database that is not there", hint)
    return bytes.fromhex(contents.key)
