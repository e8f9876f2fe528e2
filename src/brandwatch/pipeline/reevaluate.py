"""Evaluate stored entries by an edited query: what it gains, what it loses, and why; and record the result.

Where it is known what the query was before, only entries are evaluated that the edit may concern; the others have the
same result. Entries are read twice, so that memory stays flat: once to find those with another result, of which only
the ids are held, and once to record these.
"""

import logging
from array import array
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from brandwatch import clock, matching
from brandwatch.config.query import Query
from brandwatch.config.query_lists import query_lists
from brandwatch.models import NO_MENTIONS, Actor, Entry, EvidenceKind, FoundBy, MatchResult, Mention, MentionCounts
from brandwatch.pipeline.concerned_entries import concerned_entries
from brandwatch.privacy.retention import EXPIRING
from brandwatch.storage import Store, privacy_erasure, query_versions, recording

_LOG = logging.getLogger(__name__)

_BATCH_ENTRIES = 500
# A signal ends a poll between two steps, of some tens of milliseconds each.
_ENTRIES_PER_STEP = 200
# SQLite's largest integer.
_ID = "q"


class ReevaluationFate(StrEnum):
    """What becomes of an entry under the edited query."""

    GAINED = "gained"
    LOST = "lost"
    SAME = "same"


class ReevaluatedEntry(NamedTuple):
    """An entry, its *fate* (`None` for one that is not shown before and after), and the *reason* of a change in words.

    *result* is to be recorded if it *has_changed*; `None` hides the mention. *is_left*: it cannot be evaluated, since
    the deciding text may be in the part that is not stored. *is_reclassified*: it stays, with another voice or subject.
    """

    entry: Entry
    fate: ReevaluationFate | None = None
    reason: str = ""
    result: MatchResult | None = None
    has_changed: bool = False
    is_left: bool = False
    is_reclassified: bool = False


class Reevaluation:
    """The evaluation of the entries since a moment by a query, the newest first, with the number of each fate.

    *looked_at* counts those that the edit does not concern too, *reclassified* those that stay with another voice or
    subject, *left* the mentions that cannot be evaluated. *recorded* is what became of mentions.
    """

    def __init__(self, query: Query, store: Store, since: datetime | None = None, limit: int = 0) -> None:
        self.query = query
        self.looked_at = 0
        self.fates = dict.fromkeys(ReevaluationFate, 0)
        self.reclassified = 0
        self.left = 0
        self.recorded: MentionCounts = NO_MENTIONS
        self._store, self._since, self._limit = store, since, limit
        self._changed = array(_ID)
        self._evaluated: query_versions.EvaluatedUpTo | None = None

    @cached_property
    def _matcher(self) -> matching.Matcher:
        # 30 ms to build, and a new database has nothing to evaluate.
        return matching.Matcher([self.query])

    def evaluate(self) -> Generator[list[ReevaluatedEntry]]:
        """Yield the entries that the edit may concern, batch by batch; nothing is written."""
        # Before the first is read: what a poll stores meanwhile is later.
        self._evaluated = query_versions.evaluated_up_to(self._store)
        concerned = concerned_entries(self._store, self.query)
        entries = self._entries()
        for start in range(0, len(entries), _ENTRIES_PER_STEP):
            batch: Sequence[int] = entries[start : start + _ENTRIES_PER_STEP]
            if concerned:
                batch, others, shown = concerned.choose(batch)
                self.looked_at += others
                self.fates[ReevaluationFate.SAME] += shown
            candidates = recording.reevaluation_candidates(self._store, self.query.name, batch) if batch else ()
            yield [self._count(candidate, self._evaluate(candidate)) for candidate in candidates]
        _LOG.info(
            "reevaluated query=%s entries=%d gained=%d lost=%d same=%d left=%d",
            self.query.name,
            self.looked_at,
            *self.fates.values(),
            self.left,
        )

    def _entries(self) -> Sequence[int]:
        """Return the ids of the entries that the query may concern; a new database has none."""
        if not recording.has_entries(self._store):
            return ()
        needs = matching.prefilter(self.query)
        return recording.entries_to_reevaluate(self._store, self.query.name, needs, self._since, self._limit)

    def _count(self, candidate: recording.ReevaluationCandidate, one: ReevaluatedEntry) -> ReevaluatedEntry:
        self.looked_at += 1
        self.left += one.is_left
        self.reclassified += one.is_reclassified
        if one.fate:
            self.fates[one.fate] += 1
        if one.has_changed:
            self._changed.append(candidate.stored.id)
        return one

    def record(self, actor: Actor) -> Generator[None]:
        """Record the changes in one transaction, all or none of them; yield after each batch.

        Triage decisions stay; a lost mention is hidden, not erased. If the caller ends early, nothing is recorded.
        """
        query, now = self.query, clock.now()
        with self._store.transaction():
            for start in range(0, len(self._changed), _BATCH_ENTRIES):
                batch = self._changed[start : start + _BATCH_ENTRIES]
                # A triage or an erasure may have come between.
                evaluated = {
                    candidate.stored.id: self._evaluate(candidate)
                    for candidate in recording.reevaluation_candidates(self._store, query.name, batch)
                }
                results = {number: one.result for number, one in evaluated.items() if one.has_changed}
                self.recorded += recording.record_reevaluation(
                    self._store, query.name, query.version, results, now, actor
                )
                yield
            self._store_version(now)

    def _store_version(self, now: datetime) -> None:
        """Store by which version all entries are evaluated; of those since a moment only, that they may be of two."""
        query, store = self.query, self._store
        if self._since is not None:
            query_versions.forget_lists(store, [query.name])
            return
        lists = query_lists(query).to_json()
        if privacy_erasure.load_suppression_list(store).holds("lists", lists):
            # What was erased is not stored again.
            lists = ""
        query_versions.store_applied_version(store, query.name, query.version, now, lists, self._evaluated)

    def _evaluate(self, candidate: recording.ReevaluationCandidate) -> ReevaluatedEntry:
        entry = candidate.stored.entry
        results = self._matcher.explain(entry, source=candidate.source, kind=candidate.kind, with_language=False)
        return _decide(candidate, results[self.query.name], self.query)


