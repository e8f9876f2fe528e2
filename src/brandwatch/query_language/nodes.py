"""The view of an entry, the nodes of an expression that are evaluated on it, and the error with its position."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from brandwatch.models import AllOf, AnyOf, Entry, Prefilter
from brandwatch.text.normalise import Folded, fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, Unpack


MAX_DISTANCE_WORDS = 200
_WORD = re.compile("[^ ]+")
_EXCERPT_COLUMNS = 72
_WIDE = frozenset("WF")  # Unicode Standard Annex 11: such characters take two columns of a terminal

Span = tuple[str, int, int]
"""A field, and the characters [start, end) of its original text."""


class WordPosition(NamedTuple):
    """Words [*first*, *last*) of a text, and the number of signs *before* and *after* them that belong to the match."""

    first: int
    last: int
    before: int = 0
    after: int = 0


class EntryFacts(TypedDict, total=False):
    """Facts about an entry that are not in its document."""

    lang: str
    source: str
    kind: str
    voice: str
    subject: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class IndexedWords:
    """One text as words: runs of letters and digits, counted from 0. It begins at character *offset* of its field."""

    field: str
    text: Folded
    offset: int = 0

    @cached_property
    def packed(self) -> str:
        """The words with one space around each: one `str.find` finds a phrase in it."""
        return f" {' '.join(self.text.spaced.split())} "

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The span of each word in the folded text."""
        return [match.span() for match in _WORD.finditer(self.text.spaced)]

    def find(self, needle: str) -> Iterator[tuple[int, int]]:
        """Yield (word, offset in the word) for *needle* in `packed`, once for each word in which it begins."""
        packed, opening = self.packed, needle.startswith(" ")
        # Words are counted on from the last place, so that the cost is that of one walk through the text.
        word, counted = -1, 0
        at = packed.find(needle)
        while at >= 0:
            begin = at + opening
            word += packed.count(" ", counted, begin)
            counted = begin
            yield word, begin - packed.rfind(" ", 0, begin) - 1
            at = packed.find(needle, packed.find(" ", begin))

    def span(self, place: WordPosition) -> Span:
        """Translate a place to the original text."""
        return self.original_span(
            self.spans[place.first][0] - place.before, self.spans[place.last - 1][1] + place.after
        )

    def original_span(self, start: int, end: int) -> Span:
        """Translate characters of the folded text to the field."""
        start, end = self.text.span(start, end)
        return self.field, self.offset + start, self.offset + end


@dataclass(frozen=True)
class EntryView:
    """One entry as an expression sees it; an empty string is an unknown fact."""

    title: IndexedWords
    texts: tuple[IndexedWords, ...]
    author: str = ""
    url: str = ""
    lang: str = ""
    source: str = ""
    kind: str = ""
    voice: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Entry, **facts: Unpack[EntryFacts]) -> Self:
        """Build the view of an entry; a *lang* among the facts replaces the declared one."""
        known: EntryFacts = {"lang": entry.language, **facts}
        texts = tuple(
            IndexedWords(part.field, fold(entry.text[part.start : part.end]), part.start) for part in entry.texts
        )
        return cls(IndexedWords("title", fold(entry.title)), texts, entry.author, entry.url, **known)

    def words(self, name: str) -> tuple[IndexedWords, ...]:
        """Return the texts of a field of words: `text` is every one but the title, `lead` the leads among them."""
        match name:
            case "title":
                return (self.title,)
            case "text":
                return self.texts
            case "author":
                return (self._author,)
            case _:
                return tuple(words for words in self.texts if words.field == name)

    @cached_property
    def _author(self) -> IndexedWords:
        return IndexedWords("author", fold(self.author))


