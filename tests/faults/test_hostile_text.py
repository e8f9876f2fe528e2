from __future__ import annotations

import csv
import gzip
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

CONTROLS = (
    "\x1b]52;c;cHduZWQ=\x07", "\x1b[2J\x1b[H", "\x1b]8;;https://ond.example\x1b\\her\x1b]8;;\x1b\\", "\x9b31m",
    "\x9d0;t\x9c", "\u202etxt.exe",
    "\u2066a\u2069", "\u0085", "\u2028", "\u2029", "\x00", "\x7f", "\x08\x08", "\x0b\x0c",
    "\u200f\u061c", "\U000e0041\U000e007f", "\ufeff", "a\r\nSubject: x",
)  # fmt: skip
MARKUP = (
    "[/]",
    "[red]x",
    "[link=http://e.example]y[/link]",
    ":warning: :pile_of_poo:",
    "[/bold",
    "[a][b][/c]",
    "\\",
    "\\[x]",
)
FORMULAS = (
    "=1+1", '=HYPERLINK("http://ond.example";"x")', "+1+1", "-1+1", "@SUM(1)", "|cmd", "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "\u200b=1+1", "\ufeff=1+1", "\u00a0=1+1", "\u2060@x", "'=1+1", "\uff1d1+1", "\uff0b1", "\uff0d1+1",
    "\uff20x", "=cmd|'/C calc'!A0", "+47 22 00 00 00", "\u00ad=1",
)  # fmt: skip
TEXTS = (*CONTROLS, *MARKUP, *FORMULAS)
HIDDEN = re.compile("[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
STYLE = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;(?:id=\d+;https://a\.example/\d+|;)\x1b\\")
"""What we ourselves send to a terminal: colours, and links to the pages."""


def control_characters(text: str) -> list[str]:
    """The characters of a text that would act on a terminal, without line ends."""
    text = text.replace("\r\n", "").replace("\n", "")
    return [hex(ord(sign)) for sign in text if HIDDEN.match(sign) or unicodedata.category(sign) == "Cc"]


@pytest.fixture
def polled(cli: Cli, site: Site, query: Write, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line over one mention per hostile text, in title, author and channel, and two bad sources."""
    items = [
        {"id": str(n), "url": f"https://a.example/{n}", "title": f"{text} Fjordkraft Åsgård {n} {text}",
         "authors": [{"name": text}], "content_text": f"Fjordkraft Åsgård {text}"}
        for n, text in enumerate(TEXTS)
    ]  # fmt: skip
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "".join(TEXTS), "items": items}
    page = f"<!doctype html><title>{''.join(TEXTS)}</title>"
    query(site.put("/json", json.dumps(feed)), site.put("/side", page), site.url("/borte"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm-256color")
    answer = cli("poll", "-v")
    assert answer.code == 3
    assert "not-a-feed" in answer.err
    assert control_characters(answer.err) == []
    assert len(answer.messages) == 5
    return cli


def run_on_a_terminal(*arguments: str) -> str:
    """Return the output of the program on a terminal, both streams."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "brandwatch", *arguments], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 65_536):
                said += piece
        except OSError:
            pass  # how Linux says that the other side is closed
    os.close(ours)
    assert process.returncode == 0, said
    return said.decode()


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "jsonl", "markdown", "html", "rss"])
def test_piped_output_has_no_control_characters(polled: Cli, form: str):
    """No format prints a control or bidirectional character, and no mention is lost."""
    answer = polled("report", "--format", form)
    text = answer.out.replace("\t", " ") if form == "tsv" else answer.out
    assert (answer.code, control_characters(text), control_characters(answer.err)) == (0, [], [])
    shown = re.sub("</?mark>", "", answer.out)
    for number in range(len(TEXTS)):
        assert re.search(rf"Fjordkraft Åsgård {number}\b", shown)


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_other_commands_print_no_control_characters(polled: Cli, form: str):
    """The same for lists of sources and stories, single stories, mentions and explanations."""
    for arguments in (
        ("sources", "--format", form),
        ("report", "--stories", "--format", form),
        ("export", "--triage"),
        *(("story", "show", str(number)) for number in range(1, 20, 5)),
        *(("show", str(number)) for number in range(1, len(TEXTS) + 1, 5)),
    ):
        answer = polled(*arguments)
        assert (answer.code, control_characters(answer.out), control_characters(answer.err)) == (0, [], []), arguments


def test_a_terminal_gets_only_our_colours(polled: Cli):
    """A table has our colours and no other escape sequence, and shows markup as text."""
    said = run_on_a_terminal("report", "--limit", "0")
    assert control_characters(STYLE.sub("", said)) == []
    plain = " ".join(STYLE.sub("", said).split())
    assert all(re.search(rf"Fjordkraft Åsgård {number}\b", plain) for number in range(len(TEXTS)))
    for number, text in enumerate(MARKUP, len(CONTROLS)):
        assert f"{text} Fjordkraft Åsgård {number} {text}" in plain
    assert control_characters(STYLE.sub("", run_on_a_terminal("report", "--stories", "--limit", "0"))) == []
    assert control_characters(STYLE.sub("", run_on_a_terminal("sources"))) == []


def test_no_cell_is_a_formula(polled: Cli, tmp_path: Path):
    """No spreadsheet runs a title or an author; `--raw` prints the texts as published."""
    for options in ((), ("--excel",)):
        text = polled("report", *options).out.removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if options else ","))
        assert len(rows) == len(TEXTS) + 1
        cells = [cell for row in rows for cell in row]
        assert [cell for cell in cells if re.match(r"[\s\u00ad\u200b\u2060\ufeff]*[=+\-@|＝＋－＠]", cell)] == []
        assert any("+47 22 00 00 00 Fjordkraft" in cell for cell in cells)
    raw = polled("report", "--raw", "--format", "csv").out
    authors = {row["author"] for row in csv.DictReader(io.StringIO(raw, newline=""))}
    assert {"=1+1", "+1+1", "@SUM(1)", "+47 22 00 00 00"} <= authors


@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="Gnumeric's ssconvert is not installed")
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_spreadsheet_finds_no_formula(polled: Cli, home: Path, name: str):
    """Gnumeric finds no formula in the report; a workbook has real dates and links."""
    polled("report", "--output", name)
    options = ["--import-type=Gnumeric_stf:stf_csvtab"] if name == "a.csv" else []
    done = subprocess.run(["ssconvert", *options, name, "a.gnumeric"], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    sheet = gzip.decompress((home / "a.gnumeric").read_bytes()).decode()
    # A text that looks like a formula has its type written down (60); a formula has none.
    assert re.findall(r"<gnm:Cell (?![^>]*ValueType)[^>]*>=[^<]*", sheet) == []
    assert "Åsgård" in sheet
    if name == "a.xlsx":
        cells = re.findall(r'<gnm:Cell Row="[1-9]\d*" Col="3" ValueType="(\d+)">[\d.]+<', sheet)
        assert (cells, 'Format="yyyy-mm-dd hh:mm"' in sheet) == (["40"] * len(TEXTS), True)
        assert len(re.findall(r"<gnm:HyperLink ", sheet)) == len(TEXTS)
