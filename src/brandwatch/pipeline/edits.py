"""Apply edited query files to what is stored, at the beginning of a poll: each whole, or not at all."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import closing
from itertools import islice
from typing import NamedTuple

from brandwatch.config.query import Query
from brandwatch.models import NO_MENTIONS, Actor, MentionCounts
from brandwatch.pipeline.reevaluate import Reevaluation, ReevaluationFate
from brandwatch.storage import Store, query_versions

_LOG = logging.getLogger(__name__)

# A signal ends the poll between two steps, of some tens of milliseconds each.
_ENTRIES_PER_STEP = 200
MAX_PREVIEWED_ENTRIES = 20_000
"""Entries that a preview evaluates at most, in some seconds."""


class QueryEdit(NamedTuple):
    """An edited query that was applied to stored entries: what became of mentions.

    *left* counts the mentions that cannot be evaluated again, because only a part of their entry is stored.
    """

    query: str
    is_new: bool
    counts: MentionCounts
    left: int


class EditPreview(NamedTuple):
    """What an edited query would do to stored mentions; *is_complete*: all entries were evaluated."""

    hidden: int
    appearing: int
    reclassified: int
    is_complete: bool


async def apply_edits(queries: Iterable[Query], broken: Collection[str], store: Store) -> AsyncGenerator[QueryEdit]:
    """Apply each query whose version is not the applied one; yield those that change what is shown.

    A *broken* query file stays as it was applied. One that is gone is forgotten, so that it is applied when it is back.
    """
    applied = query_versions.applied_versions(store)
    loaded = {query.name: query for query in queries}
    if gone := applied.keys() - loaded.keys() - set(broken):
        with store.transaction():
            query_versions.remove_applied_versions(store, gone)
    for query in edited_queries(loaded.values(), applied):
        edit = await _apply(query, store, is_new=query.name not in applied)
        _LOG.info("applied query=%s version=%s counts=%s left=%d", query.name, query.version, edit.counts, edit.left)
        if edit.counts != NO_MENTIONS:
            yield edit


def edited_queries(queries: Iterable[Query], applied: Mapping[str, str]) -> list[Query]:
    """Return the queries whose version is not the applied one."""
    return [query for query in queries if applied.get(query.name) != query.version]


def preview_edit(query: Query, store: Store) -> EditPreview:
    """Evaluate stored entries by an edited query, up to the maximum; nothing is written."""
    reevaluation = Reevaluation(query, store)
    with closing(reevaluation.evaluate()) as evaluated:
        is_complete = sum(1 for _ in islice(evaluated, MAX_PREVIEWED_ENTRIES)) < MAX_PREVIEWED_ENTRIES
    return EditPreview(
        hidden=reevaluation.fates[ReevaluationFate.LOST],
        appearing=reevaluation.fates[ReevaluationFate.GAINED],
        reclassified=reevaluation.reclassified,
        is_complete=is_complete,
    )


async def _apply(query: Query, store: Store, *, is_new: bool) -> QueryEdit:
    reevaluation = Reevaluation(query, store)
    with closing(reevaluation.evaluate()) as evaluated:
        for number, _ in enumerate(evaluated):
            if number % _ENTRIES_PER_STEP == 0:
                await asyncio.sleep(0)
    with closing(reevaluation.record(Actor.POLL)) as batches:
        for _ in batches:
            await asyncio.sleep(0)
    return QueryEdit(query.name, is_new, reevaluation.recorded, reevaluation.left)
