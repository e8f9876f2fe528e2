from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.normalise import fold

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(texts, st.data())
def test_a_span_leads_back_to_the_original(text: str, data: st.DataObject):
    """Every span of the folded text is a span of the text that people read."""
    folded = fold(text)
    if not folded.folded:
        return
    start = data.draw(st.integers(0, len(folded.folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded.folded)))
    first, last = folded.span(start, end)
    assert 0 <= first <= last <= len(text)


@given(texts)
def test_the_three_forms_are_equally_long(text: str):
    """Folded, plain and spaced forms share their positions."""
    folded = fold(text)
    assert len(folded.folded) == len(folded.plain) == len(folded.spaced)


def test_what_differs_only_in_encoding_is_the_same():
    """Decomposed letters, typographic apostrophes, soft hyphens and double escapes fold to what was meant."""
    for written in ("A\u030asga\u030ard", "Åsgård", "Ås\u00adgård", "&Aring;sg&aring;rd", "ÅSGÅRD"):
        assert fold(written).folded == "åsgård", written
    assert fold("Acme’s").folded == "acme's"


def test_the_span_covers_an_entity_whole():
    """The evidence for a name with an entity in it marks the entity as well."""
    text = "hos Bl&aring;b&aelig;r i dag"
    folded = fold(text)
    at = folded.folded.index("blåbær")
    start, end = folded.span(at, at + 6)
    assert text[start:end] == "Bl&aring;b&aelig;r"
