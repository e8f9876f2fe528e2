"""One poll at a time: a lock that the kernel lets go of, however the process ends."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import AlreadyPollingError
from brandwatch.store.trouble import translating

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def polling(database: Path) -> Iterator[None]:
    """Hold the lock of *database* (`<database>.lock`, 0600); raise AlreadyPollingError at once if another poll does."""
    with translating(database):
        path = _lock_of(database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyPollingError(f"another poll is running on {database}", "wait until it has ended") from None
        yield
    finally:
        os.close(descriptor)


def is_polling(database: Path) -> bool:
    """Say whether a poll of *database* is running now; a lock file alone does not mean that."""
    with translating(database):
        try:
            descriptor = os.open(_lock_of(database), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared and for a moment only, so that two who ask do not take each other for a poll.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _lock_of(database: Path) -> Path:
    """Return the lock of a database, which has one by whatever links it is reached."""
    return Path(f"{os.path.realpath(database)}.lock")
