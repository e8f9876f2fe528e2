from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import (
    ClauseResult,
    Entry,
    Evidence,
    EvidenceKind,
    MatchResult,
    Response,
    ResponseSnapshot,
    Subject,
    TriageAction,
    TriageDecision,
    TriageOrigin,
    Voice,
)
from brandwatch.reports.explanation import (
    decision_lines,
    decisions_as_data,
    heat_as_data,
    heat_lines,
    reading_lines,
    readings_as_data,
    result_as_data,
    result_lines,
    sparkline,
)
from brandwatch.stories.heat import Heat

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)


def snapshots(*readings: tuple[float, Response]) -> tuple[ResponseSnapshot, ...]:
    """Build snapshots from hours and responses."""
    return tuple(ResponseSnapshot(at=NOON + timedelta(hours=hour), response=response) for hour, response in readings)


def test_each_count_is_a_line():
    """Each count has its sparkline, first and last value and duration; never counted is a dash, not zero."""
    readings = snapshots(
        (0, Response(comments=0, views=5)),
        (6, Response(comments=6, likes=3)),
        (24, Response(comments=24, likes=3)),
        (168, Response(comments=41, likes=3)),
    )
    assert list(reading_lines(readings)) == [
        "comments  ▁▂▅█  0 → 41, 7 d",
        "likes     –▁▁▁  – → 3, 7 d",
        "views     ▁–––  5 → –, 7 d",
        "replies, shares  –",
    ]
    assert next(iter(reading_lines(readings[:2]))) == "comments  ▁█  0 → 6, 6 h"


def test_one_reading_is_a_number():
    """A single reading has no comparison."""
    assert list(reading_lines(snapshots((0, Response(likes=7))))) == [
        "likes     ▁  7",
        "comments, replies, shares, views  –",
    ]


def test_many_readings_fit_on_a_line():
    """Weeks of readings fit on one line, with the exact first and last values."""
    readings = snapshots(*((hour, Response(comments=hour)) for hour in range(500)))
    (line, _) = reading_lines(readings)
    assert line == "comments  ▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██  0 → 499, 21 d"


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=30))
def test_each_value_has_a_bar(values: list[int | None]):
    """Bars never fall as values rise; only unknown is a dash."""
    bars = sparkline(values)
    assert [bar == "–" for bar in bars] == [value is None for value in values]
    known = sorted((value, bar) for value, bar in zip(values, bars, strict=True) if value is not None)
    assert [bar for _, bar in known] == sorted(bar for _, bar in known)


def test_readings_as_data():
    """Each reading has its time in UTC and all counts, null if unknown."""
    assert readings_as_data(snapshots((1, Response(likes=0)))) == [
        {
            "at": "2026-05-04T11:00:00Z",
            "comments": None,
            "replies": None,
            "likes": 0,
            "shares": None,
            "views": None,
        }
    ]


ENTRY = Entry(
    url="https://xn--blbr-roah.example/acme",
    title="Acme vokser",
    text=f"{'å' * 70} Acme {'ø' * 70}",
    links=("https://acme.example/",),
)
IN_TEXT = Evidence(term="Acme", field="text", start=71, end=75, rule="exact")


@pytest.mark.parametrize(
    ("piece", "lines"),
    [
        (
            Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),
            ["  brand    “Acme” in the title at 0–4, by the rule exact", "           «Acme» vokser"],
        ),
        (
            IN_TEXT,
            [
                "  brand    “Acme” in the text at 71–75, by the rule exact",
                f"           …{'å' * 59} «Acme» {'ø' * 59}…",
            ],
        ),
        (
            Evidence(term="Acme", field="url", start=0, end=29, rule="exact", kind=EvidenceKind.CONTEXT, note="a\nb"),
            ["  context  “Acme” url, by the rule exact; a b", "           «https://blåbær.example»"],
        ),
        (
            Evidence(term="Acme", field="links", start=0, end=4, rule="exact"),
            ["  brand    “Acme” links, by the rule exact"],
        ),
        (
            Evidence(term="Kari", field="text", start=0, end=0, rule="person", kind=EvidenceKind.PERSON),
            ["  person   “Kari” in the text, by the rule person"],
        ),
    ],
)
def test_evidence_has_its_place_and_the_words_around_it(piece: Evidence, lines: list[str]):
    """Sixty characters on each side; a dot shows what is cut off. Of a link or nothing there is no excerpt."""
    assert list(result_lines(ENTRY, MatchResult(evidence=(piece,))))[1 : 1 + len(lines)] == lines
    assert list(result_lines(ENTRY, MatchResult(evidence=(piece,))))[1 + len(lines)].startswith("  voice ")


@pytest.mark.parametrize(("around", "is_cut"), [(60, False), (61, True)])
def test_an_excerpt_is_cut_beyond_sixty_characters(around: int, *, is_cut: bool):
    """On either side."""
    entry = Entry(text=f"{'å' * around}Acme{'ø' * around}")
    piece = Evidence(term="Acme", field="text", start=around, end=around + 4, rule="exact")
    excerpt = list(result_lines(entry, MatchResult(evidence=(piece,))))[2].strip()
    dots = "…" if is_cut else ""
    assert excerpt == f"{dots}{'å' * 60}«Acme»{'ø' * 60}{dots}"


