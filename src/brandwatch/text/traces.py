"""Whether a text holds a name, however it is written: with other signs between its words, in a link, in a code."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DISTINCTIVE = 8
"""Names of fewer letters count only where a word begins: `Per Ås` stands in “super Åsgard” too."""

_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HANDLE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)")
_LETTERS = str.maketrans({"æ": "ae", "ä": "ae", "ß": "ss"})
_SPELT = str.maketrans({"å": "aa", "ø": "oe", "ö": "oe", "ü": "ue"})
_BARE = str.maketrans({"å": "a", "ø": "o", "ö": "o", "ü": "u"})


class Trace(NamedTuple):
    """What is looked for, in letters and digits alone; *is_bare* where letters have lost their signs, as in links."""

    letters: str
    is_bare: bool = False


class Squeezed(NamedTuple):
    """The letters and digits of a text without anything between, and the places where words begin."""

    letters: str
    starts: tuple[int, ...]

    def windows(self, length: int) -> Iterator[str]:
        """Yield everything of this length that a name could be."""
        last = len(self.letters) - length
        for start in range(last + 1) if length >= DISTINCTIVE else self.starts:
            if start <= last:
                yield self.letters[start : start + length]

    def holds(self, letters: str) -> bool:
        """Say whether a name stands here; what follows it may be an ending."""
        if len(letters) >= DISTINCTIVE:
            return letters in self.letters
        return any(self.letters.startswith(letters, start) for start in self.starts)


def traces(name: str) -> tuple[Trace, ...]:
    """Return what to look for where *name* may stand; an account is looked for as its address too.

    å is aa, ø is oe, as in `match`; in a link they may be a and o as well.
    """
    handle = _HANDLE.fullmatch(name.strip())
    written = (name, f"{handle[2]} {handle[1]}") if handle else (name,)
    spelt = [Trace(squeezed(one).letters) for one in written]
    bare = [Trace(squeezed(one, is_bare=True).letters, is_bare=True) for one in written]
    return tuple(dict.fromkeys(trace for trace in (*spelt, *bare) if trace.letters))


def holds(text: str, wanted: Iterable[Trace]) -> bool:
    """Say whether one of the traces is in a text."""
    read = readings(text)
    return any(trace.is_bare in read and read[trace.is_bare].holds(trace.letters) for trace in wanted)


def readings(text: str) -> dict[bool, Squeezed]:
    """Return a text as traces are looked for in it: as it is spelt, and bare where a link may be in it."""
    return {is_bare: squeezed(text, is_bare=is_bare) for is_bare in ((False, True) if "/" in text else (False,))}


def squeezed(text: str, *, is_bare: bool = False) -> Squeezed:
    """Return the letters and digits of a text, decoding what is coded in it for links, JSON or pages."""
    words = _WORD.findall(_plain(_decoded(text), _BARE if is_bare else _SPELT))
    return Squeezed("".join(words), (0, *accumulate(map(len, words[:-1]))) if words else ())


def _decoded(text: str) -> str:
    """Return a text without the codes of links and of JSON."""
    if "\\u" in text:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    return unquote(text) if "%" in text else text


def _plain(text: str, table: dict[int, str]) -> str:
    """Return a text in small letters without accents, those of the North as *table* has them."""
    folded = fold(text).folded
    if folded.isascii():
        return folded
    spelt = folded.translate(_LETTERS).translate(table)
    return "".join(sign for sign in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(sign))
