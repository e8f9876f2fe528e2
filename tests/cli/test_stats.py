from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
RIVALS = "competitors: {Havkraft: [Havkraft], Nordlys: [Nordlys Strøm]}\n"


@pytest.fixture
def clock() -> Iterator[None]:
    """It is Wednesday noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path], clock: None) -> Cli:
    """The command line over three mentions of Monday, one of them of a competitor with its own query."""
    feed = rss(
        ("Fjordkraft Åsgård senker", "https://a.example/1"),
        ("電力 😀 Fjordkraft Åsgård", "https://b.example/2"),
        ("Havkraft øker", "https://a.example/3"),
    )
    path = query(site.put("/rss", feed), more=RIVALS)
    text = f"brand: Havkraft AS\nnames: [Havkraft]\nlanguages: [nb, sv]\nsources: ['{site.url('/rss')}']\n"
    path.with_name("havkraft.yaml").write_text(text, encoding="utf-8")
    assert cli("poll").code == 0
    return cli


def rows(answer: Answer) -> list[dict[str, str]]:
    """Read CSV output as rows."""
    assert answer.code == 0, answer.err
    return list(csv.DictReader(io.StringIO(answer.out, newline="")))


def test_days(polled: Cli):
    """The default is the last thirty days, one per line, with the coverage at the end."""
    answer = polled("stats")
    found = rows(answer)
    assert (len(found), found[-1]["day"], sum(int(row["mentions"]) for row in found)) == (30, "2026-05-06", 3)
    assert found[-3] == {
        "day": "2026-05-04",
        "mentions": "3",
        "share": "1.0",
        "publishers": "2",
        "response": "",
        "known": "0",
        "stories": "3",
    }
    assert re.fullmatch(
        r"2026-04-07 00:00 to 2026-05-06 12:00\ncoverage: 1 of 1 sources seen · watched since 2026-05-06\n", answer.err
    )


@pytest.mark.parametrize("by", ["week", "query", "source", "publisher", "voice", "subject", "language"])
@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "jsonl", "markdown"])
def test_every_dimension_in_every_format(polled: Cli, by: str, form: str):
    """Every dimension can be written in every format."""
    answer = polled("stats", "--by", by, "--format", form, "--since", "7d")
    assert (answer.code, by in answer.out) == (0, True)


def test_json_has_the_series(polled: Cli):
    """JSON has the daily series, and null for unknown values."""
    items = json.loads(polled("stats", "--by", "query", "--format", "json", "--since", "2026-05-04").out)["items"]
    assert [(item["query"], item["mentions"], item["course"]) for item in items] == [
        ("fjordkraft", 2, [2, 0, 0]), ("havkraft", 1, [1, 0, 0]),
    ]  # fmt: skip
    assert items[0]["response"] is None


def test_the_previous_period(polled: Cli):
    """The comparison has the same length; missing coverage is stated."""
    answer = polled("stats", "--by", "query", "--since", "2026-05-05", "--compare", "previous")
    assert [(row["query"], row["mentions"], row["previous"], row["change"]) for row in rows(answer)] == [
        ("fjordkraft", "0", "2", "-1.0"), ("havkraft", "0", "1", "-1.0"),
    ]  # fmt: skip
    assert "compared with 2026-05-03 12:00 to 2026-05-05 00:00" in answer.err
    assert "1 of 1 sources were not watched from its beginning" in answer.err


def test_share_of_voice(polled: Cli):
    """A competitor's query is counted by the same rules; a missing one, and differences of setup, are stated."""
    answer = polled("stats", "--share-of-voice", "--query", "fjordkraft")
    found = {row["brand"]: row for row in rows(answer)}
    assert list(found) == ["Fjordkraft Åsgård AS", "Havkraft", "Nordlys"]
    assert [(row["query"], row["mentions"], row["share"]) for row in found.values()] == [
        ("fjordkraft", "2", "0.6667"), ("havkraft", "1", "0.3333"), ("", "", ""),
    ]  # fmt: skip
    assert 0 < float(found["Havkraft"]["low"]) < 0.3333 < float(found["Havkraft"]["high"]) < 1
    assert "not measured: Nordlys has no query" in answer.err
    assert "not fully comparable: fjordkraft and havkraft do not look in the same languages" in answer.err
    assert (found["Havkraft"]["stories"], found["Havkraft"]["story_share"]) == ("1", "0.3333")
    assert "n = 3 stories, 3 mentions; response known of 0" in answer.err
    assert "67%" in polled("stats", "--share-of-voice", "--format", "table").out
    assert json.loads(polled("stats", "--share-of-voice", "--format", "json").out)["items"][2]["share"] is None


