"""The leaves that search texts: phrases, signs, regular expressions, NEAR, and everything."""

from __future__ import annotations

import importlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import DISTRIBUTION
from brandwatch.models import AllOf, AnyOf, Prefilter, RequiredWords
from brandwatch.query_language.nodes import ExpressionError, Node, WordPosition
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.query_language.nodes import ClauseOutcome, EntryView, IndexedWords, Span


GENITIVE = "s"
DEFAULT_DISTANCE_WORDS = 10
# One search is linear in the text, but a pattern such as `a(.*b)?` looks through all of it for every match.
_MAX_PATTERN_SPANS = 50


class SignCheck(NamedTuple):
    """A piece with signs that must occur as written: *before* signs ahead of word number *word* of the phrase."""

    word: int
    before: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase(Node):
    """Consecutive words in one of *fields*.

    *needles* are the phrase and its genitive as they occur in packed text, *rarest* is the longest of *tokens*. An
    *open_left* phrase may begin, an *open_right* one end inside a word; with *ending* a genitive s may follow. *checks*
    compare signs, and in an *exact* phrase capitals too, after the words are found.
    """

    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    rarest: str
    needles: tuple[str, ...]
    checks: tuple[SignCheck, ...]
    exact: bool
    open_left: bool
    open_right: bool
    ending: bool
    before: int
    after: int

    def matches(self, view: EntryView) -> bool:
        """Whether the phrase occurs in one of its fields."""
        return any(True for words in _texts(self.fields, view) for _ in self.places(words))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """List every occurrence."""
        texts = _texts(self.fields, view)
        return tuple(words.span(place) for words in texts for place in sorted(self.places(words)))

    def places(self, words: IndexedWords) -> Iterator[WordPosition]:
        """Yield the occurrences in one text."""
        # Most texts lack the phrase: one scan finds that before any word is cut.
        if self.rarest not in words.text.folded:
            return
        size = len(self.tokens)
        for needle in self.needles:
            for first, offset in words.find(needle):
                if not self.checks or self._has_signs(words, first, offset):
                    yield WordPosition(first, first + size, self.before, self.after)

    def prefilter(self) -> Prefilter | None:
        """Require the words that an index can look up: no word with an open beginning, and no author."""
        if "author" in self.fields:
            return None
        whole = self.tokens[1:] if self.open_left else self.tokens
        if not whole:
            return None
        words = RequiredWords(whole, is_prefix=self.open_right)
        if not self.ending:
            return words
        return AnyOf((words, RequiredWords((*whole[:-1], whole[-1] + GENITIVE))))

    def words(self) -> Iterator[str]:
        """Yield the phrase, with `*` at an open end."""
        yield f"{'*' if self.open_left else ''}{' '.join(self.tokens)}{'*' if self.open_right else ''}"

    def _has_signs(self, words: IndexedWords, first: int, offset: int) -> bool:
        # Compares the signs and capitals around the words with those of the expression.
        text = words.text.plain if self.exact else words.text.folded
        for check in self.checks:
            start = words.spans[first + check.word][0] - check.before + (offset if check.word == 0 else 0)
            if start < 0 or not text.startswith(check.text, start):
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Node):
    """Signs without a letter or digit, such as an emoji, anywhere in the text."""

    fields: tuple[str, ...]
    sign: str

    def matches(self, view: EntryView) -> bool:
        """Whether the sign occurs in one of its fields."""
        return any(self.sign in words.text.folded for words in _texts(self.fields, view))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """List the occurrences, without overlaps."""
        spans: list[Span] = []
        for words in _texts(self.fields, view):
            start = words.text.folded.find(self.sign)
            while start >= 0:
                end = start + len(self.sign)
                spans.append(words.original_span(start, end))
                start = words.text.folded.find(self.sign, end)
        return tuple(spans)

    def words(self) -> Iterator[str]:
        """Yield the sign."""
        yield self.sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Node):
    """`*`: every entry; in a field, every entry with a value there."""

    field: str = ""

    def matches(self, view: EntryView) -> bool:
        """Whether the field has a value."""
        return not self.field or any(words.text.folded.strip() for words in view.words(self.field))


