"""Features that set irrelevant mentions apart (log-odds), and the line of a query file that excludes each."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

from brandwatch.analysis.precision import VERDICT_STATUSES
from brandwatch.models import EvidenceKind, Mention
from brandwatch.privacy import disclosure_control
from brandwatch.text.normalise import fold
from brandwatch.urls import host

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_TEXTS = {"title", "text"}
# Further down a text is about something else.
_MAX_WORDS = 120


class FeatureKind(StrEnum):
    """The kind of a feature."""

    WORD = "word"
    PAIR = "pair"
    NAMED = "named"
    TERM = "term"
    SITE = "site"
    SOURCE = "source"


class Feature(NamedTuple):
    """Something that mentions share; words are in lower case."""

    kind: FeatureKind
    value: str


class FeatureCounts:
    """Which words may be shown: the brand's, and those that are mostly written in lower case.

    A capitalised word may be somebody's name, and people are not counted. A list of ordinary words would not help:
    Berg, Lykke and Kari are on it.
    """

    def __init__(self) -> None:
        self.brand: set[str] = set()
        self._written = Counter[str]()
        self._small = Counter[str]()
        self._people: set[str] = set()

    def learn(self, mention: Mention) -> None:
        """Count how a mention writes its words, and collect those of the brand and of persons."""
        for piece in mention.evidence:
            value = getattr(mention.entry, piece.attribute) if piece.attribute in _TEXTS else ""
            names = {word.lower() for word in _words(f"{piece.term} {value[piece.start : piece.end]}")}
            if piece.kind is EvidenceKind.PERSON:
                self._people |= names
            elif piece.kind is EvidenceKind.ANCHOR:
                self.brand |= names
        words = _words(_text(mention))
        self._written.update(word.lower() for word in words)
        self._small.update(word for word in words if word.islower() or word.isdigit())

    def may_be_shown(self, feature: Feature) -> bool:
        """Whether a feature names nobody."""
        if feature.kind not in {FeatureKind.WORD, FeatureKind.PAIR, FeatureKind.NAMED}:
            return True
        return all(
            word in self.brand or (self._small[word] * 2 > self._written[word] and word not in self._people)
            for word in feature.value.split()
        )


def features(mention: Mention) -> set[Feature]:
    """Return the features of a mention."""
    words = [word.lower() for word in _words(_text(mention))]
    shown = {Feature(FeatureKind.WORD, word) for word in words if len(word) > 1}
    shown |= {Feature(FeatureKind.PAIR, f"{first} {second}") for first, second in pairwise(words)}
    shown |= {Feature(FeatureKind.NAMED, phrase) for phrase in _name_phrases(mention)}
    shown |= {Feature(FeatureKind.TERM, piece.term) for piece in mention.evidence if piece.kind is EvidenceKind.ANCHOR}
    places = {FeatureKind.SITE: host(mention.entry.url), FeatureKind.SOURCE: mention.source}
    return shown | {Feature(kind, place) for kind, place in places.items() if place}


def _name_phrases(mention: Mention) -> Iterator[str]:
    """Yield the names of the brand as they are written, each with the word before or after it."""
    for piece in mention.evidence:
        if piece.kind is not EvidenceKind.ANCHOR or piece.attribute not in _TEXTS:
            continue
        value = getattr(mention.entry, piece.attribute)
        name = " ".join(_words(value[piece.start : piece.end])).lower()
        before = re.search(r"([^\W_]+)[ -]$", value[: piece.start])
        after = re.match(r"[ -]([^\W_]+)", value[piece.end :])
        if before:
            yield f"{before[1].lower()} {name}"
        if after:
            yield f"{name} {after[1].lower()}"


def _text(mention: Mention) -> str:
    return f"{mention.entry.title}\n{mention.entry.text}"


def _words(text: str) -> list[str]:
    """Return the first words of a text, with their capitals."""
    return _WORD.findall(fold(text).plain)[:_MAX_WORDS]


_MIN_STORIES = 3
# More would take long, and the mistakes that a query made years ago are not those it makes now.
_MAX_DECIDED_MENTIONS = 3_000
# So many mentions with the overall rate are added to each side: a rare feature must be clear to count.
_PRIOR_MENTIONS = 2.0
# With fewer candidates the threshold is that of so many.
_MIN_COMPARISONS = 40
_PLAIN_YAML = re.compile(r"[^\W\d_][\w .-]*")
_CONTEXT_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFeature:
    """A feature that irrelevant mentions have more often, and the number of irrelevant and relevant ones with it.

    *score* is the log odds ratio in standard errors; *advice* is a line for the query file.
    """

    query: str
    kind: FeatureKind
    value: str
    irrelevant: int
    relevant: int
    score: float
    advice: str


class _Counts:
    """The mentions and the stories with each feature, by verdict."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = {verdict: Counter[Feature]() for verdict in (True, False)}
        self.stories = {verdict: Counter[Feature]() for verdict in (True, False)}
        self.lexicon = FeatureCounts()
        for mention in mentions:
            self.lexicon.learn(mention)
            self.mentions[VERDICT_STATUSES[mention.status]].update(features(mention))
        both = self.mentions[True] + self.mentions[False]
        common = (feature for feature, count in both.items() if not disclosure_control.is_small_cell(count))
        self.shared = set(filter(self.lexicon.may_be_shown, common))
        copies: defaultdict[tuple[int | None, bool], set[Feature]] = defaultdict(set)
        for mention in mentions:
            copies[mention.story, VERDICT_STATUSES[mention.status]] |= features(mention) & self.shared
        self.totals = Counter(verdict for _, verdict in copies)
        for (_, verdict), found in copies.items():
            self.stories[verdict].update(found)


