"""What there is to work with: the database, its lock, the query files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.cli.doctor.finding import Finding, State, count, mode, size
from brandwatch.errors import Exit, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.cli.settings import Settings

_MIB = 2**20
_LARGE_LOG = 64 * _MIB
# Enough to see that something is wrong.
_COUNTED = 1000


def database(path: Path) -> Iterator[Finding]:
    """Yield whether the database is whole, ours, of this version, and private."""
    from brandwatch.store.opening import examine

    if not path.exists():
        yield Finding("database", State.WARNING, f"there is none at {path}", "`brandwatch poll` makes it")
        return
    try:
        facts = examine(path)
    except StoreError as error:
        yield Finding("database", State.PROBLEM, error.message, error.hint, Exit.DATABASE)
        return
    found = f"{path} is whole, schema version {facts.version}, {size(facts.size)}, log {size(facts.log_size)}"
    yield Finding("database", State.OK, found)
    if facts.version < facts.newest_version:
        hint = f"the next poll brings it up to {facts.newest_version} and keeps a copy"
        yield Finding("schema", State.WARNING, f"version {facts.version} is older than this program", hint)
    yield from _permissions(path)
    if facts.log_size > _LARGE_LOG:
        hint = "end the program that holds the database open, then poll"
        yield Finding("log", State.WARNING, f"the log has grown to {size(facts.log_size)}", hint)


def _permissions(path: Path) -> Iterator[Finding]:
    """Yield what of the database others may read, and whether we may write it."""
    # A log, a lock and a copy of an older version hold, or tell of, the same as the database.
    files = [path, *sorted(path.parent.glob(f"{path.name}[.-]*"))]
    if open_to_others := [file for file in files if mode(file) & 0o077]:
        found = ", ".join(f"{file.name} (mode {mode(file):04o})" for file in open_to_others)
        hint = f"chmod 600 {' '.join(map(str, open_to_others))}"
        yield Finding("privacy", State.WARNING, f"others may read {found}", hint)
    if not os.access(path, os.R_OK | os.W_OK):
        hint = "run brandwatch as the owner of the file, or give it to who polls"
        yield Finding("owner", State.PROBLEM, f"{path} is not ours to write", hint, Exit.DATABASE)


def retention(settings: Settings) -> Iterator[Finding]:
    """Yield how many mentions are older than they may be, where there are any and the database can be asked."""
    from brandwatch import clock
    from brandwatch.loading import load
    from brandwatch.polling.retiring import rules
    from brandwatch.store import open_store
    from brandwatch.store.opening import is_current

    try:
        loaded = load(settings.queries)
        if not is_current(settings.db):
            return
        with open_store(settings.db, create=False) as store:
            late = store.custody.overdue(rules(loaded.queries, loaded.broken), clock.now(), _COUNTED)
    except (StoreError, UsageError):
        return
    if late:
        found = f"{'more than ' * (late == _COUNTED)}{count(late, 'mention')} older than the query keeps them"
        yield Finding("retention", State.WARNING, found, "brandwatch poll")


def lock(path: Path) -> Finding:
    """Return whether a poll is running now."""
    from brandwatch.store.lock import is_polling

    try:
        return Finding("lock", State.OK, "a poll is running" if is_polling(path) else "no poll is running")
    except StoreError as error:
        return Finding("lock", State.PROBLEM, f"the lock of {error.message}", error.hint, Exit.DATABASE)


def query_files(folder: Path) -> Finding:
    """Return how many query files there are, and what is wrong with them."""
    from brandwatch.loading import load_file
    from brandwatch.queries import Severity, disputed, lint
    from brandwatch.queries.files import query_paths

    try:
        files = [load_file(path) for path in query_paths(folder)]
    except UsageError as error:
        return Finding("queries", State.PROBLEM, error.message, error.hint, Exit.USAGE)
    severities = [fault.severity for file in files for fault in (*file.faults, *lint(file))]
    severities += [fault.severity for fault in disputed(files)]
    errors, warnings = (severities.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
    overdue = sum(len(file.tree.data.get("people") or ()) - len(file.query.people) for file in files if file.query)
    counts = ((errors, "error"), (warnings, "warning"), (overdue, "overdue review"))
    found = ", ".join(count(number, thing) for number, thing in ((len(files), "file"), *counts))
    state = State.PROBLEM if errors else State.WARNING if warnings or overdue else State.OK
    return Finding("queries", state, f"{folder}: {found}", "" if state is State.OK else "brandwatch check", Exit.USAGE)
