"""Evaluate stored entries by an edited query: what it gains, what it loses, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import clock
from brandwatch.matching import Matcher, prefilter
from brandwatch.models import EvidenceKind, FoundBy
from brandwatch.storage.entries import reevaluation_candidates
from brandwatch.storage.recording import record_reevaluation

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Entry, MatchResult, Mention
    from brandwatch.storage import Store
    from brandwatch.storage.entries import ReevaluationCandidate


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
    """The outcome: every *change*, how many mentions stay the *same*, and the judgements that `apply` would keep.

    *left* counts those that are not judged anew, since what decides may stand in the part that is not stored.
    """

    query: Query
    looked_at: int = 0
    same: int = 0
    left: int = 0
    changes: list[ReevaluationChange] = field(default_factory=list)
    judgements: dict[int, MatchResult | None] = field(default_factory=dict)

    def count(self, fate: ReevaluationFate) -> int:
        """Return how many entries have this fate."""
        return self.same if fate is ReevaluationFate.SAME else sum(change.fate is fate for change in self.changes)


def reevaluate(query: Query, store: Store, since: datetime | None = None) -> Reevaluation:
    """Judge the stored entries since then by *query*; nothing is changed."""
    matcher, outcome = Matcher([query]), Reevaluation(query=query)
    for candidate in reevaluation_candidates(store, query.name, prefilter(query), since):
        judgement = matcher.explain(candidate.stored.entry, source=candidate.source, kind=candidate.kind)[query.name]
        outcome.looked_at += 1
        _decide(candidate, judgement, outcome)
    return outcome


def apply_reevaluation(outcome: Reevaluation, store: Store) -> None:
    """Keep what the replay found. Decisions stay, and what is lost is hidden, not erased."""
    record_reevaluation(store, outcome.query.name, outcome.query.version, outcome.judgements, clock.now())


def _decide(candidate: ReevaluationCandidate, judgement: MatchResult, outcome: Reevaluation) -> None:
    """Write down the fate of one entry; what only a server found was never judged by what we have of it."""
    if candidate.mention and candidate.mention.found_by is FoundBy.REMOTE and not judgement.evidence:
        return
    was_shown = candidate.mention is not None and not candidate.mention.suppressed
    is_shown = bool(judgement.evidence) and not judgement.suppressed
    if candidate.mention and candidate.stored.is_cut and _may_be_elsewhere(candidate.mention, judgement, outcome.query):
        outcome.left += 1
        outcome.same += was_shown
        return
    if candidate.mention or judgement.evidence:
        outcome.judgements[candidate.stored.id] = judgement if judgement.evidence else None
    if was_shown and is_shown:
        outcome.same += 1
    elif was_shown:
        outcome.changes.append(ReevaluationChange(ReevaluationFate.LOST, candidate.stored.entry, _why_lost(judgement)))
    elif is_shown:
        first = judgement.evidence[0]
        reason = f"“{first.term}” in the {first.field}, by the rule {first.rule}"
        outcome.changes.append(ReevaluationChange(ReevaluationFate.GAINED, candidate.stored.entry, reason))


def _may_be_elsewhere(mention: Mention, judgement: MatchResult, query: Query) -> bool:
    """Say whether a judgement on a part of an entry differs from that on all of it for what the part does not show."""
    if mention.suppressed:
        return not judgement.suppressed and _still_hides(mention.suppressed, query)
    if judgement.suppressed:
        return False
    found = {(piece.field, piece.start, piece.end) for piece in judgement.evidence}
    if judgement.evidence:
        return any((piece.field, piece.start, piece.end) not in found for piece in mention.evidence)
    is_elsewhere = any(piece.kind is EvidenceKind.ANCHOR and piece.start == piece.end for piece in mention.evidence)
    return is_elsewhere or any(not check.holds for check in judgement.clauses)


def _still_hides(reason: str, query: Query) -> bool:
    """Say whether what hid a mention is in the query yet."""
    exclude = query.exclude
    return reason.startswith("languages") or any(
        said in reason for said in (*exclude.words, *exclude.authors, *exclude.kinds)
    )


def _why_lost(judgement: MatchResult) -> str:
    """Return why an entry is no mention any more."""
    failed = [f"{check.clause}: {check.note}" for check in judgement.clauses if not check.holds]
    return judgement.suppressed or (failed[-1] if failed else "none of the names is in it")
