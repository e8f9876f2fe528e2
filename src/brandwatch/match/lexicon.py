"""Words, phrases and beginnings of words to look for in an entry: contexts, exclusions and themes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.match.forms import GENITIVES
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.text.normalise import Folded

_GENITIVE = f"(?:{'|'.join(GENITIVES)})?"


class Found(NamedTuple):
    """A word that was found: as its author wrote it, in which field, at which characters of the folded text."""

    word: str
    field: str
    start: int
    end: int


class Lexicon:
    """A list of words, phrases and `prefix*`, found as whole words in any case, their genitives too."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {_key(word): word for word in words}
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(_spelled, longest_first))})(?!\w)")

    def __len__(self) -> int:
        return len(self._words)

    def find(self, fields: Mapping[str, Folded]) -> Iterator[Found]:
        """Yield every word of the list that stands in the fields."""
        for field, text in fields.items() if self._words else ():
            for match in self._pattern.finditer(text.folded):
                yield Found(self._written(match[0]), field, match.start(), match.end())

    def _written(self, found: str) -> str:
        """Return the word of the list that *found* is a form of."""
        return next(word for key, word in self._words.items() if re.fullmatch(_spelled(key), found))


def _key(word: str) -> str:
    """Return a word folded as texts are, blanks as one space."""
    return " ".join(fold(word).folded.split())


def _spelled(key: str) -> str:
    """Return the pattern of one word."""
    stem, is_prefix = key.rstrip("*"), key.endswith("*")
    spelled = r"\s+".join(map(re.escape, stem.split(" ")))
    return rf"{spelled}\w*" if is_prefix else rf"{spelled}{_GENITIVE}"
