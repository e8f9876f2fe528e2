from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

TITLE = "Sjekk dette bildet av rådgiveren i Acme"
QUERY = """\
brand: Acme
names: [Acme, {{name: Vind, any_of_context: [forsikring*]}}]
people:
  - {{name: Kari Eksempel, role: spokesperson, registered: 2026-02-01, accounts: {{x: kari_acme}}}}
exclude:
  words: [Acme kunstlag]
  sites: [tall.example]
{more}
sources:
  - {url}
"""


@pytest.fixture
def write(home: Path, site: Site) -> Callable[..., None]:
    """Write the query, with additional keys."""

    def build(more: str = "", name: str = "acme") -> None:
        (home / "queries").mkdir(exist_ok=True)
        text = QUERY.format(url=site.url("/rss"), more=more)
        (home / "queries" / f"{name}.yaml").write_text(text, encoding="utf-8")

    return build


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], write: Callable[..., None]) -> Cli:
    """A polled feed: a mention, a hidden mention, a person without the brand, and an unrelated entry."""
    write()
    feed = rss(
        (TITLE, "https://avisa.example/1", "<description>Kari Eksempel svarer.</description>"),
        ("Acme kunstlag stiller ut", "https://avisa.example/2"),
        ("Regnskapet til Acme", "https://tall.example/3"),
        ("Kari Eksempel vant Birken med Ole Privatmann", "https://avisa.example/4"),
        ("Vind fra nord", "https://avisa.example/5"),
    )
    site.put("/rss", feed)
    assert cli("poll").code == 0
    return cli


def test_hidden_mentions_are_shown_on_request(polled: Cli):
    """The report has valid mentions; `--suppressed` has the others, each with its reason."""
    shown = json.loads(polled("report", "--format", "json").out)["mentions"]
    assert [(mention["title"], mention["subject"]) for mention in shown] == [
        ("Sjekk dette bildet av rådgiveren i Acme", "official")
    ]
    hidden = json.loads(polled("report", "--suppressed", "--format", "json").out)["mentions"]
    assert {mention["title"]: mention["suppressed"] for mention in hidden} == {
        "Acme kunstlag stiller ut": "exclude.words: Acme kunstlag",
        "Regnskapet til Acme": "exclude.sites: tall.example is excluded",
    }
    assert "exclude.words: Acme kunstlag" in polled("report", "--suppressed", "--format", "table").out


def test_people_without_the_brand_are_never_stored(polled: Cli, home: Path):
    """The entry is counted; its names are nowhere in the bytes of the database, its log or its lock."""
    (source,) = json.loads(polled("sources", "--format", "json").out)["items"]
    assert (source["entries"], source["mentions"]) == (5, 1)
    for path in home.rglob("*"):
        if path.is_file():
            assert b"Privatmann" not in path.read_bytes(), path
            assert b"Birken" not in path.read_bytes(), path


def test_why_prints_the_derivation(polled: Cli):
    """Each piece of evidence with its words, rule and basis; tested exclusions are listed too."""
    out = polled("why", "1").out
    assert out.splitlines()[0].startswith("mention 1 of the query acme, version ")
    assert "brand    “Acme” in the title at 35–39, by the rule exact" in out
    assert "Sjekk dette bildet av rådgiveren i «Acme»" in out
    assert "person   “Kari Eksempel” in the text at 0–13, by the rule spokesperson" in out
    assert "0 words from “Acme”" in out
    assert "role     “rådgiveren” in the title" in out
    assert "passed   exclude.sites: avisa.example is not among them" in out
    data = json.loads(polled("why", "1", "--format", "json").out)
    assert [piece["part"] for piece in data["evidence"]] == ["anchor", "person", "role"]
    assert data["query_version"] == data["current_version"]


