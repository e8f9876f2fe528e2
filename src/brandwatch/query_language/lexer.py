"""Split an expression into tokens; operators of other tools are refused here, with the form that works."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from brandwatch.query_language import foreign, foreign_signs
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

_VALUE = re.compile(r'"[^"]{1,100}"|[^\s()]{1,100}')
_DISTANCE_IN_BRACKETS = re.compile(r"\(\s*(\d+)\s*\)")
_SLOP = re.compile(r"~(\d+)")
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


# What an operand may end and begin with.
_ENDS = frozenset((TokenKind.WORD, TokenKind.PHRASE, TokenKind.REGEX, TokenKind.CLOSE))
_BEGINNINGS = _ENDS - {TokenKind.CLOSE} | {
    TokenKind.OPEN,
    TokenKind.FIELD,
    TokenKind.NOT,
    TokenKind.EXCLUDE,
    TokenKind.REQUIRE,
    TokenKind.EXACT,
}
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
        for number in range(len(self._tokens)):
            self._refuse_foreign_word(number)
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
            self._refuse_call_of_near(operator, self._at + len(word))
            self._add(operator, fold(word).plain, len(word))
        elif self._facts[-1]:
            self._add(TokenKind.WORD, word, len(word))
        elif field:
            self._add(TokenKind.FIELD, field_name(field[1], self._at, self._value_after(field)), field.end())
        else:
            self._plain_word(word)

    def _plain_word(self, word: str) -> None:
        """Add a word or a pattern; raise ExpressionError for what means something in other tools."""
        operator = foreign.operator_of(word)
        if operator and not operator.is_word and not self._is_after(TokenKind.EXACT):
            raise _operator_error(word, self._at, operator)
        if word.startswith("/"):
            match = _REGEX.match(self._text, self._at)
            if match is None:
                hint = r"put it in quotes to look for the words; inside a pattern write \/ for /"
                raise ExpressionError("this / is never closed", hint, position=self._at)
            self._add(TokenKind.REGEX, match[1], len(match[0]))
            return
        if phrase := foreign_signs.single_quoted_phrase(self._text, self._at):
            raise ExpressionError("a phrase stands in double quotes", f'write "{phrase}"', position=self._at)
        if sign := foreign_signs.foreign_sign(self._text, word, self._at):
            raise ExpressionError(sign.message, sign.hint, position=sign.position)
        end = self._at + len(word)
        if self._text.startswith("(", end) and word[-1].isalnum():
            raise ExpressionError(
                f"{word}( is not part of the language", foreign_signs.call_hint(word), position=self._at
            )
        self._add(TokenKind.WORD, word, len(word))

    def _value_after(self, field: re.Match[str]) -> str:
        """Return the word or phrase after the name of a field, for a hint."""
        match = _VALUE.match(self._text, self._at + field.end())
        return match[0] if match else ""

    def _is_after(self, kind: TokenKind) -> bool:
        return bool(self._tokens) and self._tokens[-1].kind is kind

    def _refuse_call_of_near(self, kind: TokenKind, end: int) -> None:
        """Refuse NEAR(5) and NEAR(a, b, 5)."""
        if kind is not TokenKind.NEAR or not self._text.startswith("(", end):
            return
        distance = _DISTANCE_IN_BRACKETS.match(self._text, end)
        if distance or not self._tokens or self._tokens[-1].kind not in _ENDS:
            hint = f"write a NEAR/{distance[1] if distance else 5} b"
            raise ExpressionError("NEAR stands between two words", hint, position=self._at)

    def _is_between_words(self, number: int) -> bool:
        # Before the first token is the last one, which is the end.
        return {self._tokens[number - 1].kind, self._tokens[number + 1].kind} <= {TokenKind.WORD, TokenKind.PHRASE}

    def _refuse_foreign_word(self, number: int) -> None:
        """Refuse a word that is an operator in another language, where it stands as one."""
        token = self._tokens[number]
        if token.value == "*" and token.kind is TokenKind.WORD and self._is_between_words(number):
            hint = "write a ONEAR/1 b for two words with one between"
            raise ExpressionError("* alone is every entry", hint, position=token.start)
        operator = foreign.operator_of(token.value) if token.kind is TokenKind.WORD else None
        if operator is None:
            return
        before = self._tokens[number - 1] if number else None
        kind_before = before.kind if before else TokenKind.END
        if kind_before is TokenKind.EXACT or (before and kind_before is TokenKind.FIELD and before.value in FACTS):
            return
        is_between = self._tokens[number + 1].kind in _BEGINNINGS and (
            kind_before in _ENDS or (operator.negates and kind_before not in {TokenKind.NEAR, TokenKind.FIELD})
        )
        is_capital = token.value.isupper() or self._tokens[number + 1].value.isdigit()  # `within 5`
        if (is_between and is_capital) or (not operator.is_common and (is_between or is_capital)):
            raise _operator_error(token.value, token.start, operator)

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
        if kind is None or self._is_after(TokenKind.EXACT):
            return None
        if not written.isupper():
            hint = f'or put it in quotes to look for the word: "{word}"'
            raise ExpressionError(f"write {written.upper()} in capitals", hint, position=self._at)
        return kind

    def _refuse_suffix(self) -> None:
        sign = self._text[self._at : self._at + 1]
        if sign not in _REFUSED_SUFFIXES:
            return
        message, hint = _REFUSED_SUFFIXES[sign]
        if slop := _SLOP.match(self._text, self._at):
            hint = f"write a NEAR/{slop[1]} b for words that are near each other, in any order"
        raise ExpressionError(message, hint, position=self._at)


def _operator_error(word: str, position: int, operator: foreign.ForeignOperator) -> ExpressionError:
    hint = f'{operator.hint}, or put it in quotes to look for the word: "{word}"'
    return ExpressionError(f"{word} is no operator", hint, position=position)