class ExpressionError(Exception):
    """An invalid expression; *position* is an offset into *text*, the whole expression."""

    def __init__(self, message: str, hint: str = "", *, position: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.position = position
        self.text = text

    def render(self) -> str:
        """Show the faulty line with a caret below the position, cut to the width of a terminal."""
        line_start = self.text.rfind("\n", 0, self.position) + 1
        line, column = self.text[line_start:].split("\n", 1)[0], self.position - line_start
        left = max(0, min(column - _EXCERPT_COLUMNS // 2, len(line) - _EXCERPT_COLUMNS))
        right = min(len(line), left + _EXCERPT_COLUMNS)
        before = ("…" if left else "") + _printable(line[left:column])
        after = _printable(line[column:right]) + ("…" if right < len(line) else "")
        indent = 0
        for character in before:
            if not unicodedata.combining(character):
                indent += 2 if unicodedata.east_asian_width(character) in _WIDE else 1
        return f"{before}{after}\n{' ' * indent}^"


def _printable(text: str) -> str:
    # A terminal would act on a control character, or show nothing: a space keeps the columns.
    return "".join(character if character.isprintable() else " " for character in text)


class ClauseOutcome(NamedTuple):
    """One clause of an expression as written, whether it holds, and where in the original texts."""

    text: str
    holds: bool
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ABC):
    """A part of an expression: *text* as written, from *start* on. The defaults are those of most leaves."""

    text: str
    start: int

    @abstractmethod
    def matches(self, view: EntryView) -> bool:
        """Whether the entry satisfies this part."""

    def spans(self, view: EntryView) -> tuple[Span, ...]:  # noqa: ARG002 (a fact has no place in a text)
        """List the places in the entry's texts that satisfy it."""
        return ()

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield a clause for each leaf, in reading order."""
        yield ClauseOutcome(self.text, self.matches(view), self.spans(view))

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Find the clause that fails, given that this part does not match."""
        return ClauseOutcome(self.text, holds=False, spans=self.spans(view))

    def exclusion(self) -> Node | None:
        """Find the part because of which this can only exclude; `None` if something is required."""
        return None

    def prefilter(self) -> Prefilter | None:
        """Build the condition on title or text that every matching entry satisfies; `None` for no condition."""
        return None

    def required_values(self, field: str) -> frozenset[str] | None:  # noqa: ARG002 (words have no facts)
        """Collect the values of a fact one of which every matching entry has; `None` if it may have any."""
        return None

    def words(self) -> Iterator[str]:
        """Yield the folded words and phrases that it looks for, excluded ones too."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operator(Node):
    """An operator over two parts or more."""

    parts: tuple[Node, ...]

    def spans(self, view: EntryView) -> tuple[Span, ...]:
        """List the places of all parts."""
        return tuple(span for part in self.parts for span in part.spans(view))

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield the clauses of the parts."""
        for part in self.parts:
            yield from part.clauses(view)

    def words(self) -> Iterator[str]:
        """Yield the words of the parts."""
        for part in self.parts:
            yield from part.words()


class And(_Operator):
    """All parts must match."""

    __slots__ = ()

    def matches(self, view: EntryView) -> bool:
        """Whether all parts match."""
        for part in self.parts:  # noqa: SIM110 (half the stack frames of `all`, which nested groups need)
            if not part.matches(view):
                return False
        return True

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Find the failing clause of the first part that does not match."""
        return next(part.failing(view) for part in self.parts if not part.matches(view))

    def exclusion(self) -> Node | None:
        """Find the first part if all of them can only exclude."""
        exclusions = [part.exclusion() for part in self.parts]
        return None if None in exclusions else exclusions[0]

    def prefilter(self) -> Prefilter | None:
        """Join the conditions of all parts that have one."""
        conditions = tuple(condition for part in self.parts if (condition := part.prefilter()) is not None)
        return AllOf(conditions) if len(conditions) > 1 else next(iter(conditions), None)

    def required_values(self, field: str) -> frozenset[str] | None:
        """Collect the values that all parts allow."""
        required = [values for part in self.parts if (values := part.required_values(field)) is not None]
        return frozenset.intersection(*required) if required else None


class Or(_Operator):
    """At least one part must match."""

    __slots__ = ()

    def matches(self, view: EntryView) -> bool:
        """Whether a part matches."""
        for part in self.parts:  # noqa: SIM110 (as in And)
            if part.matches(view):
                return True
        return False

    def exclusion(self) -> Node | None:
        """Find the first part that can only exclude: it alone would let nearly everything through."""
        return next((exclusion for part in self.parts if (exclusion := part.exclusion()) is not None), None)

    def prefilter(self) -> Prefilter | None:
        """Join the conditions of the parts; `None` if a part has none."""
        conditions = [part.prefilter() for part in self.parts]
        if None in conditions:
            return None
        return AnyOf(tuple(condition for condition in conditions if condition is not None))

    def required_values(self, field: str) -> frozenset[str] | None:
        """Collect the values of all parts; `None` if a part allows any."""
        required = [part.required_values(field) for part in self.parts]
        return None if None in required else frozenset().union(*filter(None, required))


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """The part must not match."""

    part: Node

    def matches(self, view: EntryView) -> bool:
        """Whether the part does not match."""
        return not self.part.matches(view)

    def clauses(self, view: EntryView) -> Iterator[ClauseOutcome]:
        """Yield the clauses of the part, each with its own result."""
        return self.part.clauses(view)

    def failing(self, view: EntryView) -> ClauseOutcome:
        """Show the exclusion with the places of the excluded part."""
        return ClauseOutcome(self.text, holds=False, spans=self.part.spans(view))

    def exclusion(self) -> Node | None:
        """Return itself; the exclusion of an exclusion requires something again."""
        return self if self.part.exclusion() is None else None

    def words(self) -> Iterator[str]:
        """Yield the words of the part."""
        return self.part.words()
