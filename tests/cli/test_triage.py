from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

LONG = (
    "{} Selskapet sier at blåbærhøsten på fjellet har gitt uventet god inntjening i kraftverkene, og at overskuddet "
    "skal deles med dem som har betalt mest. Direktøren lover at avtalene blir enklere å lese."
)
ENTRIES = (
    ("Fjordkraft Åsgård kutter prisen", LONG.format("Fjordkraft Åsgård gir mer.")),
    ("Fjordkraft Åsgård kutter prisen", LONG.format("Fjordkraft Åsgård gir mer enn før.")),
    ("Rådgiveren i Fjordkraft Åsgård", "Rådgiveren i Fjordkraft Åsgård svarer."),
    ('=Fjordkraft Åsgård; kunstlag, "nytt"', "Fjordkraft Åsgård kunstlag stiller ut."),
)


@pytest.fixture
def polled(cli: Cli, site: Site, query: Callable[..., Path]) -> Cli:
    """The command line over four mentions; the first two are one story in two papers."""
    sources = []
    for number, (title, text) in enumerate(ENTRIES, 1):
        url = f"https://avis{number}.example/{number}"
        when = f"2026-05-04T{number:02}:00:00Z"
        item = {"id": url, "url": url, "title": title, "content_text": text, "date_published": when}
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": f"Avis {number}", "items": [item]}
        sources.append(site.put(f"/{number}", json.dumps(feed)))
    query(*sources)
    assert cli("poll").code == 0
    return cli


def decided(cli: Cli, *options: str) -> dict[str, tuple[str, list[str], str]]:
    """Read the decisions by the last character of the link: sources respond in any order."""
    lines = cli("report", "--format", "jsonl", *options).out.splitlines()
    return {one["url"][-1]: (one["status"], one["tags"], one["note"]) for one in map(json.loads, lines)}


def ids(cli: Cli) -> dict[str, str]:
    """Get the numbers of the mentions by the last character of their links."""
    lines = cli("report", "--format", "jsonl").out.splitlines()
    return {one["url"][-1]: str(one["id"]) for one in map(json.loads, lines)}


def story_of(cli: Cli, last: str) -> str:
    """Get the number of the story of a mention."""
    lines = cli("report", "--format", "jsonl").out.splitlines()
    return next(str(one["story"]) for one in map(json.loads, lines) if one["url"][-1] == last)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], None]:
    """Put text on standard input."""

    def put(text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_options_decide(polled: Cli):
    """The named mentions get status, tags and note; the report has them, and the number of changes is printed."""
    number = ids(polled)
    answer = polled(
        "triage", "--set", "done", "--tag", "Pris, KRISE", "--note", " ring  Åsgård\n", number["1"], number["3"]
    )
    assert (answer.code, answer.out, answer.err) == (0, "", "2 mentions changed\n")
    assert decided(polled) == {
        "1": ("done", ["krise", "pris"], "ring Åsgård"),
        "2": ("new", [], ""),
        "3": ("done", ["krise", "pris"], "ring Åsgård"),
        "4": ("new", [], ""),
    }
    assert polled("triage", "--untag", "pris", "--note", "", number["1"], number["2"]).err == "1 mention changed\n"
    assert decided(polled)["1"] == ("done", ["krise"], "")


def test_a_whole_story(polled: Cli):
    """One word decides every mention of a story."""
    answer = polled("triage", "--set", "irrelevant", f"story:{story_of(polled, '1')}")
    assert answer.err == "2 mentions changed\n"
    assert [decided(polled)[last][0] for last in "1234"] == ["irrelevant", "irrelevant", "new", "new"]


@pytest.mark.parametrize(
    "options", [("--format", "csv"), ("--format", "tsv"), ("--excel",), ("--stories", "--format", "csv")]
)
def test_a_report_can_be_piped_in(polled: Cli, typed: Callable[[str | bytes], None], options: tuple[str, ...]):
    """The first column of a report names mentions or stories, whatever the separator."""
    report = polled("report", "--search", "blåbærhøsten", *options).out
    typed(report)
    assert polled("triage", "--set", "done", "-").err == "2 mentions changed\n"
    assert [decided(polled)[last][0] for last in "1234"] == ["done", "done", "new", "new"]


def test_a_list_can_be_piped_in(polled: Cli, typed: Callable[[str | bytes], None]):
    """One number per line, also with blank lines, stories, and numbers as arguments."""
    number = ids(polled)
    typed(f"{number['3']}\n\nstory:{story_of(polled, '2')}\n")
    assert polled("triage", "--tag", "x", "-", number["4"]).err == "4 mentions changed\n"


def test_undo(polled: Cli):
    """Each `--undo` reverts one batch; `--dry-run` only prints it."""
    number = ids(polled)
    polled("triage", "--set", "done", number["1"], number["2"])
    polled("triage", "--tag", "pris", number["3"])
    assert polled("triage", "--undo", "--dry-run").err == "1 mention would change back\n"
    assert polled("triage", "--undo").err == "1 mention changed back\n"
    assert polled("triage", "--undo").err == "2 mentions changed back\n"
    assert polled("triage", "--undo").err == "there is nothing to undo\n"
    assert list(decided(polled).values()) == [("new", [], "")] * 4
    assert polled("triage", "--set", "done", "--dry-run", number["1"]).err == "1 mention would change\n"
    assert decided(polled)["1"] == ("new", [], "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "done", "1", "98", "99"), "there are no mentions 98, 99; nothing was changed"),
        (("--set", "done", "1", "98"), "there is no mention 98; nothing was changed"),
        (("--set", "done", "story:99"), "there is no story 99"),
        (("--set", "done", "sak"), "“sak” names no mention"),
        (("--set", "done", "9" * 30), "names no mention"),
        (("--set", "ferdig", "1"), "unknown status “ferdig”"),
        (("--tag", "=1+1", "1"), "“=1+1” cannot be a tag"),
        (("--tag", "a", "--untag", "A", "1"), "“a” is both added and removed"),
        (("1",), "no decision is given"),
        (("--set", "done"), "no mention is given"),
        (("--undo", "1"), "--undo takes no mentions and no decision"),
    ],
)
def test_invalid_decisions_are_refused(polled: Cli, arguments: tuple[str, ...], words: str):
    """The exit code is 2, and nothing changes."""
    answer = polled("triage", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert {status for status, _, _ in decided(polled).values()} == {"new"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,title\n1,a\nto,b\n", "standard input:3: “to” names no mention"),
        (b"\xff\xfe\x00", "standard input is not text"),
        ('1\n"2', "standard input:2: not a row of a table"),
    ],
)
def test_invalid_lists_are_refused(polled: Cli, typed: Callable[[str | bytes], None], text: str | bytes, words: str):
    """The error has the line, and nothing changes."""
    typed(text)
    answer = polled("triage", "--set", "done", "-")
    assert answer.code == 2
    assert words in answer.err
    assert {status for status, _, _ in decided(polled).values()} == {"new"}


