"""Copies of the database, whole or not at all: verified backups, and the copy before a migration."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from brandwatch import clock
from brandwatch.errors import OutputError, StoreError
from brandwatch.storage import migration_copies, read_errors
from brandwatch.storage.atomic_files import COMPANIONS, atomic_path
from brandwatch.storage.database_file import examine_database, inspect_connection, unreadable
from brandwatch.storage.migrations import FIRST_SEALED_VERSION

# 4 MiB at a time.
_PAGES_PER_STEP = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """The bytes of a copy, its schema version, and how many rows of each table it holds; *damage* of them in words."""

    size: int
    version: int
    mentions: int
    entries: int
    sources: int
    damage: tuple[str, ...] = ()


def back_up(path: Path, target: Path, *, force: bool = False, unverified: bool = False) -> BackupResult:
    """Copy the database at *path* to *target* (0600), also while a poll runs, and verify the whole copy.

    The copy gets its name only when it is whole; until then, and if anything fails, an older file of that name stays.
    Rows that do not match their seals are a failure too, unless the copy may be *unverified*.
    Raise OutputError where *target* cannot be written, is the database, or exists without *force*; StoreError for a
    database that cannot be copied.
    """
    with inspect_connection(path) as source:
        target = target.resolve()
        _refuse_target(path, target, force=force)
        _hold_snapshot(source)
        try:
            with atomic_path(target) as made:
                _copy(source, made)
                result = _examine(path, made)
                damage = _find_damage(source, path, made) if result.version >= FIRST_SEALED_VERSION else ()
                if damage and not unverified:
                    message = f"the database {path} does not verify, and was not copied: {damage[0]}"
                    raise StoreError(message, "see `brandwatch audit --verify`; --unverified copies it as it is")
                return replace(result, damage=damage)
        except (sqlite3.OperationalError, OSError) as error:
            if unread := read_errors.read_error(path):
                raise unreadable(path, unread) from error
            # A damaged database raises DatabaseError, which is reported about the database.
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputError(f"{target} cannot be written: {reason}", "see the folder and the space there") from error


def backup_before_migration(path: Path, version: int) -> None:
    """Copy the database at *path* beside it (0600), whole or not at all, under a new name with version and date.

    The caller keeps other writers away, and has written nothing in its own transaction.
    """
    copies = migration_copies.migration_copies(path)
    target = migration_copies.new_copy_path(path, version, clock.now())
    # Not through the caller's connection: SQLite copies nothing from one that is in a write transaction.
    with atomic_path(target) as name, closing(sqlite3.connect(path, isolation_level=None)) as source:
        _hold_snapshot(source)
        _copy(source, name)
    # Every command imports this module, and few migrate.
    import filecmp  # noqa: PLC0415

    # A migration that fails is tried again by every command; its date decides when the older copy goes.
    if any(filecmp.cmp(copy.path, target, shallow=False) for copy in copies):
        target.unlink()


def _hold_snapshot(source: sqlite3.Connection) -> None:
    """Give a connection without a transaction a snapshot of the database, whatever others write."""
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _copy(source: sqlite3.Connection, path: Path) -> None:
    # SQLite begins anew whenever the source changes: without a snapshot this might never end.
    with closing(sqlite3.connect(path)) as target:
        # A signal is heard only where Python is called.
        source.backup(target, pages=_PAGES_PER_STEP, progress=lambda *_: None)


def _refuse_target(path: Path, target: Path, *, force: bool) -> None:
    """Raise for a file of the database at *path*, one that exists without *force*, no regular file, or one in use."""
    # Whoever replaced a file of the database would lose what is written to it.
    ours = [path.resolve().with_name(f"{path.resolve().name}{end}") for end in ("", *COMPANIONS, ".lock")]
    if target in ours or (target.exists() and target.samefile(path)):
        raise OutputError(f"{target} is a file of the database itself", "name another file")
    if target.exists() and not target.is_file():
        raise OutputError(f"{target} is no file", "name a file")
    if target.exists() and not force:
        raise OutputError(f"{target} is there already", "name another file; --force replaces it")
    companions = (target.with_name(f"{target.name}{end}") for end in COMPANIONS)
    # SQLite would read a log as that of whatever database has its name.
    if in_use := next((file for file in companions if file.exists()), None):
        raise OutputError(f"{target} is in use: {in_use.name} is beside it", "end what holds it, or name another file")


def _examine(path: Path, made: Path) -> BackupResult:
    """Examine the copy; raise StoreError if it is not complete."""
    try:
        facts = examine_database(made)
    except StoreError as error:
        if unread := read_errors.read_error(made):
            raise OutputError(f"the copy cannot be read back: {unread}", "see the folder and its disk") from error
        raise StoreError(f"the database {path} is damaged: its copy is not whole", error.hint) from error
    if not facts.version:
        raise StoreError(f"the database {path} holds nothing yet", "`brandwatch poll` fills it")
    with inspect_connection(made) as connection:
        mentions, entries, sources = connection.execute(
            "SELECT (SELECT count(*) FROM mention), (SELECT count(*) FROM entry), (SELECT count(*) FROM source)"
        ).fetchone()
    return BackupResult(size=facts.size, version=facts.version, mentions=mentions, entries=entries, sources=sources)


def _find_damage(source: sqlite3.Connection, path: Path, made: Path) -> tuple[str, ...]:
    """Return in words what in a copy does not match its seals."""
    # They import this module, for the copy before a migration.
    from brandwatch.storage import verification  # noqa: PLC0415
    from brandwatch.storage.database import Store  # noqa: PLC0415

    with inspect_connection(made) as connection:
        copy = Store(connection, made)
        copy.seal_key = Store(source, path).seal_key
        # Its pages are examined with it.
        return verification.verify_database(copy, with_pages=False).damage
