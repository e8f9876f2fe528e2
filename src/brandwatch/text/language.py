"""Detect the language of a text by its words and its runs of letters."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from brandwatch.text.normalise import fold

LANGUAGES = ("nb", "nn", "da", "sv", "en", "de", "fi")
OTHER = "other"

CLEAR = 1.5
"""From this margin on, a text that nothing is declared of is believed (nats: 4 to 1)."""
OVERRULING = 4.0
"""From this lead on, a text is believed against what is declared of it, or to be in none of the seven (55 to 1).

What looks like none of the seven is, in a short title, most often a name.
"""
_FEWEST_WORDS = 4
_ENOUGH_WORDS = 3
_READ = 600

_KINDS = (*LANGUAGES, OTHER)
_STEP = 0.06
_SIGNS = "ZYXWVUTSRQPONMLKJIHGFEDCBA.abcdefghijklmnopqrstuvwxyz"
_LONGEST_RUN = 5
_WORD = re.compile(r"https?://\S+|www\.\S+|\S*@\S+|([^\W\d_]+)")
_LAST_LATIN = "\u024f"
_OTHER_SCRIPT = (0, 0, 0, 0, 0, 0, 0, 100)
_SILENT = (0,) * len(_KINDS)
_TAG = re.compile(r"(?!und|mul|zxx|mis)[a-z]{2,3}(?![a-z])")
_SHORTER = {
    "nor": "no", "nob": "nb", "nno": "nn", "dan": "da", "swe": "sv", "eng": "en", "deu": "de", "ger": "de", "fin": "fi",
}  # fmt: skip


class LanguageGuess(NamedTuple):
    """A language, `other` or "" (nothing is said), and its lead over the next in nats (1.5 is odds of 4 to 1)."""

    language: str
    margin: float


def guess_language(text: str) -> LanguageGuess:
    """Return the language that *text* fits best, by its first 600 characters."""
    return _best(_scores(_words(text)))


def language_of(text: str, declared: str = "") -> str:
    """Return the language of *text*: one of the seven, `other`, or "" where it is not known.

    What the source *declared* (a BCP 47 tag) holds unless at least four words say clearly otherwise, since many feeds
    declare the language of their software. `no` means Bokmål or Nynorsk, as the text has it.
    """
    words = _words(text)
    scores = _scores(words)
    found = _best(scores)
    claimed = _claimed(declared, scores)
    if not claimed:
        return found.language if found.margin >= (OVERRULING if found.language == OTHER else CLEAR) else ""
    lead = max(scores) - scores[_KINDS.index(claimed)]
    return found.language if lead >= OVERRULING and len(words) >= _FEWEST_WORDS else claimed


def _claimed(declared: str, scores: tuple[float, ...]) -> str:
    """Return which of the kinds a tag names; "" if it names none (`und`, or no tag at all)."""
    tag = _TAG.match(declared.strip().lower())
    if tag is None:
        return ""
    language = _SHORTER.get(tag[0], tag[0])
    if language == "no":
        return "nn" if scores[_KINDS.index("nn")] > scores[_KINDS.index("nb")] else "nb"
    return language if language in LANGUAGES else OTHER


def _best(scores: tuple[float, ...]) -> LanguageGuess:
    """Return the kind with the highest score and how far it is ahead."""
    second, first = sorted(scores)[-2:]
    if first == second:
        return LanguageGuess("", 0.0)
    return LanguageGuess(_KINDS[scores.index(first)], first - second)


def _words(text: str) -> list[str]:
    """Return the words at the beginning of *text* in lower case, without addresses.

    Capitals inside a text make names, whose letters say nothing of it (`I like Åsgård`), or German nouns, which it does
    without; they go where at least three other words are left.
    """
    words = [word for word in _WORD.findall(fold(text[:_READ]).plain) if word]
    rest = [word for word in words[1:] if word.islower()]
    return [word.lower() for word in (words if len(rest) < _ENOUGH_WORDS else [words[0], *rest])]


def _scores(words: list[str]) -> tuple[float, ...]:
    """Return what the words say for each kind, in nats."""
    return tuple(_STEP * sum(column) for column in zip(_SILENT, *map(_row, words), strict=True))


@lru_cache(maxsize=1 << 14)
def _row(word: str) -> tuple[int, ...]:
    """Return what one word says for each kind, in steps: the sum over the whole of it and the runs in it."""
    if word[0] > _LAST_LATIN:
        return _OTHER_SCRIPT
    table = _table()
    found = [row for run in _runs(word) if (row := table.get(run)) is not None]
    return tuple(map(sum, zip(_SILENT, *found, strict=True)))


def _runs(word: str) -> list[str]:
    """Return the letters beyond a to z, the runs of two to five signs, edges included, and the whole of a word."""
    edged = f"_{word}_"
    runs = [letter for letter in word if letter > "z"]
    for size in range(2, _LONGEST_RUN + 1):
        runs += [edged[start : start + size] for start in range(len(edged) - size + 1)]
    return [*runs, edged] if len(edged) > _LONGEST_RUN else runs


@cache
def _table() -> dict[str, tuple[int, ...]]:
    """Return the table: eight signs on each line are the steps, the rest is the run; `#` begins a remark."""
    steps = {sign: place - _SIGNS.index(".") for place, sign in enumerate(_SIGNS)}
    lines = resources.files("brandwatch.text").joinpath("language.txt").read_text(encoding="utf-8").splitlines()
    width = len(_KINDS)
    return {line[width:]: tuple(steps[sign] for sign in line[:width]) for line in lines if not line.startswith("#")}
