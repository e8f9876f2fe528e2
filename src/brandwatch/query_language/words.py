"""From a word or phrase as it is written to the leaf that searches for it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.query_language.fields import TEXTS
from brandwatch.query_language.leaves import ENDING, Everything, Phrase, Sign, SpanCheck
from brandwatch.query_language.node import ExpressionError
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from brandwatch.query_language.node import Node
    from brandwatch.text.normalise import Folded


LETTERS_BEFORE_STAR = 3
LETTERS_AFTER_STAR = 2
LETTERS_FOR_ENDING = 3
# The bound that keeps `"a a a …"` linear in the text: each place is compared with one phrase at most.
WORDS_IN_PHRASE = 50

_PUNCTUATION = "'«»“”„‟\",;:!?¿¡…()[]{}"
# A single dot ahead of a word is part of it: .net, .no
_AHEAD = re.compile(rf"(?:[{re.escape(_PUNCTUATION)}]|\.(?!\w)|\.{{2,}})+")
_SPACED = re.compile(r"[^ ]+")


class WrittenWord(NamedTuple):
    """A word or phrase as it stands in an expression; *clause* is how an explanation shows it."""

    words: str
    start: int
    clause: str
    field: str = ""
    exact: bool = False
    quoted: bool = False

    def error(self, message: str, hint: str = "") -> ExpressionError:
        """Return an error at this place."""
        return ExpressionError(message, hint, position=self.start)


def word_leaf(written: WrittenWord) -> Node:
    """Return the leaf that finds what is written, or raise what is wrong with it."""
    words = written.words
    if words == "*" and not written.quoted:
        return Everything(text=written.clause, start=written.start, field=written.field)
    open_left = words.startswith("*") and not written.quoted
    open_right = words.endswith("*") and not written.quoted
    words = words[open_left : len(words) - open_right]
    _refuse_inner_signs(written, words)
    text = fold(words)
    pieces = _pieces(text)
    tokens = tuple(token for piece in pieces for token in _SPACED.findall(text.spaced, *piece))
    if not tokens:
        return _sign(written, text.folded.strip(), is_open=open_left or open_right)
    # A star beside a sign opens nothing: `*-bank` is a word that ends in -bank, and so is `-bank`.
    open_left = open_left and text.folded[pieces[0][0]].isalnum()
    open_right = open_right and text.folded[pieces[-1][1] - 1].isalnum() and pieces[-1][1] == len(text.folded)
    _refuse_short(written, tokens, open_left=open_left, open_right=open_right)
    is_plain = not (written.quoted or open_left or open_right)
    return _phrase(written, text, pieces, tokens, opened=(open_left, open_right), ending=is_plain)


def _phrase(
    written: WrittenWord,
    text: Folded,
    pieces: list[tuple[int, int]],
    tokens: tuple[str, ...],
    *,
    opened: tuple[bool, bool],
    ending: bool,
) -> Phrase:
    """Build the leaf out of its parts."""
    open_left, open_right = opened
    ending = ending and _takes_ending(tokens, text.folded[pieces[-1][1] - 1])
    middle = " ".join(tokens)
    first, last = text.spaced[slice(*pieces[0])], text.spaced[slice(*pieces[-1])]
    needle = f"{'' if open_left else ' '}{middle}{'' if open_right else ' '}"
    return Phrase(
        text=written.clause,
        start=written.start,
        fields=(written.field,) if written.field else TEXTS,
        tokens=tokens,
        rarest=max(tokens, key=len),
        needles=(needle, f" {middle}{ENDING} ") if ending else (needle,),
        checks=_checks(text, pieces, exact=written.exact),
        exact=written.exact,
        open_left=open_left,
        open_right=open_right,
        ending=ending,
        before=len(first) - len(first.lstrip()),
        after=len(last) - len(last.rstrip()),
    )


def _pieces(text: Folded) -> list[tuple[int, int]]:
    """Return where each word between spaces stands, without the punctuation around it; pure punctuation is none."""
    pieces = []
    for match in _SPACED.finditer(text.folded):
        ahead = _AHEAD.match(text.folded, *match.span())
        start = ahead.end() if ahead else match.start()
        end = start + len(text.folded[start : match.end()].rstrip(f".{_PUNCTUATION}"))
        if not text.spaced[start:end].isspace() and start < end:
            pieces.append((start, end))
    return pieces


def _checks(text: Folded, pieces: list[tuple[int, int]], *, exact: bool) -> tuple[SpanCheck, ...]:
    """Return the pieces that words alone do not pin down: those with signs in them, and all where capitals count."""
    checks = []
    word = 0
    for start, end in pieces:
        spaced = text.spaced[start:end]
        if exact or " " in spaced:
            before = len(spaced) - len(spaced.lstrip())
            checks.append(SpanCheck(word, before, (text.plain if exact else text.folded)[start:end]))
        word += len(spaced.split())
    return tuple(checks)


def _takes_ending(tokens: tuple[str, ...], last: str) -> bool:
    """Say whether a genitive s may follow: not after a sign, a digit, an s, or a word of two letters."""
    return last.isalpha() and last != ENDING and sum(map(len, tokens)) >= LETTERS_FOR_ENDING


def _sign(written: WrittenWord, signs: str, *, is_open: bool) -> Sign:
    """Return the leaf for what has no letter or digit: an emoji, or any symbol in quotes."""
    is_symbol = any(unicodedata.category(sign)[0] == "S" for sign in signs)
    if not is_symbol or is_open or (signs.isascii() and not written.quoted):
        if not written.words.strip():
            raise written.error("this phrase is empty")
        raise written.error(f"there is no letter or digit to look for in {written.words}", "leave it out")
    fields = (written.field,) if written.field else TEXTS
    return Sign(text=written.clause, start=written.start, fields=fields, sign=signs)


def _refuse_inner_signs(written: WrittenWord, words: str) -> None:
    """Raise for wildcards where none work."""
    if written.quoted:
        return
    if "*" in words:
        raise written.error("* can only stand at the beginning or the end of a word", "join the forms with OR")
    if "?" in words.strip(_PUNCTUATION):
        raise written.error("? is no wildcard", "use * at the end of a word, or join the forms with OR")


def _refuse_short(written: WrittenWord, tokens: tuple[str, ...], *, open_left: bool, open_right: bool) -> None:
    """Raise for phrases that would find too much, or are too long to be looked for quickly."""
    letters = sum(map(len, tokens))
    if open_right and letters < LETTERS_BEFORE_STAR:
        raise written.error(f"at least {LETTERS_BEFORE_STAR} letters before *", "write out the words, joined with OR")
    if open_left and letters < LETTERS_AFTER_STAR:
        raise written.error(f"at least {LETTERS_AFTER_STAR} letters after *", "write out the words, joined with OR")
    if len(tokens) > WORDS_IN_PHRASE:
        raise written.error(f"a phrase has at most {WORDS_IN_PHRASE} words", "join shorter phrases with AND")
