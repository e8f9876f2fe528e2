"""What there is to work with: the database, its lock, the query files, the sources."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.cli.doctor.finding import Finding, State, count, local, size
from brandwatch.errors import Exit, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.models import SourceState

_MIB = 2**20
_LARGE_LOG = 64 * _MIB
_YEARS = range(2025, 2100)
_AHEAD = timedelta(minutes=5)
_LONG_AGO = timedelta(hours=24)
_FAILURES_IN_A_ROW = 3
_NAMED = 5


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
    if facts.mode & 0o077:
        hint = f"chmod 600 {path}"
        yield Finding("privacy", State.WARNING, f"others may read the database (mode {facts.mode:04o})", hint)
    if facts.log_size > _LARGE_LOG:
        hint = "end the program that holds the database open, then poll"
        yield Finding("log", State.WARNING, f"the log has grown to {size(facts.log_size)}", hint)


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


def sources(path: Path) -> Iterator[Finding]:
    """Yield what the database knows of the clock, the last poll and the sources, where it can be asked."""
    states = _states(path)
    yield _clock(states)
    asked = [state.last_poll for state in states if state.last_poll]
    if not asked:
        yield Finding("last poll", State.WARNING, "no source was ever asked", "brandwatch poll")
        return
    last = max(asked)
    is_old = clock.now() - last > _LONG_AGO
    found = f"{local(last)}, {count(asked.count(last), 'source')} asked"
    hint = "see that cron runs `brandwatch poll`" if is_old else ""
    yield Finding("last poll", State.WARNING if is_old else State.OK, found, hint)
    yield _failing(states)


def _states(path: Path) -> Sequence[SourceState]:
    """Return every source ever asked; none where the database is of another version or cannot be read."""
    from brandwatch.store import open_store
    from brandwatch.store.opening import examine

    try:
        facts = examine(path)
        if facts.version != facts.newest_version:
            return ()
        with open_store(path, create=False) as store:
            return store.sources()
    except StoreError:
        return ()


def _clock(states: Sequence[SourceState]) -> Finding:
    """Return whether the machine's time can be true."""
    now = clock.now()
    newest = max((state.last_poll for state in states if state.last_poll), default=now)
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    hint = "set the machine's clock: certificates and intervals depend on it"
    if now.year not in _YEARS:
        return Finding("clock", State.PROBLEM, f"{found} is not plausible", hint)
    if newest > now + _AHEAD:
        return Finding(
            "clock", State.PROBLEM, f"{found} is before the last fetch, {newest:%Y-%m-%d %H:%M:%S} UTC", hint
        )
    return Finding("clock", State.OK, found)


def _failing(states: Sequence[SourceState]) -> Finding:
    """Return which sources fail, with what, and since when they have not answered."""
    failing = sorted((state for state in states if state.error), key=lambda state: -state.failures)
    if not failing:
        return Finding("sources", State.OK, f"{count(len(states), 'source')}, none fails")
    named = "; ".join(f"{_name(state)} ({state.fetch_class}, {_since(state)})" for state in failing[:_NAMED])
    more = f" and {len(failing) - _NAMED} more" if len(failing) > _NAMED else ""
    is_lasting = failing[0].failures >= _FAILURES_IN_A_ROW
    state = State.PROBLEM if is_lasting else State.WARNING
    return Finding("sources", state, f"{len(failing)} of {len(states)} fail: {named}{more}", "brandwatch sources")


def _name(state: SourceState) -> str:
    """Return a source's title, or its address without what may hold a secret."""
    from urllib.parse import urlsplit

    from brandwatch import urls

    return state.title or urls.host(state.url) + urlsplit(state.url).path


def _since(state: SourceState) -> str:
    """Say when a failing source was last well."""
    return f"since {local(state.last_success)}" if state.last_success else "never answered"