def test_why_notes_a_changed_query(polled: Cli, write: Callable[..., None]):
    """A derivation belongs to a query version; a newer one is named with the command to apply it."""
    write("products: [Blåbærpay]")
    assert "`brandwatch replay acme` shows the difference" in polled("why", "1").out
    assert polled("why", "99").code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Acmé er lukket", "“Acmé” for Acme: only accents and Nordic letters differ"),
        ("Acmeaksjen faller", "“Acmeaksjen” for Acme: the name is only the beginning of another word"),
        ("Acne er noe annet", "nearest miss"),
        ("vind er ute", "its exact capitals count"),
        ("Vind er ute", "none of its context is in the entry (any_of_context: forsikring*)"),
        ("Kari Eksempel vant", "nothing in it resembles one of the names"),
        ("", "nothing in it resembles one of the names"),
    ],
)
def test_why_not_names_the_failed_clause(polled: Cli, text: str, said: str):
    """The failed clause, or the nearest miss, is explained."""
    answer = polled("why-not", "acme", text)
    assert answer.code == 0
    assert "no mention" in answer.out
    assert said in answer.out


def test_why_not_of_an_equivalent_spelling(cli: Cli, home: Path):
    """Hyphens and letters are named as the difference, and an equivalence that the query switches off by its name."""
    (home / "queries").mkdir()
    (home / "queries" / "f.yaml").write_text("brand: F\nnames: [Fjordkraft Åsgård]\n")
    out = cli("why-not", "f", "hos fjordkraft-asgard i dag").out
    assert "“fjordkraft-asgard” for Fjordkraft Åsgård" in out
    assert cli("why-not", "f", "hos Fjordkraft-Aasgaard i dag").out.startswith("a mention\n")
    (home / "queries" / "f.yaml").write_text("brand: F\nnames: [Fjordkraft Åsgård]\nequivalences: {digraphs: off}\n")
    out = cli("why-not", "f", "hos Fjordkraft Aasgaard i dag").out
    assert "“Fjordkraft Aasgaard” for Fjordkraft Åsgård: switched off under `equivalences`: `digraphs`" in out


def test_a_spelling_that_counts_is_no_near_miss(cli: Cli, home: Path):
    """If only the expression fails, no spelling of a name is called a miss; one that does not count still is."""
    (home / "queries").mkdir()
    (home / "queries" / "f.yaml").write_text("brand: F\nnames: [Acme's Hus]\nmatch: pris\n")
    out = cli("why-not", "f", "Acmes Hus stenger").out
    assert ("failed   match:" in out, "nearest miss" in out) == (True, False)
    assert "“Acmes Huse” for Acme's Hus" in cli("why-not", "f", "Acmes Huse stenger").out


def test_why_not_of_a_stored_entry_and_of_a_page(polled: Cli, site: Site):
    """A URL is looked up among the stored entries first, then fetched."""
    hidden = polled("why-not", "acme", "https://avisa.example/2").out
    assert "a mention, hidden: exclude.words: Acme kunstlag" in hidden
    url = site.put("/side", '<html lang="nb"><title>Om Acmeno</title><p>Vi liker <b>akme</b>.</html>')
    page = json.loads(polled("why-not", "acme", url, "--format", "json").out)
    assert (page["mention"], page["language"]) == (False, "nb")
    assert page["nearest_miss"].startswith("“acmeno” for Acme") or page["nearest_miss"].startswith("“Acmeno” for Acme")


def test_why_not_of_standard_input(polled: Cli, program: Callable[..., subprocess.CompletedProcess[bytes]]):
    """`-` reads the text from standard input."""
    answer = program("why-not", "acme", "-", input="Acme åpner".encode())
    assert answer.stdout.decode().startswith("a mention\n")


def test_replay_shows_and_applies_an_edit(polled: Cli, write: Callable[..., None], home: Path):
    """Gains and losses are shown with reasons; only --yes writes, and the reverse edit restores."""
    assert polled("replay", "acme").out == "+0 gained −0 lost ±1 same\n"
    (home / "queries" / "acme.yaml").write_text("brand: Acme\nnames: [Acme]\nexclude: {sites: [avisa.example]}\n")
    out = polled("replay", "acme").out
    assert "+ Regnskapet til Acme  (“Acme” in the title, by the rule exact)" in out
    assert "− Sjekk dette bildet av rådgiveren i Acme  (exclude.sites: avisa.example is excluded)" in out
    assert out.endswith("+1 gained −1 lost ±0 same\n")
    assert len(polled("report", "--format", "jsonl").out.splitlines()) == 1
    applied = polled("replay", "acme", "--yes", "--format", "json")
    assert json.loads(applied.out)["gained"] == 1
    assert "entries that matched no query are not stored" in applied.err
    titles = [json.loads(line)["title"] for line in polled("report", "--format", "jsonl").out.splitlines()]
    assert titles == ["Regnskapet til Acme"]
    write()
    assert polled("replay", "acme", "--yes").out.endswith("+1 gained −1 lost ±0 same\n")


