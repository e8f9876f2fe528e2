"""Checks of the machine: versions, disk, folders, time zone, certificates, proxies."""

import os
import platform
import re
import resource
import shutil
import ssl
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from pyexpat import EXPAT_VERSION, version_info
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brandwatch import DISTRIBUTION, __version__, clock
from brandwatch.cli.console import file_size
from brandwatch.cli.doctor import CheckResult, CheckState, existing_parent, file_mode
from brandwatch.config.settings import Settings
from brandwatch.errors import Exit, FetchError, ParseError
from brandwatch.feeds import ParserSandbox
from brandwatch.feeds.confinement import Confinement
from brandwatch.http.environment import (
    DEFAULT_IN_FLIGHT,
    connection_limits,
    parse_proxy,
    raise_descriptor_limit,
    tls_context,
)
from brandwatch.storage.database_file import sqlite_engine
from brandwatch.text import plural

_MIB = 2**20
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
"""The variables that name proxies; each may also be in lower case."""
_OLDEST_EXPAT = (2, 6, 0)
_OLDEST_SQLITE = (3, 37, 0)
_LOW_BYTES, _MIN_BYTES = 500 * _MIB, 20 * _MIB
_POSIX_ZONE = re.compile(r"[A-Za-z]{3,}[+-]?\d.*|<.+>[+-]?\d.*")


def check_versions() -> Iterator[CheckResult]:
    """Check the versions of the program, Python, SQLite, expat, OpenSSL and the libraries."""
    yield CheckResult(
        "brandwatch", CheckState.OK, f"{__version__} on Python {platform.python_version()}, {platform.platform()}"
    )
    sqlite, has_index = sqlite_engine()
    found = f"SQLite {sqlite} {'with' if has_index else 'without'} FTS5"
    is_fit = has_index and tuple(map(int, sqlite.split("."))) >= _OLDEST_SQLITE
    hint = "" if is_fit else "use a Python whose SQLite is 3.37 or newer, with FTS5"
    yield CheckResult("sqlite", CheckState.OK if is_fit else CheckState.PROBLEM, found, hint, Exit.DATABASE)
    is_fit = version_info >= _OLDEST_EXPAT
    hint = "" if is_fit else "upgrade libexpat or Python: before 2.6 a hostile feed costs seconds (CVE-2023-52425)"
    yield CheckResult("expat", CheckState.OK if is_fit else CheckState.WARNING, EXPAT_VERSION.replace("_", " "), hint)
    yield CheckResult("openssl", CheckState.OK, ssl.OPENSSL_VERSION)
    yield _check_libraries()


def _check_libraries() -> CheckResult:
    """Check that the libraries of the distribution are installed; the command tells which distribution that is."""
    found, missing = [], []
    script = next(iter(entry_points(group="console_scripts", name="brandwatch")), None)
    for requirement in (script and script.dist and script.dist.requires) or ():
        if ";" in requirement:
            continue  # for another platform or an extra
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        hint = f"pip install --upgrade --force-reinstall {DISTRIBUTION}"
        return CheckResult("libraries", CheckState.PROBLEM, f"missing: {', '.join(missing)}", hint)
    return CheckResult("libraries", CheckState.OK, ", ".join(found) or "not installed: run from source")


def check_disk(path: Path) -> Iterator[CheckResult]:
    """Check the free space beside the database."""
    folder = existing_parent(path.parent)
    try:
        free, facts = shutil.disk_usage(folder).free, os.statvfs(folder)
    except OSError as error:
        yield CheckResult("disk", CheckState.WARNING, f"the free space is unknown: {error.strerror}")
        return
    if facts.f_files and not facts.f_favail:
        yield CheckResult("disk", CheckState.PROBLEM, "no more files can be made", "delete some files", Exit.DATABASE)
    state = CheckState.PROBLEM if free < _MIN_BYTES else CheckState.WARNING if free < _LOW_BYTES else CheckState.OK
    hint = "" if state is CheckState.OK else "free some space, or move the database with --db"
    yield CheckResult("disk", state, f"{file_size(free)} free", hint, Exit.DATABASE)


def check_folders(settings: Settings) -> Iterator[CheckResult]:
    """Check that we can write the folder of the database, and that others cannot."""
    folder = existing_parent(settings.db.parent)
    if os.access(folder, os.W_OK | os.X_OK):
        yield CheckResult("folder", CheckState.OK, f"{folder} can be written (mode {file_mode(folder):04o})")
    else:
        hint = "a poll writes files beside the database: see who may write its folder"
        yield CheckResult("folder", CheckState.PROBLEM, f"{folder} cannot be written", hint, Exit.DATABASE)
    # With the sticky bit, as on /tmp, others cannot replace what is ours. `files.check_writers` has the query files.
    if folder.is_dir() and file_mode(folder) & 0o022 and not file_mode(folder) & 0o1000:
        found = f"others can change what is in {folder} (mode {file_mode(folder):04o})"
        yield CheckResult("folder", CheckState.WARNING, found, f"chmod go-w {folder}")


