"""From text to a compiled expression, by recursive descent.

    expression  = conjunction { "OR" conjunction } ;
    conjunction = negation { [ "AND" ] negation } ;
    negation    = ( "NOT" | "-" | "+" ) negation | proximity ;
    proximity   = operand { ( "NEAR" | "ONEAR" ) [ "/" number ] operand } ;
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
  default is 10, the maximum 200. Each side is a word, a phrase, a NEAR, or a group of them joined with OR. In
  `a NEAR/5 b NEAR/3 c` the third is near one of the first two.
- `title:`, `text:` and `author:` search one field: `text` is every text but the title, and `lead:` those of them that
  are a lead. `site:`, `url:`, `lang:`, `source:`, `kind:`, `voice:`, `subject:` and `tag:` test a fact about the entry.
  `field:(a OR "b c")` searches for each.
- `/patterns?/` needs the optional package google-re2, an engine without backtracking.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.query_language import leaves
from brandwatch.query_language.fields import FACTS, TEXTS, WORD_FIELDS, Fact, parse_value
from brandwatch.query_language.lexer import Lexer, Token, TokenKind
from brandwatch.query_language.nodes import (
    MAX_DISTANCE_WORDS,
    And,
    ClauseOutcome,
    EntryView,
    ExpressionError,
    Node,
    Not,
    Or,
)
from brandwatch.query_language.words import WrittenWord, word_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import Prefilter


MAX_EXPRESSION_CHARS = 100_000
# Six calls a level: Python's own limit of 1,000 is far away.
MAX_DEPTH = 100
# Each level goes through the words of the text again, and so does its explanation.
MAX_NEAR_DEPTH = 8
_ALONE = "remove it, or write a word beside it"

_BINARY = frozenset((TokenKind.AND, TokenKind.OR, TokenKind.NEAR))
_STOPS = frozenset((TokenKind.CLOSE, TokenKind.OR, TokenKind.END))


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: immutable, and evaluated on any number of entries."""

    text: str
    tree: Node

    def matches(self, view: EntryView) -> bool:
        """Whether the entry satisfies the expression."""
        return self.tree.matches(view)

    def explain(self, view: EntryView) -> tuple[ClauseOutcome, ...]:
        """List the result of each leaf in reading order, and of each NEAR after its words.

        A clause under NOT has its own result, not that of its exclusion.
        """
        return tuple(self.tree.clauses(view))

    def failing(self, view: EntryView) -> ClauseOutcome | None:
        """Find the clause that fails, `None` if the entry satisfies the expression."""
        return None if self.tree.matches(view) else self.tree.failing(view)

    def words(self) -> frozenset[str]:
        """Collect all folded words and phrases that it searches for, excluded ones too, open ends as `*`."""
        return frozenset(self.tree.words())

    def prefilter(self) -> Prefilter | None:
        """Build the condition on title or text that every matching entry satisfies; `None` for no condition."""
        return self.tree.prefilter()

    def required_values(self, field: str) -> frozenset[str] | None:
        """Collect the values of a fact, `voice` or `subject`, one of which every matching mention has.

        `None` if it may have any.
        """
        return self.tree.required_values(field)


def compile_expression(text: str, *, allow_only_exclusions: bool = False) -> Expression:
    """Compile an expression; raise ExpressionError with the position of the fault.

    An expression that can only exclude is an error, because nearly everything would match. *allow_only_exclusions* is
    for an expression beside names, which say what to look for.
    """
    try:
        tree = _parse(text, allow_only_exclusions=allow_only_exclusions)
    except ExpressionError as error:
        error.text = text
        raise
    return Expression(text, tree)


def _parse(text: str, *, allow_only_exclusions: bool) -> Node:
    if len(text) > MAX_EXPRESSION_CHARS:
        message = f"an expression has at most {MAX_EXPRESSION_CHARS:,} characters"
        raise ExpressionError(message, "split it, or use shorter words", position=MAX_EXPRESSION_CHARS)
    tree = _Parser(text).run()
    exclusion = None if allow_only_exclusions else tree.exclusion()
    if exclusion is not None:
        hint = f"say what to look for beside it, or * for every entry: * {exclusion.text}"
        raise ExpressionError("only exclusions: nothing says what must be there", hint, position=exclusion.start)
    return tree


class _Scope(NamedTuple):
    """The field in which leaves search, empty for title and text; *exact*: with the same capitals."""

    field: str = ""
    exact: bool = False


