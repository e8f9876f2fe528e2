"""From tokens to a tree, by recursive descent; the package has the grammar."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.query_language import fields, leaves, lexer, words
from brandwatch.query_language.fields import FACTS, TEXTS, Fact, parse_value
from brandwatch.query_language.leaves import DEFAULT_DISTANCE, MAX_DISTANCE, Near, Phrase
from brandwatch.query_language.lexer import Token, TokenKind
from brandwatch.query_language.node import ExpressionError
from brandwatch.query_language.operators import And, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.query_language.node import Node


MAX_LENGTH = 10_000
# Six calls a level: Python's own limit of 1,000 is far away.
MAX_DEPTH = 100

_BINARY = frozenset((TokenKind.AND, TokenKind.OR, TokenKind.NEAR))
_STOPS = frozenset((TokenKind.CLOSE, TokenKind.OR, TokenKind.END))


class Scope(NamedTuple):
    """Where and how leaves look: in one field or, if none is named, in title and text; *exact* in capitals too."""

    field: str = ""
    exact: bool = False


def parse_expression(text: str) -> Node:
    """Return the tree of an expression; errors do not know the text they are about."""
    if len(text) > MAX_LENGTH:
        hint = "split it, or use shorter words"
        raise ExpressionError(f"an expression has at most {MAX_LENGTH:,} characters", hint, position=MAX_LENGTH)
    return _Parser(text).run()


class _Parser:
    """One walk through the tokens; each method takes what its name says and leaves the rest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = lexer.tokenise(text)
        self._at = 0
        self._depth = 0

    def run(self) -> Node:
        """Take everything."""
        if self._next.kind is TokenKind.END:
            raise ExpressionError("this expression is empty", "write a word to look for, or * for every entry")
        tree = self._disjunction(Scope())
        if self._next.kind is TokenKind.CLOSE:
            raise ExpressionError("this ) was never opened", position=self._next.start)
        return tree

    def _disjunction(self, scope: Scope) -> Node:
        """Take parts joined with OR."""
        start = self._next.start
        parts = [self._conjunction(scope)]
        while self._takes(TokenKind.OR):
            parts.append(self._conjunction(scope))
        return parts[0] if len(parts) == 1 else Or(text=self._since(start), start=start, parts=tuple(parts))

    def _conjunction(self, scope: Scope) -> Node:
        """Take parts joined with AND or with nothing."""
        start = self._next.start
        parts = [self._negation(scope)]
        while self._takes(TokenKind.AND) or self._next.kind not in _STOPS:
            parts.append(self._negation(scope))
        return parts[0] if len(parts) == 1 else And(text=self._since(start), start=start, parts=tuple(parts))

    def _negation(self, scope: Scope) -> Node:
        """Take a part, excluded or not."""
        token = self._next
        if token.kind not in {TokenKind.NOT, TokenKind.EXCLUDE, TokenKind.REQUIRE}:
            return self._proximity(scope)
        self._at += 1
        with self._deeper(token):
            part = self._negation(scope)
        return (
            part
            if token.kind is TokenKind.REQUIRE
            else Not(text=self._since(token.start), start=token.start, part=part)
        )

    def _proximity(self, scope: Scope) -> Node:
        """Take one operand, or two with NEAR between them."""
        start = self._next.start
        left = self._operand(scope)
        operator = self._next
        if not self._takes(TokenKind.NEAR):
            return left
        distance = _distance(operator)
        right = self._operand(scope)
        if self._next.kind is TokenKind.NEAR:
            hint = "write a NEAR b AND b NEAR c"
            raise ExpressionError("NEAR joins two sides only", hint, position=self._next.start)
        ends = (_ends(left), _ends(right))
        text = self._since(start)
        return Near(
            text=f"{scope.field}:({text})" if scope.field else text,
            start=start,
            left=ends[0],
            right=ends[1],
            fields=_common_fields(*ends, operator),
            distance=distance,
            ordered=operator.value.startswith("O"),
        )

    def _operand(self, scope: Scope) -> Node:
        """Take a group, a field with what belongs to it, or a leaf."""
        token = self._next
        if token.kind is TokenKind.OPEN:
            return self._group(scope)
        if token.kind is TokenKind.FIELD:
            return self._field(scope)
        if token.kind is TokenKind.EXACT:
            return self._exact(scope)
        if token.kind in {TokenKind.WORD, TokenKind.PHRASE, TokenKind.REGEX}:
            self._at += 1
            return _leaf(token, scope, token.source)
        raise self._missing(token)

    def _group(self, scope: Scope) -> Node:
        """Take what stands in brackets."""
        opening = self._next
        self._at += 1
        if self._next.kind is TokenKind.CLOSE:
            raise ExpressionError("there is nothing in these ( )", position=opening.start)
        if self._next.kind is TokenKind.END:
            raise _never_closed(opening)
        with self._deeper(opening):
            tree = self._disjunction(scope)
        if not self._takes(TokenKind.CLOSE):
            raise _never_closed(opening)
        return tree

    def _field(self, scope: Scope) -> Node:
        """Take a field and the word, phrase or group that is looked for in it."""
        token = self._next
        if scope.field:
            raise ExpressionError(f"{scope.field}: has said where to look", "close its ) first", position=token.start)
        self._at += 1
        if self._next.kind in {TokenKind.EXCLUDE, TokenKind.REQUIRE, TokenKind.NOT}:
            hint = f"write -{token.source}word"
            raise ExpressionError(f"an exclusion stands before {token.source}", hint, position=self._next.start)
        if self._next.kind in _BINARY | _STOPS:
            raise ExpressionError(f"{token.source} has nothing to look for", position=token.start)
        return self._operand(Scope(token.value))

    def _exact(self, scope: Scope) -> Node:
        """Take `=` and the word or phrase right after it."""
        sign, token = self._next, self._tokens[self._at + 1]
        if token.kind not in {TokenKind.WORD, TokenKind.PHRASE} or scope.field in fields.FACTS:
            hint = 'write =Word, ="Some Words" or title:=Word'
            raise ExpressionError("= stands right before a word or a phrase", hint, position=sign.start)
        self._at += 2
        return _leaf(token, scope._replace(exact=True), self._text[sign.start : token.start] + token.source)

    @property
    def _next(self) -> Token:
        """The token that is not taken yet."""
        return self._tokens[self._at]

    def _takes(self, kind: TokenKind) -> bool:
        """Take the next token if it is of a kind."""
        if self._next.kind is not kind:
            return False
        self._at += 1
        return True

    def _since(self, start: int) -> str:
        """Return how all that was taken from *start* on is written."""
        last = self._tokens[self._at - 1]
        return self._text[start : last.start + len(last.source)]

    @contextmanager
    def _deeper(self, token: Token) -> Iterator[None]:
        """Count one level of nesting."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"this is nested deeper than {MAX_DEPTH} levels", position=token.start)
        yield
        self._depth -= 1

    def _missing(self, token: Token) -> ExpressionError:
        """Return the error for an operand that is not there."""
        if token.kind in _BINARY:
            return ExpressionError(f"{token.source} has nothing before it", position=token.start)
        before = self._tokens[self._at - 1] if self._at else token
        if token.kind in {TokenKind.CLOSE, TokenKind.END} and before is not token:
            return ExpressionError(f"{before.source} has nothing after it", position=before.start)
        return ExpressionError(f"{token.source} cannot stand here", position=token.start)


def _leaf(token: Token, scope: Scope, source: str) -> Node:
    """Return the leaf for one token; the field it looks in is shown in its clause, also where a group named it."""
    clause = f"{scope.field}:{source}" if scope.field else source
    if scope.field in FACTS:
        value = parse_value(scope.field, token.value, token.start)
        return Fact(text=clause, start=token.start, field=scope.field, value=value)
    if token.kind is TokenKind.REGEX:
        fields = (scope.field,) if scope.field else TEXTS
        pattern = leaves.compile_pattern(token.value, token.start)
        return leaves.Regex(text=clause, start=token.start, fields=fields, source=token.value, pattern=pattern)
    quoted = token.kind is TokenKind.PHRASE
    return words.word_leaf(words.WrittenWord(token.value, token.start, clause, scope.field, scope.exact, quoted))


def _distance(operator: Token) -> int:
    """Return how many words may stand between the sides of a NEAR."""
    name, slash, number = operator.value.partition("/")
    if not slash:
        return DEFAULT_DISTANCE
    if not (number.isascii() and number.isdigit()):
        raise ExpressionError(f"{name}/ needs a number of words", f"such as {name}/5", position=operator.start)
    if len(number) > len(str(MAX_DISTANCE)) or int(number) > MAX_DISTANCE:
        raise ExpressionError(f"{name} reaches over at most {MAX_DISTANCE} words", "use AND", position=operator.start)
    return int(number)


def _ends(node: Node) -> tuple[Phrase, ...]:
    """Return the phrases of one side of a NEAR."""
    if isinstance(node, Phrase):
        return (node,)
    if isinstance(node, Or):
        return tuple(end for part in node.parts for end in _ends(part))
    hint = 'put words that follow each other in quotes, and join others with OR: ("a b" OR c) NEAR d'
    raise ExpressionError("NEAR takes words and phrases, or a group of them with OR", hint, position=node.start)


def _common_fields(left: tuple[Phrase, ...], right: tuple[Phrase, ...], operator: Token) -> tuple[str, ...]:
    """Return the fields that both sides look in."""
    sides = [{field for phrase in side for field in phrase.fields} for side in (left, right)]
    common = tuple(field for field in fields.WORD_FIELDS if field in sides[0] & sides[1])
    if not common:
        hint = "write title:(a NEAR b)"
        raise ExpressionError("the two sides of NEAR look in different fields", hint, position=operator.start)
    return common


def _never_closed(opening: Token) -> ExpressionError:
    """Return the error for a group without an end."""
    return ExpressionError("this ( is never closed", "put a ) after the last word of the group", position=opening.start)
