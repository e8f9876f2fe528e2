"""Look at everything a poll needs, and say what is wrong and what to do about it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from brandwatch import clock
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import Exit, StoreError, UsageError
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from brandwatch.cli.settings import Settings
    from brandwatch.models import SourceState

EPILOG = """[bold]Examples[/bold]

brandwatch doctor

brandwatch doctor --format json | jq '.checks[] | select(.state != "ok")'

Exit 0 if nothing is a problem, else as a poll would: 4 the database, 3 the network or a source that failed three
times in a row, 2 the query files. A warning never fails.
"""

_MIB = 2**20
_OLDEST_EXPAT = (2, 6, 0)
_OLDEST_SQLITE = (3, 37, 0)
_LARGE_LOG = 64 * _MIB
_LITTLE_SPACE, _NO_SPACE = 500 * _MIB, 20 * _MIB
_YEARS = range(2025, 2100)
_AHEAD = timedelta(minutes=5)
_LONG_AGO = timedelta(hours=24)
_FAILURES_IN_A_ROW = 3
_NAMED = 5
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_POSIX_ZONE = re.compile(r"[A-Za-z]{3,}[+-]?\d.*|<.+>[+-]?\d.*")


class State(StrEnum):
    """How one check went."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found and what to do about it; a problem ends the program with *code*."""

    check: str
    state: State
    found: str
    hint: str = ""
    code: Exit = Exit.SOURCES_FAILED


def command(context: typer.Context, *, form: TextOrJson = "text") -> None:
    """Print one line for each check."""
    from brandwatch.cli.output import output

    as_json = is_json(form)
    findings = list(_findings(context.obj))
    with output(None) as stream:
        stream.write(_as_json(findings) if as_json else "".join(map(_line, findings)))
        stream.flush()
    codes = [finding.code for finding in findings if finding.state is State.PROBLEM]
    if codes:
        raise typer.Exit(max(codes))


def _findings(settings: Settings) -> Iterator[Finding]:
    """Make every check, in the order in which one rests on another."""
    yield from _versions()
    yield from _database(settings.db)
    yield from _disk(settings.db)
    yield from _folders(settings)
    yield _lock(settings.db)
    yield _query_files(settings.queries)
    yield _time_zone()
    yield from _certificates()
    yield from _proxies()
    yield from _sources(settings.db)


def _line(finding: Finding) -> str:
    """Return a finding for a person."""
    hint = f" → {one_line(finding.hint)}" if finding.hint else ""
    return f"{finding.state:<8} {finding.check:<10} {one_line(finding.found)}{hint}\n"


def _as_json(findings: Sequence[Finding]) -> str:
    """Return the findings for a program."""
    import json

    checks = [
        {
            "check": finding.check,
            "state": finding.state,
            "found": one_line(finding.found),
            "hint": one_line(finding.hint) or None,
        }
        for finding in findings
    ]
    return json.dumps({"version": 1, "checks": checks}, ensure_ascii=False, indent=2) + "\n"


