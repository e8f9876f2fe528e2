from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import AuthorPolicy, Entry, Evidence, EvidenceKind, MatchResult, Retention
from brandwatch.privacy.minimise import accounts_in_byline, cut_snippet, minimise_entry

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
    assert (second.start, second.end, second.note) == (0, 0, "near; outside the stored passage")
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


LONG = "Blåbær og fjell. " * 40 + "Her bygger Acme et kraftverk på Ås. " + "Havet er blått. " * 40


def test_a_short_text_stays_whole():
    """What fits is not touched."""
    assert cut_snippet("Acme på Ås", [(0, 4)], 10) == ("Acme på Ås", 0, 10, 0)


def test_what_was_found_is_in_the_snippet():
    """The passage around it is kept, between words, and says that there was more."""
    at = LONG.index("Acme")
    part = cut_snippet(LONG, [(at, at + 4)], 100)
    start, end = part.span(at, at + 4)
    assert part.text[start:end] == "Acme"
    assert (part.text[:2], part.text[-2:], len(part.text) <= 100) == ("… ", " …", True)
    assert "Her bygger Acme et kraftverk på Ås." in part.text
    assert {*part.text.replace(".", "").split()} <= {*LONG.replace(".", "").split(), "…"}


def test_without_anything_found_it_is_the_beginning():
    """So that a reader sees what it is about."""
    assert cut_snippet(LONG, [], 30).text == "Blåbær og fjell. Blåbær og …"


def test_the_first_wins_where_not_all_fit():
    """What does not fit with the first stands nowhere."""
    at = LONG.index("Acme")
    part = cut_snippet(LONG, [(at, at + 4), (0, 6), (at + 7, at + 17)], 80)
    assert part.span(0, 6) == (0, 0)
    start, end = part.span(at + 7, at + 17)
    assert part.text[start:end] == LONG[at + 7 : at + 17]


@pytest.mark.parametrize("size", [0, 3, 4])
def test_nothing_fits_in_nothing(size: int):
    """A snippet of no size is no text."""
    assert cut_snippet(LONG, [(0, 6)], size).text == ""


TEXTS = st.text("ab åß…\n\u030a😀\u200d", max_size=120)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 120), st.integers(0, 12)), max_size=4), st.integers(0, 130))
def test_spans_point_to_the_same_words(text, places, size):
    """Whatever is cut, a span that is kept holds the same characters, the first that fits is kept, and no more is."""
    spans = [(start, min(start + length, len(text))) for start, length in places if start <= len(text)]
    part = cut_snippet(text, spans, size)
    assert len(part.text) <= size
    for start, end in spans:
        moved = part.span(start, end)
        assert part.text[slice(*moved)] == text[start:end] or moved == (0, 0)
    fitting = [(start, end) for start, end in spans if start < end <= start + size - 4]
    if fitting:
        assert part.text[slice(*part.span(*fitting[0]))] == text[slice(*fitting[0])]


@pytest.mark.parametrize(
    ("author", "kept"),
    [
        ("Kari Nordmann", ""),
        ("kari nordmann", ""),
        ("Nordmann, Kari", ""),
        ("Av Kari Øygard-Nordmann / Avisa", ""),
        ("Kari Nordmann, Ola Hansen", ""),
        ("kari.nordmann@avis.example", ""),
        ("https://avis.example/kari-nordmann", ""),
        ("@kari", "@kari"),
        ("@kari@tut.example", "@kari@tut.example"),
        ("Kari Nordmann (@kari_n)", "@kari_n"),
        ("u/kari", "u/kari"),
        ("/u/kari-n", "/u/kari-n"),
        ("kari_91", "kari_91"),
        ("NTB", "NTB"),
        ("kari, ola", "kari, ola"),
        ("", ""),
    ],
)
def test_a_name_is_no_account(author: str, kept: str):
    """One word is what somebody is called there; more are who somebody is."""
    assert accounts_in_byline(author, "https://avis.example/1") == kept


def test_an_account_may_look_like_a_mail_address():
    """It is one where the entry is on its page."""
    assert accounts_in_byline("kari@tut.example", "https://tut.example/@Kari/117") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/users/kari/statuses/1") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/ola/117") == ""


WORDS = "en to tre fire fem seks syv åtte ni ti elleve"


def test_a_snippet_ends_between_words():
    """The cut goes back to the last blank; a text that fits to the letter is not cut."""
    assert cut_snippet(WORDS, [], 20).text == "en to tre fire …"
    assert cut_snippet(WORDS, [], 21).text == "en to tre fire …"
    assert cut_snippet(WORDS, [], 22).text == "en to tre fire fem …"
    assert cut_snippet(WORDS, [], len(WORDS)).text == WORDS


def test_a_snippet_begins_between_words():
    """The cut goes on to the first blank before what was found."""
    at = WORDS.index("åtte")
    assert cut_snippet(WORDS, [(at, at + 4)], 24).text == "… syv åtte ni ti …"


def test_a_word_without_end_is_cut():
    """A run of letters is cut where it must be, at either end: only forty characters are searched for a blank."""
    endless = "å" * 60
    assert cut_snippet(f"Acme {endless}", [(0, 4)], 50).text == f"Acme {'å' * 41} …"
    assert cut_snippet(f"Acme {'å' * 38} {endless}", [(0, 4)], 50).text == f"Acme {'å' * 38} …"
    at = len(endless) + 1
    assert cut_snippet(f"{endless} Acme", [(at, at + 4)], 50).text == f"… {'å' * 41} Acme"


def test_a_blank_counts_within_forty_characters_of_the_cut():
    """The fortieth character from the cut is still searched, the one behind it no longer, at either end."""
    endless = "å" * 60
    assert cut_snippet(f"Acme åå {endless}", [(0, 4)], 50).text == "Acme åå …"
    assert cut_snippet(f"Acme å {endless}", [(0, 4)], 50).text == f"Acme å {'å' * 39} …"
    assert cut_snippet(f"{endless} ååAcme", [(63, 67)], 50).text == "… ååAcme"
    assert cut_snippet(f"{endless} åAcme", [(62, 66)], 50).text == f"… {'å' * 40} åAcme"


def test_spans_that_fill_the_snippet_are_all_in_it():
    """Two spans that lie exactly as far apart as there is room are stored; a letter more, and only the first is."""
    text = "x " * 20 + "Acme bygger i by Ås." + " y" * 20
    for size, is_whole in ((24, True), (23, False)):
        part = cut_snippet(text, [(40, 44), (57, 60)], size)
        assert part.text[slice(*part.span(40, 44))] == "Acme"
        assert (part.span(57, 60) != (0, 0)) is is_whole


def test_the_first_and_the_last_word_of_a_text_stay():
    """A snippet that begins or ends where the text does cuts no word there."""
    assert cut_snippet("en Acme to tre fire fem seks syv", [(3, 7)], 20).text == "en Acme to tre …"
    assert cut_snippet("en to tre fire fem Acme syv", [(19, 23)], 20).text == "… fem Acme syv"


def test_what_was_found_is_never_cut():
    """A span without blanks around it stays whole, though no cut falls between words."""
    text = "x" * 60 + "Acme" + "y" * 60
    part = cut_snippet(text, [(60, 64)], 30)
    assert (part.text[slice(*part.span(60, 64))], len(part.text)) == ("Acme", 30)


def test_a_third_goes_before():
    """What follows the brand says more than what goes before it."""
    text = "a " * 50 + "Acme " + "b " * 50
    part = cut_snippet(text, [(100, 104)], 64)
    assert (part.text.count("a "), part.text.count("b")) == (9, 19)
