from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reports.samples import LAYOUT, MENTION, titled

from brandwatch.errors import UsageError
from brandwatch.models import Status, TriageChange, TriageState
from brandwatch.reports import report_format
from brandwatch.reports.spreadsheets import read_lines
from brandwatch.reports.triage_sheet import MergePreference, merge_edits, read_edits, sheet_listing
from brandwatch.text.sanitise import normalise_note, normalise_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.models import Mention
    from brandwatch.reports.triage_sheet import MergeResult

KEY = b"k" * 32
DIALECTS = ("csv", "excel", "xlsx")

TEXTS = st.text(max_size=30) | st.sampled_from(
    ["=1+1", "'=1+1", "'x", "-", "@kari", 'a;b,c\t"d"', "[1]", "007", "ÆØÅ 🫐"]
)
MENTIONS = st.builds(
    lambda title, status, tags, note: replace(titled(title), status=status, tags=tags, note=note),
    TEXTS,
    st.sampled_from(Status),
    st.sets(TEXTS.map(normalise_tag).filter(bool), max_size=3).map(lambda tags: tuple(sorted(tags))),
    TEXTS.map(normalise_note),
)


def numbered(mentions: Sequence[Mention]) -> list[Mention]:
    """Build mentions numbered from 1."""
    return [replace(mention, id=number) for number, mention in enumerate(mentions, 1)]


