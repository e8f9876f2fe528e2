from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import AuthorPolicy, Entry, Evidence, EvidenceKind, MatchResult, Retention, TextPart
from brandwatch.privacy.minimise import NOT_STORED, accounts_in_byline, cut_snippet, minimise_entry

TEXT = "Blåbær på fjellet. " * 30 + "Acme svarer." + " Havet er blått." * 30
AT = TEXT.index("Acme")
ANCHOR = Evidence(term="Acme", field="text", start=AT, end=AT + 4, rule="exact")


def match_result(*pieces: Evidence) -> dict[str, MatchResult]:
    """The match result of one query."""
    return {"acme": MatchResult(evidence=pieces)}


def test_a_short_entry_is_unchanged():
    """No text is dropped, and none is reported as dropped."""
    entry, judgements = Entry(title="Acme", text="Kort.", author="@kari"), match_result(ANCHOR)
    assert minimise_entry(entry, judgements, [Retention()]) == (entry, judgements, None)


def test_evidence_points_into_the_passage():
    """Spans refer to the same words in the passage; evidence outside it is marked, and the entry is complete."""
    far = Evidence(
        term="Kari", field="text", start=0, end=6, rule="spokesperson", kind=EvidenceKind.PERSON, note="near"
    )
    title = Evidence(term="Acme", field="title", start=0, end=4, rule="exact")
    entry = Entry(title="Acme", text=TEXT)
    short, judgements, whole = minimise_entry(entry, match_result(title, far, ANCHOR), [Retention(snippet=200)])
    first, second, third = judgements["acme"].evidence
    assert (whole, first) == (entry, title)
    assert (second.start, second.end, second.note) == (0, 0, "near; outside the stored passage")
    assert short.text[third.start : third.end] == "Acme"
    assert len(short.text) <= 200


def test_texts_keep_their_fields_in_the_passage():
    """A part is cut with the text; the ellipses belong to the texts that are cut."""
    lead, text, alt = "Blåbær på fjellet. " * 20, "Acme svarer her.", "Havet er blått. " * 20
    borders = len(lead), len(lead) + 1 + len(text)
    parts = (TextPart("lead", 0, borders[0]), TextPart("alt", borders[1] + 1, borders[1] + 1 + len(alt)))
    entry = Entry(text=f"{lead}\n{text}\n{alt}", parts=parts)
    anchor = replace(ANCHOR, start=borders[0] + 1, end=borders[0] + 5)
    short = minimise_entry(entry, match_result(anchor), [Retention(snippet=200)]).entry
    shown = [(part.field, short.text[part.start : part.end]) for part in short.texts]
    assert [field for field, _ in shown] == ["lead", "text", "alt"]
    assert "\n".join(text for _, text in shown) == short.text
    assert shown[0][1].startswith("… ")
    assert shown[1][1] == text
    assert shown[2][1].endswith(" …")


def test_a_passage_inside_one_text_has_one_field():
    """Of a lead without its body only the lead is left."""
    entry = Entry(text=f"{TEXT}\nSlutt", parts=(TextPart("lead", 0, len(TEXT)),))
    short = minimise_entry(entry, match_result(replace(ANCHOR, field="lead")), [Retention(snippet=100)])
    assert short.entry.parts == (TextPart("lead", 0, len(short.entry.text)),)
    (piece,) = short.results["acme"].evidence
    assert (piece.field, short.entry.text[piece.start : piece.end]) == ("lead", "Acme")


def test_the_query_that_stores_most_decides():
    """An entry is stored once, in the most complete form that a query requires."""
    entry = Entry(text=TEXT, author="Kari Nordmann")
    keeping = [Retention(snippet=100, author=AuthorPolicy.FULL), Retention(snippet=2000, author=AuthorPolicy.NONE)]
    assert minimise_entry(entry, match_result(ANCHOR), keeping).entry == entry


