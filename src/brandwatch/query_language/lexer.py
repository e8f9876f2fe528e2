"""Cut an expression into tokens; operators of other tools are refused here, with the form that works."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from brandwatch.query_language.fields import FACTS, field_name
from brandwatch.query_language.node import ExpressionError
from brandwatch.text.normalise import HYPHENS, fold

_CLOSING = {'"': '"', **dict.fromkeys("“”„‟«»", "“”‟«»")}
_QUOTES = "".join(_CLOSING)
_SPACE = re.compile(r"\s*")
_WORD = re.compile(rf"[^\s(){_QUOTES}]+")
_FIELD = re.compile(r"([^\W\d_][\w.-]*):")
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)*)/(?=[\s()]|$)")
_NEAR = re.compile(r"(O?NEAR)(?:/(.*))?", re.DOTALL)
_SIGNS = {"=": "=", "+": "+", **dict.fromkeys(f"-{HYPHENS}", "-")}


class TokenKind(StrEnum):
    """What a token is."""

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
    """One token: what it says, where it stands, and how it was written."""

    kind: TokenKind
    value: str
    start: int
    source: str


def tokenise(text: str) -> list[Token]:
    """Return the tokens of an expression, an END last."""
    return _Lexer(text).run()


class _Lexer:
    """A walk through the text; *facts* says for each open group whether its values are facts, not words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tokens: list[Token] = []
        self._facts = [False]

    def run(self) -> list[Token]:
        """Walk to the end."""
        while (start := self._skip_space()) < len(self._text):
            character = self._text[start]
            if character in "()":
                self._bracket(character)
            elif character in _QUOTES:
                self._phrase(character)
            elif self._is_value():
                self._value()
            elif self._is_sign(character):
                self._add(TokenKind(_SIGNS[character]), character, 1)
            else:
                self._word()
        self._add(TokenKind.END, "", 0)
        return self._tokens

    def _skip_space(self) -> int:
        """Move to the next character that is no space."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _add(self, kind: TokenKind, value: str, length: int) -> None:
        """Add a token and move past it."""
        self._tokens.append(Token(kind, value, self._at, self._text[self._at : self._at + length]))
        self._at += length

    def _bracket(self, character: str) -> None:
        """Add a bracket, and note whether the group belongs to a fact."""
        if character == "(":
            self._facts.append(self._facts[-1] or self._is_value())
        elif len(self._facts) > 1:
            self._facts.pop()
        self._add(TokenKind(character), character, 1)
        if character == ")":
            self._refuse_suffix()

    def _phrase(self, quote: str) -> None:
        """Add what stands in quotes."""
        closing = _CLOSING[quote]
        end = next((at for at in range(self._at + 1, len(self._text)) if self._text[at] in closing), None)
        if end is None:
            raise ExpressionError("this quote is never closed", f"put {closing[0]} after the phrase", position=self._at)
        self._add(TokenKind.PHRASE, self._text[self._at + 1 : end], end + 1 - self._at)
        self._refuse_suffix()

    def _is_value(self) -> bool:
        """Say whether the value of a fact must stand here."""
        return bool(self._tokens) and self._tokens[-1].kind is TokenKind.FIELD and self._tokens[-1].value in FACTS

    def _value(self) -> None:
        """Add the value of a fact: all signs are part of it, so that links need no quotes."""
        word = self._run()
        self._add(_OPERATORS.get(word, TokenKind.WORD), word, len(word))

    def _is_sign(self, character: str) -> bool:
        """Say whether a sign stands right before something."""
        following = self._text[self._at + 1 : self._at + 2]
        return character in _SIGNS and bool(following) and not following.isspace() and following != ")"

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
            self._regex()
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
        """Return which operator a word is; a word that would be one in capitals is refused."""
        plain = fold(word).plain
        near = _NEAR.fullmatch(plain.upper())
        written = plain[: len(near[1])] if near else plain
        kind = TokenKind.NEAR if near else _OPERATORS.get(written.upper())
        # After = an operator is the word that is looked for: =Near
        if kind is None or self._after(TokenKind.EXACT):
            return None
        if not written.isupper():
            hint = f'or put it in quotes to look for the word: "{word}"'
            raise ExpressionError(f"write {written.upper()} in capitals", hint, position=self._at)
        return kind

    def _after(self, kind: TokenKind) -> bool:
        """Say whether the last token is of a kind."""
        return bool(self._tokens) and self._tokens[-1].kind is kind

    def _regex(self) -> None:
        """Add a pattern between slashes."""
        match = _REGEX.match(self._text, self._at)
        if match is None:
            hint = r"put it in quotes to look for the words; inside a pattern write \/ for /"
            raise ExpressionError("this / is never closed", hint, position=self._at)
        self._add(TokenKind.REGEX, match[1], len(match[0]))

    def _refuse_suffix(self) -> None:
        """Raise for what other tools put right after a phrase or group."""
        sign = self._text[self._at : self._at + 1]
        if sign and sign in "*~^":
            message, hint = _AFTER[sign]
            raise ExpressionError(message, hint, position=self._at)


def _refuse_signs(word: str, position: int) -> None:
    """Raise for the syntax of other tools, where looking for the signs themselves would be a surprise."""
    for sign, (message, hint) in _AHEAD.items():
        if word.startswith(sign):
            raise ExpressionError(message, hint, position=position)
    for sign in "~^":
        if sign in word:
            message, hint = _AFTER[sign]
            raise ExpressionError(message, hint, position=position + word.index(sign))


_RANGE = ("ranges are not part of the language", "put signs in quotes to look for them")
_COMPARISON = ("comparisons are not part of the language", "put signs in quotes to look for them")
_AHEAD = {
    **dict.fromkeys("[]{}", _RANGE),
    **dict.fromkeys("<>", _COMPARISON),
    "!": ("! is no operator", "write NOT, or - right before the word"),
    "&&": ("&& is no operator", "write AND"),
    "|": ("| is no operator", "write OR"),
    ":": (": belongs right after the name of a field", "write title:word without a space before the colon"),
}
_AFTER = {
    "*": ("a phrase has no open end", "join the forms with OR, or write a ONEAR/0 b*"),
    "~": ("~ is not part of the language", "a NEAR/3 b finds words that are near each other"),
    "^": ("weights are not part of the language", "every word counts the same"),
}
