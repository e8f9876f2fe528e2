from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.sources.conftest import OWN

from brandwatch.cli.sources import KIND_COLUMNS
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

ANSWERS = Path(__file__).parents[1] / "sources"


@pytest.fixture
def own_kinds(home: Path) -> Path:
    """A folder of user-defined kinds beside that of the query files."""
    (home / "queries").mkdir()
    folder = home / "sources"
    folder.mkdir()
    (folder / "fjordforum.yaml").write_text(OWN, encoding="utf-8")
    return folder


def test_kinds_are_listed_with_their_features(cli: Cli, own_kinds: Path):
    """Every kind, built-in or the user's, with the facts for choosing it."""
    items = {item["kind"]: item for item in json.loads(cli("sources", "kinds", "--format", "json").out)["items"]}
    assert set(items) == {*Registry().kinds, "fjordforum"}
    assert all(tuple(item) == KIND_COLUMNS for item in items.values())
    gdelt, google, x = items["gdelt"], items["google_news"], items["x"]
    assert (gdelt["mode"], gdelt["dialect"], gdelt["since"], gdelt["text"]) == ("search", "or", "compact", "title")
    assert (gdelt["interval"], gdelt["spacing"], gdelt["responses"]) == ("15m", 8.0, [])
    assert "personal and non-commercial use" in google["terms"]
    assert (x["auth"], x["env"], x["price"], x["parameters"]) == (
        "required", ["X_BEARER_TOKEN"], "0.005 USD", ["spend_cap", "language"],
    )  # fmt: skip


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "markdown", "jsonl"])
def test_kinds_in_every_format(cli: Cli, form: str):
    """Each format lists every kind; an unknown format is a usage error."""
    answer = cli("sources", "kinds", "--format", form)
    assert answer.code == 0
    assert [name for name in Registry().kinds if name not in answer.out.replace("\\", "")] == []
    assert cli("sources", "kinds", "--format", "pdf").code == 2


def test_an_invalid_kind_does_not_hide_the_others(cli: Cli, own_kinds: Path):
    """The error of a user's file has its position, and the rest is listed."""
    (own_kinds / "broken.yaml").write_text("title: x\n", encoding="utf-8")
    answer = cli("sources", "kinds")
    assert answer.code == 2
    assert "fjordforum" in answer.out
    assert "broken.yaml:1:1: error: the key `about` is missing" in answer.err


def test_a_kind_is_printed_verbatim(cli: Cli, own_kinds: Path):
    """The file follows a line with its origin, and can be used unchanged."""
    ours, theirs, pack = (cli("sources", "show", name).out for name in ("lobsters", "fjordforum", "nordic-press"))
    assert ours.startswith("# lobsters, a kind of source of brandwatch ")
    assert theirs == f"# fjordforum, a kind of source of sources/fjordforum.yaml\n{OWN}"
    assert pack.startswith("# nordic-press, a pack of feeds of brandwatch ")
    assert yaml.safe_load(ours)["title"] == "Lobsters"
    unknown = cli("sources", "show", "lobster")
    assert (unknown.code, "did you mean “lobsters”?" in unknown.err) == (2, True)


def test_a_saved_response_is_read_offline(cli: Cli):
    """Time, text, link and response of each entry; the source's parameters are used in links."""
    sample = str(ANSWERS / "discourse" / "answer.json")
    answer = cli("sources", "check", "discourse", "--sample", sample, "--set", "site=https://forum.example")
    assert answer.code == 0
    assert answer.out == (
        "2026-05-05 17:26  Strøm fra Åsgård\n"
        "                  https://forum.example/t/strom-fra-asgard/51/1  (comments 4, likes 3)\n"
        "                  text: Fjordkraft & blåbær ...\n"
        "2026-05-05 18:00  “Acme er billigere”\n"
        "                  https://forum.example/t/strom-fra-asgard/51/4  (likes 0)\n"
    )
    assert answer.err == "2 entries, 2 with a time, 0 that could not be read\n"


def test_every_text_of_a_saved_response_is_shown(cli: Cli):
    """The warning, the pictures and the link card of a post stand below its link, also without a main text."""
    out = cli("sources", "check", "mastodon", "--sample", str(ANSWERS / "mastodon" / "texts.json")).out
    assert "content warning: Om strømpriser & Acme\n" in out
    assert "alternative text: Et skilt med «Fjordkraft Åsgård» på et tak\n" in out
    assert "link card: Prisene øker\n" in out
    assert "alternative text: Logoen til Acme\n" in out
    assert "alternative text: Fabrikken til Blåbær Gården\n" in out


def test_a_saved_response_as_json(cli: Cli):
    """Every field, null if unknown."""
    sample = str(ANSWERS / "hackernews" / "nulls.json")
    answer = cli("sources", "check", "hackernews", "--sample", sample, "--format", "json")
    data = json.loads(answer.out)
    (entry,) = data["entries"]
    assert (answer.code, data["skipped"], data["problem"]) == (3, 2, "2 of 3 entries could not be read")
    assert (entry["published"], entry["updated"]) == ("2020-07-23T11:57:51Z", None)
    assert entry["response"] == dict.fromkeys(("comments", "replies", "likes", "shares", "views"))


def test_an_invalid_response_is_a_failure(cli: Cli, tmp_path: Path):
    """A refused response ends like a failed source; a wrong option is a usage error."""
    refused = cli("sources", "check", "gdelt", "--sample", str(ANSWERS / "gdelt" / "limit.txt"))
    assert (refused.code, refused.out) == (3, "")
    assert "GDELT wants fewer requests" in refused.err
    mistakes = (
        ("gdelt", "--sample", str(tmp_path / "nowhere.json")),
        ("--sample", str(tmp_path)),
        ("gdelt", "--sample", str(ANSWERS / "gdelt" / "none.json"), "--set", "country"),
        ("nothing", "--sample", str(ANSWERS / "gdelt" / "none.json")),
        ("https://a.example/", "--format", "json"),
    )
    assert [cli("sources", "check", *arguments).code for arguments in mistakes] == [2] * 5


def test_own_kinds_are_checked_with_the_queries(cli: Cli, home: Path, query: Write):
    """Errors of a user-defined kind have their position, and count like those of a query."""
    query()
    (home / "sources").mkdir()
    (home / "sources" / "vårt.yaml").write_text("title: Vårt\nengine: jsom\n", encoding="utf-8")
    checked = cli("check")
    assert checked.code == 2
    assert "sources/vårt.yaml:2:9: error:" in checked.out
    listed = json.loads(cli("check", "--format", "json").out)["files"]
    assert [len(file["errors"]) > 0 for file in listed] == [False, True]


def test_a_broken_query_file_is_named(cli: Cli, home: Path, query: Write):
    """Its sources are not known, which is said; without errors nothing is said."""
    query("https://a.example/rss")
    query("https://b.example/rss", name="rival")
    (home / "brandwatch.db").touch()
    assert "https://b.example/rss" in cli("sources", "--format", "csv").out
    assert cli("sources", "--format", "csv").err == ""
    (home / "queries" / "rival.yaml").write_text("brand: [\n", encoding="utf-8")
    answer = cli("sources", "--format", "csv")
    assert (answer.code, "https://b.example/rss" in answer.out) == (0, False)
    assert answer.err == "sources of query files with errors are missing: rival (`brandwatch check`)\n"
