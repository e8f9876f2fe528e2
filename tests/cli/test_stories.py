from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import time_machine
from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

ARTICLE = (
    "Fjordkraft Åsgård kutter prisen på strøm til alle kunder fra mandag morgen. Selskapet sier at blåbærhøsten på "
    "fjellet har gitt uventet god inntjening i kraftverkene, og at overskuddet skal deles med dem som har betalt mest. "
    "Direktøren lover at avtalene blir enklere å lese. Forbrukerrådet er fornøyd, men vil se regningene først."
)
EDITED = ARTICLE.replace("uventet", "svært").replace("enklere", "lettere")
OTHER = (
    "Rådgiveren i Fjordkraft Åsgård svarer på spørsmål om vannkraft i kantina til klokka fire onsdag den fjerde mai."
)
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NOW = "2026-05-05 12:00:00Z"


def feed(name: str, *items: dict[str, object]) -> str:
    """Build a JSON feed of a publisher."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": name, "items": list(items)})


def item(title: str, url: str, text: str, hour: int = 10) -> dict[str, object]:
    """Build an entry of a feed."""
    when = f"2026-05-04T{hour:02}:00:00Z"
    return {"id": url, "url": url, "title": title, "content_text": text, "date_published": when, "language": "nb"}


@pytest.fixture
def polled(cli: Cli, site: Site, query: Callable[..., Path]) -> Cli:
    """The command line over two stories: a price cut in two papers, on the brand's own site and at an aggregator."""
    feeds = [
        feed(
            "Fjordavisa",
            item("Fjordkraft Åsgård kutter prisen", "https://fjordavisa.example/1", ARTICLE, 8),
            item("Spør rådgiveren i Fjordkraft Åsgård", "https://fjordavisa.example/2", OTHER, 9),
        ),
        feed("Blåbærposten", item("Kutter prisen på strøm", "https://blaabaer.example/sak-7", EDITED)),
        feed("Fjordkraft Åsgård", item("Vi kutter prisen", "https://fjordkraft.example/kutt-1", ARTICLE, 11)),
        feed("MSN", item("Fjordkraft Åsgård kutter prisen", "https://www.msn.com/nb-no/1", EDITED, 12)),
    ]
    sources = [site.put(f"/{number}", body) for number, body in enumerate(feeds)]
    query(*sources, more="owned: {domains: [fjordkraft.example]}\n")
    with time_machine.travel(NOW, tick=False):
        # In another order of the copies other reasons join them.
        assert cli("poll", "--in-flight", "1").code == 0
    return cli


def stories(cli: Cli, *options: str) -> list[dict[str, str]]:
    """Read the rows of a report of stories."""
    answer = cli("report", "--stories", "--format", "csv", *options)
    assert answer.code == 0
    return list(csv.DictReader(io.StringIO(answer.out)))


def number(cli: Cli, publisher: str, title: str = "") -> str:
    """Get the number of the mention of a publisher; sources respond in any order."""
    rows = csv.DictReader(io.StringIO(cli("report", "--format", "csv").out))
    return next(row["id"] for row in rows if row["publisher"] == publisher and title in row["title"])


@time_machine.travel(NOW, tick=False)
def test_a_story_is_one_line(polled: Cli):
    """Four copies are one line: the first leads, spread is two papers; own channel and aggregator add none."""
    first, second = stories(polled)
    assert (first["title"], first["publisher"], first["lead"]) == (
        "Fjordkraft Åsgård kutter prisen",
        "Fjordavisa",
        number(polled, "Fjordavisa", "kutter"),
    )
    assert (first["publishers"], first["mentions"], first["entries"], first["response"]) == ("2", "4", "4", "")
    assert (first["first_seen"], first["earliest"]) == ("2026-05-05T14:00:00+02:00", "2026-05-04T10:00:00+02:00")
    assert (second["publishers"], second["mentions"]) == ("1", "1")
    assert first["heat"] == "2.4", "log2(1 + 5) for one other publisher, 1 for the title, less 28 hours"