_CONFINEMENTS = {
    Confinement.FILTER: "damaged documents are read without files, network and other processes",
    Confinement.NAMESPACE: "damaged documents are read without network; the process could read, delete or empty files",
    Confinement.NONE: "damaged documents are read in a process that could use the network",
}


def check_sandbox() -> CheckResult:
    """Check whether the sandbox starts, and what the system takes away from it."""
    try:
        with ParserSandbox() as sandbox:
            confinement = sandbox.confinement()
    except ParseError as error:
        hint = "see whether other programs may start processes here, and the memory that is free"
        return CheckResult("sandbox", CheckState.PROBLEM, f"it does not start: {error.message}", hint)
    is_weak = confinement is Confinement.NONE
    hint = "the kernel, or the container, forbids filters of system calls (seccomp) and namespaces" if is_weak else ""
    state = CheckState.WARNING if is_weak else CheckState.OK
    return CheckResult("sandbox", state, _CONFINEMENTS[confinement], hint)


def check_open_files() -> CheckResult:
    """Check how many connections the limit of open files allows a poll."""
    descriptors = raise_descriptor_limit()
    in_flight, idle = connection_limits(descriptors)
    limit = "no limit" if descriptors == resource.RLIM_INFINITY else f"a limit of {descriptors:,}"
    found = f"{limit}: {plural(in_flight, 'request')} at a time, {plural(idle, 'idle connection')}"
    is_low = in_flight < DEFAULT_IN_FLIGHT
    hint = f"a poll has {DEFAULT_IN_FLIGHT} requests at a time where it may: raise `ulimit -Hn`" if is_low else ""
    return CheckResult("open files", CheckState.WARNING if is_low else CheckState.OK, found, hint)


def check_time_zone() -> CheckResult:
    """Check the time zone: the system silently takes UTC for an unknown one."""
    name = os.environ.get("TZ", "").removeprefix(":")
    found = f"local time is {clock.now().astimezone():%Y-%m-%d %H:%M %Z (%z)}"
    if name and not name.startswith("/") and not _POSIX_ZONE.fullmatch(name):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return CheckResult(
                "time zone", CheckState.WARNING, f"{found}; TZ names “{name}”", "for example: TZ=Europe/Oslo"
            )
    return CheckResult("time zone", CheckState.OK, found)


def check_certificates() -> Iterator[CheckResult]:
    """Check that certificates of servers can be verified."""
    named = {name: os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    for name, place in named.items():
        if place and not Path(place).exists():
            hint = f"name a file or folder of certificates with {name}, or unset it"
            yield CheckResult("tls", CheckState.PROBLEM, f"{name} names {place}, which is not there", hint)
            return
    try:
        stats = tls_context().cert_store_stats()
    except FetchError as error:
        yield CheckResult("tls", CheckState.PROBLEM, error.message, "see SSL_CERT_FILE and SSL_CERT_DIR")
        return
    where = named["SSL_CERT_FILE"] or named["SSL_CERT_DIR"] or f"those of certifi {version('certifi')}"
    # OpenSSL reads the files of a folder when they are needed, and counts none before.
    if not stats["x509"] and not Path(where).is_dir():
        yield CheckResult(
            "tls", CheckState.PROBLEM, f"there are no certificates in {where}", "name others with SSL_CERT_FILE"
        )
        return
    yield CheckResult("tls", CheckState.OK, f"{stats['x509']} certificates, {where}")


def check_proxies() -> Iterator[CheckResult]:
    """Check the proxies of the environment; their credentials are not shown."""
    named = {name: os.environ[name] for each in PROXIES for name in (each, each.lower()) if os.environ.get(name)}
    shown = []
    for name, value in named.items():
        if name.upper() == "NO_PROXY":
            shown.append(f"{name}={value}")
            continue
        try:
            proxy = parse_proxy(value)
        except ValueError:
            hint = "for example: http://proxy.example:3128"
            yield CheckResult("proxy", CheckState.PROBLEM, f"{name} holds no address of an HTTP proxy", hint)
            continue
        credentials = " (with a password)" if proxy.headers else ""
        shown.append(f"{name}=http://{proxy.host}:{proxy.port}{credentials}")
    yield CheckResult("proxy", CheckState.OK, ", ".join(shown) or "none")
