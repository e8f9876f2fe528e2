"""The leaves that look into texts: a phrase (a word is a phrase of one), a sign, and everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.expression.node import Node
from brandwatch.expression.view import Place
from brandwatch.models import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.expression.view import Span, View, Words

ENDING = "s"


class Check(NamedTuple):
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
    checks: tuple[Check, ...] = ()
    exact: bool = False
    open_left: bool = False
    open_right: bool = False
    ending: bool = False
    before: int = 0
    after: int = 0

    def holds(self, view: View) -> bool:
        """Say whether the phrase stands in one of its fields."""
        return any(True for field in self.fields for _ in self.places(view.words(field)))

    def spans(self, view: View) -> tuple[Span, ...]:
        """Return every place where the phrase stands."""
        found = (
            (view.words(field), place) for field in self.fields for place in sorted(self.places(view.words(field)))
        )
        return tuple(words.span(place) for words, place in found)

    def places(self, words: Words) -> Iterator[Place]:
        """Yield where the phrase stands in one text."""
        # Most texts hold no trace of a phrase: one scan says so before any word is cut.
        if self.rarest not in words.text.folded:
            return
        size = len(self.tokens)
        for needle in self.needles:
            for first, offset in words.find(needle):
                if not self.checks or self._stands(words, first, offset):
                    yield Place(first, first + size, self.before, self.after)

    def needs(self) -> needs.Need | None:
        """Return the words that an index can look up; a word with an open beginning is none of them."""
        if "author" in self.fields:
            return None
        whole = self.tokens[self.open_left :]
        if not whole:
            return None
        wanted = needs.Words(whole, is_prefix=self.open_right)
        if not self.ending:
            return wanted
        return needs.AnyOf((wanted, needs.Words((*whole[:-1], whole[-1] + ENDING))))

    def words(self) -> Iterator[str]:
        """Yield the phrase, with `*` where it is open."""
        yield f"{'*' * self.open_left}{' '.join(self.tokens)}{'*' * self.open_right}"

    def _stands(self, words: Words, first: int, offset: int) -> bool:
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

    def holds(self, view: View) -> bool:
        """Say whether the sign stands in one of its fields."""
        return any(True for _ in self._found(view))

    def spans(self, view: View) -> tuple[Span, ...]:
        """Return every place where the sign stands."""
        return tuple(self._found(view))

    def words(self) -> Iterator[str]:
        """Yield the sign."""
        yield self.sign

    def _found(self, view: View) -> Iterator[Span]:
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

    def holds(self, view: View) -> bool:
        """Say whether the field says anything."""
        return not self.field or bool(view.words(self.field).text.folded.strip())
