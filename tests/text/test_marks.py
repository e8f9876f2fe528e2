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
def test_sorted_marks_mean_the_same(pieces: list[str]):
    """Whatever stands between them, every normal form is that of the text as it was."""
    text = "".join(pieces)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert unicodedata.normalize(form, sort_marks(text)) == unicodedata.normalize(form, text)


def test_a_usual_number_of_marks_is_left_alone():
    """What a language writes is not touched, in whatever order it is."""
    assert sort_marks("e\u0301\u0327 ở") == "e\u0301\u0327 ở"


def test_a_letter_with_very_many_marks_is_folded_and_cleaned():
    """100,000 marks on one letter come out sorted; in the order of the feed, Python needs 8 s for each."""
    wanted = "\u0229" + "\u0327" * 49_999 + "\u0301" * 50_001
    assert sort_marks(MANY) == "e" + "\u0327" * 50_000 + "\u0301" * 50_001
    assert fold(MANY).plain == clean(MANY) == wanted
