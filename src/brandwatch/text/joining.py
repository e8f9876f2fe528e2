"""Join the texts of an entry without repeating what one contains of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_COMPARED = 20
# The words may stand inside longer words first: so many places are looked at before the text is kept.
_MOST_PLACES = 8
# A lead is cut off with “…”, “[…]” or “(...)”, perhaps with a link behind it: “… Continue reading →”.
_CUT = re.compile(r" ?[\[(]? ?(?:…|\.\.\.)(?: ?[\])])?(?: [^.…]{1,30}[→»\u203a>])?$")
_CUT_ENDS = ("…", "...", "]", ")", "→", "»", "\u203a", ">")
_LONGEST_CUT = 48
# Not those that may belong to a name: “@acme”, “#acme”, “.NET”, “Acme!”.
_BEFORE, _BEHIND = " \"'([«-•", " \"')]».,;:"
_ALIKE = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("„", '"'), ("–", "-"), ("—", "-"), ("\xad", ""))
_VARIABLE = re.compile("[\"'’‘“”„–—\xad-]")


def join_texts(texts: Sequence[str], title: str = "") -> str:
    """Return the texts in their order, each on lines of its own, without those that another one contains.

    A text that only repeats *title* is left out where there is another.
    """
    if len(texts) == 1:
        return texts[0]
    different = list(dict.fromkeys(filter(None, texts)))
    if len(different) > 1 and title:
        different = [text for text in different if not is_contained(text, title)] or different[:1]
    return "\n".join(_uncontained(different) if len(different) > 1 else different)


def is_contained(text: str, other: str) -> bool:
    """Whether *other* has the words of *text*, with the same capitals; the last word of a text cut off may be half."""
    return len(text) <= len(other) + _LONGEST_CUT and _stands_in(_line(text), _line(other))


def _uncontained(texts: Sequence[str]) -> list[str]:
    """Return the texts that no longer one contains; of very many, only the longest are compared."""
    lines = [_line(text) for text in texts]
    longest_first = sorted(range(len(texts)), key=lambda number: -len(lines[number]))
    kept: list[str] = []
    contained: set[int] = set()
    for number in longest_first[:_MOST_COMPARED]:
        if any(_stands_in(lines[number], other) for other in kept):
            contained.add(number)
        else:
            kept.append(lines[number])
    return [text for number, text in enumerate(texts) if number not in contained]


def _stands_in(text: str, other: str) -> bool:
    """Whether a text stands in another one, from the beginning of a word to the end of one."""
    cut = _CUT.search(text, max(0, len(text) - _LONGEST_CUT)) if text.endswith(_CUT_ENDS) else None
    words = text[: cut.start() if cut else None].lstrip(_BEFORE).rstrip(_BEHIND)
    if _has(other, words, is_cut=bool(cut)):
        return True
    variable = _VARIABLE.search(words)
    # One search tells of most leads that the body has other words.
    if "\xad" not in other and words[: variable.start() if variable else None] not in other:
        return False
    return _has(_alike(other), _alike(words), is_cut=bool(cut))


def _has(text: str, words: str, *, is_cut: bool) -> bool:
    """Whether some words stand in a text, from the beginning of a word to the end of one, if they are not cut off."""
    at = text.find(words)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return False
        if not _is_inside_word(text, at) and (is_cut or not _is_inside_word(text, at + len(words))):
            return True
        at = text.find(words, at + 1)
    return False


def _is_inside_word(text: str, position: int) -> bool:
    """Whether a position is between two letters or digits."""
    return 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()


def _line(text: str) -> str:
    """Return a text on one line."""
    text = text.replace("\n", " ")
    return " ".join(text.split()) if "  " in text else text.strip()


def _alike(text: str) -> str:
    """Return a text with one kind of quotation marks and hyphens."""
    for written, meant in _ALIKE:
        text = text.replace(written, meant)
    return text