def test_replay_hides_mentions_without_a_match(polled: Cli, home: Path):
    """A mention without a match in the new version is hidden, not erased, and keeps its number."""
    (home / "queries" / "acme.yaml").write_text("brand: Acme\nnames: [Annet navn]\n")
    assert polled("replay", "acme", "--yes").out.endswith("+0 gained −1 lost ±0 same\n")
    hidden = polled("report", "--suppressed", "--format", "csv").out
    assert "the query does not ask for it any more" in hidden
    assert "no mentions" in polled("report").err


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("rådgiver*", 1),
        ("kunstlag", 0),
        ("subject:official AND voice:public", 1),
        ("voice:owned", 0),
        ("NOT Acme", 0),
        ("site:avisa.example lang:no", 1),
        ("Acme NEAR/3 rådgiveren", 1),
        ('title:"dette bildet"', 1),
    ],
)
def test_report_where(polled: Cli, where: str, count: int):
    """The query language selects stored mentions by the same rules as new entries."""
    assert len(polled("report", "--where", where, "--format", "jsonl").out.splitlines()) == count


def test_an_invalid_expression(polled: Cli):
    """An error in --where is exit 2, with a caret and a hint."""
    answer = polled("report", "--where", "Acme and bank")
    assert answer.code == 2
    assert "write AND in capitals" in answer.err
    assert "^" in answer.err


def test_an_overdue_review_skips_the_person_visibly(cli: Cli, write: Callable[..., None], home: Path, site: Site):
    """After the review date the person is not matched, and every poll and check says so."""
    write("")
    path = home / "queries" / "acme.yaml"
    path.write_text(path.read_text().replace("registered: 2026-02-01", "registered: 2026-02-01, review_by: 2026-03-01"))
    site.put("/rss", b"<rss version='2.0'><channel><title>a</title></channel></rss>")
    said = "the review of Kari Eksempel was due on 2026-03-01: the person is skipped"
    assert said in cli("check").out
    assert said in cli("poll").err
    assert "person" not in cli("why-not", "acme", "Acme og Kari Eksempel").out


def test_a_person_cannot_be_made_to_match_without_the_brand(cli: Cli, write: Callable[..., None], home: Path):
    """Names, products, hashtags, competitors, `match` and staff keys: each way is refused with an explanation."""
    write()
    sound = (home / "queries" / "acme.yaml").read_text()
    for more, said in (
        ("products: [Kari Eksempel]", "“Kari Eksempel” is the name of Kari Eksempel"),
        ("owned: {hashtags: [kari eksempel]}", "is the name of Kari Eksempel"),
        ("competitors: {X: [Team Kari Eksempel]}", "is the name of Kari Eksempel"),
        ('match: Acme OR "Kari Eksempel"', "it looks for Kari Eksempel"),
        ("match: Kari Eksempel", "it looks for Kari Eksempel"),
        ("match: title:kari NEAR/2 eksempel*", "it looks for Kari Eksempel"),
        ("owned: {accounts: {x: kari_acme}}", "is also an account of the brand"),
        ("ansatte: [Per Hansen]", "people without an official role are not watched by name"),
        ("employees: [Per Hansen]", "people without an official role are not watched by name"),
    ):
        (home / "queries" / "acme.yaml").write_text(sound + more + "\n")
        answer = cli("check")
        assert answer.code == 2, more
        assert said in answer.out, (more, answer.out)
    (home / "queries" / "acme.yaml").write_text(sound.replace("role: spokesperson", "role: cashier"))
    assert "staff_mentions finds roles tied to the brand without names" in cli("check").out
