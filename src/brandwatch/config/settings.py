"""Paths and verbosity: options, then environment, then the current folder, then the user's own folders."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every command needs to know: the database, the query folder, how much to say (-1 quiet, 0, 1, 2).

    *is_named* says that somebody named the query folder.
    """

    db: Path
    queries: Path
    verbosity: int = 0
    is_named: bool = False

    @classmethod
    def discover(cls, *, db: str, queries: str, verbosity: int) -> Settings:
        """Find the database and the queries; *db* and *queries* are empty where nobody named them."""
        here = Path("queries").is_dir()
        found_db = Path("brandwatch.db") if here else _home("XDG_DATA_HOME", ".local/share") / "brandwatch.db"
        found_queries = Path("queries") if here else _home("XDG_CONFIG_HOME", ".config") / "queries"
        return cls(
            db=Path(db) if db else found_db,
            queries=Path(queries) if queries else found_queries,
            verbosity=verbosity,
            is_named=bool(queries),
        )

    def for_first_query(self) -> Settings:
        """Return where a first query goes: into the folder at hand, unless there is a query folder already."""
        if self.is_named or self.queries.is_dir():
            return self
        return replace(self, db=Path("brandwatch.db"), queries=Path("queries"))


def _home(variable: str, fallback: str) -> Path:
    """Return brandwatch's own folder below an XDG base directory (XDG Base Directory Specification 0.8)."""
    base = os.environ.get(variable, "")
    if not Path(base).is_absolute():
        base = os.path.join(os.environ.get("HOME", os.curdir), fallback)  # noqa: PTH118 (HOME may be unset under cron)
    return Path(base) / "brandwatch"
