"""Words and phrases as written, to the leaves that search for them."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from brandwatch.query_language import foreign_signs
from brandwatch.query_language.fields import TEXTS
from brandwatch.query_language.leaves import GENITIVE, Everything, Phrase, Sign, SignCheck
from brandwatch.query_language.nodes import ExpressionError, Node
from brandwatch.text.normalise import Folded, fold

MIN_LETTERS_BEFORE_STAR = 3
MIN_LETTERS_AFTER_STAR = 2
MIN_LETTERS_WITH_GENITIVE = 3
# The bound that keeps `"a a a …"` linear in the text: each place is compared with one phrase at most.
MAX_PHRASE_WORDS = 50
_MAX_QUOTED_CHARS = 40

_PUNCTUATION = "'«»“”„‟\",;:!?¿¡…()[]{}"
# A single dot ahead of a word is part of it: .net, .no
_LEADING = re.compile(rf"(?:[{re.escape(_PUNCTUATION)}]|\.(?!\w)|\.{{2,}})+")
_INNER_QUESTION_MARK = re.compile(r"(?<=\w)\?(?=\w)")
_SPACED = re.compile(r"[^ ]+")


class WrittenWord(NamedTuple):
    """A word or phrase as written in an expression; *clause* is its form in an explanation."""

    words: str
    start: int
    clause: str
    field: str = ""
    exact: bool = False
    quoted: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields to search."""
        return (self.field,) if self.field else TEXTS

    def error(self, message: str, hint: str = "") -> ExpressionError:
        """Build an error at the position of the word."""
        return ExpressionError(message, hint, position=self.start)


def word_leaf(written: WrittenWord) -> Node:
    """Build the leaf for a word or phrase; raise ExpressionError if nothing could match it, or nearly everything."""
    words = written.words
    if words == "*" and not written.quoted:
        return Everything(text=written.clause, start=written.start, field=written.field)
    text, open_left, open_right = _without_stars(written)
    if written.quoted:
        _check_wildcards_in_quotes(written)
    elif "*" in text.original:
        raise written.error("* can only stand at the beginning or the end of a word", "join the forms with OR")
    if not _pieces(text):
        return _sign(written, text.folded.strip(), is_open=open_left or open_right)
    phrase = _phrase(written, text, open_left=open_left, open_right=open_right)
    _check_length(written, phrase)
    return phrase


def _check_wildcards_in_quotes(written: WrittenWord) -> None:
    words = written.words
    if "*" in words:
        raise written.error("* is no wildcard in quotes", foreign_signs.open_phrase_hint(words))
    if match := _INNER_QUESTION_MARK.search(words):
        hint = "join the forms with OR"
        raise ExpressionError("? is no wildcard", hint, position=written.start + 1 + match.start())


def _check_length(written: WrittenWord, phrase: Phrase) -> None:
    letters = sum(map(len, phrase.tokens))
    if phrase.open_right and letters < MIN_LETTERS_BEFORE_STAR:
        message = f"at least {MIN_LETTERS_BEFORE_STAR} letters before *"
        raise written.error(message, "write out the words, joined with OR")
    if phrase.open_left and letters < MIN_LETTERS_AFTER_STAR:
        message = f"at least {MIN_LETTERS_AFTER_STAR} letters after *"
        raise written.error(message, "write out the words, joined with OR")
    if len(phrase.tokens) > MAX_PHRASE_WORDS:
        raise written.error(f"a phrase has at most {MAX_PHRASE_WORDS} words", "join shorter phrases with AND")


def typed_leaf(words: str, *, quoted: bool) -> Phrase | Sign:
    """Build the leaf for a part of `--search`: as `word_leaf`, but any text is valid, and other signs are literal."""
    written = WrittenWord(words, 0, words, quoted=quoted)
    text, open_left, open_right = _without_stars(written)
    if _pieces(text):
        return _phrase(written, text, open_left=open_left, open_right=open_right)
    return Sign(text=words, start=0, fields=TEXTS, sign=fold(words).folded)


