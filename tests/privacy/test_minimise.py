from __future__ import annotations

import pytest

from brandwatch.models import AuthorPolicy, Entry, Evidence, EvidenceKind, MatchResult, Retention
from brandwatch.privacy.minimise import minimise_entry

TEXT = "Blåbær på fjellet. " * 30 + "Acme svarer." + " Havet er blått." * 30
AT = TEXT.index("Acme")
ANCHOR = Evidence(term="Acme", field="text", start=AT, end=AT + 4, rule="exact")


def judged(*pieces: Evidence) -> dict[str, MatchResult]:
    """Return the judgement of one query."""
    return {"acme": MatchResult(evidence=pieces)}


def test_what_is_short_stays_as_it_is():
    """Nothing is left out, and nothing is said to be."""
    entry, judgements = Entry(title="Acme", text="Kort.", author="@kari"), judged(ANCHOR)
    assert minimise_entry(entry, judgements, [Retention()]) == (entry, judgements, None)


def test_evidence_points_into_the_passage():
    """What is in the passage points to the same words, what is not says so, and all of the entry is at hand."""
    far = Evidence(
        term="Kari", field="text", start=0, end=6, rule="spokesperson", kind=EvidenceKind.PERSON, note="near"
    )
    title = Evidence(term="Acme", field="title", start=0, end=4, rule="exact")
    entry = Entry(title="Acme", text=TEXT)
    short, judgements, whole = minimise_entry(entry, judged(title, far, ANCHOR), [Retention(snippet=200)])
    first, second, third = judgements["acme"].evidence
    assert (whole, first) == (entry, title)
    assert (second.start, second.end, second.note) == (0, 0, "near; in what is not kept of it")
    assert short.text[third.start : third.end] == "Acme"
    assert len(short.text) <= 200


def test_the_query_that_keeps_most_decides():
    """One entry is stored once."""
    entry = Entry(text=TEXT, author="Kari Nordmann")
    keeping = [Retention(snippet=100, author=AuthorPolicy.FULL), Retention(snippet=2000, author=AuthorPolicy.NONE)]
    assert minimise_entry(entry, judged(ANCHOR), keeping).entry == entry


@pytest.mark.parametrize(("byline", "author"), [("full", "Kari Nordmann (@kari)"), ("handle", "@kari"), ("none", "")])
def test_authors(byline: str, author: str):
    """A name is kept only where a query says so."""
    entry = Entry(text="Acme", author="Kari Nordmann (@kari)")
    assert minimise_entry(entry, judged(ANCHOR), [Retention(author=AuthorPolicy(byline))]).entry.author == author


def test_a_byline_that_is_evidence_stays():
    """It is the name of a registered representative; without it nobody could say why the voice is official."""
    piece = Evidence(term="Kari Nordmann", field="author", start=0, end=13, rule="byline", kind=EvidenceKind.VOICE)
    entry = Entry(text="Acme", author="Kari Nordmann")
    assert minimise_entry(entry, judged(piece), [Retention()]).entry.author == "Kari Nordmann"
    short, judgements, _ = minimise_entry(entry, judged(piece), [Retention(author=AuthorPolicy.NONE)])
    assert (short.author, judgements["acme"].evidence[0].end) == ("", 0)