class _Parser:
    """One walk through the tokens; each method consumes what its name says and leaves the rest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = Lexer(text).tokens()
        self._at = 0
        self._depth = 0

    def run(self) -> Node:
        """Consume everything."""
        if self._next.kind is TokenKind.END:
            raise ExpressionError("this expression is empty", "write a word to look for, or * for every entry")
        tree = self._disjunction(_Scope())
        if self._next.kind is TokenKind.CLOSE:
            raise ExpressionError("this ) was never opened", position=self._next.start)
        return tree

    def _disjunction(self, scope: _Scope) -> Node:
        start = self._next.start
        parts = [self._conjunction(scope)]
        while self._consume(TokenKind.OR):
            parts.append(self._conjunction(scope))
        return parts[0] if len(parts) == 1 else Or(text=self._since(start), start=start, parts=tuple(parts))

    def _conjunction(self, scope: _Scope) -> Node:
        # Parts may follow each other without AND.
        start = self._next.start
        parts = [self._negation(scope)]
        while self._consume(TokenKind.AND) or self._next.kind not in _STOPS:
            parts.append(self._negation(scope))
        return parts[0] if len(parts) == 1 else And(text=self._since(start), start=start, parts=tuple(parts))

    def _negation(self, scope: _Scope) -> Node:
        token = self._next
        if token.kind not in {TokenKind.NOT, TokenKind.EXCLUDE, TokenKind.REQUIRE}:
            return self._proximity(scope)
        self._at += 1
        with self._deeper(token):
            part = self._negation(scope)
        if token.kind is TokenKind.REQUIRE:
            return part
        return Not(text=self._since(token.start), start=token.start, part=part)

    def _proximity(self, scope: _Scope) -> Node:
        """Consume one operand, or several with NEAR between them; the first two join first."""
        start = self._next.start
        node = self._operand(scope)
        while (operator := self._next).kind is TokenKind.NEAR:
            self._at += 1
            node = self._near(scope, start, node, operator)
        return node

    def _near(self, scope: _Scope, start: int, left: Node, operator: Token) -> Node:
        """Consume the operand after NEAR, and join it to the one before."""
        distance = _distance(operator)
        right = self._operand(scope)
        sides = (_near_operands(left), _near_operands(right))
        if max(map(_near_depth, sides)) >= MAX_NEAR_DEPTH:
            message = f"NEAR is nested deeper than {MAX_NEAR_DEPTH} levels"
            raise ExpressionError(message, "join the rest with AND", position=operator.start)
        common = _common_fields(*sides)
        if not common:
            message = "the two sides of NEAR look in different fields"
            raise ExpressionError(message, "write title:(a NEAR b)", position=operator.start)
        text = self._since(start)
        return leaves.Near(
            text=f"{scope.field}:({text})" if scope.field else text,
            start=start,
            left=sides[0],
            right=sides[1],
            fields=common,
            distance=distance,
            ordered=operator.value.startswith("O"),
        )

    def _operand(self, scope: _Scope) -> Node:
        token = self._next
        match token.kind:
            case TokenKind.OPEN:
                return self._group(scope)
            case TokenKind.FIELD:
                return self._field(scope)
            case TokenKind.EXACT:
                return self._exact(scope)
            case TokenKind.WORD | TokenKind.PHRASE | TokenKind.REGEX:
                self._at += 1
                return _leaf(token, scope, token.source)
            case _:
                raise self._missing(token)

    def _group(self, scope: _Scope) -> Node:
        opening = self._next
        self._at += 1
        if self._next.kind is TokenKind.CLOSE:
            raise ExpressionError("there is nothing in these ( )", position=opening.start)
        hint = "put a ) after the last word of the group"
        never_closed = ExpressionError("this ( is never closed", hint, position=opening.start)
        if self._next.kind is TokenKind.END:
            raise never_closed
        with self._deeper(opening):
            tree = self._disjunction(scope)
        if not self._consume(TokenKind.CLOSE):
            raise never_closed
        return tree

    def _field(self, scope: _Scope) -> Node:
        """Consume a field, and the word, phrase or group to look for in it."""
        token = self._next
        if scope.field:
            raise ExpressionError(f"{scope.field}: has said where to look", "close its ) first", position=token.start)
        self._at += 1
        if self._next.kind in {TokenKind.EXCLUDE, TokenKind.REQUIRE, TokenKind.NOT}:
            hint = f"write -{token.source}word"
            raise ExpressionError(f"an exclusion stands before {token.source}", hint, position=self._next.start)
        if self._next.kind in _BINARY | _STOPS:
            raise ExpressionError(f"{token.source} has nothing to look for", position=token.start)
        return self._operand(_Scope(token.value))

    def _exact(self, scope: _Scope) -> Node:
        """Consume `=` and the word or phrase right after it."""
        sign, token = self._next, self._tokens[self._at + 1]
        if token.kind not in {TokenKind.WORD, TokenKind.PHRASE} or scope.field in FACTS:
            hint = 'write =Word, ="Some Words" or title:=Word'
            raise ExpressionError("= stands right before a word or a phrase", hint, position=sign.start)
        self._at += 2
        return _leaf(token, scope._replace(exact=True), self._text[sign.start : token.start] + token.source)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _consume(self, kind: TokenKind) -> bool:
        """Consume the next token if it is of a kind."""
        if self._next.kind is not kind:
            return False
        self._at += 1
        return True

    def _since(self, start: int) -> str:
        """Cut the expression from *start* to the last consumed token."""
        last = self._tokens[self._at - 1]
        return self._text[start : last.start + len(last.source)]

    @contextmanager
    def _deeper(self, token: Token) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"this is nested deeper than {MAX_DEPTH} levels", position=token.start)
        yield
        self._depth -= 1

    def _missing(self, token: Token) -> ExpressionError:
        before = self._tokens[self._at - 1] if self._at else token
        if token.kind is TokenKind.NEAR:
            hint = f"write a {token.value} b"
            if before.kind in {TokenKind.NOT, TokenKind.EXCLUDE}:
                hint = f"write a NOT (a {token.value} b) to exclude entries in which they are near"
            return ExpressionError(f"{token.source} has nothing before it", hint, position=token.start)
        if token.kind in _BINARY:
            return ExpressionError(f"{token.source} has nothing before it", _ALONE, position=token.start)
        if before.kind is TokenKind.NEAR and token.kind in {TokenKind.NOT, TokenKind.EXCLUDE}:
            hint = f"write a NOT (a {before.value} b) to exclude entries in which they are near"
            return ExpressionError(f"{token.source} cannot stand here", hint, position=token.start)
        if token.kind in {TokenKind.CLOSE, TokenKind.END} and before is not token:
            return ExpressionError(f"{before.source} has nothing after it", _ALONE, position=before.start)
        return ExpressionError(f"{token.source} cannot stand here", position=token.start)


def _leaf(token: Token, scope: _Scope, source: str) -> Node:
    # The clause shows the field also where a group named it.
    clause = f"{scope.field}:{source}" if scope.field else source
    if scope.field in FACTS:
        value = parse_value(scope.field, token.value, token.start)
        return Fact(text=clause, start=token.start, field=scope.field, value=value)
    if token.kind is TokenKind.REGEX:
        fields = (scope.field,) if scope.field else TEXTS
        pattern = leaves.compile_pattern(token.value, token.start)
        return leaves.Regex(text=clause, start=token.start, fields=fields, source=token.value, pattern=pattern)
    quoted = token.kind is TokenKind.PHRASE
    return word_leaf(WrittenWord(token.value, token.start, clause, scope.field, scope.exact, quoted))


def _distance(operator: Token) -> int:
    """Read the number of words between the sides of a NEAR."""
    name, slash, number = operator.value.partition("/")
    if not slash:
        return leaves.DEFAULT_DISTANCE_WORDS
    if not (number.isascii() and number.isdigit()):
        raise ExpressionError(f"{name}/ needs a number of words", _distance_hint(name, number), position=operator.start)
    if len(number) > len(str(MAX_DISTANCE_WORDS)) or int(number) > MAX_DISTANCE_WORDS:
        message = f"{name} reaches over at most {MAX_DISTANCE_WORDS} words"
        hint = f"write {name}/{MAX_DISTANCE_WORDS}, or AND for any distance"
        raise ExpressionError(message, hint, position=operator.start)
    return int(number)


def _common_fields(
    left: tuple[leaves.Phrase | leaves.Near, ...], right: tuple[leaves.Phrase | leaves.Near, ...]
) -> tuple[str, ...]:
    """Return the fields in which both sides of a NEAR look; a lead is one of the texts."""
    sides = [{field for phrase in side for field in phrase.fields} for side in (left, right)]
    common = set.intersection(*(side | {"lead"} if "text" in side else side for side in sides))
    return tuple(field for field in WORD_FIELDS if field in common and not (field == "lead" and "text" in common))


def _near_depth(operands: tuple[leaves.Phrase | leaves.Near, ...]) -> int:
    nested = (
        max(_near_depth(side) for side in (near.left, near.right)) for near in operands if isinstance(near, leaves.Near)
    )
    return max((1 + depth for depth in nested), default=0)


def _distance_hint(name: str, written: str) -> str:
    digits = re.match(r"\d+", written, re.ASCII)
    if digits and digits.end() < len(written):
        # Brandwatch's f: only forward.
        return f"write {'ONEAR' if written[-1] in 'fF' else name}/{digits[0]}"
    return f"such as {name}/5; a sentence has about 20 words"


def _near_operands(node: Node) -> tuple[leaves.Phrase | leaves.Near, ...]:
    if isinstance(node, leaves.Phrase | leaves.Near):
        return (node,)
    if isinstance(node, Or):
        return tuple(operand for part in node.parts for operand in _near_operands(part))
    hint = 'put words that follow each other in quotes, and join others with OR: ("a b" OR c) NEAR d'
    raise ExpressionError("NEAR takes words and phrases, or a group of them with OR", hint, position=node.start)
