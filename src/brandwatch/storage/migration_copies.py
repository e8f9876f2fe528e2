"""The copies of a database from before its migrations: their names, their age, and their end by retention."""

import logging
import os
import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

from brandwatch import clock
from brandwatch.frozen_classes import dataclass
from brandwatch.storage.atomic_files import delete_database
from brandwatch.storage.database_file import has_our_header

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationCopy:
    """A copy from before a migration: its schema version, its bytes, and the day (UTC) on which it was made."""

    path: Path
    version: int
    size: int
    made: date

    def expires(self, retention: timedelta) -> datetime | None:
        """Return the end of the longest *retention* of all that it holds; `None` if its date is not plausible."""
        if self.made.year not in clock.PLAUSIBLE_YEARS:
            return None
        return datetime.combine(self.made + timedelta(days=1), time(), UTC) + retention


def migration_copies(database: Path) -> list[MigrationCopy]:
    """Return the copies beside a database: files with our name for one and our header, in the order of their names.

    Versions before the date in the name called a copy `NAME.v16.bak`; its date is that of the file.
    """
    real = _real(database)
    name = re.compile(rf"{re.escape(real.name)}\.v(\d{{1,4}})(?:\.(\d{{4}}-\d\d-\d\d)(?:-\d{{1,4}})?)?\.bak")
    named = ((path, name.fullmatch(path.name)) for path in _files(real.parent))
    found = (_copy(path, int(match[1]), match[2] or "") for path, match in named if match)
    return [copy for copy in found if copy]


def new_copy_path(database: Path, version: int, now: datetime) -> Path:
    """Return a free name for a copy: `NAME.v17.2026-12-01.bak`, and `….2026-12-01-2.bak` for the second of a day."""
    real = _real(database)
    start = f"{real.name}.v{version}.{now:%Y-%m-%d}"
    paths = (real.with_name(f"{start}{'' if number == 1 else f'-{number}'}.bak") for number in count(1))
    return next(path for path in paths if not os.path.lexists(path))


def expire_copies(database: Path, retention: timedelta, now: datetime) -> None:
    """Delete the copies of which all is past the longest *retention*; the clock must be one that is trusted.

    One that cannot be deleted stays and is logged: everything else of the poll is done.
    """
    for copy in migration_copies(database):
        end = copy.expires(retention)
        if end is None or end > now:
            continue
        try:
            delete_database(copy.path)
        except OSError as error:
            _LOG.warning("copy not deleted file=%s error=%s", copy.path.name, error.strerror)
        else:
            _LOG.info("expired copy=%s", copy.path.name)


def _real(database: Path) -> Path:
    # SQLite has its own files beside the target of a link.
    return Path(os.path.realpath(database))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _copy(path: Path, version: int, written: str) -> MigrationCopy | None:
    """Return the facts of a copy; `None` for another file."""
    if not has_our_header(path):
        return None
    facts = path.stat()
    try:
        made = date.fromisoformat(written) if written else datetime.fromtimestamp(facts.st_mtime, UTC).date()
    except ValueError:
        return None
    return MigrationCopy(path=path, version=version, size=facts.st_size, made=made)
