"""Precision of a query: the share of its decided mentions that are relevant, with an interval."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.analysis.share_of_voice import wilson_interval
from brandwatch.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.models import Mention


VERDICT_STATUSES = {Status.RELEVANT: True, Status.DONE: True, Status.IRRELEVANT: False}
"""Which statuses say that a mention is one: what is done with was worth doing something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Which part of a query's decided mentions is *relevant*, and between what it lies with 95 %.

    *stories* is on how many judgements that rests: copies of one text are judged alike, and tell no more than one.
    """

    query: str
    relevant: int
    irrelevant: int
    stories: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The part of the decided mentions that is relevant."""
        return self.relevant / (self.relevant + self.irrelevant)


def precisions(decided: Iterable[Mention]) -> list[Precision]:
    """Return how often each query is right, in the order of their names."""
    mentions = Counter[tuple[str, bool]]()
    judgements = Counter[str]()
    seen: set[tuple[str, int | None, bool]] = set()
    for mention in decided:
        verdict = VERDICT_STATUSES[mention.status]
        mentions[mention.query, verdict] += 1
        judgement = (mention.query, mention.story, verdict)
        judgements[mention.query] += judgement not in seen
        seen.add(judgement)
    return [_precision(query, mentions, judgements[query]) for query in sorted(judgements)]


def _precision(query: str, mentions: Counter[tuple[str, bool]], stories: int) -> Precision:
    """Return how often one query is right."""
    relevant, irrelevant = mentions[query, True], mentions[query, False]
    low, high = wilson_interval(relevant / (relevant + irrelevant) * stories, stories)
    return Precision(query=query, relevant=relevant, irrelevant=irrelevant, stories=stories, low=low, high=high)
