"""Apply edited query files to what is stored, at the beginning of a poll: each whole, or not at all."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import closing
from typing import NamedTuple

from brandwatch import clock
from brandwatch.config.query import Query
from brandwatch.models import NO_MENTIONS, Actor, MentionCounts
from brandwatch.storage import Store, privacy_retention, query_versions, recording

_LOG = logging.getLogger(__name__)

MAX_PREVIEWED_ENTRIES = 10_000
"""Entries that a preview evaluates at most, for all edited queries: 2 to 5 s."""


class QueryEdit(NamedTuple):
    """An edited query that was applied to stored entries: what became of mentions.

    *left* counts the mentions that cannot be evaluated again, because only a part of their entry is stored.
    """

    query: str
    is_new: bool
    counts: MentionCounts
    left: int


class EditPreview(NamedTuple):
    """What an edited query would do to stored mentions; *is_complete*: all entries were *compared*.

    *expiring* are those that the next poll hides by its retention. A query with the applied version compares none.
    """

    hidden: int
    appearing: int
    reclassified: int
    compared: int
    is_complete: bool
    expiring: int


async def apply_edits(queries: Iterable[Query], broken: Collection[str], store: Store) -> AsyncGenerator[QueryEdit]:
    """Apply each query whose version is not the applied one; yield those that change what is shown.

    A *broken* query file stays as it was applied. One that is gone is forgotten, so that it is applied when it is back.
    """
    applied = query_versions.applied_versions(store)
    loaded = {query.name: query for query in queries}
    if gone := applied.keys() - loaded.keys() - set(broken):
        with store.transaction():
            query_versions.remove_applied_versions(store, gone)
    # A broken query evaluates no entry of this poll.
    if outdated := query_versions.outdated_lists(store, broken):
        with store.transaction():
            query_versions.forget_lists(store, outdated)
    for query in edited_queries(loaded.values(), applied):
        is_new = not recording.has_mentions(store, query.name)
        edit = await _apply(query, store, is_new=is_new)
        _LOG.info("applied query=%s version=%s counts=%s left=%d", query.name, query.version, edit.counts, edit.left)
        if edit.counts != NO_MENTIONS:
            yield edit


def edited_queries(queries: Iterable[Query], applied: Mapping[str, str]) -> list[Query]:
    """Return the queries whose version is not the applied one."""
    return [query for query in queries if applied.get(query.name) != query.version]


def preview_edits(queries: Iterable[Query], store: Store) -> dict[str, EditPreview]:
    """Return the effect of queries that have one; nothing is written.

    Stored entries are evaluated by each edited query, the newest up to the maximum.
    """
    loaded, now = tuple(queries), clock.now()
    edited = edited_queries(loaded, query_versions.applied_versions(store))
    previews = {}
    for query in loaded:
        expiring = privacy_retention.count_unhidden(store, query.name, query.keeping, now, MAX_PREVIEWED_ENTRIES)
        if query in edited:
            previews[query.name] = _preview(query, store, MAX_PREVIEWED_ENTRIES // len(edited), expiring)
        elif expiring:
            previews[query.name] = EditPreview(0, 0, 0, 0, is_complete=True, expiring=expiring)
    return previews


def _preview(query: Query, store: Store, limit: int, expiring: int) -> EditPreview:
    from brandwatch.pipeline.reevaluate import Reevaluation, ReevaluationFate  # noqa: PLC0415 (as below)

    reevaluation = Reevaluation(query, store, limit=limit)
    for _ in reevaluation.evaluate():
        pass
    return EditPreview(
        hidden=reevaluation.fates[ReevaluationFate.LOST],
        appearing=reevaluation.fates[ReevaluationFate.GAINED],
        reclassified=reevaluation.reclassified,
        compared=reevaluation.looked_at,
        is_complete=reevaluation.looked_at < limit,
        expiring=expiring,
    )


async def _apply(query: Query, store: Store, *, is_new: bool) -> QueryEdit:
    # The matcher takes 40 ms to import; most polls find no edit and nothing new.
    from brandwatch.pipeline.reevaluate import Reevaluation  # noqa: PLC0415

    reevaluation = Reevaluation(query, store)
    with closing(reevaluation.evaluate()) as evaluated:
        for _ in evaluated:
            await asyncio.sleep(0)
    with closing(reevaluation.record(Actor.POLL)) as batches:
        for _ in batches:
            await asyncio.sleep(0)
    return QueryEdit(query.name, is_new, reevaluation.recorded, reevaluation.left)