def _versions() -> Iterator[Finding]:
    """Yield what the program stands on."""
    import platform
    import ssl

    from pyexpat import EXPAT_VERSION, version_info

    from brandwatch import __version__
    from brandwatch.store.opening import engine

    yield Finding("brandwatch", State.OK, f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    sqlite, has_index = engine()
    found = f"SQLite {sqlite} {'with' if has_index else 'without'} FTS5"
    is_fit = has_index and tuple(map(int, sqlite.split("."))) >= _OLDEST_SQLITE
    hint = "" if is_fit else "use a Python whose SQLite is 3.37 or newer, with FTS5"
    yield Finding("sqlite", State.OK if is_fit else State.PROBLEM, found, hint, Exit.DATABASE)
    is_fit = version_info >= _OLDEST_EXPAT
    hint = "" if is_fit else "upgrade libexpat or Python: before 2.6 a hostile feed costs seconds (CVE-2023-52425)"
    yield Finding("expat", State.OK if is_fit else State.WARNING, EXPAT_VERSION.replace("_", " "), hint)
    yield Finding("openssl", State.OK, ssl.OPENSSL_VERSION)
    yield _libraries()


def _libraries() -> Finding:
    """Return the libraries that the package asks for, with their versions."""
    from importlib.metadata import PackageNotFoundError, requires, version

    found, missing = [], []
    for needed in requires("brandwatch") or ():
        if ";" in needed:
            continue  # wanted elsewhere, or only for an extra
        name = re.split(r"[^\w.-]", needed, maxsplit=1)[0]
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        hint = "pip install --upgrade --force-reinstall brandwatch"
        return Finding("libraries", State.PROBLEM, f"missing: {', '.join(missing)}", hint)
    return Finding("libraries", State.OK, ", ".join(found))


def _database(path: Path) -> Iterator[Finding]:
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
    found = f"{path} is whole, schema version {facts.version}, {_size(facts.size)}, log {_size(facts.log_size)}"
    yield Finding("database", State.OK, found)
    if facts.version < facts.newest_version:
        hint = f"the next poll brings it up to {facts.newest_version} and keeps a copy"
        yield Finding("schema", State.WARNING, f"version {facts.version} is older than this program", hint)
    if facts.mode & 0o077:
        hint = f"chmod 600 {path}"
        yield Finding("privacy", State.WARNING, f"others may read the database (mode {facts.mode:04o})", hint)
    if facts.log_size > _LARGE_LOG:
        hint = "end the program that holds the database open, then poll"
        yield Finding("log", State.WARNING, f"the log has grown to {_size(facts.log_size)}", hint)


def _disk(path: Path) -> Iterator[Finding]:
    """Yield how much space is left where the database is."""
    import shutil

    try:
        free = shutil.disk_usage(_existing(path.parent)).free
    except OSError as error:
        yield Finding("disk", State.WARNING, f"the free space is unknown: {error.strerror}")
        return
    state = State.PROBLEM if free < _NO_SPACE else State.WARNING if free < _LITTLE_SPACE else State.OK
    hint = "" if state is State.OK else "free some space, or move the database with --db"
    yield Finding("disk", state, f"{_size(free)} free", hint, Exit.DATABASE)


def _folders(settings: Settings) -> Iterator[Finding]:
    """Yield whether the database's folder can be written, and whether others can write to either folder."""
    folder = _existing(settings.db.parent)
    if os.access(folder, os.W_OK | os.X_OK):
        yield Finding("folder", State.OK, f"{folder} can be written (mode {_mode(folder):04o})")
    else:
        hint = "a poll writes files beside the database: see who may write its folder"
        yield Finding("folder", State.PROBLEM, f"{folder} cannot be written", hint, Exit.DATABASE)
    for place in dict.fromkeys((folder, settings.queries)):
        # With the sticky bit, as on /tmp, others cannot replace what is ours.
        if place.is_dir() and _mode(place) & 0o022 and not _mode(place) & 0o1000:
            found = f"others can change what is in {place} (mode {_mode(place):04o})"
            yield Finding("folder", State.WARNING, found, f"chmod go-w {place}")


def _lock(path: Path) -> Finding:
    """Return whether a poll is running now."""
    from brandwatch.store.lock import is_polling

    try:
        return Finding("lock", State.OK, "a poll is running" if is_polling(path) else "no poll is running")
    except StoreError as error:
        return Finding("lock", State.PROBLEM, f"the lock of {error.message}", error.hint, Exit.DATABASE)


def _query_files(folder: Path) -> Finding:
    """Return how many query files there are, and what is wrong with them."""
    from brandwatch.queries import Severity, lint, load_file
    from brandwatch.queries.files import query_paths

    try:
        files = [load_file(path) for path in query_paths(folder)]
    except UsageError as error:
        return Finding("queries", State.PROBLEM, error.message, error.hint, Exit.USAGE)
    severities = [fault.severity for file in files for fault in (*file.faults, *lint(file))]
    errors, warnings = (severities.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
    overdue = sum(len(file.tree.data.get("people") or ()) - len(file.query.people) for file in files if file.query)
    counts = ((errors, "error"), (warnings, "warning"), (overdue, "overdue review"))
    found = ", ".join(_count(count, thing) for count, thing in ((len(files), "file"), *counts))
    state = State.PROBLEM if errors else State.WARNING if warnings or overdue else State.OK
    return Finding("queries", state, f"{folder}: {found}", "" if state is State.OK else "brandwatch check", Exit.USAGE)


def _time_zone() -> Finding:
    """Return the local time, and whether the time zone that is asked for exists: the system silently takes UTC."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = os.environ.get("TZ", "").removeprefix(":")
    found = f"local time is {clock.now().astimezone():%Y-%m-%d %H:%M %Z (%z)}"
    if name and not name.startswith("/") and not _POSIX_ZONE.fullmatch(name):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return Finding("time zone", State.WARNING, f"{found}; TZ names “{name}”", "for example: TZ=Europe/Oslo")
    return Finding("time zone", State.OK, found)


def _certificates() -> Iterator[Finding]:
    """Yield whether a server's certificate could be verified."""
    import ssl

    named = {name: os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    for name, place in named.items():
        if place and not Path(place).exists():
            hint = f"name a file or folder of certificates with {name}, or unset it"
            yield Finding("tls", State.PROBLEM, f"{name} names {place}, which is not there", hint)
            return
    try:
        context = ssl.create_default_context(
            cafile=named["SSL_CERT_FILE"] or None, capath=named["SSL_CERT_DIR"] or None
        )
    except (ssl.SSLError, OSError) as error:
        found = f"the certificates cannot be read: {error.strerror or error}"
        yield Finding("tls", State.PROBLEM, found, "see SSL_CERT_FILE and SSL_CERT_DIR, or install ca-certificates")
        return
    count = context.cert_store_stats()["x509_ca"]
    paths = ssl.get_default_verify_paths()
    # A folder of certificates is read one by one when they are needed, and counts none until then.
    if not count and not any(Path(place).is_dir() for place in (paths.capath,) if place):
        yield Finding("tls", State.PROBLEM, "there are no CA certificates", "install ca-certificates")
        return
    yield Finding("tls", State.OK, f"{count} CA certificates, {paths.cafile or paths.capath}")


def _proxies() -> Iterator[Finding]:
    """Yield the proxies that the environment names, without who we are to them."""
    from urllib.parse import urlsplit

    named = {name: os.environ[name] for each in _PROXIES for name in (each, each.lower()) if os.environ.get(name)}
    shown = []
    for name, value in named.items():
        if name.upper() == "NO_PROXY":
            shown.append(f"{name}={value}")
            continue
        try:
            parts = urlsplit(value if "://" in value else f"http://{value}")
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            parts, port = urlsplit(""), ""
        if not parts.hostname:
            yield Finding("proxy", State.PROBLEM, f"{name} holds no address", "for example: http://proxy.example:3128")
            continue
        shown.append(f"{name}={parts.scheme}://{parts.hostname}{port}")
    yield Finding("proxy", State.OK, ", ".join(shown) or "none")


def _sources(path: Path) -> Iterator[Finding]:
    """Yield what the database knows of the clock, the last poll and the sources, where it can be asked."""
    states = _states(path)
    yield _clock(states)
    asked = [state.last_poll for state in states if state.last_poll]
    if not asked:
        yield Finding("last poll", State.WARNING, "no source was ever asked", "brandwatch poll")
        return
    last = max(asked)
    is_old = clock.now() - last > _LONG_AGO
    found = f"{_local(last)}, {_count(asked.count(last), 'source')} asked"
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
        return Finding("sources", State.OK, f"{_count(len(states), 'source')}, none fails")
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
    return f"since {_local(state.last_success)}" if state.last_success else "never answered"


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.absolute().parents) if place.is_dir()), Path("/"))


def _mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return path.stat().st_mode & 0o7777


def _local(when: datetime) -> str:
    """Return a moment in local time with its offset."""
    return f"{when.astimezone():%Y-%m-%d %H:%M %z}"


def _size(count: int) -> str:
    """Return a number of bytes for a person."""
    return f"{count / _MIB:.1f} MiB" if count < 2**30 else f"{count / 2**30:.1f} GiB"


def _count(count: int, thing: str) -> str:
    """Return a number of things."""
    return f"{count} {thing}" + "s" * (count != 1)
