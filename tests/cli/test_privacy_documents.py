from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

PEOPLE = (
    "people:\n  - {name: Kari Eksempel, role: spokesperson, registered: 2026-02-01}\n"
    "  - {name: Øystein Blåbær, role: executive, registered: 2026-02-01}\n"
)
PRIVACY = (
    "privacy:\n  controller: Fjordkraft Åsgård AS, Kraftgata 1\n  contact: personvern@fjordkraft.example\n"
    "  purpose: svare kunder og rette feil\n  legal_basis: artikkel 6 nr. 1 f\n  informed: 2026-03-01\n"
    "  review_by: 2027-03-01\n  recipients: [kommunikasjon, kundesenter]\n  transfers: none\n"
)


@pytest.fixture
def complete_query(query: Write) -> Path:
    """A query with every fact about its processing."""
    return query("https://fjordavisa.example/rss?key=${NØKKEL}".replace("Ø", "O"), more=PEOPLE + PRIVACY)


@pytest.mark.parametrize(("language", "word"), [("nb", "Behandlingsansvarlig"), ("no", "Formål"), ("en", "Controller")])
@pytest.mark.parametrize("paper", ["notice", "record"])
@time_machine.travel("2026-05-05 12:00Z", tick=False)
def test_a_complete_document(cli: Cli, complete_query: Path, paper: str, language: str, word: str):
    """Every fact of the file is in the text: hosts for sources, roles for people, no blanks."""
    answer = cli("privacy", paper, "--lang", language)
    assert (answer.code, answer.err) == (0, "")
    for said in (
        "Fjordkraft Åsgård AS, Kraftgata 1",
        "svare kunder",
        "kommunikasjon; kundesenter",
        "fjordavisa.example",
    ):
        assert said in answer.out, said
    assert word in answer.out
    assert ("90 dager" if language != "en" else "90 days") in answer.out
    assert ("365 dager" if language != "en" else "365 days") in answer.out, "one year is not “1 years”"
    assert ("2 år" if language != "en" else "2 years") in answer.out
    assert "2027-03-01\n" in answer.out
    assert "$" not in answer.out
    assert "[" not in answer.out
    assert "Eksempel" not in answer.out
    assert "rss" not in answer.out


@pytest.mark.parametrize("paper", ["notice", "record"])
def test_a_missing_fact_is_a_blank(cli: Cli, query: Write, paper: str):
    """The text has a blank, and a warning names key, file and line; nothing is invented, nothing fails."""
    path = query(more="privacy:\n  purpose: svare kunder\n  legal_basis: 6 f\n")
    line = path.read_text(encoding="utf-8").splitlines().index("  purpose: svare kunder") + 1
    answer = cli("privacy", paper)
    assert answer.code == 0
    assert f"[to be filled in: `privacy: controller` – fjordkraft.yaml:{line}]" in answer.out
    assert f"queries/fjordkraft.yaml:{line}:3: warning: `privacy` lacks `controller`" in answer.err
    assert ("transfers" in answer.err) == (paper == "record")
    assert "`purpose`" not in answer.err


def test_an_overdue_review_is_stated(cli: Cli, complete_query: Path):
    """After its date the review is overdue in the text; on its day it is not."""
    with time_machine.travel("2027-03-02 12:00Z"):
        assert "2027-03-01 (fristen er ute)" in cli("privacy", "notice", "--lang", "nb").out
    with time_machine.travel("2027-03-01 12:00Z"):
        assert "fristen er ute" not in cli("privacy", "notice", "--lang", "nb").out


def test_feeds_are_the_first_sources(cli: Cli, query: Write):
    """Then come the kinds by name, each with its hosts by name; a query without sources says so."""
    reddit, bluesky = "{kind: reddit}", "{kind: bluesky}"
    query(reddit, "https://b.example/rss", bluesky, "https://a.example/rss")
    query(name="tom")
    answer = cli("privacy", "notice", "fjordkraft")
    listed = [line for line in answer.out.splitlines() if line.startswith(("- feeds:", "- reddit:", "- bluesky:"))]
    assert [line.partition(":")[0] for line in listed] == ["- feeds", "- bluesky", "- reddit"]
    assert listed[0] == "- feeds: a.example, b.example"
    sources = json.loads(cli("privacy", "notice", "fjordkraft", "--format", "json").out)["items"][0]["sources"]
    assert list(sources) == ["feed", "bluesky", "reddit"]
    assert "No source is asked yet." in cli("privacy", "notice", "tom").out
    assert "No source is asked yet." not in answer.out