class Edge(Enum):
    """The words of a pair that the distance to a third word is measured from."""

    ANY = auto()
    FIRST = auto()
    LAST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Node):
    """One operand of *left* and one of *right* in the same of *fields*, at most *distance* words between them.

    A pair of words that are near each other may be an operand: the distance to it is that to the nearer word, in a
    given order that to the last word before or the first word after.
    """

    left: tuple[Phrase | Near, ...]
    right: tuple[Phrase | Near, ...]
    fields: tuple[str, ...]
    distance: int
    ordered: bool

    def matches(self, view: EntryView) -> bool:
        """Whether there is such a pair."""
        return any(True for _ in self._pairs(view))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """List the phrases that have a partner, in reading order."""
        pairs = list(self._pairs(view))
        texts = {id(words): words for words, _ in pairs}  # in reading order
        places = {number: {place for words, pair in pairs if id(words) == number for place in pair} for number in texts}
        for number, words in texts.items():
            for inner in (*self.left, *self.right):
                if isinstance(inner, Near):
                    places[number].update(inner.places(words))
        return tuple(texts[number].span(place) for number in texts for place in sorted(places[number]))

    def places(self, words: IndexedWords, edge: Edge = Edge.ANY) -> Iterator[WordPosition]:
        """Yield the words that have a partner in one text: all of them, the first or the last of each pair."""
        for firsts, seconds in self._sides(words):
            if edge is not Edge.FIRST:
                yield from (second for _, second in _following(firsts, seconds, self.distance))
            if edge is not Edge.LAST:
                yield from (first for first, _ in _leading(firsts, seconds, self.distance))

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield a clause for each phrase, then one for their distance."""
        for phrase in (*self.left, *self.right):
            yield from phrase.clauses(view)
        yield from Node.clauses(self, view)

    def prefilter(self) -> Prefilter | None:
        """Join the conditions of both sides, if they have any."""
        conditions: list[Prefilter] = []
        for side in (self.left, self.right):
            phrases = [phrase.prefilter() for phrase in side]
            if None not in phrases:
                known = tuple(condition for condition in phrases if condition is not None)
                conditions.append(AnyOf(known) if len(known) > 1 else known[0])
        return AllOf(tuple(conditions)) if len(conditions) > 1 else next(iter(conditions), None)

    def words(self) -> Iterator[str]:
        """Yield the phrases of both sides."""
        for phrase in (*self.left, *self.right):
            yield from phrase.words()

    def _pairs(self, view: EntryView) -> Iterator[tuple[IndexedWords, tuple[WordPosition, WordPosition]]]:
        """Yield each phrase with its nearest partner, not with every one."""
        for words in _texts(self.fields, view):
            for firsts, seconds in self._sides(words):
                for pair in _following(firsts, seconds, self.distance):
                    yield words, pair

    def _sides(self, words: IndexedWords) -> Iterator[tuple[list[WordPosition], list[WordPosition]]]:
        """Yield the places of the first and of the second operand in one text, for each order that counts."""
        left = _places(self.left, words, Edge.LAST if self.ordered else Edge.ANY)
        right = _places(self.right, words, Edge.FIRST if self.ordered else Edge.ANY) if left else []
        yield left, right
        if not self.ordered:
            yield right, left


def _texts(fields: tuple[str, ...], view: EntryView) -> Iterator[IndexedWords]:
    for field in fields:
        yield from view.words(field)


def _places(side: tuple[Phrase | Near, ...], words: IndexedWords, edge: Edge) -> list[WordPosition]:
    scopes = {words.field} if words.field in {"title", "author"} else {words.field, "text"}
    places: set[WordPosition] = set()
    for operand in side:
        if not scopes.isdisjoint(operand.fields):
            places.update(operand.places(words, edge) if isinstance(operand, Near) else operand.places(words))
    return sorted(places)


def _following(
    firsts: list[WordPosition], seconds: list[WordPosition], distance: int
) -> Iterator[tuple[WordPosition, WordPosition]]:
    """Yield each of *seconds* with the last of *firsts* that ends before it begins, if that is near enough."""
    firsts = sorted(firsts, key=attrgetter("last"))
    ends = [place.last for place in firsts]
    for second in seconds:
        at = bisect_right(ends, second.first)
        if at and second.first - ends[at - 1] <= distance:
            yield firsts[at - 1], second


def _leading(
    firsts: list[WordPosition], seconds: list[WordPosition], distance: int
) -> Iterator[tuple[WordPosition, WordPosition]]:
    """Yield each of *firsts* with the first of *seconds* that begins after its end, if that is near enough."""
    starts = [place.first for place in seconds]
    for first in firsts:
        at = bisect_left(starts, first.last)
        if at < len(starts) and starts[at] - first.last <= distance:
            yield first, seconds[at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Node):
    """A pattern in one of *fields*, in any case, in the normalised text."""

    fields: tuple[str, ...]
    source: str
    pattern: Any

    def matches(self, view: EntryView) -> bool:
        """Whether the pattern occurs in one of its fields."""
        return any(self.pattern.search(_encodable(words.text.plain)) for words in _texts(self.fields, view))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """List the first matches of the pattern that are not empty."""
        spans: list[Span] = []
        for words in _texts(self.fields, view):
            for match in islice(self.pattern.finditer(_encodable(words.text.plain)), _MAX_PATTERN_SPANS):
                start, end = match.span()
                if start < end:
                    spans.append(words.original_span(start, end))
        return tuple(spans)

    def words(self) -> Iterator[str]:
        """Yield the pattern itself, folded: it may hold names."""
        yield fold(self.source).folded


def compile_pattern(source: str, position: int) -> Any:  # noqa: ANN401 (an optional package without types)
    """Compile a pattern; raise ExpressionError at *position* if it is invalid, or google-re2 is not installed."""
    if not source:
        raise ExpressionError("this pattern is empty", position=position)
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        raise ExpressionError(
            "patterns in /…/ need the package google-re2",
            f"pip install '{DISTRIBUTION}[regex]', or use words and NEAR/n",
            position=position,
        ) from None
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(_encodable(source), options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ExpressionError(f"this pattern cannot be read: {reason}", position=position) from None


def _encodable(text: str) -> str:
    # The engine cannot take lone surrogates; `?` in their place moves no character.
    return text.encode("utf-8", "replace").decode("utf-8")