@time_machine.travel(NOW, tick=False)
def test_the_table(polled: Cli):
    """One line per story, the hottest first, and the totals at the end."""
    answer = polled("report", "--stories", "--format", "table")
    lines = [line.rstrip() for line in answer.out.splitlines()]
    assert lines[0].split() == "story first seen spread mentions response heat lead".split()
    assert [line.split()[0] for line in lines[2:]] == ["1", "2"]
    assert "Fjordkraft Åsgård kutter prisen  Fjordavisa" in lines[2]
    assert answer.err.splitlines()[0] == "2 stories: 5 mentions, 2 publishers"
    assert answer.err.splitlines()[-1].startswith("coverage: ")


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "markdown", "table", "html", "rss"])
def test_every_format(polled: Cli, tmp_path: Path, form: str):
    """Each format has each story once, also in a file."""
    path = tmp_path / "stories"
    assert polled("report", "--stories", "--format", form, "--output", str(path)).code == 0
    assert path.read_text(encoding="utf-8").count("Spør rådgiveren i") == 1


@time_machine.travel(NOW, tick=False)
def test_a_workbook(polled: Cli, tmp_path: Path):
    """Numbers are numbers, the day is a date, and unknown is empty."""
    path = tmp_path / "stories.xlsx"
    assert polled("report", "--stories", "--output", str(path)).code == 0
    with zipfile.ZipFile(path) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (our own)
    row = sheet.findall(f".//{_SHEET}row")[1]
    numbers = {cell.get("r"): cell.findtext(f"{_SHEET}v") for cell in row if cell.get("t") is None}
    assert numbers["A2"] == "1"
    assert (numbers["H2"], numbers["I2"], numbers["L2"]) == ("2", "4", "2.4")
    assert float(numbers["B2"] or 0) == pytest.approx(46147 + 14 / 24)
    assert "K2" not in numbers


def test_for_spreadsheets(polled: Cli):
    """`--excel` has decimal commas and dates without a zone."""
    answer = polled("report", "--stories", "--excel")
    rows = list(csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";"))
    assert "," in rows[0]["heat"]
    assert rows[0]["earliest"] == "04.05.2026 10:00"


@time_machine.travel(NOW, tick=False)
def test_json(polled: Cli):
    """Numbers are numbers, unknown is null."""
    data = json.loads(polled("report", "--stories", "--format", "json").out)
    assert list(data) == ["version", "generated", "stories", "coverage"]
    story = data["stories"][0]
    assert (story["id"], story["publishers"], story["response"], story["heat"]) == (1, 2, None, 2.42)
    assert story["lead"]["url"] == "https://fjordavisa.example/1"


@pytest.mark.parametrize(
    ("width", "shown"), [(60, "spread heat"), (80, "spread response heat"), (250, "spread mentions response heat")]
)
def test_on_a_terminal(polled: Cli, lines: Callable[..., list[str]], width: int, shown: str):
    """The table fits the width, and leaves room for the title on a narrow one."""
    seen = lines(width, "report", "--stories")
    assert max(map(cell_len, seen)) <= width
    assert seen[0].split() == ["story", "first", "seen", *shown.split(), "lead"]


def test_stories_are_selected_like_mentions(polled: Cli):
    """A story is selected with any of its mentions; only selected mentions are counted."""
    assert [row["story"] for row in stories(polled, "--search", "kantina")] == ["2"]
    (owned,) = stories(polled, "--where", "voice:owned")
    assert (owned["story"], owned["mentions"], owned["entries"]) == ("1", "1", "4")
    assert [row["story"] for row in stories(polled, "--sort", "published")] == ["2", "1"]
    assert [row["story"] for row in stories(polled, "--limit", "1")] == ["1"]
    answer = polled("report", "--stories", "--search", "finnesikke")
    assert (answer.out.count("\n"), answer.err.splitlines()[0]) == (1, "no stories")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--suppressed",), "--stories cannot be combined with --suppressed"),
        (("--group-by", "day"), "--stories cannot be combined with --group-by"),
        (("--sort", "title"), "unknown order of stories “title”"),
    ],
)
def test_invalid_options_of_stories(polled: Cli, options: tuple[str, ...], words: str):
    """Meaningless combinations are refused with a message."""
    answer = polled("report", "--stories", *options)
    assert answer.code == 2
    assert words in answer.err