def test_a_brand_without_competitors_has_no_share(polled: Cli):
    """The query with the competitors must be clear."""
    answer = polled("stats", "--share-of-voice", "--query", "havkraft")
    assert answer.code == 2
    assert "competitors" in answer.err


@pytest.mark.parametrize(
    "options", [("--by", "farge"), ("--compare", "next"), ("--since", "1d", "--until", "2d"), ("--format", "pdf")]
)
def test_invalid_options_are_refused(polled: Cli, options: tuple[str, ...]):
    """An invalid option is an error without output."""
    answer = polled("stats", *options)
    assert (answer.code, answer.out) == (2, "")


@pytest.mark.parametrize("width", [60, 80, 100, 250])
@pytest.mark.parametrize("by", ["day", "publisher", "query"])
def test_on_a_terminal(polled: Cli, lines: Callable[..., list[str]], width: int, by: str):
    """The table fits the width, with a bar for each day and a sparkline for each other value."""
    options = ("stats", "--by", by, "--since", "2026-05-01", "--compare", "previous")
    seen = lines(width, *options)
    assert max(map(cell_len, seen)) <= width
    assert any(sign in "".join(seen) for sign in "█▁")


def table(answer: Answer) -> list[str]:
    """Read the rows of a table, without the head's line and the blanks at the end."""
    assert answer.code == 0, answer.err
    return [line.rstrip() for line in answer.out.splitlines() if line.strip() and not line.startswith("─")]


def test_a_table_of_queries(polled: Cli):
    """A sparkline of the days, shares in percent, and a dash for what is not known."""
    written = polled("stats", "--by", "query", "--since", "2026-05-04", "--compare", "previous", "--format", "table")
    assert table(written) == [
        "query            mentions  share  stories  publishers  response  previous  change",
        "fjordkraft  █▁▁         2    67%        2           2         –         0       –",
        "havkraft    █▁▁         1    33%        1           1         –         0       –",
    ]


def test_a_table_of_days(polled: Cli):
    """The longest bar takes a third of the width, and a day without mentions is in it; no shares of days."""
    assert table(polled("stats", "--since", "2026-05-03", "--format", "table")) == [
        "day                                                   mentions  stories  publishers  response",
        "2026-05-03                                                   0        0           0         –",
        f"2026-05-04  {'█' * 40}         3        3           2         –",
        "2026-05-05                                                   0        0           0         –",
        "2026-05-06                                                   0        0           0         –",
    ]
    assert table(polled("stats", "--by", "language", "--since", "2026-05-06", "--format", "table")) == ["language"]


def test_a_sparkline_sums_days_up_where_there_are_more_than_cells(polled: Cli):
    """A quarter of the width: thirty days are thirty cells, one more are two a cell, and sixty-three are three."""
    for days, cells in ((27, 30), (28, 16), (60, 21)):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            line = table(polled("stats", "--by", "publisher", "--since", "2026-05-04", "--format", "table"))[1]
        drawing = re.search("[▁▂▃▄▅▆▇█]+", line)
        assert drawing is not None
        assert (drawing[0][0], len(drawing[0]), drawing[0].count("▁")) == ("█", cells, cells - 1), days


