"""Precision of a query: the share of its decided mentions that are relevant, with an interval."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from brandwatch.analysis.stats import wilson_interval
from brandwatch.models import Mention, Status

VERDICT_STATUSES = {Status.RELEVANT: True, Status.DONE: True, Status.IRRELEVANT: False}
"""The decided statuses, and whether they mean relevant: a mention that is done was worth the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """The decided mentions of a query, and the 95 % interval of the relevant share.

    *stories* is the number of independent decisions: copies of one text are decided alike, and count once.
    """

    query: str
    relevant: int
    irrelevant: int
    stories: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The relevant share of the decided mentions."""
        return self.relevant / (self.relevant + self.irrelevant)


def precisions(decided: Iterable[Mention]) -> list[Precision]:
    """Return the precision of each query, in the order of their names."""
    mentions = Counter[tuple[str, bool]]()
    decisions = Counter[str]()
    counted: set[tuple[str, int | None, bool]] = set()
    for mention in decided:
        verdict = VERDICT_STATUSES[mention.status]
        mentions[mention.query, verdict] += 1
        decision = (mention.query, mention.story, verdict)
        decisions[mention.query] += decision not in counted
        counted.add(decision)
    measured = []
    for query, stories in sorted(decisions.items()):
        relevant, irrelevant = mentions[query, True], mentions[query, False]
        low, high = wilson_interval(relevant / (relevant + irrelevant) * stories, stories)
        measured.append(
            Precision(query=query, relevant=relevant, irrelevant=irrelevant, stories=stories, low=low, high=high)
        )
    return measured
