"""The query language of `match:` in a query file and of `report --where`; a pure evaluator without a database.

    expression  = conjunction { "OR" conjunction } ;
    conjunction = negation { [ "AND" ] negation } ;
    negation    = ( "NOT" | "-" | "+" ) negation | proximity ;
    proximity   = operand [ ( "NEAR" | "ONEAR" ) [ "/" number ] operand ] ;
    operand     = "(" expression ")" | field ":" operand | leaf ;
    leaf        = [ "=" ] word | [ "=" ] phrase | "/" pattern "/" ;

Precedence, highest first: words and groups, NEAR, NOT, AND (written or not), OR. `a b OR NOT c NEAR d` is
`(a AND b) OR (NOT (c NEAR d))`. Operators are in capitals; `-x` is NOT x and `+x` is x.

- `dnb` is a whole word in title or text, in any case. It matches `dnbs` (from three letters on), `dnb's` and either
  side of a hyphen too. A word with signs in it (`C++`, `AT&T`, `o'reilly`) matches as written.
- `"help me"` is a phrase: consecutive words. `=Word` and `="Some Words"` require these capitals.
- `bank*`, `*bank` and `*bank*` have open ends; inside quotes `*` is a sign like others. `*` alone is every entry,
  `author:*` every entry with an author.
- `a NEAR/5 b` has at most 5 words between the two, in either order and in the same text; ONEAR keeps the order. The
  default is 10, the maximum 50. Each side is a word, a phrase, or a group of them joined with OR.
- `title:`, `text:` and `author:` search one field; `site:`, `url:`, `lang:`, `source:`, `kind:`, `voice:`, `subject:`
  and `tag:` test a fact about the entry. `field:(a OR "b c")` searches for each.
- `/patterns?/` needs the optional package google-re2, an engine without backtracking.

Text becomes tokens (`lexer`), tokens a tree of `nodes` (`parser`), and `words` turns each word into one of the `leaves`
or a fact of the `fields`. The tree is evaluated on an `EntryView`.
"""

from brandwatch.query_language.fields import LANGUAGE_CODES
from brandwatch.query_language.nodes import ClauseOutcome, ExpressionError
from brandwatch.query_language.parser import Expression, compile_expression
from brandwatch.query_language.view import EntryView

__all__ = ["LANGUAGE_CODES", "ClauseOutcome", "EntryView", "Expression", "ExpressionError", "compile_expression"]
