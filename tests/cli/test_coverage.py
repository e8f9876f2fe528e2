"""The coverage of reports and the list of sources, by the queries that were asked for."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
GARDEN = "brand: Blåbær Gården AS\nnames: [Blåbær Gården]\nsources:\n  - {url}\n"


@pytest.fixture
def two_queries(cli: Cli, site: Site, rss: Rss, query: Write, home: Path, clock: Traveller) -> dict[str, str]:
    """Two polled queries: one whose feed froze three weeks ago, and one whose feed is down."""
    urls = {
        "frozen": site.put("/frosset", rss(*((NAME, f"https://a.example/{n}") for n in range(3)))),
        "down": site.put("/nede", b"", status=500),
    }
    query(urls["frozen"])
    (home / "queries" / "blåbær.yaml").write_text(GARDEN.format(url=urls["down"]), encoding="utf-8")
    for days in range(0, 23, 2):
        cli("poll", "--force")
        if days < 22:
            clock.shift(timedelta(days=2))
    return urls


def sources(cli: Cli, *options: str) -> dict[str, dict[str, Any]]:
    """Return the listed sources by their URLs."""
    return {item["url"]: item for item in json.loads(cli("sources", *options, "--format", "json").out)["items"]}


def test_only_the_sources_of_the_named_queries_count(cli: Cli, two_queries: dict[str, str]):
    """Every command that ends with a coverage names the sources of `--query` alone."""
    for command in (("report",), ("stats",), ("trends",), ("export", "--triage")):
        all_of_them = cli(*command).err
        assert "coverage: 1 of 2 sources seen (1 frozen) · 1 failed: " in all_of_them, command
        one = cli(*command, "--query", "fjordkraft").err
        assert "coverage: 1 of 1 sources seen (1 frozen) · 1 frozen: " in one, command
        assert two_queries["down"] not in one
        other = cli(*command, "--query", "blåbær").err
        assert "coverage: 0 of 1 sources seen · 1 failed: " in other, command


def test_only_the_sources_of_a_part_of_a_url_count(cli: Cli, two_queries: dict[str, str]):
    """`--source` narrows the coverage as it narrows the mentions."""
    assert "coverage: 1 of 1 sources seen (1 frozen)" in cli("report", "--source", "frosset").err


@pytest.mark.parametrize("output", ["csv", "json", "html", "rss", "table", "markdown"])
def test_a_frozen_source_is_told_in_every_format(cli: Cli, two_queries: dict[str, str], output: str):
    """In the document where the format has a place for it, else on standard error."""
    answer = cli("report", "--format", output)
    assert "frozen" in answer.err
    if output in {"json", "html", "rss"}:
        assert "frozen" in answer.out
    if output == "json":
        (down, frozen) = json.loads(answer.out)["coverage"]["states"]
        assert (down["source"], down["health"]) == (two_queries["down"], "failing")
        assert frozen == {
            "source": two_queries["frozen"],
            "health": "frozen",
            "since": "2026-05-04T08:00:00Z",
            "detail": "no new entry since then",
        }


def test_the_list_of_sources_has_states(cli: Cli, two_queries: dict[str, str]):
    """In JSON and CSV with since, detail and queries, on the screen below the URL."""
    frozen = sources(cli)[two_queries["frozen"]]
    assert (frozen["health"], frozen["since"]) == ("frozen", "2026-05-04T08:00:00+00:00")
    assert (frozen["detail"], frozen["queries"]) == ("no new entry since then", ["fjordkraft"])
    rows = {row["url"]: row for row in csv.DictReader(io.StringIO(cli("sources", "--format", "csv").out))}
    down = rows[two_queries["down"]]
    assert (down["health"], down["since"], down["queries"]) == ("failing", "2026-05-04T12:00:00+00:00", "blåbær")
    table = cli("sources", "--format", "table").out
    assert "since 2026-05-04 08:00: no new entry since then" in table
    assert "since 2026-05-04 12:00: answered 500" in table


def test_the_sources_of_one_query_are_listed_alone(cli: Cli, two_queries: dict[str, str]):
    """`--query` lists its sources, two queries those of both, and an unknown one is an error."""
    assert list(sources(cli, "--query", "blåbær")) == [two_queries["down"]]
    assert len(sources(cli, "--query", "blåbær", "-Q", "fjordkraft")) == 2
    unknown = cli("sources", "--query", "blåbar")
    assert (unknown.code, "blåbar" in unknown.err) == (2, True)


def test_a_source_that_no_query_names_is_marked(cli: Cli, two_queries: dict[str, str], home: Path):
    """It is listed, and counts in no coverage; with a broken query file, or without any, that is not known."""
    path = home / "queries" / "blåbær.yaml"
    path.write_text("brand: [", encoding="utf-8")
    assert sources(cli)[two_queries["down"]]["detail"] == "answered 500 Internal Server Error"
    path.unlink()
    gone = sources(cli)[two_queries["down"]]
    assert (gone["detail"], gone["queries"]) == ("no query names it any more", [])
    assert "unwatched" in cli("sources", "--format", "table").out
    assert "coverage: 1 of 1 sources seen" in cli("report").err
    (home / "queries" / "fjordkraft.yaml").unlink()
    assert {item["detail"] for item in sources(cli).values()} == {
        "answered 500 Internal Server Error",
        "no new entry since then",
    }


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_table_of_sources_fits(lines: Callable[..., list[str]], two_queries: dict[str, str], width: int):
    """No line is wider than the screen, and the states are whole."""
    shown = lines(width, "sources")
    assert max(map(len, shown)) <= width
    assert {"frozen", "failing"} <= {word for line in shown for word in line.split()}


def test_a_report_on_the_past_tells_what_was_true_then(cli: Cli, two_queries: dict[str, str], site: Site):
    """The failures of the period, also of a source that is well now; a state that began later is left out."""
    site.put("/nede", site.pages["/frosset"].body)
    cli("poll", "--force")
    period = ("--since", "2026-05-05", "--until", "2026-05-10")
    past = cli("report", *period).err
    assert "coverage: 1 of 2 sources seen · 1 failed: " in past
    assert "1 failed" not in cli("report", "--since", "1h").err


def test_a_replaced_source_can_be_accepted(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A newspaper with a new name, a new system and new entries is no casino; what is well needs no acceptance."""
    url = site.put("/rss", rss(*((NAME, f"https://a.example/{n}") for n in range(3))))
    query(url)
    cli("poll")
    assert cli("sources", "accept", url).code == 2
    renamed = rss(*((f"Nytt {n}", f"https://b.example/{n}") for n in range(3))).replace("Fjordavisa", "Nordlys24")
    site.put("/rss", renamed)
    clock.shift(timedelta(hours=3))
    cli("poll")
    replaced = sources(cli)[url]
    assert (replaced["health"], replaced["detail"]) == (
        "replaced",
        "“Nordlys24” (b.example) in place of “Fjordavisa”",
    )
    answer = cli("sources", "accept", url)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"accepted: {url}, “")
    assert sources(cli)[url]["health"] == "ok"
    site.put("/rss", renamed.replace("Nytt", "Nyere"))
    clock.shift(timedelta(hours=3))
    cli("poll")
    assert sources(cli)[url]["health"] == "ok"
    assert cli("sources", "accept", "https://a.example/annen").code == 2