@time_machine.travel(NOW, tick=False)
def test_mentions_refer_to_their_story(polled: Cli):
    """The report has the number, `why` the reason and each component of the heat."""
    rows = list(csv.DictReader(io.StringIO(polled("report", "--sort", "heat", "--format", "csv").out)))
    assert [row["story"] for row in rows] == ["1", "1", "1", "1", "2"]
    mentions = json.loads(polled("report", "--format", "json").out)["mentions"]
    copied = next(str(mention["id"]) for mention in mentions if "passages" in mention["joined"])
    lines = polled("why", copied).out.splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("story 1: "))
    assert lines[at].endswith("shared passages; `brandwatch story show 1`")
    assert [line.split()[:3] for line in lines[at + 1 : at + 5]] == [
        ["heat", "2.4"],
        ["+2.6", "response:", "1"],
        ["+1.0", "the", "brand"],
        ["-1.2", "age:", "one"],
    ]
    data = json.loads(polled("why", copied, "--format", "json").out)
    assert data["heat"]["counts"] == {"other_publishers": 1}
    assert data["heat"]["heat"] == pytest.approx(
        sum(data["heat"][part] for part in ("response", "place", "age")), abs=0.02
    )
    assert "story      1: " in polled("show", copied).out


def test_show_a_story(polled: Cli):
    """Every mention has the reason of its assignment, but the first one."""
    answer = polled("story", "show", "1")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "story 1: Fjordkraft Åsgård kutter prisen"
    assert lines[2] == "  2 publishers, 4 mentions of 4 entries, response unknown"
    reasons = [line.strip().partition(";")[0] for line in lines if "; query fjordkraft" in line]
    assert len(reasons) == 4
    assert reasons.count("the first of it") == 1
    assert all(reason == "the first of it" or reason.startswith(("the same", "4", "5")) for reason in reasons), reasons
    data = json.loads(polled("story", "show", "1", "--format", "json").out)
    assert [mention["story"] for mention in data["mentions"]] == [1] * 4
    assert data["decisions"] == []


def test_merge_and_split(polled: Cli, site: Site):
    """Manual decisions are stored, shown, and outrank the automatic assignment of the next copy."""
    assert polled("story", "merge", "1", "2").out == "story 1 has 5 mentions from 2 publishers\n"
    assert [row["mentions"] for row in stories(polled)] == ["5"]
    gone = polled("story", "show", "2")
    assert (gone.code, "it is part of story 1" in gone.err) == (2, True)
    assert (
        polled("story", "split", "1", number(polled, "Fjordavisa", "Spør")).out
        == "story 3 has the mentions that were split from story 1\n"
    )
    site.put("/1", feed("Blåbærposten", item("Spør om kraft", "https://blaabaer.example/sak-9", OTHER, 13)))
    with time_machine.travel("2026-05-06 12:00:00Z", tick=False):
        assert polled("poll", "--force").code == 0
    assert sorted((row["story"], row["mentions"]) for row in stories(polled)) == [("1", "4"), ("3", "2")]
    assert "took over story 2" in polled("story", "show", "1").out
    assert "gave mentions up to story 3" in polled("story", "show", "1").out
    assert "was split from story 1" in polled("story", "show", "3").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "9"), "there is no story 9"),
        (("merge", "1", "9"), "there is no story 9"),
        (("merge", "1", "1"), "there is nothing to merge with story 1"),
        (("split", "2", "99"), "mention 99 is not in story 2"),
        (("split", "2", "Spør"), "that is all of story 2"),
    ],
)
def test_invalid_decisions_are_refused(polled: Cli, arguments: tuple[str, ...], words: str):
    """A wrong number changes nothing."""
    before = stories(polled)
    numbers = (number(polled, "Fjordavisa", word) if word == "Spør" else word for word in arguments)
    answer = polled("story", *numbers)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert [row["mentions"] for row in stories(polled)] == [row["mentions"] for row in before]