def test_the_result_of_a_match_is_told_line_by_line():
    """The verdict, what is only a default, and each clause that was tried."""
    assert list(result_lines(ENTRY, MatchResult())) == ["no mention", "  language unknown"]
    clauses = (ClauseResult(clause="any", holds=True, note="Acme"), ClauseResult(clause="none", holds=False, note="x"))
    shown = MatchResult(evidence=(IN_TEXT,), language="nb", clauses=clauses)
    assert [line for line in result_lines(ENTRY, shown) if "Acme»" not in line] == [
        "a mention",
        "  brand    “Acme” in the text at 71–75, by the rule exact",
        "  voice    public (nothing in the entry shows another)",
        "  subject  brand (nothing in the entry shows another)",
        "  language nb",
        "tried:",
        "  passed   any: Acme",
        "  failed   none: x",
    ]
    hidden = MatchResult(evidence=(IN_TEXT,), voice=Voice.STAFF, subject=Subject.OFFICIAL, suppressed="excluded: x")
    lines = list(result_lines(ENTRY, hidden))
    assert lines[0] == "a mention, hidden: excluded: x"
    assert lines[3:] == ["  voice    staff", "  subject  official", "  language unknown"]


def test_the_result_of_a_match_as_data():
    """Whether it is a mention, and why; without evidence it is none."""
    clauses = (ClauseResult(clause="any", holds=False, note="a\nb"),)
    data = result_as_data(MatchResult(evidence=(IN_TEXT,), suppressed="excluded", language="nb", clauses=clauses))
    assert data | {"evidence": len(data["evidence"])} == {
        "mention": True,
        "suppressed": "excluded",
        "voice": "public",
        "subject": "brand",
        "language": "nb",
        "evidence": 1,
        "checks": [{"clause": "any", "holds": False, "note": "a b"}],
    }
    assert (result_as_data(MatchResult())["mention"], result_as_data(MatchResult())["evidence"]) == (False, [])


@pytest.mark.parametrize(
    ("action", "value", "previous", "words"),
    [
        (TriageAction.STATUS, "done", "new", "status new → done"),
        (TriageAction.TAG, "pris", "", "tag pris given"),
        (TriageAction.UNTAG, "pris", "", "tag pris taken away"),
        (TriageAction.NOTE, "ring\nKari", "x", "note “ring Kari”"),
        (TriageAction.NOTE, "", "x", "note taken away"),
    ],
)
def test_a_decision_has_its_time_and_its_way(action: TriageAction, value: str, previous: str, words: str):
    """In local time (Oslo here), by which way it came in, and whether it was undone."""
    made = TriageDecision(at=NOON, action=action, value=value, previous=previous, origin=TriageOrigin.TRIAGE)
    undone = TriageDecision(
        at=NOON, action=action, value=value, previous=previous, origin=TriageOrigin.OPTION, is_undo=True
    )
    assert list(decision_lines([made, undone])) == [
        f"2026-05-04 12:00  {words}, at the keyboard",
        f"2026-05-04 12:00  {words}, undone by an option",
    ]
    first, second = decisions_as_data([made, undone])
    assert first == {
        "at": "2026-05-04T10:00:00Z", "verb": action, "value": value, "was": previous, "via": "triage", "undo": False,
    }  # fmt: skip
    assert (second["via"], second["undo"]) == ("option", True)


def test_the_heat_of_a_story_is_a_sum_of_three():
    """The response doubles for one, the place of the name counts, and a day takes one."""
    begin = int((NOON - timedelta(days=2)).timestamp())
    heat = Heat(counts={"likes": 3, "comments": 1, "replies": 2, "shares": 1}, others=2, place=1, begin=begin)
    assert list(heat_lines(heat, NOON)) == [
        "3.8",
        (
            " +4.8  response: 3 likes + 1 comment x 3 + 2 replies x 3 + 1 share x 4 + 2 other publishers x 5;"
            " one for each doubling"
        ),
        " +1.0  the brand is named in a title",
        " -2.0  age: one for each day",
    ]
    assert heat_as_data(heat, NOON) == {
        "heat": 3.75, "response": 4.75, "place": 1, "age": -2.0,
        "counts": {"likes": 3, "comments": 1, "replies": 2, "shares": 1, "other_publishers": 2},
    }  # fmt: skip
    cold = Heat(counts={}, others=0, place=-2, begin=begin)
    assert list(heat_lines(cold, NOON)) == [
        "-4.0",
        " +0.0  response: none that is known; one for each doubling",
        " -2.0  the brand is named in links only",
        " -2.0  age: one for each day",
    ]
    assert "named in a text" in list(heat_lines(cold._replace(place=0), NOON))[2]


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1 / 60, "1 min"), (1.99, "119 min"), (2, "2 h"), (47.9, "48 h"), (48, "2 d"), (60, "2 d"), (61, "3 d")],
)
def test_the_time_between_readings_is_in_the_largest_unit_of_which_it_has_two(hours: float, words: str):
    """Days, hours or minutes, rounded."""
    line = next(reading_lines(snapshots((0, Response(likes=1)), (hours, Response(likes=2)))))
    assert line == f"likes     ▁█  1 → 2, {words}"


def test_readings_are_sampled_at_equal_distances():
    """Twenty-four are all shown; of more, the last one before each moment, and both ends."""
    all_shown = snapshots(*((hour, Response(likes=hour)) for hour in range(24)))
    assert len(next(reading_lines(all_shown)).split()[1]) == 24
    crowded = snapshots(*((hour / 100, Response(likes=0)) for hour in range(99)), (23, Response(likes=7)))
    assert next(reading_lines(crowded)).split()[1] == f"{'▁' * 23}█"
    assert sparkline([0, 7, None, 3]) == "▁█–▄"
    assert sparkline([5, 5]) == "▁▁"