def test_a_clock_that_leapt_freezes_no_source(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A month passed on this machine only: report, list and doctor are calm until the servers confirm it."""
    query(site.put("/rss", rss(*((NAME, f"https://a.example/{n}") for n in range(3)))))
    cli("poll")
    site.date = "Mon, 04 May 2026 12:00:00 GMT"
    clock.shift(timedelta(days=40))
    assert cli("poll", "--force").code == 3
    doctor = {check["check"]: check for check in json.loads(cli("doctor", "--format", "json").out)["checks"]}
    assert doctor["sources"]["state"] == "ok"
    assert [item["health"] for item in sources(cli).values()] == ["ok"]
    assert "coverage: 1 of 1 sources seen · watched" in cli("report").err
    site.date = None
    for _ in range(3):
        clock.shift(timedelta(days=1))
        cli("poll", "--force")
    assert [item["health"] for item in sources(cli).values()] == ["frozen"]


def test_many_sources_are_counted(cli: Cli, site: Site, query: Write, clock: Traveller):
    """Ten are named, the rest is a number."""
    query(*(site.put(f"/nede{number}", b"", status=500) for number in range(40)))
    cli("poll")
    clock.shift(timedelta(hours=1))
    line = cli("report").err
    assert "coverage: 0 of 40 sources seen · 40 failed: " in line
    assert " and 30 more" in line
    assert line.count("http-5xx since") == 10
