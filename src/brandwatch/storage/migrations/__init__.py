"""The migrations of the tables, in order; they are only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from brandwatch.storage.migrations import (
    m001_first_tables,
    m002_judgements,
    m003_schedule,
    m004_digests,
    m005_conversations,
    m006_links,
    m007_responses,
    m008_stories,
    m009_erasures,
    m010_retention,
    m011_decisions,
    m012_mention_times,
    m013_checks,
    m014_snippets,
    m015_anchors,
    m016_audit,
    m017_poll_clock,
)

if TYPE_CHECKING:
    from types import ModuleType

    from sqlite_utils import Database


APPLICATION_ID = 0x42_52_57_54
"""`BRWT`, at byte 68 of every database of ours (sqlite.org/fileformat2.html, "Application ID")."""

migrations = Migrations("brandwatch")

_ORDER = (
    m001_first_tables,
    m002_judgements,
    m003_schedule,
    m004_digests,
    m005_conversations,
    m006_links,
    m007_responses,
    m008_stories,
    m009_erasures,
    m010_retention,
    m011_decisions,
    m012_mention_times,
    m013_checks,
    m014_snippets,
    m015_anchors,
    m016_audit,
    m017_poll_clock,
)

SCHEMA_VERSION = len(_ORDER)
"""How many migrations there are; `user_version` of a database that has them all."""


def _register(number: int, module: ModuleType) -> None:
    """Add a step that counts itself in the header of the file."""

    @migrations(name=module.__name__.rpartition(".")[2])
    def step(db: Database) -> None:
        module.apply(db)
        db.execute(f"PRAGMA user_version = {number}")


for _number, _module in enumerate(_ORDER, start=1):
    _register(_number, _module)