def keyness(query: str, decided: Sequence[Mention]) -> list[KeyFeature]:
    """Return the features of the irrelevant mentions among the decided ones of a query, the surest first.

    The threshold is so high that chance alone would pass less than one of all features that are compared.
    """
    counts = _Counts(decided)
    stories = {feature: max(counts.stories[True][feature], counts.stories[False][feature]) for feature in counts.shared}
    scores = {feature: _score(feature, counts) for feature, count in stories.items() if count >= _MIN_STORIES}
    threshold = NormalDist().inv_cdf(1 - 1 / max(len(scores), _MIN_COMPARISONS))
    relevant = sorted((score, feature) for feature, score in scores.items() if score <= -threshold)
    words = (feature.value for _, feature in relevant if feature.kind is FeatureKind.WORD)
    context = [word for word in words if word not in counts.lexicon.brand]
    irrelevant = sorted((-score, feature) for feature, score in scores.items() if score >= threshold)
    return [
        KeyFeature(
            query=query,
            kind=feature.kind,
            value=feature.value,
            irrelevant=counts.mentions[False][feature],
            relevant=counts.mentions[True][feature],
            score=-negative,
            advice=_advice(feature, context),
        )
        for negative, feature in irrelevant
    ]


def newest_by_query(decided: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return the newest decided mentions of each query; they come newest first."""
    found: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in decided:
        if len(found[mention.query]) < _MAX_DECIDED_MENTIONS:
            found[mention.query].append(mention)
    return dict(sorted(found.items()))


def _score(feature: Feature, counts: _Counts) -> float:
    """Return the log odds ratio of a feature in standard errors (Monroe, Colaresi and Quinn 2008, §3.5)."""
    having = {verdict: counts.stories[verdict][feature] for verdict in (True, False)}
    rate = (having[True] + having[False]) / counts.totals.total()
    odds, variance = {}, 0.0
    for verdict, number in having.items():
        with_it = number + _PRIOR_MENTIONS * rate
        without = counts.totals[verdict] - number + _PRIOR_MENTIONS * (1 - rate)
        if not without:
            return 0.0
        odds[verdict] = math.log(with_it / without)
        variance += 1 / with_it + 1 / without
    return (odds[False] - odds[True]) / math.sqrt(variance)


def _advice(feature: Feature, context: Sequence[str]) -> str:
    """Return a line for the query file that excludes a feature."""
    value = _yaml_text(feature.value)
    match feature.kind:
        case FeatureKind.WORD | FeatureKind.PAIR:
            return f"none_of_context: [{value}]"
        case FeatureKind.NAMED:
            return f"exclude: {{words: [{value}]}}"
        case FeatureKind.TERM:
            words = ", ".join(map(_yaml_text, context[:_CONTEXT_WORDS])) or "…"
            return f"{{name: {value}, any_of_context: [{words}]}}"
        case FeatureKind.SITE:
            return f"exclude: {{sites: [{value}]}}"
        case FeatureKind.SOURCE:
            return "leave this source out, or narrow with match:"


def _yaml_text(value: str) -> str:
    """Return a text as YAML reads it inside brackets."""
    return value if _PLAIN_YAML.fullmatch(value) else json.dumps(value, ensure_ascii=False)
