"""What tells irrelevant mentions from relevant ones, and what to write into the query file against them."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from brandwatch.analyse.features import Feature, Kind, Lexicon, features
from brandwatch.analyse.precision import VERDICTS
from brandwatch.models import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.models import Mention

FEWEST_MENTIONS = FEWEST
"""What fewer mentions have is nobody's business: it might be told of one person."""
_FEWEST_STORIES = 3
# More would take long, and what a query's mistakes were years ago is not what they are now.
_MOST = 3_000
# How many mentions of the overall rate are added to each side, so that what is rare must be clear to count.
_PRIOR = 2.0
_SURE = 40
_PLAIN = re.compile(r"[^\W\d_][\w .-]*")
_HELPERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A feature that irrelevant mentions have more often: how many of each have it, and how sure that is.

    *score* is the logarithm of the odds ratio in standard errors; *advice* is what the query file might say.
    """

    query: str
    kind: Kind
    value: str
    irrelevant: int
    relevant: int
    score: float
    advice: str


class _Counts:
    """How many mentions and how many stories of each verdict have a feature that may be shown."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = {verdict: Counter[Feature]() for verdict in (True, False)}
        self.stories = {verdict: Counter[Feature]() for verdict in (True, False)}
        self.lexicon = Lexicon()
        for mention in mentions:
            self.lexicon.learn(mention)
            self.mentions[VERDICTS[mention.status]].update(features(mention))
        both = self.mentions[True] + self.mentions[False]
        common = (one for one, count in both.items() if count >= FEWEST_MENTIONS)
        self.shared = set(filter(self.lexicon.may_be_shown, common))
        copies: defaultdict[tuple[int | None, bool], set[Feature]] = defaultdict(set)
        for mention in mentions:
            copies[mention.story, VERDICTS[mention.status]] |= features(mention) & self.shared
        self.totals = Counter(verdict for _, verdict in copies)
        for (_, verdict), found in copies.items():
            self.stories[verdict].update(found)


def telling(query: str, decided: Sequence[Mention]) -> list[Telling]:
    """Return what tells the irrelevant ones of a query's decided mentions, the surest first.

    It is so sure that chance alone would show less than one such thing among all that are looked at.
    """
    counts = _Counts(decided)
    scores = {feature: _score(feature, counts) for feature in _candidates(counts)}
    bar = NormalDist().inv_cdf(1 - 1 / max(len(scores), _SURE))
    helping = sorted((score, feature) for feature, score in scores.items() if score <= -bar)
    words = (feature.value for _, feature in helping if feature.kind is Kind.WORD)
    helpers = [word for word in words if word not in counts.lexicon.brand]
    found = sorted((-score, feature) for feature, score in scores.items() if score >= bar)
    return [
        Telling(
            query=query,
            kind=feature.kind,
            value=feature.value,
            irrelevant=counts.mentions[False][feature],
            relevant=counts.mentions[True][feature],
            score=-negative,
            advice=_advice(feature, helpers),
        )
        for negative, feature in found
    ]


def newest_by_query(decided: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return decided mentions by their queries; of the many that come, the newest first, as many as are looked at."""
    found: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in decided:
        if len(found[mention.query]) < _MOST:
            found[mention.query].append(mention)
    return dict(sorted(found.items()))


def _candidates(counts: _Counts) -> Iterator[Feature]:
    """Yield what enough stories have."""
    for feature in counts.shared:
        if max(counts.stories[verdict][feature] for verdict in (True, False)) >= _FEWEST_STORIES:
            yield feature


def _score(feature: Feature, counts: _Counts) -> float:
    """Return the log-odds ratio of having a feature, in standard errors (Monroe, Colaresi and Quinn 2008, §3.5)."""
    having = {verdict: counts.stories[verdict][feature] for verdict in (True, False)}
    rate = (having[True] + having[False]) / counts.totals.total()
    odds, variance = {}, 0.0
    for verdict, number in having.items():
        with_it = number + _PRIOR * rate
        without = counts.totals[verdict] - number + _PRIOR * (1 - rate)
        if not without:
            return 0.0
        odds[verdict] = math.log(with_it / without)
        variance += 1 / with_it + 1 / without
    return (odds[False] - odds[True]) / math.sqrt(variance)


def _advice(feature: Feature, helpers: Sequence[str]) -> str:
    """Return what the query file might say against a feature."""
    value = _quoted(feature.value)
    match feature.kind:
        case Kind.WORD | Kind.PAIR:
            return f"none_of_context: [{value}]"
        case Kind.NAMED:
            return f"exclude: {{words: [{value}]}}"
        case Kind.TERM:
            context = ", ".join(map(_quoted, helpers[:_HELPERS])) or "…"
            return f"{{name: {value}, any_of_context: [{context}]}}"
        case Kind.SITE:
            return f"exclude: {{sites: [{value}]}}"
        case Kind.SOURCE:
            return "leave this source out, or narrow with match:"


def _quoted(value: str) -> str:
    """Return a text as YAML takes it inside brackets."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