def test_headings_are_underlined_in_text(cli: Cli, complete_query: Path):
    """The title has a double line and every section a single one, as long as the heading."""
    lines = cli("privacy", "notice", "--format", "text").out.splitlines()
    rules = {set(lines[at]).pop(): lines[at - 1] for at in range(1, len(lines)) if set(lines[at]) in ({"="}, {"-"})}
    assert rules["="].startswith("How Fjordkraft Åsgård AS is monitored")
    assert all(len(lines[at]) == len(lines[at - 1]) for at in range(1, len(lines)) if set(lines[at]) in ({"="}, {"-"}))


def test_documents_as_json_and_text(cli: Cli, complete_query: Path, query: Write):
    """JSON has each fact by its key, null if missing; text has no markup."""
    query("https://a.example/rss", name="tom")
    items = json.loads(cli("privacy", "record", "--format", "json").out)["items"]
    assert [item["query"] for item in items] == ["fjordkraft", "tom"]
    assert items[0]["representatives"] == {"spokesperson": 1, "executive": 1}
    assert items[0]["retention_days"] == {"public": 365, "staff": 90, "official": 730, "owned": 730}
    assert (items[0]["missing"], items[1]["controller"], items[1]["sources"]) == ([], None, {"feed": ["a.example"]})
    assert items[1]["blanks"]["contact"] == "tom.yaml:1"
    text = cli("privacy", "notice", "fjordkraft", "--format", "text").out
    assert not {"#", "*", "`"} & set(text)
    assert "Your rights\n-----------" in text


def test_document_errors(cli: Cli, complete_query: Path, query: Write):
    """An unknown language, format or query is refused; an invalid file is reported, and the others are written."""
    query(name="feil", more="ansatte: [Kari]\n")
    for options in (("--lang", "fr"), ("--format", "pdf"), ("ukjent",)):
        assert cli("privacy", "notice", *options).code == 2
    answer = cli("privacy", "notice")
    assert (answer.code, answer.out.count("is monitored"), "there is no key `ansatte`" in answer.err) == (2, 1, True)


def test_processing_does_not_change_the_query_version(cli: Cli, query: Write):
    """The `privacy` facts of a file do not affect matching."""
    from brandwatch.pipeline.loading import load_query_file  # noqa: PLC0415

    versions = set()
    for more in ("", PRIVACY):
        file = load_query_file(query(more=more))
        assert file.query is not None
        versions.add(file.query.version)
    assert len(versions) == 1


@pytest.mark.parametrize("form", ["markdown", "text", "json"])
@pytest.mark.parametrize("paper", ["notice", "record"])
def test_a_document_has_no_paths(cli: Cli, query: Write, home: Path, paper: str, form: str):
    """Documents leave the machine: blanks have file names only; warnings on the terminal have paths."""
    folder = query("https://a.example/rss").parent
    assert folder.is_relative_to(home)
    answer = cli("--queries", str(folder), "privacy", paper, "--format", form)
    assert ("fjordkraft.yaml:1" in answer.out, str(home) in answer.out, "/" in answer.out) == (True, False, False)
    assert f"{folder}/fjordkraft.yaml:1" in answer.err


