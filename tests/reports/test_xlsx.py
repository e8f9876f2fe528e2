from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.reports.samples import HOSTILE, LAYOUT, MENTION, titled

from brandwatch.reports import xlsx
from brandwatch.reports.columns import MENTIONS
from brandwatch.reports.triage_sheet import sheet_listing

if TYPE_CHECKING:
    from brandwatch.models import Mention

SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets(*mentions: Mention) -> list[ET.Element]:
    """Read the sheets of a written workbook."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    xlsx.write_workbook(MENTIONS, mentions, stream, LAYOUT)
    with zipfile.ZipFile(stream.buffer) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return [ET.fromstring(book.read(name)) for name in names]  # noqa: S314 (our own)


def texts(sheet: ET.Element) -> list[list[str]]:
    """Read the texts and numbers of a sheet, row by row."""
    rows = sheet.findall(".//s:row", SHEET)
    return [["".join(cell.itertext()) for cell in row.findall("s:c", SHEET)] for row in rows]


def test_a_row_has_a_number_dates_texts_and_a_link():
    """The day is a formatted number: noon in Oslo is 46,146.5 days after the spreadsheet epoch."""
    mentions, coverage = sheets(MENTION)
    header, row = texts(mentions)
    assert header[:6] == ["id", "query", "published", "found", "title", "url"]
    assert row[:6] == [
        "7", "fjordkraft", "46146.5", "46146.5", "Fjordkraft Åsgård åpner 😀", "https://avis.example/sak/1?a=1&b=2",
    ]  # fmt: skip
    assert row[-2:] == ["local", "3"]
    assert len(mentions.findall(".//s:hyperlink", SHEET)) == 1
    assert mentions.find(".//s:pane[@state='frozen']", SHEET) is not None
    assert mentions.find("s:autoFilter[@ref='A1:X2']", SHEET) is not None
    assert texts(coverage)[:2] == [["1 of 2 sources seen"], ["1 failed: https://b.example/ (dns)"]]


def test_a_triage_sheet_hides_its_base_and_offers_the_states():
    """The column that identifies the state is hidden, and the states are a list to choose from."""
    listing = sheet_listing(b"k" * 32)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    xlsx.write_workbook(listing, [MENTION], stream, LAYOUT)
    with zipfile.ZipFile(stream.buffer) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (our own)
    names = [column.name for column in listing.columns]
    hidden = [column.get("min") for column in sheet.findall(".//s:col", SHEET) if column.get("hidden") == "1"]
    assert hidden == [str(names.index("base") + 1)]
    (choice,) = sheet.findall(".//s:dataValidation", SHEET)
    letter = chr(ord("A") + names.index("status"))
    assert choice.get("sqref", "").startswith(f"{letter}2:{letter}")
    assert "".join(choice.itertext()) == '"new,relevant,irrelevant,done"'
    assert [column.get("width") for column in sheet.findall(".//s:col", SHEET)] != [None] * len(names)
    plain, _ = sheets(MENTION)
    assert not [column for column in plain.findall(".//s:col", SHEET) if column.get("hidden") == "1"]


def test_the_first_line_is_bold_and_stays_in_sight():
    """The names of the columns, above each sheet."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    xlsx.write_workbook(MENTIONS, [MENTION], stream, LAYOUT)
    with zipfile.ZipFile(stream.buffer) as book:
        core, styles = book.read("docProps/core.xml").decode(), book.read("xl/styles.xml").decode()
    assert "<dc:title>Mentions</dc:title>" in core
    assert "2026-05-04T12:00:00Z" in core
    assert "<b/>" in styles
    mentions, _ = sheets(MENTION)
    assert {cell.get("s") for cell in mentions.findall(".//s:row[@r='1']/s:c", SHEET)} == {"1"}
    pane = mentions.find(".//s:pane", SHEET)
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("topLeftCell")) == ("1", "A2")


def test_no_text_is_a_formula():
    """A title is always text, whatever its first character or quotes; only the link is a link."""
    mentions, _ = sheets(*map(titled, (*HOSTILE, "{=1+1}", "http://ond.example", "42")))
    assert mentions.findall(".//s:f", SHEET) == []
    assert {cell.get("t") for cell in mentions.findall(".//s:c", SHEET)} == {"inlineStr", None}
    assert len(mentions.findall(".//s:hyperlink", SHEET)) == len(HOSTILE) + 3
    assert texts(mentions)[-1][4] == "42"


def test_a_full_sheet_continues_in_the_next(monkeypatch: pytest.MonkeyPatch):
    """No mention is lost at the limits of the format; beyond the limit of links, links are text."""
    monkeypatch.setattr(xlsx, "_MAX_ROWS", 2)
    monkeypatch.setattr(xlsx, "_MAX_LINKS", 1)
    first, second, third, _ = sheets(*[MENTION] * 5)
    assert [len(texts(sheet)) for sheet in (first, second, third)] == [3, 3, 2]
    assert [len(sheet.findall(".//s:hyperlink", SHEET)) for sheet in (first, second, third)] == [1, 1, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_a_workbook_ends_with_its_coverage(count: int):
    """A workbook without mentions has its coverage too."""
    *_, coverage = sheets(*[MENTION] * count)
    assert "1 of 2 sources seen" in texts(coverage)[0]
