"""Checks of files: old copies of the database, leftovers, and who can write what a poll trusts."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from brandwatch import clock
from brandwatch.cli.console import file_size
from brandwatch.cli.doctor import CheckResult, CheckState, file_mode
from brandwatch.config.settings import Settings, query_paths
from brandwatch.config.yaml_source import read_file
from brandwatch.errors import UsageError
from brandwatch.pipeline.loading import load_queries, source_registry
from brandwatch.privacy.retention import retention_policies, source_retention
from brandwatch.storage.atomic_files import leftovers, unmarked_leftovers
from brandwatch.storage.migration_copies import MigrationCopy, migration_copies
from brandwatch.text import plural
from brandwatch.text.sanitise import shown_path

_WRITABLE_BY_OTHERS = 0o022


def check_copies(settings: Settings) -> Iterator[CheckResult]:
    """Report each copy from before a migration: its age, its size, and when it is deleted."""
    copies = migration_copies(settings.db)
    retention = _longest_retention(settings.queries) if copies else None
    for copy in copies:
        yield _check_copy(copy, retention, clock.now())


def _longest_retention(queries: Path) -> timedelta | None:
    """Return the longest retention of all queries; `None` while a query file cannot be read, as in a poll."""
    try:
        loaded = load_queries(queries)
    except UsageError:
        return None
    return None if loaded.broken else source_retention(retention_policies(loaded.queries, ()))


def _check_copy(copy: MigrationCopy, retention: timedelta | None, now: datetime) -> CheckResult:
    age = (now.date() - copy.made).days
    found = (
        f"{shown_path(copy.path.name)}: schema version {copy.version}, {file_size(copy.size)},"
        f" of {copy.made}, {plural(age, 'day')} old"
    )
    delete = f"rm {shown_path(copy.path)}"
    end = None if retention is None else copy.expires(retention)
    if retention is None:
        return CheckResult("copy", CheckState.WARNING, f"{found}; stays until the query files can be read", delete)
    if end is None or age < 0:
        return CheckResult("copy", CheckState.WARNING, f"{found}; its date is not plausible", delete)
    if end <= now:
        hint = f"the next poll deletes it, if its clock is trusted; or {delete}"
        return CheckResult("copy", CheckState.WARNING, f"{found}; all of it is past its retention", hint)
    return CheckResult("copy", CheckState.OK, f"{found}; a poll deletes it on {end:%Y-%m-%d}")


def check_leftovers(database: Path) -> Iterator[CheckResult]:
    """Report the files beside the database that a killed command left unfinished."""
    folder = Path(os.path.realpath(database)).parent
    for path in leftovers(folder):
        found = f"{shown_path(path.name)}, {file_size(path.stat().st_size)}: unfinished, because a command was killed"
        yield CheckResult("leftover", CheckState.WARNING, found, "the next poll or backup deletes it")
    for path in unmarked_leftovers(folder):
        found = f"{shown_path(path.name)}, {file_size(path.stat().st_size)}: a hidden copy of a database"
        yield CheckResult("leftover", CheckState.WARNING, found, f"if it is not yours: rm {shown_path(path)}")


def check_writers(queries: Path) -> CheckResult:
    """Check who else can write query files, kinds, packs, OPML files, or a folder of them.

    Whoever writes one can send any variable of the environment to any server.
    """
    files = list(dict.fromkeys(_trusted_files(queries)))
    folders = dict.fromkeys(folder for path in files for folder in _folders_of(path))
    open_to_others = [path for path in (*files, *folders) if _is_writable_by_others(path)]
    if not open_to_others:
        return CheckResult("writers", CheckState.OK, f"only you can write the {plural(len(files), 'file')} of queries")
    found = ", ".join(f"{shown_path(path)} ({_permissions(path)})" for path in open_to_others)
    others = f"others can write {found}: they can send your environment variables to any server"
    foreign = any(not _is_ours(path) for path in open_to_others)
    hint = f"{'chown them to you, and ' if foreign else ''}chmod go-w {' '.join(map(shown_path, open_to_others))}"
    return CheckResult("writers", CheckState.WARNING, others, hint)


def _trusted_files(queries: Path) -> Iterator[Path]:
    """Yield the query files, the OPML files that they name, the user's own kinds and packs, and their folders."""
    yield queries
    with suppress(UsageError):
        for path in query_paths(queries):
            yield path
            yield from (path.parent / name for name in _opml_files(path))
    yield from source_registry(queries).own_files


def _folders_of(path: Path) -> Iterator[Path]:
    """Yield the folders in which others could put another file in the place of this one, or of what it links to."""
    yield from Path(os.path.realpath(path)).parents
    yield from (folder := Path(os.path.realpath(path.parent)), *folder.parents)


def _opml_files(path: Path) -> Iterator[str]:
    """Yield the names of OPML files in a query file, also where it has errors."""
    data = read_file(path)[0].tree.data
    configured = data.get("sources") if isinstance(data, dict) else None
    for source in configured if isinstance(configured, list) else ():
        if isinstance(source, dict) and isinstance(source.get("opml"), str):
            yield source["opml"]


def _is_writable_by_others(path: Path) -> bool:
    """Whether others can write a file, or replace files in a folder; with the sticky bit, as on /tmp, they cannot."""
    try:
        facts = path.stat()
    except OSError:
        return False
    is_sticky = stat.S_ISDIR(facts.st_mode) and bool(facts.st_mode & stat.S_ISVTX)
    return (bool(facts.st_mode & _WRITABLE_BY_OTHERS) and not is_sticky) or not _is_ours(path)


def _is_ours(path: Path) -> bool:
    """Whether a file belongs to our own user, or to root, who can write everything anyway."""
    return path.stat().st_uid in {os.geteuid(), 0}


def _permissions(path: Path) -> str:
    return f"mode {file_mode(path):04o}" if _is_ours(path) else f"owned by user {path.stat().st_uid}"