def _decide(candidate: recording.ReevaluationCandidate, result: MatchResult, query: Query) -> ReevaluatedEntry:
    """Decide the fate of one entry. What only a server found stays: the text that it searched is not ours."""
    mention, entry = candidate.mention, candidate.stored.entry
    if mention and mention.found_by is FoundBy.REMOTE and not result.evidence:
        return ReevaluatedEntry(entry)
    was_shown = mention is not None and not mention.suppressed
    # A mention near the end of its retention is hidden before and after, whatever the query.
    is_shown = bool(result.evidence) and not result.suppressed and not (mention and mention.is_expiring)
    if mention and mention.suppressed == EXPIRING:
        mention = replace(mention, suppressed="")
    if mention and candidate.stored.is_cut and _may_be_elsewhere(mention, result, query):
        return ReevaluatedEntry(entry, ReevaluationFate.SAME if was_shown else None, is_left=True)
    fate, reason = _fate(result, was_shown=was_shown, is_shown=is_shown)
    recorded = result if result.evidence else None
    return ReevaluatedEntry(
        entry,
        fate,
        reason,
        recorded,
        has_changed=_has_changed(mention, recorded),
        is_reclassified=mention is not None
        and fate is ReevaluationFate.SAME
        and (mention.voice, mention.subject) != (result.voice, result.subject),
    )


def _fate(result: MatchResult, *, was_shown: bool, is_shown: bool) -> tuple[ReevaluationFate | None, str]:
    """Return the fate of an entry, and the reason of a change in words."""
    if was_shown and is_shown:
        return ReevaluationFate.SAME, ""
    if was_shown:
        failed = [f"{clause.clause}: {clause.note}" for clause in result.clauses if not clause.holds]
        return ReevaluationFate.LOST, result.suppressed or (failed[-1] if failed else "none of the names is in it")
    if is_shown:
        first = result.evidence[0]
        return ReevaluationFate.GAINED, f"“{first.term}” in the {first.place}, by the rule {first.rule}"
    return None, ""


def _has_changed(mention: Mention | None, result: MatchResult | None) -> bool:
    """Whether a result differs from the stored one, apart from the version of the query."""
    if mention is None or result is None:
        return result is not None or (mention is not None and mention.suppressed != recording.LOST)
    before = (mention.evidence, mention.clauses, mention.voice, mention.subject, mention.suppressed, mention.found_by)
    return before != (
        *(result.evidence, result.clauses, result.voice, result.subject, result.suppressed, result.found_by),
    )


def _may_be_elsewhere(mention: Mention, result: MatchResult, query: Query) -> bool:
    """Whether the result for a part of an entry may differ from that for all of it, by what the part lacks."""
    if mention.suppressed:
        exclusions = (*query.exclude.words, *query.exclude.authors, *query.exclude.kinds)
        is_excluded = any(exclusion in mention.suppressed for exclusion in exclusions)
        return not result.suppressed and (is_excluded or mention.suppressed.startswith("languages"))
    if result.suppressed:
        return False
    places = {(piece.field, piece.start, piece.end) for piece in result.evidence}
    if result.evidence:
        return any((piece.field, piece.start, piece.end) not in places for piece in mention.evidence)
    is_elsewhere = any(piece.kind is EvidenceKind.ANCHOR and piece.start == piece.end for piece in mention.evidence)
    return is_elsewhere or any(not clause.holds for clause in result.clauses)