def sheet(dialect: str, mentions: Sequence[Mention]) -> bytes:
    """Write the triage sheet of some mentions."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    layout = replace(LAYOUT, excel=dialect == "excel")
    report_format("xlsx" if dialect == "xlsx" else "csv")(sheet_listing(KEY), mentions, stream, layout)
    stream.flush()
    return raw.getvalue()


def triage_states(mentions: Sequence[Mention]) -> dict[int, TriageState]:
    """Get the triage states of mentions."""
    return {
        one.id: TriageState(
            query=one.query, found=one.found, status=one.status, tags=frozenset(one.tags), note=one.note
        )
        for one in mentions
    }


def merge_into(data: bytes, now: Sequence[Mention], prefer: MergePreference = MergePreference.NEITHER) -> MergeResult:
    """Merge a sheet into the current mentions."""
    return merge_edits(
        read_edits(read_lines(data, "uke.csv"), "uke.csv"), triage_states(now), key=KEY, name="uke.csv", prefer=prefer
    )


def edited_sheet(mention: Mention, **cells: str) -> bytes:
    """Write the sheet of one mention with some cells edited."""
    rows = list(csv.DictReader(io.StringIO(sheet("csv", [mention]).decode())))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerow(rows[0] | cells)
    return out.getvalue().encode()


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=60)
@given(mentions=st.lists(MENTIONS, min_size=1, max_size=4))
def test_a_round_trip_changes_nothing(dialect: str, mentions: list[Mention]):
    """Whatever the titles, tags and notes hold, an unedited sheet makes no decision."""
    mentions = numbered(mentions)
    came_back = merge_into(sheet(dialect, mentions), mentions)
    assert (came_back.changes, came_back.conflicts, came_back.gone) == ({}, [], [])


@settings(max_examples=60)
@given(mention=MENTIONS, later=MENTIONS)
def test_an_unedited_sheet_keeps_later_decisions(mention: Mention, later: Mention):
    """Decisions made after the export stay."""
    assert merge_into(sheet("csv", [mention]), [replace(later, id=mention.id)]).changes == {}


@settings(max_examples=60)
@given(mention=MENTIONS, status=st.sampled_from(Status), note=TEXTS.map(normalise_note))
def test_an_edit_is_applied(mention: Mention, status: Status, note: str):
    """The value of an edited cell is the decision, without the apostrophe that guards a formula."""
    result = merge_into(edited_sheet(mention, status=status.upper(), note=note), [mention])
    change = result.changes.get(mention.id, TriageChange())
    assert (change.status or mention.status) == status
    wanted = {note, note.removeprefix("'")}
    assert (mention.note if change.note is None else change.note) in wanted
    assert result.conflicts == []


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "becomes"),
    [
        ("new", "new", "done", "done"),
        ("new", "done", "new", None),
        ("new", "done", "done", None),
        ("new", "relevant", "done", "conflict"),
        ("relevant", "new", "irrelevant", "conflict"),
    ],
)
def test_three_way_merge(base: str, ours: str, theirs: str, becomes: str | None):
    """An edit of the sheet is applied unless the database has another edit."""
    written = replace(MENTION, status=Status(base))
    now = [replace(MENTION, status=Status(ours))]
    result = merge_into(edited_sheet(written, status=theirs), now)
    if becomes == "conflict":
        (conflict,) = result.conflicts
        assert (conflict.line, conflict.column, conflict.what) == (2, 9, "status")
        assert (conflict.ours, conflict.theirs) == (ours, theirs)
        assert result.changes == {}
        assert merge_into(edited_sheet(written, status=theirs), now, MergePreference.THEIRS).changes == {
            7: TriageChange(status=Status(theirs))
        }
        kept = merge_into(edited_sheet(written, status=theirs), now, MergePreference.OURS)
        assert (kept.changes, kept.conflicts) == ({}, [])
    else:
        assert result.changes == ({7: TriageChange(status=Status(becomes))} if becomes else {})


def test_tags_are_merged_one_by_one():
    """Tags added on both sides stay, removed ones go, and nothing conflicts."""
    written = replace(MENTION, tags=("krise", "pris"))
    result = merge_into(edited_sheet(written, tags="Pris, Blåbær"), [replace(MENTION, tags=("krise", "pris", "strøm"))])
    assert result.changes == {7: TriageChange(tags=("blåbær",), untags=("krise",))}
    assert result.conflicts == []


def test_without_a_base_every_difference_is_a_conflict():
    """Without the base column the edited side is unknown: the user must choose the side that wins."""
    data = edited_sheet(MENTION, status="done", tags="pris", note="ring", base="")
    result = merge_into(data, [replace(MENTION, note="ring")])
    assert [conflict.what for conflict in result.conflicts] == ["status", "tags"]
    assert result.changes == {}
    assert merge_into(data, [MENTION], MergePreference.THEIRS).changes == {
        7: TriageChange(status=Status.DONE, tags=("pris",), note="ring")
    }


@pytest.mark.parametrize("cells", [{"id": "8"}, {"base": '["new",[],"","0123456789ab"]'}])
def test_a_base_belongs_to_one_mention(cells: dict[str, str]):
    """A base of another row, of another database, or made up is refused."""
    now = [MENTION, replace(MENTION, id=8)]
    with pytest.raises(UsageError, match=r"uke\.csv:2:12: this was not written of mention"):
        merge_into(edited_sheet(MENTION, status="done", **cells), now)


def test_a_reused_number_is_another_mention():
    """A new mention may get the number of an erased one; old decisions do not apply to it."""
    with pytest.raises(UsageError, match="was not written of mention 7"):
        merge_into(edited_sheet(MENTION, status="done"), [replace(MENTION, found=MENTION.found + timedelta(days=1))])


def test_missing_mentions_are_listed():
    """Retention or erasure may have deleted a mention: no error of the file."""
    assert merge_into(edited_sheet(MENTION, status="done"), []).gone == [7]
    with pytest.raises(UsageError, match=r"uke\.csv:2:1: there is no mention 7"):
        merge_into(edited_sheet(MENTION, status="done", base=""), [])


def test_every_error_has_its_position():
    """Each error has line and column, and nothing is returned."""
    data = b"note;id;status;tags\nx;1;ferdig;a\n\ny;to;new;=1\nz;3;new;a,=1\nz;1;new;\nz;1;new;\n"
    with pytest.raises(UsageError) as caught:
        merge_into(data, [MENTION])
    assert caught.value.message.splitlines() == [
        "uke.csv cannot be imported; nothing was changed",
        "uke.csv:2:3: unknown status “ferdig”; use new, relevant, irrelevant, done",
        "uke.csv:4:2: “to” is not the number of a mention",
        "uke.csv:5:4: “=1” cannot be a tag",
        "uke.csv:7:2: mention 1 is in line 6 too",
    ]


@pytest.mark.parametrize(
    ("number", "is_number"), [("9" * 19, True), ("9" * 20, False), ("7.0", True), ("7.5", False), ("٧", False)]
)
def test_the_number_of_a_mention(number: str, *, is_number: bool):
    """Digits, as many as a database can have; a spreadsheet may have made a decimal number of it."""
    data = f"id,note\n{number},x\n".encode()
    with pytest.raises(UsageError) as caught:
        merge_into(data, [])
    expected = f"there is no mention {number.removesuffix('.0')}" if is_number else "is not the number of a mention"
    assert caught.value.message.endswith(expected)


@pytest.mark.parametrize(("faults", "lines"), [(20, 21), (21, 22), (50, 22)])
def test_twenty_faults_are_listed(faults: int, lines: int):
    """The rest is counted."""
    data = "id,note\n" + "x,y\n" * faults
    with pytest.raises(UsageError) as caught:
        merge_into(data.encode(), [])
    listed = caught.value.message.splitlines()
    assert len(listed) == lines
    assert (listed[-1] == f"and {faults - 20} more") is (faults > 20)


@pytest.mark.parametrize("data", [b"", b"id;title\n1;x\n", b"status,note\nnew,x\n"])
def test_other_tables_are_refused(data: bytes):
    """A table without numbers or without decision columns is refused."""
    with pytest.raises(UsageError, match="there is no column id, or none of status, tags, note"):
        merge_into(data, [MENTION])


def test_question_marks_of_windows_1252_are_no_edits():
    """Windows-1252 replaces unknown letters by question marks; they are no edits."""
    mention = replace(MENTION, note="ring Åsgård 🫐", tags=("日本",))
    data = sheet("excel", [mention]).decode("utf-8-sig").encode("cp1252", "replace")
    assert merge_into(data, [mention]).changes == {}
