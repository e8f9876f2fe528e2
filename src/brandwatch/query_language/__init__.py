"""The query language of `match:` in a query file and of `report --where`; a pure evaluator without a database.

Text becomes tokens (`lexer`), tokens a tree of `nodes` (`parser`, with the grammar), and `words` turns each word into
one of the `leaves` or a fact of the `fields`. The tree is evaluated on an `EntryView`.
"""

from brandwatch.query_language.fields import LANGUAGE_CODES
from brandwatch.query_language.leaves import Phrase, Sign
from brandwatch.query_language.nodes import ClauseOutcome, EntryView, ExpressionError, IndexedWords
from brandwatch.query_language.parser import Expression, compile_expression
from brandwatch.query_language.words import typed_leaf

__all__ = [
    "LANGUAGE_CODES",
    "ClauseOutcome",
    "EntryView",
    "Expression",
    "ExpressionError",
    "IndexedWords",
    "Phrase",
    "Sign",
    "compile_expression",
    "typed_leaf",
]
