"""Detect the language of a text by its words and runs of letters."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from brandwatch.text import language_codes, languages, normalise

OTHER = "other"

CLEAR_NATS = 1.5
"""The minimum lead of the best language for a text that declares none (odds of 4 to 1)."""
OVERRULING_NATS = 4.0
"""The minimum lead that overrules a declared language, or decides for one outside the table (55 to 1).

A short title that resembles no language of the table is most often a name.
"""
MIN_OVERRULING_WORDS = 4
MAX_READ_CHARS = 600

_MIN_PLAIN_WORDS = 3
_STEP_NATS = 0.06
_SIGNS = "ZYXWVUTSRQPONMLKJIHGFEDCBA.abcdefghijklmnopqrstuvwxyz"
_MAX_RUN_CHARS = 5
_COLUMNS = "# columns: "
_WORD = re.compile(r"https?://\S+|www\.\S+|\S*@\S+|([^\W\d_]+)")
_LAST_LATIN = "\u024f"
# The weight of a word in another script for `other`.
_OTHER_SCRIPT_STEPS = 100
_TAG = re.compile(r"(?!und|mul|zxx|mis)[a-z]{2,3}(?![a-z])")


class LanguageGuess(NamedTuple):
    """A language, `other`, or "" for none, and its lead over the next in nats (1.5 is odds of 4 to 1)."""

    language: str
    margin: float


class _Table(NamedTuple):
    """The weights of words and runs of letters in each column, in steps; the last column is `other`."""

    columns: tuple[str, ...]
    rows: dict[str, tuple[int, ...]]


def detectable_languages() -> tuple[str, ...]:
    """List the columns of the table without `other`."""
    return _table().columns[:-1]


def guess_language(text: str) -> LanguageGuess:
    """Guess the language of *text* by its first 600 characters."""
    return _best(_scores(_words(text)))


def language_of(text: str, declared: str = "") -> str:
    """Detect the language of *text*: a known one, `other`, or "" if it is unknown.

    The *declared* language (a BCP 47 tag) counts unless at least four words clearly contradict it: many feeds declare
    the language of their software. `no` is Bokmål or Nynorsk, by the text.
    """
    words = _words(text)
    scores = _scores(words)
    best = _best(scores)
    claimed = _declared_language(declared, scores)
    if not claimed:
        return best.language if best.margin >= (OVERRULING_NATS if best.language == OTHER else CLEAR_NATS) else ""
    if claimed not in _table().columns:
        return claimed
    lead = max(scores) - scores[_table().columns.index(claimed)]
    return best.language if lead >= OVERRULING_NATS and len(words) >= MIN_OVERRULING_WORDS else claimed


def _declared_language(declared: str, scores: tuple[float, ...]) -> str:
    """Read a tag; "" if it names no language (`und`, or no tag at all)."""
    tag = _TAG.match(declared.strip().lower())
    if tag is None:
        return ""
    if tag[0] in language_codes():
        return tag[0]
    scored = dict(zip(_table().columns, scores, strict=True))
    return max(_tags().get(tag[0], ()), key=lambda code: scored.get(code, -math.inf), default=OTHER)


@cache
def _tags() -> dict[str, list[str]]:
    """Index the codes by the other tags of a language; `no` is a tag of two."""
    tags: dict[str, list[str]] = {}
    for code, each in zip(language_codes(), languages.all_languages(), strict=True):
        for tag in each.tags:
            tags.setdefault(tag, []).append(code)
    return tags


def _best(scores: tuple[float, ...]) -> LanguageGuess:
    second, first = sorted(scores)[-2:]
    if first == second:
        return LanguageGuess("", 0.0)
    return LanguageGuess(_table().columns[scores.index(first)], first - second)


def _words(text: str) -> list[str]:
    """List the words at the beginning of *text* in lower case, without addresses."""
    words = [word for word in _WORD.findall(normalise.fold(text[:MAX_READ_CHARS]).plain) if word]
    # A capital inside a text begins a name, whose letters prove nothing (`I like Åsgård`), or a German noun: such words
    # are left out if at least three others remain.
    plain = [word for word in words[1:] if word.islower()]
    return [word.lower() for word in (words if len(plain) < _MIN_PLAIN_WORDS else [words[0], *plain])]


def _scores(words: list[str]) -> tuple[float, ...]:
    """Score each column, in nats."""
    silent = (0,) * len(_table().columns)
    return tuple(_STEP_NATS * sum(steps) for steps in zip(silent, *map(_steps, words), strict=True))


@lru_cache(maxsize=1 << 14)
def _steps(word: str) -> tuple[int, ...]:
    """Sum the weights of a word and of the runs in it for each column."""
    table = _table()
    silent = (0,) * len(table.columns)
    if word[0] > _LAST_LATIN:
        return (*silent[1:], _OTHER_SCRIPT_STEPS)
    rows = [row for run in _runs(word) if (row := table.rows.get(run)) is not None]
    return tuple(map(sum, zip(silent, *rows, strict=True)))


def _runs(word: str) -> list[str]:
    """List the letters beyond a to z, the runs of two to five signs, edges included, and the whole word."""
    edged = f"_{word}_"
    runs = [letter for letter in word if letter > "z"]
    for size in range(2, _MAX_RUN_CHARS + 1):
        runs += [edged[start : start + size] for start in range(len(edged) - size + 1)]
    return [*runs, edged] if len(edged) > _MAX_RUN_CHARS else runs


@cache
def _table() -> _Table:
    """Read the table: each line has a sign for each column, then the run; `#` begins a remark."""
    lines = Path(__file__).with_name("language.txt").read_text(encoding="utf-8").splitlines()
    (head,) = (line for line in lines if line.startswith(_COLUMNS))
    columns = tuple(head.removeprefix(_COLUMNS).split())
    steps = {sign: place - _SIGNS.index(".") for place, sign in enumerate(_SIGNS)}
    width = len(columns)
    rows = {line[width:]: tuple(steps[sign] for sign in line[:width]) for line in lines if not line.startswith("#")}
    return _Table(columns, rows)
