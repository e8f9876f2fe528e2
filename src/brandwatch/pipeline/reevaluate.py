"""Evaluate stored entries by an edited query: what it gains, what it loses, and why."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from brandwatch import clock, matching
from brandwatch.config.query import Query
from brandwatch.models import Entry, EvidenceKind, FoundBy, MatchResult, Mention
from brandwatch.storage import Store, recording

_LOG = logging.getLogger(__name__)


class ReevaluationFate(StrEnum):
    """What becomes of an entry under the edited query."""

    GAINED = "gained"
    LOST = "lost"
    SAME = "same"


class ReevaluationChange(NamedTuple):
    """One entry that is gained or lost, and the reason in words."""

    fate: ReevaluationFate
    entry: Entry
    reason: str


@dataclass(slots=True, kw_only=True)
class Reevaluation:
    """The outcome: every change, the number of mentions that stay the *same*, and the results to record.

    *left* counts the mentions that cannot be evaluated again: the deciding text may be in the part that is not stored.
    """

    query: Query
    looked_at: int = 0
    same: int = 0
    left: int = 0
    changes: list[ReevaluationChange] = field(default_factory=list)
    results: dict[int, MatchResult | None] = field(default_factory=dict)

    def count(self, fate: ReevaluationFate) -> int:
        """Count the entries of this fate."""
        return self.same if fate is ReevaluationFate.SAME else sum(change.fate is fate for change in self.changes)


def reevaluate(query: Query, store: Store, since: datetime | None = None) -> Reevaluation:
    """Evaluate the stored entries since then by *query*; nothing is changed."""
    matcher, outcome = matching.Matcher([query]), Reevaluation(query=query)
    for candidate in recording.reevaluation_candidates(store, query.name, matching.prefilter(query), since):
        result = matcher.explain(candidate.stored.entry, source=candidate.source, kind=candidate.kind)[query.name]
        outcome.looked_at += 1
        _decide(candidate, result, outcome)
    _LOG.info(
        "reevaluated query=%s entries=%d gained=%d lost=%d same=%d left=%d",
        query.name,
        outcome.looked_at,
        outcome.count(ReevaluationFate.GAINED),
        outcome.count(ReevaluationFate.LOST),
        outcome.same,
        outcome.left,
    )
    return outcome


def apply_reevaluation(outcome: Reevaluation, store: Store) -> None:
    """Record the results. Triage decisions stay; a lost mention is hidden, not erased."""
    recording.record_reevaluation(store, outcome.query.name, outcome.query.version, outcome.results, clock.now())


def _decide(candidate: recording.ReevaluationCandidate, result: MatchResult, outcome: Reevaluation) -> None:
    """Decide the fate of one entry. What only a server found stays: the text that it searched is not ours."""
    mention, entry = candidate.mention, candidate.stored.entry
    if mention and mention.found_by is FoundBy.REMOTE and not result.evidence:
        return
    was_shown = mention is not None and not mention.suppressed
    is_shown = bool(result.evidence) and not result.suppressed
    if mention and candidate.stored.is_cut and _may_be_elsewhere(mention, result, outcome.query):
        outcome.left += 1
        if was_shown:
            outcome.same += 1
        return
    if mention or result.evidence:
        outcome.results[candidate.stored.id] = result if result.evidence else None
    if was_shown and is_shown:
        outcome.same += 1
    elif was_shown:
        failed = [f"{clause.clause}: {clause.note}" for clause in result.clauses if not clause.holds]
        reason = result.suppressed or (failed[-1] if failed else "none of the names is in it")
        outcome.changes.append(ReevaluationChange(ReevaluationFate.LOST, entry, reason))
    elif is_shown:
        first = result.evidence[0]
        reason = f"“{first.term}” in the {first.place}, by the rule {first.rule}"
        outcome.changes.append(ReevaluationChange(ReevaluationFate.GAINED, entry, reason))


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
