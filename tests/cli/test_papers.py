from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer

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
def told(query: Write) -> Path:
    """A query that says all there is to say."""
    return query("https://fjordavisa.example/rss?key=${NØKKEL}".replace("Ø", "O"), more=PEOPLE + PRIVACY)


@pytest.mark.parametrize(("language", "word"), [("nb", "Behandlingsansvarlig"), ("no", "Formål"), ("en", "Controller")])
@pytest.mark.parametrize("paper", ["notice", "record"])
@time_machine.travel("2026-05-05 12:00Z", tick=False)
def test_a_whole_paper(cli: Cli, told: Path, paper: str, language: str, word: str):
    """All that the file says stands in the text, with hosts for sources, roles for people, and nothing to fill in."""
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
    assert ("2 år" if language != "en" else "2 years") in answer.out
    assert "2027-03-01\n" in answer.out
    assert "$" not in answer.out
    assert "[" not in answer.out
    assert "Eksempel" not in answer.out
    assert "rss" not in answer.out


@pytest.mark.parametrize("paper", ["notice", "record"])
def test_what_is_missing_is_a_blank_with_its_place(cli: Cli, query: Write, paper: str):
    """A blank in the text and a warning name the key, the file and the line; nothing is invented, nothing fails."""
    path = query(more="privacy:\n  purpose: svare kunder\n  legal_basis: 6 f\n")
    line = path.read_text(encoding="utf-8").splitlines().index("  purpose: svare kunder") + 1
    answer = cli("privacy", paper)
    assert answer.code == 0
    assert f"[to be filled in: `privacy: controller` – queries/fjordkraft.yaml:{line}]" in answer.out
    assert f"queries/fjordkraft.yaml:{line}:3: warning: `privacy` does not say `controller`" in answer.err
    assert ("transfers" in answer.err) == (paper == "record")
    assert "`purpose`" not in answer.err


def test_what_is_overdue_says_so(cli: Cli, told: Path):
    """After its day the review is overdue in the text."""
    with time_machine.travel("2027-03-02 12:00Z"):
        assert "2027-03-01 (fristen er ute)" in cli("privacy", "notice", "--lang", "nb").out


def test_a_paper_for_programs_and_for_letters(cli: Cli, told: Path, query: Write):
    """JSON has each fact by its key, null where it is not said; text is without marks."""
    query("https://a.example/rss", name="tom")
    items = json.loads(cli("privacy", "record", "--format", "json").out)["items"]
    assert [item["query"] for item in items] == ["fjordkraft", "tom"]
    assert items[0]["representatives"] == {"spokesperson": 1, "executive": 1}
    assert items[0]["retention_days"] == {"public": 365, "staff": 90, "official": 730, "owned": 730}
    assert (items[0]["missing"], items[1]["controller"], items[1]["sources"]) == ([], None, {"feed": ["a.example"]})
    assert items[1]["blanks"]["contact"] == "queries/tom.yaml:1"
    text = cli("privacy", "notice", "fjordkraft", "--format", "text").out
    assert not {"#", "*", "`"} & set(text)
    assert "Your rights\n-----------" in text


def test_what_cannot_be_written(cli: Cli, told: Path, query: Write):
    """Another language, form or query is refused; a broken file is told, and the others are written."""
    query(name="feil", more="ansatte: [Kari]\n")
    for options in (("--lang", "fr"), ("--format", "pdf"), ("ukjent",)):
        assert cli("privacy", "notice", *options).code == 2
    answer = cli("privacy", "notice")
    assert (answer.code, answer.out.count("is monitored"), "there is no key `ansatte`" in answer.err) == (2, 1, True)


def test_privacy_decides_nothing_that_matches(cli: Cli, query: Write):
    """What a file says of its processing does not change the version of the query."""
    from brandwatch.queries import load_file  # noqa: PLC0415

    versions = set()
    for more in ("", PRIVACY):
        file = load_file(query(more=more))
        assert file.query is not None
        versions.add(file.query.version)
    assert len(versions) == 1


@pytest.mark.parametrize(("lang", "words"), [("en", "at most 200 characters"), ("nb", "høyst 200 tegn")])
@pytest.mark.parametrize("paper", ["notice", "record"])
def test_a_paper_says_how_much_is_kept(cli: Cli, query: Write, paper: str, lang: str, words: str):
    """The length of a passage and what is kept of an author are those of the file."""
    kept = {"en": "nothing of who wrote it", "nb": "ingenting om hvem som skrev den"}
    query(more="author: none\nsnippet: 200\nretain: {public: 30d}\n")
    told = cli("privacy", paper, "--lang", lang).out
    assert words in told
    assert kept[lang] in told
    assert "30 da" in told
