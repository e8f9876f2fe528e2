"""Files that appear whole or not at all, and the leftovers of programs that were killed while they wrote one."""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from brandwatch.storage.database_file import has_our_header

COMPANIONS = ("-journal", "-wal", "-shm")
"""The endings of the files that SQLite has beside a database in use."""

_MARK = "brandwatch-"
_UNFINISHED = re.compile(rf"\..+\.{_MARK}[a-z0-9_]{{8}}", re.DOTALL)
# Versions before the mark named such a file as `tempfile` does. A user's own copy may look the same.
_UNMARKED = re.compile(r"\..+\.[a-z0-9_]{8}", re.DOTALL)
# A name has at most 255 bytes, a character at most 4.
_MAX_NAME_CHARS = 50
# Elsewhere (BSD, macOS) SQLite's own locks and those of `flock` exclude each other.
_HAS_SEPARATE_LOCKS = os.uname().sysname == "Linux"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give an empty file (0600) beside *path* that gets its name if the block succeeds, and is deleted if it fails.

    While it is written the file is locked, so that nobody takes it for a leftover. The leftovers in its folder are
    deleted first.
    """
    sweep_leftovers(path.parent)
    descriptor, name = _locked_file(path)
    try:
        yield Path(name)
        Path(name).replace(path)
    except BaseException:
        delete_database(Path(name))
        raise
    finally:
        os.close(descriptor)


def leftovers(folder: Path) -> list[Path]:
    """Return the unfinished files in a folder that are our own and that no living process writes."""
    if not _HAS_SEPARATE_LOCKS:
        return []
    with suppress(OSError):
        return [path for path in _hidden_files(folder) if _UNFINISHED.fullmatch(path.name) and not _is_locked(path)]
    return []


def unmarked_leftovers(folder: Path) -> list[Path]:
    """Return the hidden copies in a folder that earlier versions may have left unfinished; only a person can know."""
    with suppress(OSError):
        return [path for path in _hidden_files(folder) if _UNMARKED.fullmatch(path.name) and has_our_header(path)]
    return []


def sweep_leftovers(folder: Path) -> list[Path]:
    """Delete the leftovers in a folder with SQLite's files beside them; return those that are gone."""
    swept = []
    for path in leftovers(folder):
        with suppress(OSError):
            delete_database(path)
            swept.append(path)
    return swept


def _locked_file(path: Path) -> tuple[int, str]:
    """Create the unfinished file for *path* and lock it; return its descriptor and its name."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_MAX_NAME_CHARS]}.{_MARK}", dir=path.parent)
        # Some network file systems have no locks; there nothing counts as a leftover either.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Before it was locked, another program may have taken it for a leftover.
        with suppress(FileNotFoundError):
            if os.path.samestat(Path(name).stat(), os.fstat(descriptor)):
                return descriptor, name
        os.close(descriptor)


def _hidden_files(folder: Path) -> list[Path]:
    """Return the hidden files of our own user in a folder, in the order of their names."""
    with os.scandir(folder) as files:
        hidden = [file for file in files if file.name.startswith(".") and file.is_file(follow_symlinks=False)]
        return sorted(Path(file.path) for file in hidden if file.stat(follow_symlinks=False).st_uid == os.geteuid())


def _is_locked(path: Path) -> bool:
    """Whether a living process writes a file; one that cannot be opened counts as locked."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def delete_database(path: Path) -> None:
    """Delete a file together with SQLite's files beside it."""
    for ending in ("", *COMPANIONS):
        Path(f"{path}{ending}").unlink(missing_ok=True)
