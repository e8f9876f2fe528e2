"""Split an expression into tokens; operators of other tools are refused here, with the form that works."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from brandwatch.query_language.fields import FACTS, field_name
from brandwatch.query_language.nodes import ExpressionError
from brandwatch.text.normalise import HYPHENS, fold

_CLOSING_QUOTES = {'"': '"', **dict.fromkeys("“”„‟«»", "“”‟«»")}
_QUOTES = "".join(_CLOSING_QUOTES)
_SPACE = re.compile(r"\s*")
_WORD = re.compile(rf"[^\s(){_QUOTES}]+")
_FIELD = re.compile(r"([^\W\d_][\w.-]*):")
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)*)/(?=[\s()]|$)")
_NEAR = re.compile(r"(O?NEAR)(?:/(.*))?", re.DOTALL)
_SIGNS = {"=": "=", "+": "+", **dict.fromkeys(f"-{HYPHENS}", "-")}

_RANGE = ("ranges are not part of the language", "put signs in quotes to look for them")
_COMPARISON = ("comparisons are not part of the language", "put signs in quotes to look for them")
# The syntax of other tools, by the sign that begins or follows a word: to search for the signs would be a surprise.
_REFUSED_PREFIXES = {
    **dict.fromkeys("[]{}", _RANGE),
    **dict.fromkeys("<>", _COMPARISON),
    "!": ("! is no operator", "write NOT, or - right before the word"),
    "&&": ("&& is no operator", "write AND"),
    "|": ("| is no operator", "write OR"),
    ":": (": belongs right after the name of a field", "write title:word without a space before the colon"),
}
_REFUSED_SUFFIXES = {
    "*": ("a phrase has no open end", "join the forms with OR, or write a ONEAR/0 b*"),
    "~": ("~ is not part of the language", "a NEAR/3 b finds words that are near each other"),
    "^": ("weights are not part of the language", "every word counts the same"),
}


class TokenKind(StrEnum):
    """The kind of a token."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    EXCLUDE = "-"
    REQUIRE = "+"
    EXACT = "="
    FIELD = "field:"
    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regex"
    END = "end"


_OPERATORS = {kind.value: kind for kind in (TokenKind.AND, TokenKind.OR, TokenKind.NOT)}


class Token(NamedTuple):
    """One token: its value, its position, and its spelling in the expression."""

    kind: TokenKind
    value: str
    start: int
    source: str


class Lexer:
    """One walk through the text of an expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tokens: list[Token] = []
        # For each open group, whether its values are facts and not words.
        self._facts = [False]

    def tokens(self) -> list[Token]:
        """Return the tokens, an END last; raise ExpressionError at the first fault."""
        while self._skip_space():
            character, following = self._text[self._at], self._text[self._at + 1 : self._at + 2].strip()
            if character in "()":
                self._bracket(character)
            elif character in _QUOTES:
                self._phrase(character)
            elif self._expects_fact():
                # All signs are part of a fact, so that links need no quotes.
                word = self._run()
                self._add(_OPERATORS.get(word, TokenKind.WORD), word, len(word))
            elif character in _SIGNS and following not in {"", ")"}:
                # A prefix operator touches its operand.
                self._add(TokenKind(_SIGNS[character]), character, 1)
            else:
                self._word()
        self._add(TokenKind.END, "", 0)
        return self._tokens

    def _skip_space(self) -> bool:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at < len(self._text)

    def _add(self, kind: TokenKind, value: str, length: int) -> None:
        self._tokens.append(Token(kind, value, self._at, self._text[self._at : self._at + length]))
        self._at += length

    def _expects_fact(self) -> bool:
        return any(last.kind is TokenKind.FIELD and last.value in FACTS for last in self._tokens[-1:])

    def _bracket(self, character: str) -> None:
        if character == "(":
            self._facts.append(self._facts[-1] or self._expects_fact())
        elif len(self._facts) > 1:
            self._facts.pop()
        self._add(TokenKind(character), character, 1)
        if character == ")":
            self._refuse_suffix()

    def _phrase(self, quote: str) -> None:
        closing = _CLOSING_QUOTES[quote]
        end = next((at for at in range(self._at + 1, len(self._text)) if self._text[at] in closing), None)
        if end is None:
            raise ExpressionError("this quote is never closed", f"put {closing[0]} after the phrase", position=self._at)
        self._add(TokenKind.PHRASE, self._text[self._at + 1 : end], end + 1 - self._at)
        self._refuse_suffix()

    def _word(self) -> None:
        """Add a word, an operator, a field or a pattern."""
        word = self._run()
        operator = self._operator(word)
        field = _FIELD.match(word)
        if operator is not None:
            self._add(operator, fold(word).plain, len(word))
        elif self._facts[-1]:
            self._add(TokenKind.WORD, word, len(word))
        elif word.startswith("/"):
            match = _REGEX.match(self._text, self._at)
            if match is None:
                hint = r"put it in quotes to look for the words; inside a pattern write \/ for /"
                raise ExpressionError("this / is never closed", hint, position=self._at)
            self._add(TokenKind.REGEX, match[1], len(match[0]))
        elif field:
            self._add(TokenKind.FIELD, field_name(field[1], self._at), field.end())
        else:
            _refuse_signs(word, self._at)
            self._add(TokenKind.WORD, word, len(word))

    def _run(self) -> str:
        """Return the characters up to the next space, bracket or quote."""
        match = _WORD.match(self._text, self._at)
        return match[0] if match else self._text[self._at]

    def _operator(self, word: str) -> TokenKind | None:
        """Return the operator that a word is; raise ExpressionError for one that is not in capitals."""
        plain = fold(word).plain
        near = _NEAR.fullmatch(plain.upper())
        written = plain[: len(near[1])] if near else plain
        kind = TokenKind.NEAR if near else _OPERATORS.get(written.upper())
        # After = an operator is the word to look for: =Near
        if kind is None or (self._tokens and self._tokens[-1].kind is TokenKind.EXACT):
            return None
        if not written.isupper():
            hint = f'or put it in quotes to look for the word: "{word}"'
            raise ExpressionError(f"write {written.upper()} in capitals", hint, position=self._at)
        return kind

    def _refuse_suffix(self) -> None:
        sign = self._text[self._at : self._at + 1]
        if sign in _REFUSED_SUFFIXES:
            message, hint = _REFUSED_SUFFIXES[sign]
            raise ExpressionError(message, hint, position=self._at)


def _refuse_signs(word: str, position: int) -> None:
    for sign, (message, hint) in _REFUSED_PREFIXES.items():
        if word.startswith(sign):
            raise ExpressionError(message, hint, position=position)
    for sign in "~^":
        if sign in word:
            message, hint = _REFUSED_SUFFIXES[sign]
            raise ExpressionError(message, hint, position=position + word.index(sign))
