from __future__ import annotations

import csv
import io
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from tests.cli.test_triage import decided, ids, polled, typed  # noqa: F401 (fixtures)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]


def rewrite(path: Path, edits: dict[str, dict[str, str]], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Edit the cells of a table by the last character of the links, as a spreadsheet saves it."""
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if text.startswith("id;") else ","))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(row | edits.get(row["url"][-1], {}) for row in rows)
    path.write_bytes(out.getvalue().encode(encoding))


@pytest.mark.parametrize("options", [(), ("--excel",)])
@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-16"), (";", "utf-8-sig")]
)
def test_a_csv_sheet_round_trip(
    polled: Cli,  # noqa: F811
    home: Path,
    options: tuple[str, ...],
    delimiter: str,
    encoding: str,
):
    """Edits from any spreadsheet dialect are applied once, and undone as one batch."""
    path = home / "uke.csv"
    assert polled("export", "--triage", "-o", "uke.csv", *options).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert polled("import", "uke.csv").err == "0 mentions changed\n"
    edits = {"1": {"status": "Irrelevant", "tags": "Pris; krise"}, "4": {"note": "ring Åsgård, i dag"}}
    rewrite(path, edits, delimiter=delimiter, encoding=encoding)
    assert polled("import", "uke.csv", "--dry-run").err == "2 mentions would change\n"
    assert list(decided(polled).values()) == [("new", [], "")] * 4
    assert polled("import", "uke.csv").err == "2 mentions changed\n"
    assert decided(polled)["1"] == ("irrelevant", ["krise", "pris"], "")
    assert decided(polled)["4"] == ("new", [], "ring Åsgård, i dag")
    assert polled("import", "uke.csv").err == "0 mentions changed\n"
    assert polled("triage", "--undo").err == "2 mentions changed back\n"
    assert "from a file" in polled("show", ids(polled)["1"]).out


def test_a_workbook_round_trip(polled: Cli, home: Path):  # noqa: F811
    """Statuses have a list, the base is hidden, no cell is a formula, and edits are applied."""
    assert polled("export", "--triage", "-o", "uke.xlsx").code == 0
    book = load_workbook(home / "uke.xlsx")
    sheet = book["mentions"]
    (validation,) = sheet.data_validations.dataValidation
    assert (str(validation.sqref), validation.formula1) == ("I2:I1048576", '"new,relevant,irrelevant,done"')
    assert sheet.column_dimensions["L"].hidden
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"n", "s", "d"}
    row = next(row for row in sheet.iter_rows(min_row=2) if str(row[6].value).endswith("4"))
    row[8].value, row[9].value, row[10].value = "done", "Blåbær", "=1+1"
    row[10].data_type = "s"
    book.save(home / "uke.xlsx")
    assert polled("import", "uke.xlsx").err == "1 mention changed\n"
    assert decided(polled)["4"] == ("done", ["blåbær"], "=1+1")


@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="needs Gnumeric's converter")
@pytest.mark.parametrize(
    ("written", "saved"), [("uke.xlsx", "ut.xlsx"), ("uke.xlsx", "ut.csv"), ("uke.csv", "ut.xlsx")]
)
def test_a_round_trip_through_gnumeric(polled: Cli, home: Path, written: str, saved: str):  # noqa: F811
    """A sheet opened and saved by a spreadsheet program is unchanged."""
    polled("triage", "--set", "relevant", "--tag", "blåbær, 2026", "--note", "-ring «Åsgård»; i dag", ids(polled)["2"])
    assert polled("export", "--triage", "-o", written).code == 0
    subprocess.run(["ssconvert", written, saved], cwd=home, check=True, capture_output=True, timeout=300)
    assert polled("import", saved).err == "0 mentions changed\n"


def test_conflicts_are_listed_and_resolved_by_an_option(polled: Cli, home: Path):  # noqa: F811
    """Conflicts have line and column; every other edit is applied."""
    polled("export", "--triage", "-o", "uke.csv")
    polled("triage", "--set", "done", ids(polled)["1"])
    rewrite(home / "uke.csv", {"1": {"status": "relevant", "note": "æ"}, "2": {"status": "relevant"}})
    answer = polled("import", "uke.csv")
    assert (answer.code, answer.err.splitlines()[0]) == (3, "2 mentions changed")
    line = next(
        number for number, text in enumerate((home / "uke.csv").read_text().splitlines(), 1) if "avis1.example" in text
    )
    number = ids(polled)["1"]
    assert f"uke.csv:{line}:9: mention {number}: status is “done” here, “relevant” in the file" in answer.err
    assert "1 conflict, not changed" in answer.err
    assert decided(polled)["1"] == ("done", [], "æ")
    assert polled("import", "uke.csv", "--ours").err == "0 mentions changed\n"
    assert polled("import", "uke.csv", "--theirs").err == "1 mention changed\n"
    assert decided(polled)["1"][0] == "relevant"


def test_an_invalid_file_changes_nothing(polled: Cli, home: Path):  # noqa: F811
    """One invalid cell stops the valid edits as well."""
    polled("export", "--triage", "-o", "uke.csv")
    rewrite(home / "uke.csv", {"1": {"status": "done"}, "2": {"status": "ferdig"}})
    answer = polled("import", "uke.csv")
    assert answer.code == 2
    assert "unknown status “ferdig”; use new, relevant, irrelevant, done" in answer.err
    assert {one[0] for one in decided(polled).values()} == {"new"}


def test_pipes(polled: Cli, typed: Callable[[str | bytes], None]):  # noqa: F811
    """CSV is written to standard output, coverage to standard error, and read from standard input."""
    answer = polled("export", "--triage", "--search", "kunstlag")
    assert answer.err.splitlines()[0] == "1 mention"
    assert "coverage: " in answer.err
    typed(answer.out.replace(",new,,,", ",done,pris,,"))
    assert polled("import", "-").err == "1 mention changed\n"
    assert decided(polled)["4"] == ("done", ["pris"], "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export",), "missing option --triage"),
        (("export", "--triage", "-o", "uke.pdf"), "names no form"),
        (("export", "--triage", "-o", "uke.xlsx", "--excel"), "--excel is for CSV"),
        (("import", "finnes-ikke.csv"), "finnes-ikke.csv cannot be read"),
        (("import", "x.csv", "--ours", "--theirs"), "exclude each other"),
    ],
)
def test_invalid_options_are_refused(polled: Cli, arguments: tuple[str, ...], words: str):  # noqa: F811
    """The exit code is 2, with a message."""
    answer = polled(*arguments)
    assert (answer.code, words in answer.err) == (2, True), answer.err


def test_help_does_not_load_the_workbook_reader(home: Path):
    """The reader is loaded by the import only."""
    code = "import sys; from brandwatch.cli import app; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=300).returncode == 0
