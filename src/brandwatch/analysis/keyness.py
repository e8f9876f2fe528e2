"""What sets irrelevant mentions apart (log-odds), and what to write into the query file against them."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.analysis.precision import VERDICT_STATUSES
from brandwatch.models import EvidenceKind
from brandwatch.privacy.disclosure_control import MIN_CELL_SIZE
from brandwatch.text.normalise import fold
from brandwatch.urls import host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.models import Evidence, Mention


_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
# What is said further down is said of something else.
_READ = 120


class FeatureKind(StrEnum):
    """What a feature is."""

    WORD = "word"
    PAIR = "pair"
    NAMED = "named"
    TERM = "term"
    SITE = "site"
    SOURCE = "source"


class Feature(NamedTuple):
    """One thing that mentions share; words are in small letters."""

    kind: FeatureKind
    value: str


class FeatureCounts:
    """Which words may be shown: the brand's, and those that are most often written with a small letter.

    What is written with a capital may be somebody's name, and people are not counted. A list of ordinary words would
    not help: Berg, Lykke and Kari are on it.
    """

    def __init__(self) -> None:
        self.brand: set[str] = set()
        self._written = Counter[str]()
        self._small = Counter[str]()
        self._people: set[str] = set()

    def learn(self, mention: Mention) -> None:
        """Remember how a mention writes its words, and which of them are the brand's or a person's."""
        for piece in mention.evidence:
            target = (
                self._people
                if piece.kind is EvidenceKind.PERSON
                else self.brand
                if piece.kind is EvidenceKind.ANCHOR
                else None
            )
            if target is not None:
                target.update(word.lower() for word in _words(f"{piece.term} {_found(mention, piece)}"))
        words = _words(_text(mention))
        self._written.update(word.lower() for word in words)
        self._small.update(word for word in words if word.islower() or word.isdigit())

    def may_be_shown(self, feature: Feature) -> bool:
        """Say whether a feature names nobody."""
        if feature.kind not in {FeatureKind.WORD, FeatureKind.PAIR, FeatureKind.NAMED}:
            return True
        return all(self._is_no_name(word) for word in feature.value.split())

    def _is_no_name(self, word: str) -> bool:
        """Say whether a word in small letters is nobody's name."""
        is_small = self._small[word] * 2 > self._written[word]
        return word in self.brand or (is_small and word not in self._people)


def features(mention: Mention) -> set[Feature]:
    """Return what a mention has."""
    words = [word.lower() for word in _words(_text(mention))]
    found = {Feature(FeatureKind.WORD, word) for word in words if len(word) > 1}
    found |= {Feature(FeatureKind.PAIR, f"{first} {second}") for first, second in pairwise(words)}
    found |= {Feature(FeatureKind.NAMED, phrase) for phrase in _named(mention)}
    found |= {Feature(FeatureKind.TERM, piece.term) for piece in mention.evidence if piece.kind is EvidenceKind.ANCHOR}
    places = {FeatureKind.SITE: host(mention.entry.url), FeatureKind.SOURCE: mention.source}
    return found | {Feature(kind, place) for kind, place in places.items() if place}


def _named(mention: Mention) -> Iterator[str]:
    """Yield the names of the brand as they were found, with the word before or behind each."""
    for piece in mention.evidence:
        if piece.kind is not EvidenceKind.ANCHOR or piece.field not in {"title", "text"}:
            continue
        value = getattr(mention.entry, piece.field)
        name = " ".join(_words(value[piece.start : piece.end])).lower()
        before = re.search(r"([^\W_]+)[ -]$", value[: piece.start])
        behind = re.match(r"[ -]([^\W_]+)", value[piece.end :])
        if before:
            yield f"{before[1].lower()} {name}"
        if behind:
            yield f"{name} {behind[1].lower()}"


def _found(mention: Mention, piece: Evidence) -> str:
    """Return what was found of a piece of evidence, where that is in a text."""
    value = getattr(mention.entry, piece.field) if piece.field in {"title", "text"} else ""
    return str(value[piece.start : piece.end])


def _text(mention: Mention) -> str:
    """Return what is read of a mention."""
    return f"{mention.entry.title}\n{mention.entry.text}"


def _words(text: str) -> list[str]:
    """Return the words of a text with their capitals, up to where it is read."""
    return _WORD.findall(fold(text).plain)[:_READ]


MIN_DECIDED_MENTIONS = MIN_CELL_SIZE
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
class KeyFeature:
    """A feature that irrelevant mentions have more often: how many of each have it, and how sure that is.

    *score* is the logarithm of the odds ratio in standard errors; *advice* is what the query file might say.
    """

    query: str
    kind: FeatureKind
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
        self.lexicon = FeatureCounts()
        for mention in mentions:
            self.lexicon.learn(mention)
            self.mentions[VERDICT_STATUSES[mention.status]].update(features(mention))
        both = self.mentions[True] + self.mentions[False]
        common = (one for one, count in both.items() if count >= MIN_DECIDED_MENTIONS)
        self.shared = set(filter(self.lexicon.may_be_shown, common))
        copies: defaultdict[tuple[int | None, bool], set[Feature]] = defaultdict(set)
        for mention in mentions:
            copies[mention.story, VERDICT_STATUSES[mention.status]] |= features(mention) & self.shared
        self.totals = Counter(verdict for _, verdict in copies)
        for (_, verdict), found in copies.items():
            self.stories[verdict].update(found)


def keyness(query: str, decided: Sequence[Mention]) -> list[KeyFeature]:
    """Return what tells the irrelevant ones of a query's decided mentions, the surest first.

    It is so sure that chance alone would show less than one such thing among all that are looked at.
    """
    counts = _Counts(decided)
    scores = {feature: _score(feature, counts) for feature in _candidates(counts)}
    bar = NormalDist().inv_cdf(1 - 1 / max(len(scores), _SURE))
    helping = sorted((score, feature) for feature, score in scores.items() if score <= -bar)
    words = (feature.value for _, feature in helping if feature.kind is FeatureKind.WORD)
    helpers = [word for word in words if word not in counts.lexicon.brand]
    found = sorted((-score, feature) for feature, score in scores.items() if score >= bar)
    return [
        KeyFeature(
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
        case FeatureKind.WORD | FeatureKind.PAIR:
            return f"none_of_context: [{value}]"
        case FeatureKind.NAMED:
            return f"exclude: {{words: [{value}]}}"
        case FeatureKind.TERM:
            context = ", ".join(map(_quoted, helpers[:_HELPERS])) or "…"
            return f"{{name: {value}, any_of_context: [{context}]}}"
        case FeatureKind.SITE:
            return f"exclude: {{sites: [{value}]}}"
        case FeatureKind.SOURCE:
            return "leave this source out, or narrow with match:"


def _quoted(value: str) -> str:
    """Return a text as YAML takes it inside brackets."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
