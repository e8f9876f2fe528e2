"""The query language, used for `match:` in a query file and for `report --where`.

    expression  = conjunction { "OR" conjunction }
    conjunction = negation { ["AND"] negation }
    negation    = ("NOT" | "-" | "+") negation | proximity
    proximity   = operand [ ("NEAR" | "ONEAR") ["/" number] operand ]
    operand     = "(" expression ")" | field ":" operand | ["="] word | ["="] phrase | "/" pattern "/"

Words and groups come first, then NEAR, then NOT, then AND, written or not, then OR: `a b OR NOT c NEAR d` is
`(a AND b) OR (NOT (c NEAR d))`. Operators are in capitals; `-x` is NOT x and `+x` is x.

- `dnb` is a whole word in the title or the text, in any case, also as `dnbs` (from three letters on), `dnb's` and on
  either side of a hyphen. A word with signs in it (`C++`, `AT&T`, `o'reilly`) is found as it is written.
- `"help me"` is words that follow each other; `=Word` and `="Some Words"` want these capitals.
- `bank*`, `*bank` and `*bank*` are words that begin, end or go on so; inside quotes `*` is a sign like others.
  `*` alone is every entry, `author:*` every entry that says who wrote it.
- `a NEAR/5 b` has at most 5 words between the two, in either order and in the same text; ONEAR keeps the order.
  Without a number it is 10, and 50 is the most. Each side is a word, a phrase, or a group of them joined with OR.
- `title:`, `text:` and `author:` say where words are looked for; `site:`, `url:`, `lang:`, `source:`, `kind:`,
  `voice:`, `subject:` and `tag:` ask about the entry. `field:(a OR "b c")` asks for each.
- `/patterns?/` needs the optional package google-re2, an engine without backtracking.
"""

from brandwatch.query_language.expression import Expression, compile_expression
from brandwatch.query_language.fields import LANGUAGES
from brandwatch.query_language.node import ClauseOutcome, ExpressionError
from brandwatch.query_language.view import EntryView

__all__ = ["LANGUAGES", "ClauseOutcome", "EntryView", "Expression", "ExpressionError", "compile_expression"]
