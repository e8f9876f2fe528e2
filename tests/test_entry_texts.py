"""The texts of an entry from the feed to every surface: lead, body, descriptions of media, pictures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

BODY = "<content:encoded><![CDATA[<p>Prisene øker i Åsgård.</p>{}]]></content:encoded>"
FEED = (
    """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Fjordposten</title>
<item><title>En lederartikkel</title><link>https://avis.example/1</link><description>Acme mister kunder.</description>
"""
    + BODY.format("")
    + """</item>
<item><title>Et bilde</title><link>https://avis.example/2</link><description>Sol i nord.</description>
"""
    + BODY.format('<img src="a.jpg" alt="Logoen til Acme">')
    + """</item>
<item><title>En film</title><link>https://avis.example/3</link><description>Sol i nord.</description>
<media:content url="https://avis.example/a.mp4"><media:description>Acme på film.</media:description></media:content>
</item></channel></rss>"""
)


@pytest.fixture
def polled(cli: Cli, site: Site, home: Path) -> Cli:
    """Three mentions: in a lead, in a picture, in the description of a film."""
    (home / "queries").mkdir()
    text = f"brand: Acme\nnames: [Acme]\nsources:\n  - {site.url('/rss')}\n"
    (home / "queries" / "acme.yaml").write_text(text, encoding="utf-8")
    site.put("/rss", FEED)
    assert cli("poll").code == 0
    return cli


def fields(polled: Cli, *options: str) -> dict[str, str]:
    """The field of the evidence of each mention, by its title."""
    mentions = json.loads(polled("report", "--format", "json", *options).out)["mentions"]
    return {mention["title"]: mention["evidence"][0]["field"] for mention in mentions}


def test_evidence_has_the_field_of_each_text(polled: Cli):
    """The brand is found in the lead, the alternative text and the description; JSON has the parts of the text."""
    assert fields(polled) == {"En lederartikkel": "lead", "Et bilde": "alt", "En film": "media"}
    mentions = json.loads(polled("report", "--format", "json", "--where", "lead:acme").out)["mentions"]
    (mention,) = mentions
    (part,) = mention["parts"]
    assert mention["text"][part["start"] : part["end"]] == "Acme mister kunder."
    assert part["field"] == "lead"


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ("lead:acme", {"En lederartikkel"}),
        ("text:acme", {"En lederartikkel", "Et bilde", "En film"}),
        ("lead:sol", {"Et bilde"}),
        ("title:acme", set()),
        ("acme NEAR/20 prisene", set()),
        ("-lead:*", {"En film"}),
    ],
)
def test_where_searches_the_stored_texts(polled: Cli, where: str, titles: set[str]):
    """The stored text has the borders that the poll had."""
    assert fields(polled, "--where", where).keys() == titles


def test_a_stored_entry_gives_the_same_evidence(polled: Cli):
    """`replay` of the same query changes nothing, and `why` and `show` name the text."""
    before = polled("report", "--format", "json").out
    answer = polled("replay", "acme", "--yes")
    assert answer.out == "+0 gained −0 lost ±3 same\n"
    after = json.loads(polled("report", "--format", "json").out)["mentions"]
    assert after == json.loads(before)["mentions"]
    number = next(str(mention["id"]) for mention in after if mention["title"] == "Et bilde")
    assert "“Acme” in the alternative text at" in polled("why", number).out
    shown = polled("show", number).out
    assert "Logoen til «Acme»" in shown
    assert "(alternative text " in shown


def test_an_unchanged_feed_changes_no_mention(polled: Cli):
    """A second poll of the same entries leaves no action in the audit trail."""
    before = polled("audit", "--format", "json").out
    assert polled("poll", "--force").code == 0
    assert json.loads(polled("audit", "--format", "json").out) == json.loads(before)


UNTITLED = """<rss version="2.0"><channel><title>Fjordposten</title><item><link>https://avis.example/4</link>
<description>Acme åpner en ny butikk i Åsgård, og det er kø utenfor døra fra tidlig om morgenen.</description></item>
</channel></rss>"""
BEGINNING = "Acme åpner en ny butikk i Åsgård, og det er kø utenfor døra fra tidlig om…"


@pytest.fixture
def untitled(polled: Cli, site: Site) -> Cli:
    """A mention without a title."""
    site.put("/rss", UNTITLED)
    assert polled("poll", "--force").code == 0
    return polled


@pytest.mark.parametrize("output_format", ["table", "markdown", "rss"])
def test_a_report_shows_the_beginning_of_a_text_without_a_title(untitled: Cli, output_format: str):
    """The beginning stands where other mentions have their title."""
    assert BEGINNING in untitled("report", "--format", output_format).out
    assert BEGINNING in untitled("report", "--stories", "--format", output_format).out


def test_a_page_marks_the_name_in_the_beginning_of_a_text(untitled: Cli):
    """The page marks the brand in it, as in a title."""
    page = untitled("report", "--format", "html").out
    assert f"<mark>Acme</mark>{BEGINNING[4:]}</a>" in page
    assert "(no title)" not in page


def test_a_mention_without_a_title_is_shown_by_its_text(untitled: Cli):
    """`show` and `story show` begin with it."""
    mentions = json.loads(untitled("report", "--format", "json").out)["mentions"]
    mention = next(mention for mention in mentions if not mention["title"])
    assert untitled("show", str(mention["id"])).out.startswith(BEGINNING)
    assert BEGINNING in untitled("story", "show", str(mention["story"])).out


def test_a_missing_title_stays_empty_for_programs(untitled: Cli):
    """In CSV and JSON the title is the publisher's own."""
    assert "" in {mention["title"] for mention in json.loads(untitled("report", "--format", "json").out)["mentions"]}
    assert BEGINNING not in untitled("report", "--format", "csv").out
