"""The leaves that search texts: phrases, signs, regular expressions, NEAR, and everything."""

from __future__ import annotations

import importlib
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import models
from brandwatch.query_language.node import ClauseOutcome, ExpressionError, Node
from brandwatch.query_language.view import WordPosition
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.query_language.view import EntryView, IndexedWords, Span


ENDING = "s"


class SpanCheck(NamedTuple):
    """A piece that must stand as it is written: *before* signs ahead of word number *word* of the phrase."""

    word: int
    before: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase(Node):
    """Words that follow each other in one of *fields*.

    An *open_left* phrase may begin, an *open_right* one end inside a word of the text; with *ending* a genitive s may
    follow. *checks* compare signs, and in an *exact* phrase capitals too, after the words are found.
    """

    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    rarest: str
    needles: tuple[str, ...]
    checks: tuple[SpanCheck, ...] = ()
    exact: bool = False
    open_left: bool = False
    open_right: bool = False
    ending: bool = False
    before: int = 0
    after: int = 0

    def holds(self, view: EntryView) -> bool:
        """Say whether the phrase stands in one of its fields."""
        return any(True for field in self.fields for _ in self.places(view.words(field)))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """Return every place where the phrase stands."""
        found = (
            (view.words(field), place) for field in self.fields for place in sorted(self.places(view.words(field)))
        )
        return tuple(words.span(place) for words, place in found)

    def places(self, words: IndexedWords) -> Iterator[WordPosition]:
        """Yield where the phrase stands in one text."""
        # Most texts hold no trace of a phrase: one scan says so before any word is cut.
        if self.rarest not in words.text.folded:
            return
        size = len(self.tokens)
        for needle in self.needles:
            for first, offset in words.find(needle):
                if not self.checks or self._stands(words, first, offset):
                    yield WordPosition(first, first + size, self.before, self.after)

    def needs(self) -> models.Prefilter | None:
        """Return the words that an index can look up; a word with an open beginning is none of them."""
        if "author" in self.fields:
            return None
        whole = self.tokens[self.open_left :]
        if not whole:
            return None
        wanted = models.RequiredWords(whole, is_prefix=self.open_right)
        if not self.ending:
            return wanted
        return models.AnyOf((wanted, models.RequiredWords((*whole[:-1], whole[-1] + ENDING))))

    def words(self) -> Iterator[str]:
        """Yield the phrase, with `*` where it is open."""
        yield f"{'*' * self.open_left}{' '.join(self.tokens)}{'*' * self.open_right}"

    def _stands(self, words: IndexedWords, first: int, offset: int) -> bool:
        """Say whether the signs and capitals around the words are those that were asked for."""
        text = words.text.plain if self.exact else words.text.folded
        for check in self.checks:
            start = words.spans[first + check.word][0] - check.before + (offset if check.word == 0 else 0)
            if start < 0 or not text.startswith(check.text, start):
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Node):
    """Signs without a letter or digit, such as an emoji, found wherever they stand."""

    fields: tuple[str, ...]
    sign: str

    def holds(self, view: EntryView) -> bool:
        """Say whether the sign stands in one of its fields."""
        return any(True for _ in self._found(view))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """Return every place where the sign stands."""
        return tuple(self._found(view))

    def words(self) -> Iterator[str]:
        """Yield the sign."""
        yield self.sign

    def _found(self, view: EntryView) -> Iterator[Span]:
        """Yield where the sign stands, places that do not overlap."""
        for field in self.fields:
            text = view.words(field).text
            at = text.folded.find(self.sign)
            while at >= 0:
                end = at + len(self.sign)
                yield field, *text.span(at, end)
                at = text.folded.find(self.sign, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Node):
    """`*`: every entry; in a field, every entry that says something there."""

    field: str = ""

    def holds(self, view: EntryView) -> bool:
        """Say whether the field says anything."""
        return not self.field or bool(view.words(self.field).text.folded.strip())