@pytest.mark.parametrize(("byline", "author"), [("full", "Kari Nordmann (@kari)"), ("handle", "@kari"), ("none", "")])
def test_authors(byline: str, author: str):
    """An author's name is stored only if a query requires it."""
    entry = Entry(text="Acme", author="Kari Nordmann (@kari)")
    assert minimise_entry(entry, match_result(ANCHOR), [Retention(author=AuthorPolicy(byline))]).entry.author == author


def test_a_byline_that_is_evidence_is_stored():
    """A registered representative's name explains why the voice is official."""
    piece = Evidence(term="Kari Nordmann", field="author", start=0, end=13, rule="byline", kind=EvidenceKind.VOICE)
    entry = Entry(text="Acme", author="Kari Nordmann")
    assert minimise_entry(entry, match_result(piece), [Retention()]).entry.author == "Kari Nordmann"
    short, judgements, _ = minimise_entry(entry, match_result(piece), [Retention(author=AuthorPolicy.NONE)])
    assert (short.author, judgements["acme"].evidence[0].end) == ("", 0)


LONG = "Blåbær og fjell. " * 40 + "Her bygger Acme et kraftverk på Ås. " + "Havet er blått. " * 40


def test_only_the_evidence_of_a_byline_is_stored():
    """Another author beside a registered representative is not stored, and the evidence points to the one who is."""
    author = "Ola Øy, Kari Nordmann"
    piece = Evidence(term="Kari Nordmann", field="author", start=8, end=21, rule="byline", kind=EvidenceKind.VOICE)
    entry = Entry(text="Acme", author=author)
    short, results, _ = minimise_entry(entry, match_result(piece), [Retention()])
    (moved,) = results["acme"].evidence
    assert (short.author, moved.start, moved.end, moved.note) == ("Kari Nordmann", 0, 13, "")
    full, results, _ = minimise_entry(entry, match_result(piece), [Retention(author=AuthorPolicy.FULL)])
    assert (full.author, results["acme"].evidence) == (author, (piece,))


def test_a_short_text_stays_whole():
    """A text within the size is unchanged."""
    assert cut_snippet("Acme på Ås", [(0, 4)], 10) == ("Acme på Ås", 0, 10, 0)


def test_a_snippet_surrounds_the_evidence():
    """It is cut between words, with a sign for the omitted text."""
    at = LONG.index("Acme")
    part = cut_snippet(LONG, [(at, at + 4)], 100)
    start, end = part.span(at, at + 4)
    assert part.text[start:end] == "Acme"
    assert (part.text[:2], part.text[-2:], len(part.text) <= 100) == ("… ", " …", True)
    assert "Her bygger Acme et kraftverk på Ås." in part.text
    assert {*part.text.replace(".", "").split()} <= {*LONG.replace(".", "").split(), "…"}


def test_a_snippet_without_evidence_is_the_beginning():
    """The beginning tells the reader the subject."""
    assert cut_snippet(LONG, [], 30).text == "Blåbær og fjell. Blåbær og …"


def test_a_snippet_prefers_the_first_span():
    """Spans that do not fit beside the first are dropped."""
    at = LONG.index("Acme")
    part = cut_snippet(LONG, [(at, at + 4), (0, 6), (at + 7, at + 17)], 80)
    assert part.span(0, 6) == (0, 0)
    start, end = part.span(at + 7, at + 17)
    assert part.text[start:end] == LONG[at + 7 : at + 17]


@pytest.mark.parametrize("size", [0, 3, 4])
def test_a_snippet_of_no_size_is_empty(size: int):
    """A snippet of no size is no text."""
    assert cut_snippet(LONG, [(0, 6)], size).text == ""


TEXTS = st.text("ab åß…\n\u030a😀\u200d", max_size=120)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 120), st.integers(0, 12)), max_size=4), st.integers(0, 130))
def test_spans_point_to_the_same_words(text, places, size):
    """Stored spans cover the same characters, the first that fits is included, and the size is respected."""
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
        ("4711 / 12", "4711 / 12"),
        (", kari", "kari"),
        ("", ""),
    ],
)
def test_a_name_is_no_account(author: str, kept: str):
    """One word is an account name; several words are a person's name."""
    assert accounts_in_byline(author, "https://avis.example/1") == kept


