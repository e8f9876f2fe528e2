from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.normalise import fold
from brandwatch.text.sanitise import clean, sort_marks

MARKS = [character for character in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(character)]
MANY = "e\u0301" + "\u0327\u0301" * 50_000


@given(st.lists(st.sampled_from(MARKS) | st.sampled_from("eя漢\u00ad™ ≠"), max_size=60))
def test_sorting_marks_preserves_normal_forms(pieces: list[str]):
    """Every normal form equals that of the original text."""
    text = "".join(pieces)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert unicodedata.normalize(form, sort_marks(text)) == unicodedata.normalize(form, text)


def test_few_marks_are_not_sorted():
    """The marks of real languages are not reordered."""
    assert sort_marks("e\u0301\u0327 ở") == "e\u0301\u0327 ở"


def test_very_many_marks_are_sorted_first():
    """100,000 marks on one letter are sorted; unsorted, Python needs 8 s for each operation."""
    wanted = "\u0229" + "\u0327" * 49_999 + "\u0301" * 50_001
    assert sort_marks(MANY) == "e" + "\u0327" * 50_000 + "\u0301" * 50_001
    assert fold(MANY).plain == clean(MANY) == wanted