def _without_stars(written: WrittenWord) -> tuple[Folded, bool, bool]:
    """Fold the words; return them without stars at their ends, and at which ends stars stood."""
    words = written.words
    open_left = words.startswith("*") and not written.quoted
    open_right = words.endswith("*") and not written.quoted
    return fold(words[open_left : len(words) - open_right]), open_left, open_right


def _phrase(written: WrittenWord, text: Folded, *, open_left: bool, open_right: bool) -> Phrase:
    pieces = _pieces(text)
    # A star beside a sign opens nothing: `*-bank` is a word that ends in -bank, and so is `-bank`.
    open_left = open_left and text.folded[pieces[0][0]].isalnum()
    open_right = open_right and text.folded[pieces[-1][1] - 1].isalnum() and pieces[-1][1] == len(text.folded)
    tokens = tuple(token for piece in pieces for token in _SPACED.findall(text.spaced, *piece))
    last = text.folded[pieces[-1][1] - 1]
    is_plain = not (written.quoted or open_left or open_right)
    # No genitive after a sign, a digit, an s, or a word of two letters.
    ending = is_plain and last.isalpha() and last != GENITIVE and sum(map(len, tokens)) >= MIN_LETTERS_WITH_GENITIVE
    packed = " ".join(tokens)
    needle = f"{'' if open_left else ' '}{packed}{'' if open_right else ' '}"
    first_piece, last_piece = text.spaced[slice(*pieces[0])], text.spaced[slice(*pieces[-1])]
    return Phrase(
        text=written.clause,
        start=written.start,
        fields=written.fields,
        tokens=tokens,
        rarest=max(tokens, key=len),
        needles=(needle, f" {packed}{GENITIVE} ") if ending else (needle,),
        checks=_sign_checks(text, pieces, exact=written.exact),
        exact=written.exact,
        open_left=open_left,
        open_right=open_right,
        ending=ending,
        before=len(first_piece) - len(first_piece.lstrip()),
        after=len(last_piece) - len(last_piece.rstrip()),
    )


def _pieces(text: Folded) -> list[tuple[int, int]]:
    """List the spans of the words between spaces, without the punctuation around them."""
    pieces = []
    for match in _SPACED.finditer(text.folded):
        leading = _LEADING.match(text.folded, *match.span())
        start = leading.end() if leading else match.start()
        end = start + len(text.folded[start : match.end()].rstrip(f".{_PUNCTUATION}"))
        if not text.spaced[start:end].isspace() and start < end:
            pieces.append((start, end))
    return pieces


def _sign_checks(text: Folded, pieces: list[tuple[int, int]], *, exact: bool) -> tuple[SignCheck, ...]:
    """List the pieces that words alone do not determine: those with signs in them, and all if capitals count."""
    checks = []
    word = 0
    for start, end in pieces:
        spaced = text.spaced[start:end]
        if exact or " " in spaced:
            before = len(spaced) - len(spaced.lstrip())
            checks.append(SignCheck(word, before, (text.plain if exact else text.folded)[start:end]))
        word += len(spaced.split())
    return tuple(checks)


def _sign(written: WrittenWord, signs: str, *, is_open: bool) -> Sign:
    """Build the leaf for a text without letters and digits: an emoji, or any symbol in quotes."""
    is_symbol = any(unicodedata.category(sign)[0] == "S" for sign in signs)
    if not is_symbol or is_open or (signs.isascii() and not written.quoted):
        if not written.words.strip():
            raise written.error("this phrase is empty")
        raise written.error(
            f"there is no letter or digit to look for in {written.words[:_MAX_QUOTED_CHARS]}",
            foreign_signs.lone_sign_hint(signs),
        )
    return Sign(text=written.clause, start=written.start, fields=written.fields, sign=signs)