def test_decisions_survive_polls_and_replays(polled: Cli, site: Site):
    """An edited entry and a replay keep the decisions."""
    polled("triage", "--set", "relevant", "--tag", "pris", "--note", "æ", ids(polled)["3"])
    edited = json.loads(site.pages["/3"].body)
    edited["items"][0]["content_text"] += " Fjordkraft Åsgård svarer igjen."
    site.put("/3", json.dumps(edited))
    assert polled("poll", "--force").code == 0
    assert polled("replay", "fjordkraft", "--yes").code == 0
    assert decided(polled)["3"] == ("relevant", ["pris"], "æ")


def test_decisions_are_shown_with_their_history(polled: Cli):
    """`show` and `why` list decisions with the previous values, also as JSON; undone ones stay listed."""
    number = ids(polled)["1"]
    polled("triage", "--set", "done", "--tag", "pris", "--note", "ring Åsgård", number)
    polled("triage", "--undo")
    polled("triage", "--tag", "pris", number)
    for command, heading in (("show", "decided"), ("why", "decided:")):
        lines = polled(command, number).out.splitlines()
        told = [line[20:] for line in lines[lines.index(heading) + 1 :]]
        assert told[:3] == [
            "status new → done, by an option",
            "tag pris given, by an option",
            "note “ring Åsgård”, by an option",
        ]
        assert told[3:6] == [
            "note taken away, undone by an option",
            "tag pris taken away, undone by an option",
            "status done → new, undone by an option",
        ]
        data = json.loads(polled(command, number, "--format", "json").out)
        last = (data["mention"] if command == "show" else data)["decisions"][-1]
        assert (last["verb"], last["value"], last["via"], last["undo"]) == ("tag", "pris", "option", False)
    assert "tags       pris" in polled("show", number).out


def test_reports_filter_by_decision(polled: Cli):
    """`--tag` and `--status` filter reports, stories and counts."""
    number = ids(polled)
    polled("triage", "--set", "done", "--tag", "pris", number["1"])
    polled("triage", "--tag", "krise", number["4"])
    assert set(decided(polled, "--tag", "pris", "--tag", "KRISE")) == {"1", "4"}
    assert set(decided(polled, "--tag", "pris", "--status", "new")) == set()
    assert polled("report", "--stories", "--tag", "pris", "--format", "jsonl").out.count("\n") == 1
    counts = ("stats", "--by", "query", "--since", "2026-05-01", "--format", "jsonl")
    assert json.loads(polled(*counts, "--tag", "pris", "--tag", "krise").out)["mentions"] == 2
    assert json.loads(polled(*counts, "--status", "new").out)["mentions"] == 3
    assert "tags,note\r\n" in polled("report", "--format", "csv").out
    assert polled("report", "--tag", "=x").code == 2