def test_an_account_may_look_like_a_mail_address():
    """It is an account if the entry is on its page."""
    assert accounts_in_byline("kari@tut.example", "https://tut.example/@Kari/117") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/users/kari/statuses/1") == "kari@tut.example"
    assert accounts_in_byline("kari@tut.example", "https://tut.example/ola/117") == ""


WORDS = "en to tre fire fem seks syv åtte ni ti elleve"


def test_a_snippet_ends_between_words():
    """The end moves back to the last blank; a text of the exact size is not cut."""
    assert cut_snippet(WORDS, [], 20).text == "en to tre fire …"
    assert cut_snippet(WORDS, [], 21).text == "en to tre fire …"
    assert cut_snippet(WORDS, [], 22).text == "en to tre fire fem …"
    assert cut_snippet(WORDS, [], len(WORDS)).text == WORDS


def test_a_snippet_begins_between_words():
    """The start moves forward to the first blank before the evidence."""
    at = WORDS.index("åtte")
    assert cut_snippet(WORDS, [(at, at + 4)], 24).text == "… syv åtte ni ti …"


def test_a_very_long_word_is_cut():
    """Only forty characters are searched for a blank, at either end."""
    endless = "å" * 60
    assert cut_snippet(f"Acme {endless}", [(0, 4)], 50).text == f"Acme {'å' * 41} …"
    assert cut_snippet(f"Acme {'å' * 38} {endless}", [(0, 4)], 50).text == f"Acme {'å' * 38} …"
    at = len(endless) + 1
    assert cut_snippet(f"{endless} Acme", [(at, at + 4)], 50).text == f"… {'å' * 41} Acme"


def test_a_blank_is_searched_within_forty_characters():
    """The fortieth character from the cut is included, the next is not, at either end."""
    endless = "å" * 60
    assert cut_snippet(f"Acme å {endless}", [(0, 4)], 50).text == "Acme å …"
    assert cut_snippet(f"Acmeå {endless}", [(0, 4)], 50).text == f"Acmeå {'å' * 40} …"
    assert cut_snippet(f"{endless} ååAcme", [(63, 67)], 50).text == "… ååAcme"
    assert cut_snippet(f"{endless} åAcme", [(62, 66)], 50).text == f"… {'å' * 40} åAcme"


def test_spans_of_the_exact_size_are_stored():
    """Two spans of exactly the size are stored; with one letter more, only the first."""
    text = "x " * 20 + "Acme bygger i by Ås." + " y" * 20
    for size, is_whole in ((24, True), (23, False)):
        part = cut_snippet(text, [(40, 44), (57, 60)], size)
        assert part.text[slice(*part.span(40, 44))] == "Acme"
        assert (part.span(57, 60) != (0, 0)) is is_whole


def test_no_cut_at_the_ends_of_a_text():
    """A snippet at the start or end of the text cuts no word there."""
    assert cut_snippet("en Acme to tre fire fem seks syv", [(3, 7)], 20).text == "en Acme to tre …"
    assert cut_snippet("en to tre fire fem Acme syv", [(19, 23)], 20).text == "… fem Acme syv"


def test_evidence_is_never_cut():
    """A span without blanks around it stays whole, even if no cut falls between words."""
    text = "x" * 60 + "Acme" + "y" * 60
    part = cut_snippet(text, [(60, 64)], 30)
    assert (part.text[slice(*part.span(60, 64))], len(part.text)) == ("Acme", 30)


def test_a_third_of_the_context_precedes():
    """The text after the brand says more than the text before it."""
    text = "a " * 50 + "Acme " + "b " * 50
    part = cut_snippet(text, [(100, 104)], 64)
    assert (part.text.count("a "), part.text.count("b")) == (9, 19)


