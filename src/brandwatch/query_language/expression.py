"""A compiled expression, and the one function that compiles one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.query_language.node import ExpressionError
from brandwatch.query_language.parser import parse_expression

if TYPE_CHECKING:
    from brandwatch.models import Prefilter
    from brandwatch.query_language.node import ClauseOutcome, Node
    from brandwatch.query_language.view import EntryView


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, ready to be asked about entries."""

    text: str
    tree: Node

    def holds(self, view: EntryView) -> bool:
        """Say whether the expression is true of an entry."""
        return self.tree.holds(view)

    def explain(self, view: EntryView) -> tuple[ClauseOutcome, ...]:
        """Return what is true of an entry and what is not: each leaf in reading order, each NEAR after its words.

        A clause under NOT has its own truth, not that of its exclusion.
        """
        return tuple(self.tree.clauses(view))

    def failing(self, view: EntryView) -> ClauseOutcome | None:
        """Return the clause that makes the expression false, or `None` where it is true."""
        return None if self.tree.holds(view) else self.tree.failing(view)

    def words(self) -> frozenset[str]:
        """Return all folded words and phrases that are looked for, excluded ones too, open ends shown as `*`."""
        return frozenset(self.tree.words())

    def needs(self) -> Prefilter | None:
        """Return what a title or text must hold for this to be true; `None` where nothing is needed."""
        return self.tree.needs()


def compile_expression(text: str, *, only_negative: bool = False) -> Expression:
    """Compile an expression, or raise an `ExpressionError` at the place that is wrong.

    One that can only exclude is an error, since it would let nearly everything through; *only_negative* allows it
    where something else says what is looked for.
    """
    try:
        tree = parse_expression(text)
        if not only_negative:
            _refuse_exclusions(tree)
    except ExpressionError as error:
        error.text = text
        raise
    return Expression(text, tree)


def _refuse_exclusions(tree: Node) -> None:
    """Raise if the tree, or one side of an OR in it, says only what must not be there."""
    part = tree.exclusion()
    if part is not None:
        hint = f"say what to look for beside it, or * for every entry: * {part.text}"
        raise ExpressionError("only exclusions: nothing says what must be there", hint, position=part.start)
