"""Names that do not exist are errors, and mentions of queries whose file is gone leave the default output."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

LISTS = ("report", "report --stories", "stats --by query", "trends", "precision", "export --triage", "audit")


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Rss, query: Write) -> Cli:
    """Two queries over one feed: the first has three mentions, of which the second has two as well."""
    entries = (
        ("Fjordkraft Åsgård vokser", "https://a.example/1"),
        ("Fjordkraft Åsgård og Blåbær Gården", "https://a.example/2"),
        ("Blåbær Gården og Fjordkraft Åsgård igjen", "https://a.example/3"),
    )
    url = site.put("/rss", rss(*entries))
    query(url)
    path = query(url, name="blåbær")
    path.write_text(path.read_text().replace("names: [Fjordkraft Åsgård]", "names: [Blåbær Gården]"))
    assert cli("poll").code == 0
    return cli


def queries(answer: Answer) -> set[str]:
    """The queries in a report as JSON Lines."""
    assert answer.code == 0, answer.err
    return {json.loads(line)["query"] for line in answer.out.splitlines()}


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*LISTS, "stats --share-of-voice", "serve --port 0"])
def test_an_unknown_query_is_an_error_everywhere(polled: Cli, command: str):
    """A query that does not exist is exit 2 with the nearest name, and nothing on standard output."""
    answer = polled(*command.split(), "--query", "fjordkratf")
    assert (answer.code, answer.out) == (2, "")
    assert (
        answer.err
        == "error: unknown query “fjordkratf”\nhint: did you mean “fjordkraft”? (one of blåbær, fjordkraft)\n"
    )


@pytest.mark.parametrize("command", LISTS)
def test_a_query_that_exists_is_let_through(polled: Cli, query: Write, home: Path, command: str):
    """A name passes with mentions, before the first poll of its file, with errors in its file, and without a file."""
    query(name="ny")
    (home / "queries" / "blåbær.yaml").write_text("brand: [\n")
    (home / "queries" / "fjordkraft.yaml").unlink()
    for name in ("ny", "blåbær", "fjordkraft"):
        assert polled(*command.split(), "--query", name).code == 0, name


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("poll", "fjordkratf"), "fjordkraft"),
        (("replay", "fjordkratf"), "fjordkraft"),
        (("why-not", "fjordkratf", "tekst"), "fjordkraft"),
        (("privacy", "notice", "fjordkratf"), "fjordkraft"),
        (("privacy", "record", "--format", "jsn"), "json"),
        (("report", "--status", "relevent"), "relevant"),
        (("triage", "--set", "relevent", "1"), "relevant"),
        (("report", "--voice", "ownd"), "owned"),
        (("stats", "--subject", "brnd"), "brand"),
        (("report", "--lang", "unknwn"), "unknown"),
        (("report", "--tag", "prisr"), "priser"),
        (("stats", "--tag", "prisr"), "priser"),
        (("triage", "--untag", "prisr", "1"), "priser"),
        (("report", "--format", "htm"), "html"),
        (("sources", "--format", "jsn"), "json"),
        (("show", "1", "--format", "jsn"), "json"),
        (("report", "--sort", "publishd"), "published"),
        (("report", "--stories", "--sort", "rissing"), "rising"),
        (("report", "--group-by", "publiser"), "publisher"),
        (("stats", "--by", "langauge"), "language"),
        (("stats", "--compare", "previos"), "previous"),
        (("sources", "show", "hackernew"), "hackernews"),
        (("sources", "check", "hackernew"), "hackernews"),
        (("sources", "check", "nordic-new"), "nordic-news"),
    ],
)
def test_any_unknown_name_has_the_nearest_one(polled: Cli, arguments: tuple[str, ...], nearest: str):
    """Statuses, tags, formats, kinds, orders, groups and fields are checked like queries."""
    polled("triage", "--set", "done", "--tag", "priser", "1")
    answer = polled(*arguments)
    assert (answer.code, answer.out, f"did you mean “{nearest}”?" in answer.err) == (2, "", True), answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--status", "Relevant"),
        ("report", "--tag", "Priser"),
        ("triage", "--untag", "priser", "2"),
        ("report", "--lang", "unknown"),
        ("report", "--source", "/rss"),
        ("stats", "--source", "/ny", "--by", "publisher"),
        ("stats", "--compare", "previous"),
        ("precision", "--tag", "priser"),
    ],
)
def test_a_name_that_exists_is_let_through(polled: Cli, site: Site, query: Write, arguments: tuple[str, ...]):
    """A name with no mention in the selection is no error: a source that is only configured is one too."""
    polled("triage", "--set", "done", "--tag", "priser", "1")
    query(site.url("/rss"), site.url("/ny"))
    assert polled(*arguments).code == 0


def test_a_source_that_does_not_exist_is_an_error(polled: Cli):
    """A text in no URL of a source selects nothing for ever, which is an error."""
    answer = polled("report", "--source", "avisa.example")
    assert (answer.code, answer.err) == (
        2,
        "error: no source has “avisa.example” in its URL\nhint: `brandwatch sources` lists them\n",
    )


def test_an_earlier_tag_may_be_removed_again(polled: Cli):
    """A script may remove a tag twice."""
    polled("triage", "--tag", "priser", "1")
    for changed in ("1 mention changed\n", "0 mentions changed\n"):
        assert (answer := polled("triage", "--untag", "priser", "1")).code == 0
        assert answer.err == changed


# --- queries whose file is gone ----------------------------------------------------------------------------------


def test_a_query_whose_file_is_gone_leaves_the_default_output(polled: Cli, home: Path):
    """Its mentions are left out, which standard error says with their number; its name selects them."""
    polled("triage", "--set", "relevant", "1", "2", "3", "4", "5")
    (home / "queries" / "blåbær.yaml").unlink()
    answer = polled("report", "--format", "jsonl")
    assert queries(answer) == {"fjordkraft"}
    line = "2 mentions of queries without a file left out (blåbær); --query NAME shows them"
    assert line in answer.err.splitlines()
    for command in ("stats --by query", "trends", "precision", "export --triage", "report --stories"):
        answer = polled(*command.split(), "--since", "2026-01-01")
        assert (answer.code, line in answer.err.splitlines()) == (0, True), answer.err
    named = ("--since", "2026-01-01", "--query", "blåbær")
    for command in ("stats --by query", "precision", "export --triage"):
        rows = csv.DictReader(io.StringIO(polled(*command.split(), "--since", "2026-01-01").out, newline=""))
        assert {row["query"] for row in rows} == {"fjordkraft"}
        rows = csv.DictReader(io.StringIO(polled(*command.split(), *named).out, newline=""))
        assert {row["query"] for row in rows} == {"blåbær"}
    assert "left out" not in polled("report", "-q").err
    assert "left out" not in polled("report", "--until", "2020-01-01").err


def test_mentions_of_a_query_whose_file_is_gone_are_marked(polled: Cli, home: Path):
    """Selected by name, they are marked for people and for programs; those of the other query are not."""
    (home / "queries" / "blåbær.yaml").unlink()
    answer = polled("report", "--query", "blåbær", "--query", "fjordkraft", "--format", "jsonl")
    marks = {(row["query"], row["query_gone"]) for row in map(json.loads, answer.out.splitlines())}
    assert marks == {("blåbær", True), ("fjordkraft", False)}
    assert "the query file of blåbær is gone: its mentions are no longer updated\n" in answer.err
    assert "coverage: 1 of 1 sources seen" in answer.err
    assert "coverage: no source is watched\n" in polled("report", "--query", "blåbær").err
    for form in ("table", "markdown", "html"):
        text = polled("report", "--query", "blåbær", "--format", form).out
        assert text.replace("\\", "").count("blåbær (gone)") == 2
    number = next(row["id"] for row in map(json.loads, answer.out.splitlines()) if row["query_gone"])
    assert "blåbær (gone)" in polled("show", str(number)).out
    assert "fjordkraft (gone)" not in polled("report", "--format", "table").out


@pytest.mark.parametrize("more", [(), ("--since", "2026-01-01"), ("--where", "title:Gården OR title:Åsgård")])
def test_no_story_is_led_by_a_query_whose_file_is_gone(
    polled: Cli, site: Site, rss: Rss, home: Path, more: tuple[str, ...]
):
    """A story that began with a mention of that query has the first of the others as its lead; others are left out."""
    text = "<description>Kraftverket i fjorden åpnes av ministeren, som roser de ansatte for arbeidet.</description>"
    date = "<pubDate>Sun, 03 May 2026 10:00:00 +0200</pubDate>"
    entries = (
        ("Blåbær Gården åpner kraftverk i fjorden", "https://b.example/1", f"{text}{date}"),
        ("Blåbær Gården og Fjordkraft Åsgård åpner kraftverk i fjorden", "https://c.example/1", text),
        ("Blåbær Gården planter trær", "https://b.example/2"),
    )
    site.put("/rss", rss(*entries))
    assert polled("poll", "--force").code == 0

    def leads() -> dict[str, str]:
        listed = csv.DictReader(io.StringIO(polled("report", "--stories", *more).out, newline=""))
        return {row["title"]: row["lead"] for row in listed}

    before = leads()
    assert (entries[0][0] in before or entries[1][0] in before, entries[2][0] in before) == (True, True)
    (home / "queries" / "blåbær.yaml").unlink()
    after = leads()
    assert (entries[0][0] in after, entries[1][0] in after, entries[2][0] in after) == (False, True, False)
    for number in after.values():
        assert json.loads(polled("show", number, "--format", "json").out)["mention"]["query"] == "fjordkraft"
    page = polled("report", "--format", "html", *more).out
    assert "planter" not in page


def test_a_query_file_with_errors_is_not_gone(polled: Cli, home: Path):
    """An edit that breaks a file hides no mention."""
    (home / "queries" / "blåbær.yaml").write_text("brand: [\n")
    answer = polled("report", "--format", "jsonl")
    assert (queries(answer), "left out" in answer.err) == ({"fjordkraft", "blåbær"}, False)


def test_without_query_files_everything_is_shown(polled: Cli, home: Path):
    """A report on a copied database shows all mentions, and says so."""
    (home / "queries").rename(home / "andre")
    answer = polled("--db", "brandwatch.db", "report", "--format", "jsonl")
    assert queries(answer) == {"fjordkraft", "blåbær"}
    assert "there are no query files in " in answer.err
    assert "the mentions of all queries are shown\n" in answer.err


def test_a_query_that_comes_back_is_shown_again(polled: Cli, home: Path):
    """Nothing is lost with a file: with the file back its mentions are as before."""
    path = home / "queries" / "blåbær.yaml"
    text = path.read_text()
    before = polled("report", "--format", "csv").out
    path.unlink()
    assert polled("report", "--format", "csv").out != before
    path.write_text(text)
    assert polled("report", "--format", "csv").out == before


def test_the_doctor_names_queries_without_a_file(polled: Cli, home: Path):
    """A deleted file is a warning with what to do; with all files in place, or none, there is nothing to say."""
    assert "without a file" not in polled("doctor").out
    (home / "queries" / "blåbær.yaml").rename(home / "blåbær.yaml")
    (line,) = [line for line in polled("doctor").out.splitlines() if "without a file" in line]
    assert "1 query with mentions and without a file: blåbær → reports leave them out" in line
    (home / "queries" / "fjordkraft.yaml").rename(home / "fjordkraft.yaml")
    assert "without a file" not in polled("doctor").out
