from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from rich.cells import cell_len
from tests.reports.samples import HOSTILE, MENTION, titled, written

from brandwatch.errors import UsageError
from brandwatch.models import Entry, Response
from brandwatch.reports import FORMATS, format_of_path
from brandwatch.reports.columns import RANKED_MENTIONS, local_time
from brandwatch.text.sanitise import clean

_FORMULA = "=1+1"


def test_csv():
    """The columns are a stable interface; times are local with their offset."""
    assert written("csv", MENTION) == snapshot(
        """\
id,query,published,found,title,url,publisher,source,author,language,status,terms,voice,subject,suppressed,matched,comments,replies,likes,shares,views,story,tags,note\r
7,fjordkraft,2026-05-04T12:00:00+02:00,2026-05-04T12:00:00+02:00,Fjordkraft Åsgård åpner 😀,https://avis.example/sak/1?a=1&b=2,Fjordavisa,https://a.example/rss,"Kari; Åse",nb,new,Fjordkraft Åsgård,public,brand,,local,3,,,,,,,\r
"""  # noqa: E501
    )


def test_csv_for_spreadsheets():
    """`--excel`: byte order mark, semicolons, local dates without zone, no formulas."""
    assert written("csv", titled("=1+1"), excel=True, raw=True) == snapshot(
        """\
\ufeffid;query;published;found;title;url;publisher;source;author;language;status;terms;voice;subject;suppressed;matched;comments;replies;likes;shares;views;story;tags;note\r
7;fjordkraft;04.05.2026 12:00;04.05.2026 12:00;'=1+1;https://avis.example/sak/1?a=1&b=2;Fjordavisa;https://a.example/rss;'=1+1;nb;new;;public;brand;;local;3;;;;;;;\r
"""
    )


def test_no_column_holds_a_formula():
    """Cells of people's text never begin a formula; cells of the program are unchanged."""
    entry = replace(MENTION.entry, title=_FORMULA, url=_FORMULA, publisher=_FORMULA, author=_FORMULA, language=_FORMULA)
    texts = dict.fromkeys(("query", "source", "suppressed", "note"), _FORMULA)
    evidence = (replace(MENTION.evidence[0], term=_FORMULA),)
    mention = replace(MENTION, entry=entry, evidence=evidence, tags=(_FORMULA,), **texts)  # type: ignore[arg-type]
    (row,) = csv.DictReader(io.StringIO(written("csv", mention), newline=""))
    assert sorted(name for name, value in row.items() if value == f"'{_FORMULA}") == sorted(
        ["query", "title", "url", "publisher", "source", "author", "language", "terms", "suppressed", "tags", "note"]
    )
    assert not [name for name, value in row.items() if value.startswith("=")]


FORMULAS_INSIDE = [
    "Åsgård; =1+1",
    "Åsgård;=1+1;b",
    'Åsgård;"=1+1',
    "Åsgård;\u200b＝1+1",
    "Åsgård\n-1+1",
    "Åsgård; ; @SUM(1)",
    'Åsgård;"";=1+1',
    "a, =1+1; b",
    ';+1"',
    "\u037e=1",
]
_BEGIN = re.compile("[\\s\u00ad\u200b-\u200f]*[=+@|＝＋－＠-]")


@pytest.mark.parametrize("title", FORMULAS_INSIDE)
@pytest.mark.parametrize(("excel", "delimiter"), [(False, ";"), (True, ","), (False, ","), (True, ";")])
def test_no_cell_is_a_formula_at_any_separator(title: str, excel: bool, delimiter: str):
    """A spreadsheet that splits at commas or at semicolons finds no formula."""
    text = written("csv", titled(title), excel=excel).removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if _BEGIN.match(cell)] == []


@pytest.mark.parametrize("title", FORMULAS_INSIDE)
def test_exact_values_hold_what_looks_like_a_formula(title: str):
    """`--raw` adds no apostrophe, and every value of it is quoted where RFC 4180 wants it."""
    (row,) = csv.DictReader(io.StringIO(written("csv", titled(title), raw=True), newline=""))
    assert row["title"] == clean(title)