def test_evidence_of_several_words_is_never_cut():
    """A blank inside the evidence is no place to cut."""
    text = "x" * 20 + "Acme Kraft AS" + "y" * 60
    for size in (30, 37, 44):
        part = cut_snippet(text, [(20, 33)], size)
        assert part.text[slice(*part.span(20, 33))] == "Acme Kraft AS"
    text = text[::-1]
    part = cut_snippet(text, [(60, 73)], 37)
    assert part.text[slice(*part.span(60, 73))] == "SA tfarK emcA"


def test_the_nearest_spans_are_stored_first():
    """Of two spans that do not fit both, the snippet has the nearer one, before the first or after it."""
    text = "x" * 200
    near, far = (
        cut_snippet(text, [(100, 104), (70, 74), (120, 124)], 40),
        cut_snippet(text, [(100, 104), (80, 84), (130, 134)], 40),
    )
    assert (near.span(120, 124) != (0, 0), near.span(70, 74)) == (True, (0, 0))
    assert (far.span(80, 84) != (0, 0), far.span(130, 134)) == (True, (0, 0))
    # A long span is as far away as its other end.
    long = cut_snippet(text, [(100, 104), (65, 98), (130, 134)], 44)
    assert (long.span(130, 134) != (0, 0), long.span(65, 98)) == (True, (0, 0))


def test_the_first_span_that_fits_is_stored():
    """A span longer than the snippet, and an empty one, are passed over."""
    text = "x" * 200
    part = cut_snippet(text, [(0, 60), (90, 90), (150, 154)], 44)
    assert part.text[slice(*part.span(150, 154))] == "xxxx"
    assert cut_snippet(text, [(10, 50), (150, 154)], 44).span(10, 50) != (0, 0)
    assert cut_snippet(text, [(10, 51), (150, 154)], 44).span(10, 51) == (0, 0)


def test_a_word_that_fits_whole_is_stored():
    """A snippet that begins or ends at a blank loses no word there, and no blank is left beside the ellipsis."""
    assert cut_snippet(WORDS, [], 19).text == "en to tre fire …"
    assert cut_snippet(WORDS, [], 17).text == "en to tre …"
    assert cut_snippet(WORDS, [], 12).text == "en to …"
    at = WORDS.index("åtte")
    shown = {size: cut_snippet(WORDS, [(at, at + 4)], size).text for size in (15, 16, 19, 20, 26, 27, 29, 30)}
    assert shown == {
        15: "… åtte ni …", 16: "… åtte ni ti …", 19: "… åtte ni ti …", 20: "… syv åtte ni ti …",
        26: "… syv åtte ni ti …", 27: "… syv åtte ni ti elleve", 29: "… syv åtte ni ti elleve",
        30: "… seks syv åtte ni ti elleve",
    }  # fmt: skip


def test_no_passage_has_no_place_for_evidence():
    """With no text stored, evidence points nowhere and no part is left."""
    entry = Entry(text=TEXT, parts=(TextPart("lead", 0, len(TEXT)),))
    short, results, _ = minimise_entry(entry, match_result(replace(ANCHOR, start=0, end=1)), [Retention(snippet=0)])
    (piece,) = results["acme"].evidence
    assert (short.text, short.parts, piece.start, piece.end, piece.note) == ("", (), 0, 0, NOT_STORED)


@pytest.mark.parametrize("other", [(180, 184), (220, 224)])
def test_a_snippet_reaches_to_another_span_before_or_behind(other: tuple[int, int]):
    """Both are in a snippet that has just the room for them; with one character less the first is there alone."""
    text, first = "ord " * 100, (200, 204)
    start, end = min(first[0], other[0]), max(first[1], other[1])
    wide, narrow = (cut_snippet(text, [first, other], end - start + 4 - less) for less in (0, 1))
    assert wide.text == f"… {text[start:end]} …"
    assert wide.span(*first) != (0, 0) != wide.span(*other)
    assert narrow.span(*first) != (0, 0) == narrow.span(*other)
