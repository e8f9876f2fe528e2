"""Join the texts of an entry without repeating what one contains of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_MAX_COMPARED_TEXTS = 20
# The first places may be inside longer words; after so many the text is not contained.
_MAX_PLACES = 8
# A lead is cut off with “…”, “[…]” or “(...)”, perhaps with a link behind it: “… Continue reading →”.
_CUT = re.compile(r" ?[\[(]? ?(?:…|\.\.\.)(?: ?[\])])?(?: [^.…]{1,30}[→»\u203a>])?$")
_CUT_ENDS = ("…", "...", "]", ")", "→", "»", "\u203a", ">")
_MAX_CUT_CHARS = 48
# Without those that may belong to a name: “@acme”, “#acme”, “.NET”, “Acme!”.
_BEFORE, _BEHIND = " \"'([«-•", " \"')]».,;:"
_PLAIN_SIGNS = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("„", '"'), ("–", "-"), ("—", "-"), ("\xad", ""))
_VARIABLE = re.compile("[\"'’‘“”„–—\xad-]")


def join_texts(texts: Sequence[str], title: str = "") -> str:
    """Join texts in their order, each on its own lines, without those that another one contains.

    A text that only repeats *title* is left out if there is another.
    """
    if len(texts) == 1:
        return texts[0]
    different = list(dict.fromkeys(filter(None, texts)))
    if len(different) > 1 and title:
        different = [text for text in different if not is_contained(text, title)] or different[:1]
    return "\n".join(_drop_contained(different) if len(different) > 1 else different)


def is_contained(text: str, other: str) -> bool:
    """Whether *other* contains the words of *text*, in the same case; the last word of a cut text may be incomplete."""
    return len(text) <= len(other) + _MAX_CUT_CHARS and _stands_in(_as_line(text), _as_line(other))


def _drop_contained(texts: Sequence[str]) -> list[str]:
    """Drop each text that a longer one contains; of very many, only the longest are compared."""
    lines = [_as_line(text) for text in texts]
    longest_first = sorted(range(len(texts)), key=lambda number: -len(lines[number]))
    uncontained: list[str] = []
    contained: set[int] = set()
    for number in longest_first[:_MAX_COMPARED_TEXTS]:
        if any(_stands_in(lines[number], other) for other in uncontained):
            contained.add(number)
        else:
            uncontained.append(lines[number])
    return [text for number, text in enumerate(texts) if number not in contained]


def _stands_in(text: str, other: str) -> bool:
    cut = _CUT.search(text, max(0, len(text) - _MAX_CUT_CHARS)) if text.endswith(_CUT_ENDS) else None
    words = text[: cut.start() if cut else None].lstrip(_BEFORE).rstrip(_BEHIND)
    if _has_words(other, words, is_cut=bool(cut)):
        return True
    variable = _VARIABLE.search(words)
    # For most leads one search shows that the body has other words.
    if "\xad" not in other and words[: variable.start() if variable else None] not in other:
        return False
    return _has_words(_with_plain_signs(other), _with_plain_signs(words), is_cut=bool(cut))


def _has_words(text: str, words: str, *, is_cut: bool) -> bool:
    """Whether a text contains whole words; of words that are cut off the last may be incomplete."""
    at = text.find(words)
    for _ in range(_MAX_PLACES):
        if at < 0:
            return False
        if not _is_inside_word(text, at) and (is_cut or not _is_inside_word(text, at + len(words))):
            return True
        at = text.find(words, at + 1)
    return False


def _is_inside_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()


def _as_line(text: str) -> str:
    text = text.replace("\n", " ")
    return " ".join(text.split()) if "  " in text else text.strip()


def _with_plain_signs(text: str) -> str:
    for written, meant in _PLAIN_SIGNS:
        text = text.replace(written, meant)
    return text