@given(st.text("a;,\n\t\" '=+-@｜1", max_size=12))
def test_no_text_makes_a_formula_at_any_separator(title: str):
    """Any mixture of separators, quotation marks and signs is safe."""
    for excel, delimiter in ((False, ";"), (True, ","), (False, ","), (True, ";")):
        text = written("csv", titled(title), excel=excel).removeprefix("\ufeff")
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert [cell for cell in row if _BEGIN.match(cell) and not re.fullmatch(r"[+-]?1+(?:,1+)?", cell)] == []


@pytest.mark.skipif(shutil.which("ssconvert") is None, reason="Gnumeric's ssconvert is not installed")
@pytest.mark.parametrize(("excel", "delimiter"), [(False, ";"), (True, ","), (False, ",")])
def test_a_spreadsheet_that_splits_elsewhere_finds_no_formula(tmp_path: Path, excel: bool, delimiter: str):
    """Gnumeric reads the cells of each way to split as texts; the same cells without the guard are formulas."""
    for raw, has_formulas in ((False, False), (True, not excel)):
        text = written("csv", *map(titled, FORMULAS_INSIDE), excel=excel, raw=raw).removeprefix("\ufeff")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([cell.replace('"', "").strip() for cell in row] for row in rows)
        command = ["ssconvert", "--import-type=Gnumeric_stf:stf_csvtab", "a.csv", "a.gnumeric"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
        sheet = gzip.decompress((tmp_path / "a.gnumeric").read_bytes()).decode()
        # A text that looks like a formula has its type written down; a formula has none.
        assert bool(re.search(r"<gnm:Cell (?![^>]*ValueType)[^>]*>=", sheet)) == (has_formulas and delimiter == ";")


def test_times_keep_their_offset_at_clock_changes():
    """Around the repeated and the skipped hour, each time has the offset of its moment."""
    moments = [(2026, 10, 25, 0, 59, 59), (2026, 10, 25, 1), (2026, 3, 29, 1)]
    assert [local_time(datetime(*moment, tzinfo=UTC)) for moment in moments] == [  # type: ignore[arg-type,misc]
        "2026-10-25T02:59:59+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
    ]


def test_tsv():
    """A mention is one line, whatever its title."""
    lines = written("tsv", *map(titled, HOSTILE)).split("\n")
    assert len(lines) == len(HOSTILE) + 2
    assert {len(line.split("\t")) for line in lines[:-1]} == {24}


@pytest.mark.parametrize("raw", [False, True])
def test_readers_with_and_without_quotation_marks_read_the_same_rows_of_tsv(raw: bool):
    """A title with quotation marks, at its start or elsewhere, swallows no row and no cell."""
    titles = ['"Åsgård', 'Åsgård "vokser', '"Åsgård"', '""', "Åsgård", '"', "Åsgård's"]
    text = written("tsv", *map(titled, titles), raw=raw)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True))
    assert [row[4] for row in rows] == ["title", *titles]
    plain = [line.split("\t") for line in text.split("\n")[:-1]]
    assert [len(row) for row in plain] == [24] * (len(titles) + 1)
    assert plain[5][4] == "Åsgård"


def test_json():
    """JSON states its version, contains evidence and response, and ends with the coverage."""
    data = json.loads(written("json", MENTION, MENTION))
    assert data["version"] == 1
    assert len(data["mentions"]) == 2
    assert data["mentions"][0]["evidence"] == [
        {
            "part": "anchor",
            "term": "Fjordkraft Åsgård",
            "field": "title",
            "start": 0,
            "end": 17,
            "rule": "exact",
            "note": "",
        }
    ]
    assert (data["mentions"][0]["voice"], data["mentions"][0]["subject"]) == ("public", "brand")
    assert data["mentions"][0]["published"] == "2026-05-04T10:00:00Z"
    assert data["mentions"][0]["response"] == {
        "comments": 3, "replies": None, "likes": None, "shares": None, "views": None,
    }  # fmt: skip
    assert data["mentions"][0]["response_at"] == "2026-05-04T10:00:00Z"
    assert data["coverage"]["failures"] == [{"source": "https://b.example/", "class": "dns"}]
    assert json.loads(written("json"))["mentions"] == []