def test_a_table_of_shares(polled: Cli):
    """With the interval of each; a brand without a query has none, and without mentions it is anything."""
    assert table(polled("stats", "--share-of-voice", "--format", "table")) == [
        "brand                                   of stories     95 %  stories  mentions  response  of response",
        f"Fjordkraft Åsgård AS  {'█' * 16}         67%  21%–94%        2         2         –            –",
        f"Havkraft              {'█' * 8}                 33%   6%–79%        1         1         –            –",
        "Nordlys                                          –                 –         –         –            –",
    ]
    later = table(polled("stats", "--share-of-voice", "--since", "2026-05-05", "--format", "table"))
    assert [line.split() for line in later[2:]] == [
        ["Havkraft", "–", "0%–100%", "0", "0", "–", "–"],
        ["Nordlys", "–", "–", "–", "–", "–"],
    ]


@pytest.mark.parametrize(
    ("width", "compared", "more"),
    [
        (79, False, []),
        (80, False, ["stories", "publishers", "response"]),
        (99, True, ["change"]),
        (100, True, ["stories", "publishers", "response", "change"]),
        (119, True, ["stories", "publishers", "response", "change"]),
        (120, True, ["stories", "publishers", "response", "previous", "change"]),
    ],
)
def test_a_narrow_terminal_omits_columns(
    polled: Cli, lines: Callable[..., list[str]], width: int, more: list[str], *, compared: bool
):
    """The least important first; the name is whole, and the change since the period before stays."""
    options = ("--compare", "previous") if compared else ()
    seen = lines(width, "stats", "--by", "query", "--since", "2026-05-01", *options)
    assert seen[0].split() == ["query", "mentions", "share", *more]
    assert [line.split()[0] for line in seen[2:4]] == ["fjordkraft", "havkraft"]


@pytest.mark.parametrize(("width", "is_wide"), [(99, False), (100, True)])
def test_a_narrow_terminal_omits_counts_beside_shares(
    polled: Cli, lines: Callable[..., list[str]], width: int, *, is_wide: bool
):
    """Of mentions and response; that of stories stays."""
    head = lines(width, "stats", "--share-of-voice", "--since", "2026-05-01")[0]
    counts = ["stories", "mentions", "response"] if is_wide else ["stories"]
    assert head.split() == ["brand", "of", "stories", "95", "%", *counts, "of", "response"]


def test_what_limits_a_comparison_is_said_unless_it_is_quiet(polled: Cli):
    """A source that was watched before the earlier period began limits nothing."""
    options = ("stats", "--by", "query", "--since", "1d", "--compare", "previous")
    assert "1 of 1 sources were not watched from its beginning" in polled(*options).err
    assert polled("-q", *options).err == ""
    with time_machine.travel(NOW + timedelta(days=9), tick=False):
        assert "sources were not watched" not in polled(*options).err


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ("", (), "no query names competitors"),
        ("competitors: {Fjordkraft: [Fjordkraft]}\n", (), "fjordkraft, havkraft names competitors"),
        ("competitors: {Fjordkraft: [Fjordkraft]}\n", ("--query", "havkraft"), ""),
    ],
)
def test_the_brand_of_a_share_must_be_clear(
    polled: Cli, query: Callable[..., Path], site: Site, more: str, options: tuple[str, ...], message: str
):
    """One query names competitors, or the options name one that does; a competitor may be known by another name."""
    path = query(site.url("/rss"), more=RIVALS if more else "")
    rival = path.with_name("havkraft.yaml")
    rival.write_text(f"{rival.read_text(encoding='utf-8')}{more}", encoding="utf-8")
    answer = polled("stats", "--share-of-voice", *options)
    assert (answer.code, message in answer.err) == (2 if message else 0, True)
    if not message:
        assert {(row["brand"], row["query"]) for row in rows(answer)} == {
            ("Havkraft AS", "havkraft"),
            ("Fjordkraft", "fjordkraft"),
        }