DEFAULT_DISTANCE = 10
MAX_DISTANCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Node):
    """One phrase of *left* and one of *right* in the same of *fields*, at most *distance* words between them."""

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    fields: tuple[str, ...]
    distance: int
    ordered: bool

    def holds(self, view: EntryView) -> bool:
        """Say whether there is such a pair."""
        return any(True for _ in self._pairs(view))

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """Return the phrases that have a partner."""
        found = {(words.field, place): words for words, pair in self._pairs(view) for place in pair}
        ordered = sorted(found, key=lambda key: (self.fields.index(key[0]), key[1]))
        return tuple(found[key].span(key[1]) for key in ordered)

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield a clause for each phrase, and then one for their being near."""
        for phrase in (*self.left, *self.right):
            yield from phrase.clauses(view)
        yield ClauseOutcome(self.text, self.holds(view), self.spans(view))

    def needs(self) -> models.Prefilter | None:
        """Return one phrase of each side."""
        sides = [_any_of(side) for side in (self.left, self.right)]
        wanted = tuple(side for side in sides if side is not None)
        return models.AllOf(wanted) if len(wanted) > 1 else next(iter(wanted), None)

    def words(self) -> Iterator[str]:
        """Yield the phrases of both sides."""
        for phrase in (*self.left, *self.right):
            yield from phrase.words()

    def _pairs(self, view: EntryView) -> Iterator[tuple[IndexedWords, tuple[WordPosition, WordPosition]]]:
        """Yield phrases that are near each other: for each of them the nearest partner, not every one."""
        for field in self.fields:
            words = view.words(field)
            left = _places(self.left, words)
            right = _places(self.right, words) if left else []
            for pair in _following(left, right, self.distance):
                yield words, pair
            if not self.ordered:
                for pair in _following(right, left, self.distance):
                    yield words, pair


def _places(side: tuple[Phrase, ...], words: IndexedWords) -> list[WordPosition]:
    """Return where the phrases of one side stand, in reading order."""
    return sorted({place for phrase in side if words.field in phrase.fields for place in phrase.places(words)})


def _following(
    firsts: list[WordPosition], seconds: list[WordPosition], distance: int
) -> Iterator[tuple[WordPosition, WordPosition]]:
    """Yield each of *seconds* with the last of *firsts* that ends before it begins, where that is near enough."""
    firsts = sorted(firsts, key=attrgetter("last"))
    ends = [place.last for place in firsts]
    for second in seconds:
        at = bisect_right(ends, second.first)
        if at and second.first - ends[at - 1] <= distance:
            yield firsts[at - 1], second


def _any_of(side: tuple[Phrase, ...]) -> models.Prefilter | None:
    """Return what one of the phrases needs, nothing where one of them needs nothing."""
    wanted = [need for phrase in side if (need := phrase.needs()) is not None]
    if len(wanted) < len(side):
        return None
    return models.AnyOf(tuple(wanted)) if len(wanted) > 1 else wanted[0]


# One search is linear in the text, but a pattern such as `a(.*b)?` looks through all of it for every match.
_MOST_PLACES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Node):
    """A pattern found in one of *fields*, in any case, in the normalised text."""

    fields: tuple[str, ...]
    source: str
    pattern: Any

    def holds(self, view: EntryView) -> bool:
        """Say whether the pattern is found."""
        return any(self.pattern.search(_encodable(view.words(field).text.plain)) for field in self.fields)

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """Return where the pattern is found."""
        return tuple(self._found(view))

    def words(self) -> Iterator[str]:
        """Yield the pattern itself, folded: names may be read out of it."""
        yield fold(self.source).folded

    def _found(self, view: EntryView) -> Iterator[Span]:
        """Yield the places that have a length."""
        for field in self.fields:
            text = view.words(field).text
            for match in islice(self.pattern.finditer(_encodable(text.plain)), _MOST_PLACES):
                start, end = match.span()
                if start < end:
                    yield field, *text.span(start, end)


def compile_pattern(source: str, position: int) -> Any:  # noqa: ANN401 (an optional package without types)
    """Compile a pattern; *position* is where it stands in the expression."""
    if not source:
        raise ExpressionError("this pattern is empty", position=position)
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        raise ExpressionError(
            "patterns in /…/ need the package google-re2",
            "pip install 'brandwatch[regex]', or use words and NEAR/n",
            position=position,
        ) from None
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(_encodable(source), options)
    except re2.error as error:
        raise ExpressionError(f"this pattern cannot be read: {_said(error)}", position=position) from None


def _encodable(text: str) -> str:
    """Return the text with `?` for lone surrogates, which the engine cannot take; no character moves."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _said(error: Exception) -> str:
    """Return what the engine complained of, as text."""
    words = error.args[0] if error.args else ""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
