"""A cache of plain facts about query files, so that a report and an idle poll parse none of them.

It lies beside the database (`<database>.queries`, 0600) and holds no terms, names of people or secrets. It counts only
while every file that it was made of has the same size, times and inode; else the files themselves are read. Without it
a command takes longer, and is the same.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from contextlib import suppress
from dataclasses import MISSING, fields
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brandwatch import clock
from brandwatch.frozen_classes import dataclass
from brandwatch.models import AuthorPolicy, QueryFacts, Retention, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FileState = list[str | int]
"""Path, device, inode, size, and the times of its content and of its inode in nanoseconds; zeros for no file."""

_FORM_VERSION = 2
# FAT stores even seconds: a later edit within them may leave the times as they are.
_SETTLED_SECONDS = 3
_DIGEST_BYTES = 16
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOG = logging.getLogger(__name__)
_DEFAULTS = {field.name: field.default for field in fields(Source) if field.default is not MISSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """The facts of the queries of a folder, by name; *broken* are the names of files with errors.

    *has_faults*: there are errors or warnings, which are not known here.
    """

    queries: tuple[QueryFacts, ...]
    broken: tuple[str, ...] = ()
    has_faults: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInputs:
    """What facts are made of: files with *suffixes* in *folders*, further *files*, and other values in *made_by*."""

    folders: tuple[str, ...]
    suffixes: tuple[str, ...]
    made_by: Sequence[str]

    def states(self, files: Iterable[str]) -> list[FileState]:
        """Return the state of every file."""
        paths = [*files]
        for folder in self.folders:
            # One that is not there holds no files; as soon as it does, they are listed.
            with suppress(OSError), os.scandir(folder) as entries:
                paths += [entry.path for entry in entries if entry.name.endswith(self.suffixes)]
        return [_file_state(path) for path in sorted(paths)]


def cache_path(database: Path) -> Path:
    """Return the path of the cache of a database, whose links are resolved."""
    return Path(f"{database}.queries")


def read_facts(path: Path, inputs: CacheInputs) -> FolderFacts | None:
    """Return the facts of a cache, `None` where there is none, or it is anything else than ours and up to date."""
    try:
        stored = json.loads(_read_own_file(path))
        if stored["made_by"] != [_FORM_VERSION, *inputs.made_by] or stored["states"] != inputs.states(stored["files"]):
            _LOG.debug("outdated query cache file=%s", path)
            return None
        return FolderFacts(queries=tuple(map(_as_query, stored["queries"])), has_faults=stored["has_faults"])
    except (OSError, LookupError, TypeError, ValueError) as error:
        _LOG.debug("no query cache file=%s reason=%s", path, error)
        return None


def write_facts(
    path: Path, facts: FolderFacts, inputs: CacheInputs, files: Sequence[str], before: Sequence[FileState]
) -> None:
    """Write a cache of facts, unless a file has changed since *before*, when it was read, or just before.

    *files* are those that are in none of the folders.
    """
    states = inputs.states(files)
    latest = max(int(value) for state in states for value in state[-2:])
    is_settled = latest < (clock.now().timestamp() - _SETTLED_SECONDS) * 1e9
    if not is_settled or any(state not in states for state in before):
        return
    stored = {
        "made_by": [_FORM_VERSION, *inputs.made_by],
        "files": files,
        "states": states,
        "has_faults": facts.has_faults,
        "queries": [_query_data(query) for query in facts.queries],
    }
    # All but ASCII is escaped: the name of a file may have bytes that are no text.
    text = json.dumps(stored, separators=(",", ":")).encode()
    from brandwatch.storage.atomic_files import atomic_path  # noqa: PLC0415 (8 ms; a cache is read more often)

    # Where nothing may be written the next command reads the files again.
    with suppress(OSError), atomic_path(path) as unfinished:
        unfinished.write_bytes(_digest(text) + text)


def _file_state(path: str) -> FileState:
    try:
        found = os.stat(path)  # noqa: PTH116 (a third of the time of a Path; there may be thousands)
    except OSError:
        return [path, 0, 0, 0, 0, 0]
    return [path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read_own_file(path: Path) -> bytes:
    """Read a cache; raise ValueError for one that somebody else may have written, or that is damaged."""
    # Opening a pipe would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_mode & _OTHERS or state.st_uid != os.geteuid():
            raise ValueError("not a private file of this user")
        content = file.read()
    digest, text = content[: 2 * _DIGEST_BYTES], content[2 * _DIGEST_BYTES :]
    if digest != _digest(text):
        raise ValueError("damaged")
    return text


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest().encode()


def _query_data(query: QueryFacts) -> dict[str, Any]:
    keeping = {field.name: getattr(query.keeping, field.name) for field in fields(Retention)}
    return {
        "name": query.name,
        "version": query.version,
        "keeping": {name: _seconds(value) for name, value in keeping.items()},
        "urls": query.urls,
        "special": {url: _source_data(source) for url, source in query.special.items()},
    }


def _as_query(data: dict[str, Any]) -> QueryFacts:
    keeping: dict[str, Any] = {
        name: value if name == "snippet" else timedelta(seconds=value)
        for name, value in data["keeping"].items()
        if name != "author"
    }
    keeping["author"] = AuthorPolicy(data["keeping"]["author"])
    return QueryFacts(
        name=data["name"],
        version=data["version"],
        keeping=Retention(**keeping),
        urls=tuple(data["urls"]),
        special={url: _as_source(url, others) for url, others in data["special"].items()},
    )


def _source_data(source: Source) -> dict[str, Any]:
    return {name: _seconds(value) for name, default in _DEFAULTS.items() if (value := getattr(source, name)) != default}


def _as_source(url: str, data: dict[str, Any]) -> Source:
    facts: dict[str, Any] = data | {"url": url}
    facts |= {name: tuple(map(tuple, data[name])) for name in ("headers", "values") if name in data}
    facts |= {name: timedelta(seconds=data[name]) for name in ("interval", "alert_after") if name in data}
    return Source(**facts)


def _seconds(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value
