"""Join the texts of an entry without repeating what one contains of another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import MAIN_TEXT, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    LabelledText = tuple[str, str]
    """A field of `models.TEXT_FIELDS`, and one text of it."""


PASSAGE_MARK = "… "
"""In front of a stored passage whose text goes on before it; turned round, behind one whose text goes on."""

_MAX_COMPARED_TEXTS = 20
# The first places may be inside longer words; after so many the text is not contained.
_MAX_PLACES = 8
# A lead is cut off with “…”, “[…]” or “(...)”, perhaps with a link or a count behind it: “… Continue reading →”,
# “… [+5490 chars]” of NewsAPI.
_CUT = re.compile(r" ?[\[(]? ?(?:…|\.\.\.)(?: ?[\])])?(?: [^.…]{1,30}[→»\u203a>]| \[\+\d{1,9} chars\])?$")
_CUT_ENDS = ("…", "...", "]", ")", "→", "»", "\u203a", ">")
_MAX_CUT_CHARS = 48
# Without those that may belong to a name: “@acme”, “#acme”, “.NET”, “Acme!”.
_BEFORE, _BEHIND = " \"'([«-•", " \"')]».,;:"
_PLAIN_SIGNS = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("„", '"'), ("–", "-"), ("—", "-"), ("\xad", ""))
_VARIABLE = re.compile("[\"'’‘“”„–—\xad-]")


class JoinedTexts(NamedTuple):
    """The text of an entry, its parts as in `models.Entry`, and the longest of its texts unless that is all.

    Texts of pictures are not among the longest: it identifies entries that were stored without them.
    """

    text: str
    parts: tuple[TextPart, ...] = ()
    longest: str = ""


_NO_TEXT = JoinedTexts("")


def join_texts(texts: Sequence[LabelledText], title: str = "") -> JoinedTexts:
    """Join texts in their order, each on its own lines, without those that another one contains.

    A text that only repeats *title* is left out if there is another. A lead is one beside a main text only: without
    a main text the longest lead is it, and without both, the longest text that contains them.
    """
    if len(texts) == 1 and texts[0][0] in {MAIN_TEXT, "lead"}:
        return JoinedTexts(texts[0][1])
    if _has_pictures_of_known_texts(texts, title):
        return JoinedTexts(texts[0][1])
    written = [labelled for labelled in texts if labelled[1]]
    if len(written) < 2:  # noqa: PLR2004 (nothing to compare)
        return _join(_with_main_text(written, written))
    firsts: dict[str, LabelledText] = {}
    for labelled in written:
        firsts.setdefault(labelled[1], labelled)
    different = list(firsts.values())
    if len(different) > 1 and title:
        different = [labelled for labelled in different if not is_contained(labelled[1], title)] or different[:1]
    if len(different) > 1:
        different = _drop_contained(different)
    longest = max((text for field, text in written if field != "alt"), key=len, default="")
    return _join(_with_main_text(different, written), longest)


def _has_pictures_of_known_texts(texts: Sequence[LabelledText], title: str) -> bool:
    """Whether all but the first are texts of pictures that stand in it or in the title to the letter, as most do."""
    if not 1 < len(texts) <= _MAX_COMPARED_TEXTS or texts[0][0] not in {MAIN_TEXT, "lead"}:
        return False
    main = texts[0][1]
    return all(
        field == "alt"
        and len(text) + _MAX_CUT_CHARS < len(main)
        and not text.endswith(_CUT_ENDS)
        and (_has_words(main, text, is_cut=False) or _has_words(title, text, is_cut=False))
        for field, text in texts[1:]
    )


def _with_main_text(texts: list[LabelledText], written: Sequence[LabelledText]) -> list[LabelledText]:
    """Make the longest lead the main text if no other is; *written* are all texts, contained ones too."""
    remaining = {field for field, _ in texts}
    if MAIN_TEXT in remaining or not any(field in {MAIN_TEXT, "lead"} for field, _ in written):
        return texts
    candidates = [number for number, (field, _) in enumerate(texts) if field == "lead" or "lead" not in remaining]
    longest = max(candidates, key=lambda number: len(texts[number][1]))
    return [(MAIN_TEXT if number == longest else field, text) for number, (field, text) in enumerate(texts)]


def _join(texts: Sequence[LabelledText], longest: str = "") -> JoinedTexts:
    """Join texts, and label all but the first main text; a second one is a part, so that both have their borders."""
    if not texts:
        return _NO_TEXT
    parts: list[TextPart] = []
    at, has_main = 0, False
    for field, text in texts:
        if has_main or field != MAIN_TEXT:
            parts.append(TextPart(field, at, at + len(text)))
        has_main = has_main or field == MAIN_TEXT
        at += len(text) + 1
    joined = "\n".join([text for _, text in texts]) if len(texts) > 1 else texts[0][1]
    return JoinedTexts(joined, tuple(parts), longest if longest != joined else "")


def without_passage_marks(text: str) -> str:
    """Return a stored passage without the marks of what was cut off."""
    return text.removeprefix(PASSAGE_MARK).removesuffix(PASSAGE_MARK[::-1])


def is_contained(text: str, other: str) -> bool:
    """Whether *other* contains the words of *text*, in the same case; the last word of a cut text may be incomplete."""
    return len(text) <= len(other) + _MAX_CUT_CHARS and _stands_in(_as_line(text), _as_line(other))


def _drop_contained(texts: Sequence[LabelledText]) -> list[LabelledText]:
    """Drop each text that a longer one contains; of very many, only the longest are compared."""
    lines = [_as_line(text) for _, text in texts]
    longest_first = sorted(range(len(texts)), key=lambda number: -_uncut_length(lines[number]))
    uncontained: list[str] = []
    contained: set[int] = set()
    for number in longest_first[:_MAX_COMPARED_TEXTS]:
        if any(_stands_in(lines[number], other) for other in uncontained):
            contained.add(number)
        else:
            uncontained.append(lines[number])
    return [labelled for number, labelled in enumerate(texts) if number not in contained]


def _uncut_length(text: str) -> int:
    """Return the length of a text without the mark that it is cut off."""
    cut = _CUT.search(text, max(0, len(text) - _MAX_CUT_CHARS)) if text.endswith(_CUT_ENDS) else None
    return cut.start() if cut else len(text)


def _stands_in(text: str, other: str) -> bool:
    length = _uncut_length(text)
    is_cut = length < len(text)
    words = text[:length].lstrip(_BEFORE).rstrip(_BEHIND)
    if _has_words(other, words, is_cut=is_cut):
        return True
    variable = _VARIABLE.search(words)
    # For most leads one search shows that the body has other words.
    if "\xad" not in other and words[: variable.start() if variable else None] not in other:
        return False
    return _has_words(_with_plain_signs(other), _with_plain_signs(words), is_cut=is_cut)


def _has_words(text: str, words: str, *, is_cut: bool) -> bool:
    """Whether a text contains whole words; of words that are cut off the last may be incomplete."""
    at = text.find(words)
    for _ in range(_MAX_PLACES):
        if at == -1:
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


@lru_cache(maxsize=4)  # a body is compared with each text of its pictures
def _with_plain_signs(text: str) -> str:
    for written, meant in _PLAIN_SIGNS:
        text = text.replace(written, meant)
    return text
