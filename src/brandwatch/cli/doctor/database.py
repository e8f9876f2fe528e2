"""Checks of the database, its lock, its retention, and the query files."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from brandwatch import clock
from brandwatch.cli.console import file_size
from brandwatch.cli.doctor import CheckResult, CheckState, file_mode
from brandwatch.cli.query_scope import query_scope
from brandwatch.config import diagnostics, query_files
from brandwatch.config.settings import Settings, query_paths
from brandwatch.errors import Exit, StoreError, UsageError
from brandwatch.pipeline.loading import load_queries, load_query_file
from brandwatch.privacy.retention import retention_policies
from brandwatch.storage import (
    database,
    database_file,
    key_file,
    key_use,
    open_store,
    poll_clock,
    privacy_retention,
    verification,
)
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line

# Some 30,000 mentions, of which everything is checked in two seconds. A million take a minute.
_MAX_CHECKED_BYTES = 32 * 2**20
_NEWEST_ROWS = 20_000
_LARGE_LOG_BYTES = 64 * 2**20
# Enough to see that something is wrong.
_MAX_COUNTED = 1000
_MAX_NAMED = 5


def check_database(path: Path, *, is_full: bool) -> Iterator[CheckResult]:
    """Check that the database is whole, ours, of this version, and private; of a large one a part, unless *is_full*."""
    if not path.exists():
        yield CheckResult("database", CheckState.WARNING, f"there is none at {path}", "`brandwatch poll` makes it")
        return
    checks_all = is_full or path.stat().st_size <= _MAX_CHECKED_BYTES
    try:
        facts = database_file.examine_database(path, every_page=checks_all)
    except StoreError as error:
        yield CheckResult("database", CheckState.PROBLEM, error.message, error.hint, Exit.DATABASE)
        return
    whole = "is whole" if checks_all else "is ours"
    found = f"{path} {whole}, schema version {facts.version}, {file_size(facts.size)}, log {file_size(facts.log_size)}"
    hint = "" if checks_all else "its pages were not read: `brandwatch doctor --full` checks all of them"
    yield CheckResult("database", CheckState.OK, found, hint)
    if facts.version < facts.newest_version:
        hint = f"the next poll brings it up to {facts.newest_version} and keeps a copy"
        yield CheckResult("schema", CheckState.WARNING, f"version {facts.version} is older than this program", hint)
    yield from _check_permissions(path)
    if facts.version == facts.newest_version:
        yield from _check_key(path)
        yield _check_seals(path) if checks_all else _check_newest_seals(path)
    if facts.log_size > _LARGE_LOG_BYTES:
        hint = "end the program that holds the database open, then poll"
        yield CheckResult("log", CheckState.WARNING, f"the log has grown to {file_size(facts.log_size)}", hint)


def _check_key(path: Path) -> Iterator[CheckResult]:
    """Check the key file: which one is in use, who may read it, where it lies, and whether it knows this state."""
    place = key_file.key_path(path)
    try:
        with open_store(path, create=False) as store:
            # Without the right key a poll stores nothing: the advice to poll would be wrong.
            key_use.find_seal_key(store)
            uses_own_key, notice = store.uses_own_key, key_use.copy_notice(store)
    except StoreError as error:
        yield CheckResult("key", CheckState.PROBLEM, error.message, error.hint, Exit.DATABASE)
        return
    if notice:
        yield CheckResult("key", CheckState.WARNING, notice, "poll, and compare with `brandwatch audit --verify`")
    if uses_own_key and place.exists() and not notice:
        # The first poll ran without the variable that names the file.
        found = f"the key file {place} is not in use: the key of the seals is in the database"
        yield CheckResult("key", CheckState.WARNING, found, "brandwatch audit --new-key seals everything with the file")
        return
    if uses_own_key:
        found = "the key of the seals is in the database: who can write it can forge them"
        yield CheckResult("key", CheckState.OK, found, "brandwatch audit --new-key makes a key file")
        return
    if not place.exists():
        return
    hint = f"move it to another disk, and name it with {key_file.VARIABLE}" if key_file.is_beside(path) else ""
    beside = ", beside the database" if hint else ""
    yield CheckResult("key", CheckState.OK, f"{place} (mode {file_mode(place):04o}){beside}", hint)
    if file_mode(place) & 0o077:
        yield CheckResult("key", CheckState.WARNING, f"others may read {place}", f"chmod 600 {place}")


def _check_seals(path: Path) -> CheckResult:
    """Check that no other program has changed what is stored."""
    try:
        with open_store(path, create=False) as store:
            # The pages were examined just before.
            result = verification.verify_database(store, with_pages=False)
    except StoreError as error:
        return CheckResult("seals", CheckState.PROBLEM, error.message, error.hint, Exit.DATABASE)
    if result.damage:
        return _damage(result.damage)
    found = f"{plural(result.audit_rows, 'row')} of the audit and {plural(result.seals.units, 'seal')} verify"
    return CheckResult("seals", CheckState.OK, found)


def _check_newest_seals(path: Path) -> CheckResult:
    """Check the newest entries and mentions of a large database."""
    try:
        with open_store(path, create=False) as store:
            result = verification.verify_newest(store, _NEWEST_ROWS)
    except StoreError as error:
        return CheckResult("seals", CheckState.PROBLEM, error.message, error.hint, Exit.DATABASE)
    if result.count:
        return _damage([verification.describe_row(row) for row in result.damaged])
    found = f"{plural(result.units, 'seal')} of the newest entries and mentions verify"
    return CheckResult("seals", CheckState.OK, found, "`brandwatch doctor --full` verifies all, and the audit")


def _damage(damage: Sequence[str]) -> CheckResult:
    more = len(damage) - _MAX_NAMED
    named = [*damage[:_MAX_NAMED], *([f"{more} more"] if more > 0 else [])]
    hint = "brandwatch audit --verify lists all, and hides damaged mentions; restore a backup, or --accept"
    return CheckResult("seals", CheckState.PROBLEM, "; ".join(named), hint, Exit.DATABASE)


def _check_permissions(path: Path) -> Iterator[CheckResult]:
    """Check that nobody else can read the database, and that we can write it."""
    # The log, the lock and copies of older versions hold, or reveal, the same as the database.
    files = [path, *sorted(path.parent.glob(f"{path.name}[.-]*"))]
    if open_to_others := [file for file in files if file_mode(file) & 0o077]:
        found = ", ".join(f"{file.name} (mode {file_mode(file):04o})" for file in open_to_others)
        hint = f"chmod 600 {' '.join(map(str, open_to_others))}"
        yield CheckResult("privacy", CheckState.WARNING, f"others may read {found}", hint)
    if not os.access(path, os.R_OK | os.W_OK):
        hint = "run brandwatch as the owner of the file, or give it to who polls"
        yield CheckResult("owner", CheckState.PROBLEM, f"{path} is not ours to write", hint, Exit.DATABASE)


def check_retention(settings: Settings) -> Iterator[CheckResult]:
    """Check that no mention is past its retention, and count those near its end; nothing without a database."""
    try:
        loaded = load_queries(settings.queries)
        if not database_file.is_current(settings.db):
            return
        with open_store(settings.db, create=False) as store:
            policies = retention_policies(loaded.queries, loaded.broken)
            now = poll_clock.read_poll_clock(store).retention_time(clock.now())
            late = privacy_retention.late_mentions(store, policies, now, _MAX_COUNTED)
            hidden = privacy_retention.count_hidden(store)
    except (StoreError, UsageError):
        return
    if late:
        count = plural(late, "mention")
        at_least = f"at least {count}" if late >= _MAX_COUNTED else count
        found = f"{at_least} past the retention of the query"
        yield CheckResult("retention", CheckState.WARNING, found, "brandwatch poll")
    elif hidden:
        found = f"{plural(hidden, 'mention')} hidden, because the retention of the query ends soon"
        hint = "`brandwatch report --suppressed` lists them; a longer `retain` shows them again"
        yield CheckResult("retention", CheckState.OK, found, hint)


def check_gone_queries(settings: Settings) -> Iterator[CheckResult]:
    """Check that every query with mentions has a file; nothing without a database or without query files."""
    try:
        if not database_file.is_current(settings.db):
            return
        with open_store(settings.db, create=False) as store:
            gone = query_scope(store, settings).gone
    except StoreError:
        return
    if gone:
        named = ", ".join(map(one_line, gone[:_MAX_NAMED])) + (" …" if len(gone) > _MAX_NAMED else "")
        found = f"{plural(len(gone), 'query', 'queries')} with mentions and without a file: {named}"
        hint = "reports leave them out; put the file back, or read them with `brandwatch report --query NAME`"
        yield CheckResult("gone", CheckState.WARNING, found, hint)


def check_lock(path: Path) -> CheckResult:
    """Check whether a poll is running."""
    try:
        return CheckResult(
            "lock", CheckState.OK, "a poll is running" if database.is_polling(path) else "no poll is running"
        )
    except StoreError as error:
        return CheckResult("lock", CheckState.PROBLEM, f"the lock of {error.message}", error.hint, Exit.DATABASE)


def check_query_files(folder: Path) -> CheckResult:
    """Check the query files."""
    try:
        files = [load_query_file(path) for path in query_paths(folder)]
    except UsageError as error:
        return CheckResult("queries", CheckState.PROBLEM, error.message, error.hint, Exit.USAGE)
    severities = [
        fault.severity for file in files for fault in (*file.faults, *file.unwatched, *query_files.lint(file))
    ]
    severities += [fault.severity for fault in query_files.conflicting_headers(files)]
    errors, warnings = (severities.count(severity) for severity in diagnostics.Severity)
    overdue = sum(len(file.tree.data.get("people") or ()) - len(file.query.people) for file in files if file.query)
    counts = ((errors, "error"), (warnings, "warning"), (overdue, "overdue review"))
    found = ", ".join(plural(number, thing) for number, thing in ((len(files), "file"), *counts))
    state = CheckState.PROBLEM if errors else CheckState.WARNING if warnings or overdue else CheckState.OK
    return CheckResult(
        "queries", state, f"{folder}: {found}", "" if state is CheckState.OK else "brandwatch check", Exit.USAGE
    )