def test_json_lines():
    """Each line is one mention."""
    lines = written("jsonl", MENTION, titled("linje\nto")).splitlines()
    assert [json.loads(line)["title"] for line in lines] == [MENTION.entry.title, "linje\nto"]


def test_markdown():
    """Titles are links in a table; markup in a title is escaped."""
    assert written("markdown", MENTION, titled(HOSTILE[3])) == snapshot("""\
| id | published | query | title | publisher | terms |
| --- | --- | --- | --- | --- | --- |
| 7 | 2026-05-04 12:00 | fjordkraft | [Fjordkraft Åsgård åpner 😀](<https://avis.example/sak/1?a=1&b=2>) | Fjordavisa | Fjordkraft Åsgård |
| 7 | 2026-05-04 12:00 | fjordkraft | [\\| en \\| to \\| \\<script\\> \\[x\\](http\\://e.example) \\`k\\` \\|](<https://avis.example/sak/1?a=1&b=2>) | Fjordavisa |  |
""")  # noqa: E501 (a table)


def test_table_without_a_terminal():
    """Without a terminal nothing is cut and the output is plain text."""
    long = titled("Svært lang tittel " * 30)
    table = written("table", MENTION, long)
    assert long.entry.title.strip() in table
    assert "\x1b" not in table
    assert len([line for line in table.splitlines() if line.strip()]) == 4


def test_table_by_response():
    """Sorted by response, the table shows the total; unknown is a dash, and views have no weight."""
    entries = (Entry(response=Response(comments=3, likes=40, views=900)), Entry(response=Response(views=9)))
    table = written("table", *(replace(MENTION, entry=entry) for entry in entries), listing=RANKED_MENTIONS)
    assert [line.split()[3] for line in table.splitlines()[2:] if line.strip()] == ["43", "–"]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_table_on_a_terminal(width: int):
    """On a terminal every line fits, and the number of a mention has a line of its own."""
    table = written("table", *map(titled, HOSTILE), MENTION, width=width)
    assert max(map(cell_len, table.splitlines())) <= width
    assert len(re.findall(r"^ *7 ", table, re.MULTILINE)) == len(HOSTILE) + 1


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles(form: str, title: str):
    """No format writes control characters, direction marks or lost brackets of a title."""
    text = written(form, titled(title))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", text)
    if form == "table":
        assert (
            " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u202e]", " ", title).split()) in " ".join(text.split())
            or "\x1b" in title
        )


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_groups_have_headings(form: str):
    """Consecutive mentions of one publisher stand below its name; without a publisher, below a placeholder."""
    nobody = replace(MENTION, entry=replace(MENTION.entry, title="Hos ukjent", publisher=""))
    text = written(form, MENTION, nobody, group="publisher")
    assert re.search("Fjordavisa.*åpner.*unknown.*Hos ukjent", text, re.DOTALL)


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "xlsx"])
def test_the_last_line_has_an_end(form: str):
    """What follows a report on a terminal, such as its coverage, begins a line of its own."""
    assert written(form, MENTION).endswith(("\n", "\r\n"))


@given(st.text(max_size=60))
def test_csv_round_trip(title: str):
    """csv.reader reads `--raw` back as stored: quotes, newlines and emoji included."""
    rows = list(csv.reader(io.StringIO(written("csv", titled(clean(title)), raw=True), newline="")))
    assert len(rows) == 2
    assert rows[1][4] == clean(title)


def test_formats_by_suffix():
    """The suffix of a file selects its format."""
    names = ("a.csv", "a.MD", "a.ndjson", "a.txt", "a.json", "a.XLSX", "a.htm", "a.html", "a.rss", "a.atom", "a.xml")
    forms = ["csv", "markdown", "jsonl", "table", "json", "xlsx", "html", "html", "rss", "rss", "rss"]
    assert [format_of_path(Path(name)) for name in names] == forms
    with pytest.raises(UsageError, match="names no form"):
        format_of_path(Path("a.pdf"))
