from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.reports.samples import HOSTILE, LAYOUT, MENTION, titled

from brandwatch.reports import xlsx
from brandwatch.reports.columns import MENTIONS

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
