from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.analyse import precision, telling
from brandwatch.models import Entry, Evidence, Mention, Status

NOW = datetime(2026, 5, 6, tzinfo=UTC)
COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 500))


def mention(status: Status, title: str, *, host: str = "a.example", author: str = "") -> Mention:
    """Return a mention of Acme that somebody decided on."""
    entry = Entry(title=title, url=f"https://{host}/1", author=author)
    evidence = (Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),)
    return Mention(id=1, query="acme", entry=entry, evidence=evidence, found=NOW, source="", status=status)


def both(bad: list[str], good: list[str], **said: str) -> list[Mention]:
    """Return irrelevant and relevant mentions with these titles."""
    irrelevant = [mention(Status.IRRELEVANT, title, **said) for title in bad]
    return irrelevant + [mention(Status.RELEVANT, title) for title in good]


@given(COUNTS, COUNTS)
def test_the_share_lies_between_its_bounds(relevant: dict[str, int], irrelevant: dict[str, int]):
    """Each query with a decision has one line, and its share lies in its interval, which is never wider than all."""
    found = precision(relevant, irrelevant)
    assert [line.query for line in found] == sorted({*relevant, *irrelevant})
    assert all(0 <= line.low <= line.share <= line.high <= 1 for line in found)


def test_few_decisions_are_not_sure():
    """Nine of ten may be anything from six to ten of ten; nine hundred of a thousand may not."""
    (few,), (many,) = precision({"q": 9}, {"q": 1}), precision({"q": 900}, {"q": 100})
    assert few.low < 0.6
    assert 0.87 < many.low < many.share < many.high < 0.93


def test_a_word_of_what_is_irrelevant_is_told():
    """The pair of words that all irrelevant mentions have, and no word of it again; what all have tells nothing."""
    found = telling("acme", both(["Acme grønne lån i dag"] * 20, ["Acme åpner butikk i dag"] * 20))
    assert {(one.kind, one.text, one.irrelevant, one.relevant) for one in found} >= {("phrase", "grønne lån", 20, 0)}
    assert not [one.text for one in found if one.text in {"acme", "dag", "grønne", "lån"}]


def test_what_few_mentions_have_is_not_told():
    """Four of four is chance, or somebody's own; five are enough where nobody else says so."""
    assert not telling("acme", both(["Acme kunstlag"] * 4, ["Acme åpner"] * 40))
    assert "kunstlag" in {one.text for one in telling("acme", both(["Acme kunstlag"] * 5, ["Acme åpner"] * 40))}


def test_a_site_is_told():
    """Where only one site is irrelevant, it is named."""
    found = telling("acme", both(["Acme i tall"] * 9, ["Acme i tall"] * 30, host="regnskapstall.example"))
    assert ("site", "regnskapstall.example") in {(one.kind, one.text) for one in found}


def test_nobody_is_told_of():
    """Neither the names of a query's people nor those of authors are among what irrelevant mentions have in common."""
    bad = both(["Acme Kari Eksempel Ola Åsen"] * 20, ["Acme åpner butikk"] * 20, author="Ola Åsen")
    told = " ".join(one.text for one in telling("acme", bad, ["Kari Eksempel"]))
    assert not {"kari", "eksempel", "ola", "åsen"} & set(told.split())


def test_what_every_mention_says_decides_nothing():
    """A word of all mentions of both kinds has no weight, and divides by nothing."""
    assert telling("acme", both(["Acme"] * 50, ["Acme"] * 50)) == []


def test_without_relevant_ones_there_is_nothing_to_compare_with():
    """Irrelevant mentions alone say what they say, not what is telling of them."""
    assert telling("acme", both(["Acme kunstlag stiller ut"] * 50, [])) == []
