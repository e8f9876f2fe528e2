from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_privacy import feed, item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

BRAND = "Fjordkraft Åsgård"
WORDS = [
    f"{first} {second} {third}" for first in ("blåbær", "fjell") for second in ("på", "ved") for third in "abcdefghij"
]
BEFORE, AFTER = " ".join(WORDS), " ".join(reversed(WORDS))
LONG = f"Nettleien øker. {BEFORE}. Det sier {BRAND} i dag. {AFTER}. Vannkraft til slutt."


def mentions(cli: Cli, *options: str) -> list[dict[str, Any]]:
    """Read all mentions."""
    return [json.loads(line) for line in cli("report", "--format", "jsonl", *options).out.splitlines()]


@pytest.fixture
def polled(cli: Cli, site: Site, query: Write) -> Cli:
    """The command line over one long entry by a named author."""
    query(site.put("/feed", feed(item(1, "Dyrere strøm", LONG, "Kari Nordmann"))))
    assert cli("poll").code == 0
    return cli


def test_the_passage_is_stored_without_author(polled: Cli, home: Path):
    """The rest of the text is nowhere in the database; highlights are in place, and all evidence is explained."""
    (mention,) = mentions(polled)
    text = mention["text"]
    (piece,) = mention["evidence"]
    assert (mention["author"], len(text) <= 500, text[piece["start"] : piece["end"]]) == ("", True, BRAND)
    written = b"".join(path.read_bytes() for path in home.glob("brandwatch.db*"))
    assert b"Nettleien" not in written
    assert b"Vannkraft" not in written
    assert b"Kari" not in written
    shown = polled("show", "1").out
    assert f"«{BRAND}»" in shown
    assert f"of {len(LONG)} characters are stored" in " ".join(shown.split())
    assert f"«{BRAND}»" in polled("why", "1").out
    assert f"<mark>{BRAND}</mark>" in polled("report", "--format", "html").out


def test_evidence_outside_the_passage_is_stated(cli: Cli, site: Site, query: Write):
    """Evidence without room in the passage is marked as not stored instead of highlighting other words."""
    entry = item(1, BRAND, f"{BRAND} {BEFORE} {AFTER} rådgiveren i {BRAND}")
    query(site.put("/feed", feed(entry)), more="snippet: 60\n")
    assert cli("poll").code == 0
    (mention,) = mentions(cli)
    role = next(piece for piece in mention["evidence"] if piece["part"] == "role")
    assert (role["start"], role["end"]) == (0, 0)
    shown = " ".join(cli("show", "1").out.split())
    assert "(text: outside the stored passage)" in shown
    assert "in the text, by the rule" in cli("why", "1").out


def test_an_unchanged_entry_keeps_its_passage(polled: Cli, site: Site):
    """A second reading gives the same passage; an edited entry gets a new one."""
    before = mentions(polled)
    site.put("/feed", feed(item(1, "Dyrere strøm", LONG, "Kari Nordmann"), item(2, "Annet"), title="Ny tittel"))
    assert polled("poll", "--force").code == 0
    assert [one | {"publisher": ""} for one in mentions(polled)] == [one | {"publisher": ""} for one in before]
    site.put("/feed", feed(item(1, "Dyrere strøm", LONG.replace("i dag", "i går"))))
    assert polled("poll", "--force").code == 0
    assert f"{BRAND} i går" in mentions(polled)[0]["text"]


def test_the_longer_source_wins(polled: Cli, site: Site, query: Write):
    """Lengths are compared before the text is minimised."""
    more = feed(item(1, "Dyrere strøm", f"{LONG} Mer {BRAND}."), title="Tidende")
    less = feed(item(1, "Strøm", f"{BRAND} her. " * 40), title="Radio")
    query(site.url("/feed"), site.put("/less", less), site.put("/more", more))
    assert polled("poll", "--force").code == 0
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        ((whole, title),) = connection.execute("SELECT whole, title FROM entry")
    assert (whole, title) == (len(LONG) + len(f" Mer {BRAND}."), "Dyrere strøm")


@pytest.mark.parametrize("size", [0, 120, 500])
def test_stories_compare_the_whole_text(cli: Cli, site: Site, query: Write, size: int):
    """Copies are found by text outside the passage; other news with a similar passage is not."""
    query(site.put("/1", feed(item(1, "Dyrere strøm", LONG))), more=f"snippet: {size}\n")
    assert cli("poll").code == 0
    copy = item(1, "Nettleie", LONG, slug="kopi")
    other = item(2, "Strømmen", f"Helt annet. {' '.join(WORDS[::3])} {BRAND} {' '.join(WORDS[::7])}")
    query(site.url("/1"), site.put("/2", feed(copy, other, title="Blåbærposten")), more=f"snippet: {size}\n")
    assert cli("poll", "--force").code == 0
    found = {mention["title"]: (mention["story"], mention["joined"]) for mention in mentions(cli)}
    assert found["Nettleie"] == (found["Dyrere strøm"][0], f"the same text, {len(LONG.replace('.', '').split())} words")
    assert found["Strømmen"][0] != found["Dyrere strøm"][0]


@pytest.mark.parametrize(
    ("more", "changed", "is_shown"),
    [
        ("", "match: Vannkraft\n", True),
        ("", "match: Åsgård AND NOT Vannkraft\n", True),
        ("", "exclude: [Det sier Fjordkraft Åsgård]\n", False),
        ("exclude: {authors: [Kari Nordmann]}\n", "exclude: {authors: [Kari Nordmann]}\nlanguages: [no]\n", False),
        ("exclude: {authors: [Kari Nordmann]}\n", "languages: [no, sv]\n", True),
    ],
)
def test_a_replay_ignores_missing_text(cli: Cli, site: Site, query: Write, more: str, changed: str, is_shown: bool):
    """Missing text or author neither hides nor shows a mention; the stored passage counts."""
    source = site.put("/feed", feed(item(1, "Dyrere strøm", LONG, "Kari Nordmann")))
    query(source, more=more)
    assert cli("poll").code == 0
    query(source, more=changed)
    answer = cli("replay", "fjordkraft", "--yes")
    assert answer.code == 0
    assert bool(mentions(cli)) is is_shown
    assert ("only a part of the entry is stored" in answer.err) is (
        changed.startswith("match: Vann") or "authors" in changed
    )


def test_check_shows_the_text_settings(cli: Cli, query: Write):
    """Defaults are shown too."""
    query()
    assert "; author: handle, snippet: 500 characters" in cli("check").err
    query(more="author: none\nsnippet: 0\n")
    (file,) = json.loads(cli("check", "--format", "json").out)["files"]
    assert (file["author"], file["snippet"]) == ("none", 0)


@pytest.mark.parametrize("said", ["author: some", "snippet: 2001", "snippet: long", "snippet: -1"])
def test_invalid_text_settings(cli: Cli, query: Write, said: str):
    """An error has its position."""
    query(more=f"{said}\n")
    answer = cli("check")
    assert (answer.code, "fjordkraft.yaml:5" in answer.out) == (2, True)