MAY_NAME = {
    ("notice", "en"): "They may name you or somebody else",
    ("notice", "nb"): "De kan inneholde navnet på deg eller andre",
    ("record", "en"): "are stored as they were published and may name persons",
    ("record", "nb"): "lagres slik de er publisert, og kan inneholde navn på personer",
}
AUTHOR = {
    ("none", "en"): "Of its author: nothing. The byline is not stored.",
    ("none", "nb"): "Om forfatteren: ingenting. Forfatternavnet lagres ikke.",
    ("handle", "en"): "Of its author: the account, where the byline is or holds one",
    ("handle", "nb"): "Om forfatteren: kontoen, når forfatternavnet er eller inneholder en konto",
    ("full", "en"): "Of its author: the byline as it was published, name or account.",
    ("full", "nb"): "Om forfatteren: forfatternavnet slik det er publisert, navn eller konto.",
}
PASSAGE = {
    (0, "en"): "no part of its text",
    (0, "nb"): "ingen del av teksten",
    (200, "en"): "at most 200 characters of its text around what was found",
    (200, "nb"): "høyst 200 tegn av teksten rundt det som ble funnet",
}
STAFF = {
    ("on", "en"): "are found without names, and so are authors who say that they work there",
    ("on", "nb"): "blir funnet uten navn, og det samme gjelder forfattere som selv sier at de arbeider der",
    ("off", "en"): "are not looked for. A text whose author says that they work for the brand is marked as such",
    ("off", "nb"): "En tekst der forfatteren selv sier at vedkommende arbeider for merkevaren, blir merket som det",
}
UNTRUE = re.compile(
    r"nobody's name\b(?! is looked for)|ingens navn|without text or names|uten tekst og navn", re.IGNORECASE
)


@pytest.mark.parametrize("lang", ["en", "nb"])
@pytest.mark.parametrize("paper", ["notice", "record"])
@pytest.mark.parametrize(
    ("author", "snippet", "staff"), [("none", 0, "off"), ("handle", 200, "on"), ("full", 200, "off"), ("full", 0, "on")]
)
def test_a_document_states_the_stored_data(  # noqa: PLR0913, PLR0917 (a table)
    cli: Cli, query: Write, paper: str, lang: str, author: str, snippet: int, staff: str
):
    """For every setting it states the extent, and that titles and passages may name people."""
    query(more=f"author: {author}\nsnippet: {snippet}\nstaff_mentions: {staff}\nretain: {{public: 30d}}\n{PEOPLE}")
    said = " ".join(cli("privacy", paper, "--lang", lang).out.split())
    for words in (MAY_NAME[paper, lang], AUTHOR[author, lang], PASSAGE[snippet, lang], STAFF[staff, lang]):
        assert words in said, words
    others = [words for (key, tongue), words in AUTHOR.items() if tongue == lang and key != author]
    assert not [words for words in others if words in said]
    assert "30 da" in said
    assert ("Their names are stored" if lang == "en" else "Navnene deres lagres") in said
    assert not UNTRUE.search(said)


@pytest.mark.parametrize(
    ("author", "stored"), [("none", ""), ("handle", "@kari"), ("full", "Kari Øygard-Nordmann (@kari)")]
)
def test_a_document_agrees_with_the_database(cli: Cli, query: Write, site: Site, author: str, stored: str):
    """Names in titles, passages, links and publishers are always stored, authors by the setting."""
    name = "Kari Øygard-Nordmann"
    entry = {
        "id": "1",
        "url": "https://fjordavisa.example/kari-oygard-nordmann",
        "title": f"{name} slutter i Fjordkraft Åsgård",
        "content_text": f"{name} slutter i Fjordkraft Åsgård etter ti år.",
        "authors": [{"name": f"{name} (@kari)"}],
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": f"Bloggen til {name}", "items": [entry]}
    query(site.put("/feed", json.dumps(feed)), more=f"author: {author}\n")
    assert cli("poll").code == 0
    (mention,) = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert mention["author"] == stored
    assert all(name in mention[field] for field in ("title", "publisher"))
    assert "kari-oygard-nordmann" in mention["url"]
    assert name in cli("show", str(mention["id"])).out


def test_declarations_are_found_with_roles_off(cli: Cli, query: Write, site: Site, rss: Callable[..., str]):
    """`staff_mentions: off` as documented: roles are not matched, self-declarations of authors are."""
    feed = rss(
        ("Jeg jobber i Fjordkraft Åsgård og liker det", "https://a.example/1"),
        ("Spør rådgiveren i Fjordkraft Åsgård", "https://a.example/2"),
    )
    query(site.put("/feed", feed), more="staff_mentions: off\n")
    assert cli("poll").code == 0
    mentions = json.loads(cli("report", "--format", "json").out)["mentions"]
    found = {one["title"].split()[0]: (one["voice"], one["subject"]) for one in mentions}
    assert found == {"Jeg": ("staff", "brand"), "Spør": ("public", "brand")}
