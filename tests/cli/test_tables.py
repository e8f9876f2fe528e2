"""Lists for screens, spreadsheets and programs; sizes, ids and errors of commands."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from brandwatch.cli import console, options, tables
from brandwatch.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

ROWS = [{"name": "Åsgård", "hosts": ["a.example", "b.example"], "count": 2}, {"name": "", "hosts": [], "count": 0}]
COLUMNS = ("name", "hosts", "count")


def titles(rows: Sequence[tables.Row], stream: TextIO) -> None:
    """Write the names, as a command draws its table."""
    stream.write("".join(f"| {row['name']}\n" for row in rows))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("table", "| Åsgård\n| \n"),
        ("csv", "name,hosts,count\r\nÅsgård,a.example b.example,2\r\n,,0\r\n"),
        ("tsv", "name\thosts\tcount\nÅsgård\ta.example b.example\t2\n\t\t0\n"),
        (
            "jsonl",
            """{"name": "Åsgård", "hosts": ["a.example", "b.example"], "count": 2}
{"name": null, "hosts": [], "count": 0}
""",
        ),
    ],
)
def test_a_list_in_every_format(capsys: pytest.CaptureFixture[str], form: str, text: str):
    """A list in a cell is its words; the unknown is null for programs."""
    tables.write_list(form, COLUMNS, ROWS, titles, tables.empty_as_null)
    written = capsys.readouterr().out
    assert written.replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_a_list_as_one_object_and_as_markdown(capsys: pytest.CaptureFixture[str]):
    """JSON has a version; in Markdown, what a cell holds is text."""
    tables.write_list("json", COLUMNS, ROWS, titles)
    assert json.loads(capsys.readouterr().out) == {"version": 1, "items": ROWS}
    tables.write_list("markdown", COLUMNS, [{"name": "a|b", "hosts": [], "count": 1}], titles)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("|")[1].strip() == "name"
    assert r"a\|b" in lines[2]


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_the_format_of_a_list(monkeypatch: pytest.MonkeyPatch):
    """A table on a screen, CSV elsewhere; a named one anywhere, and an unknown one is an error."""
    monkeypatch.setattr(sys, "stdout", Screen())
    assert (tables.parse_list_format(""), tables.parse_list_format("tsv")) == ("table", "tsv")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert (tables.parse_list_format(""), tables.parse_list_format("table")) == ("csv", "table")
    monkeypatch.setattr(sys, "stdout", None)
    assert tables.parse_list_format("") == "csv"
    with pytest.raises(UsageError, match="unknown format “jsn”") as refused:
        tables.parse_list_format("jsn")
    assert "json" in refused.value.hint


def test_bars_are_exact_to_the_eighth_of_a_cell():
    """The longest is as wide as wanted; nothing has no bar."""
    assert list(tables.bar_texts([8, 4, 1, 0], 2)) == ["██", "█", "▎", ""]
    assert list(tables.bar_texts([16, 15, 1], 2)) == ["██", "█▉", "▏"]
    assert list(tables.bar_texts([0.5, 0.25], 1)) == ["█", "▌"]
    assert list(tables.bar_texts([0, 0], 5)) == ["", ""]
    assert list(tables.bar_texts([], 5)) == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 MiB"), (2**20, "1.0 MiB"), (2**30 - 1, "1024.0 MiB"), (2**30, "1.0 GiB"), (3 * 2**29, "1.5 GiB")],
)
def test_the_size_of_a_file(count: int, text: str):
    """Mebibytes up to a gibibyte."""
    assert console.file_size(count) == text


def test_rows_are_written_as_they_are_read(capsys: pytest.CaptureFixture[str]):
    """Whatever their number, they are one object with the version first."""
    lists: list[list[tables.Row]] = [[], [{"a": "å"}], [{"a": 1}, {"b": [2]}]]
    for rows in lists:
        console.write_json_rows({"query": "Åsgård"}, rows, {"count": len(rows)})
        written = capsys.readouterr().out
        assert list(json.loads(written).items()) == [
            ("version", 1), ("query", "Åsgård"), ("rows", rows), ("count", len(rows)),
        ]  # fmt: skip
        assert "Åsgård" in written


def test_a_file_that_cannot_be_written_is_explained(tmp_path: Path):
    """The folder that is missing, the file in its place, the folder in place of the file."""
    (tmp_path / "fil").write_text("x")
    for path, hint in (
        (tmp_path / "borte" / "a.csv", f"there is no folder {tmp_path / 'borte'}; make it first"),
        (tmp_path / "fil" / "a.csv", f"{tmp_path / 'fil'} is not a folder"),
        (tmp_path, "name a file in this folder"),
    ):
        with pytest.raises(OutputError) as refused, console.open_output(path):
            pass
        assert refused.value.hint == hint
        assert str(path) in refused.value.message


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([9], "there is no mention 9; nothing was changed"),
        ([9, 8, 1], "there are no mentions 8, 9; nothing was changed"),
        ([9, 8, 7, 6, 5], "there are no mentions 5, 6, 7, 8, 9; nothing was changed"),
        ([9, 8, 7, 6, 5, 4], "there are no mentions 4, 5, 6, 7, 8 …; nothing was changed"),
    ],
)
def test_ids_without_a_mention_are_listed(ids: list[int], message: str):
    """The first five; known ones are let through."""
    with pytest.raises(UsageError) as refused:
        options.refuse_unknown(ids, [1, 2])
    assert refused.value.message == message
    options.refuse_unknown([1, 2], [1, 2, 3])


def test_an_output_for_programs_is_asked_for_by_name():
    """Text is for people; anything else is an error."""
    assert (options.is_json("json"), options.is_json("text"), options.is_json("")) == (True, False, False)
    with pytest.raises(UsageError, match="unknown format “yaml”"):
        options.is_json("yaml")


def test_an_error_has_its_hint_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]):
    """Without one there is a single line; nothing of it controls the terminal."""
    console.print_error(UsageError("borte \x1b[31m", "se etter"))
    console.print_error(UsageError("borte"))
    assert capsys.readouterr().err.splitlines() == ["error: borte [31m", "hint: se etter", "error: borte"]
