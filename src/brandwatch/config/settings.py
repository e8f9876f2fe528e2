"""Settings of a run: options, then environment, then the current folder, then the user's own folders."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from brandwatch.errors import UsageError
from brandwatch.frozen_classes import dataclass

QUERY_SUFFIXES = (".yaml", ".yml")
OWN_FOLDER = "sources"
"""The folder of a user's own kinds, beside the folder of query files; its packs are in `packs` below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The database, the folder of query files, and the verbosity (-1 quiet, 0, 1, 2).

    *is_named* tells that the user named the query folder.
    """

    db: Path
    queries: Path
    verbosity: int = 0
    is_named: bool = False

    @classmethod
    def discover(cls, *, db: str, queries: str, verbosity: int) -> Settings:
        """Find the database and the query folder; *db* and *queries* are empty if the user named none."""
        default_db = _user_folder("XDG_DATA_HOME", ".local/share") / "brandwatch.db"
        default_queries = _user_folder("XDG_CONFIG_HOME", ".config") / "queries"
        if Path("queries").is_dir():
            default_db, default_queries = Path("brandwatch.db"), Path("queries")
        return cls(
            db=Path(db) if db else default_db,
            queries=Path(queries) if queries else default_queries,
            verbosity=verbosity,
            is_named=bool(queries),
        )

    def for_first_query(self) -> Settings:
        """Return the settings for a first query: the current folder, unless there is a query folder already."""
        if self.is_named or self.queries.is_dir():
            return self
        return replace(self, db=Path("brandwatch.db"), queries=Path("queries"))


def query_paths(directory: Path) -> list[Path]:
    """List the query files in *directory*, by name; raise UsageError if there is none."""
    try:
        found = sorted(
            path for path in directory.iterdir() if path.suffix in QUERY_SUFFIXES and not path.name.startswith(".")
        )
    except FileNotFoundError:
        found = []
    except OSError as error:
        raise UsageError(f"the folder {directory} cannot be read: {error.strerror}") from error
    if not found:
        raise UsageError(
            f"there are no query files in {directory}", "`brandwatch init` writes one; --queries names a folder"
        )
    return found


def _user_folder(variable: str, fallback: str) -> Path:
    """Return brandwatch's folder below an XDG base directory (XDG Base Directory Specification 0.8)."""
    base = os.environ.get(variable, "")
    if not Path(base).is_absolute():
        base = os.path.join(os.environ.get("HOME", os.curdir), fallback)  # noqa: PTH118 (HOME may be unset under cron)
    return Path(base) / "brandwatch"
