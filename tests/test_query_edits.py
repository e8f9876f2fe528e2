"""What an edited query file does to stored mentions: `check` says it, the next poll or `replay --yes` does it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Actor
from brandwatch.pipeline import edits
from brandwatch.pipeline.loading import load_queries
from brandwatch.pipeline.reevaluate import Reevaluation
from brandwatch.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    from brandwatch.config.query import Query
    from brandwatch.storage import Store

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]

ENTRIES = [
    ("Fjordkraft Åsgård vokser", "https://a.example/1"),
    ("Fjordkraft Åsgård cup i helgen", "https://a.example/2"),
    ("Blåbær Gården AS åpner", "https://a.example/3"),
    ("Blåbær Gården AS fra Åsgård", "https://fjordkraft.example/4"),
]
BOTH = "names: [Fjordkraft Åsgård, Blåbær Gården]\n"
ONE = "names: [Fjordkraft Åsgård]\n"


@pytest.fixture
def write(home: Path, site: Site) -> Callable[..., None]:
    """Write the query file with these lines."""

    def build(lines: str, name: str = "fjordkraft") -> None:
        (home / "queries").mkdir(exist_ok=True)
        text = f"brand: Acme\n{lines}sources:\n  - {site.url('/rss')}\n"
        (home / "queries" / f"{name}.yaml").write_text(text, encoding="utf-8")

    return build


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Rss, write: Callable[..., None]) -> Cli:
    """Four mentions by two names."""
    write(BOTH)
    site.put("/rss", rss(*ENTRIES))
    assert cli("poll") == (0, "", "")
    return cli


def shown() -> list[str]:
    """Read the last letters of the links of shown mentions."""
    return _last_letters("suppressed = ''")


def hidden() -> list[str]:
    """Read the last letters of the links of hidden mentions."""
    return _last_letters("suppressed != ''")


def _last_letters(condition: str) -> list[str]:
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        statement = f"SELECT substr(url, -1) FROM mention JOIN entry ON entry.id = entry WHERE {condition} ORDER BY 1"  # noqa: S608
        return [last for (last,) in connection.execute(statement)]


def test_the_next_poll_applies_an_edit_whole(polled: Cli, write: Callable[..., None], site: Site):
    """A name taken away and an added exclusion hide mentions, though no source is due; the poll says so once."""
    write(f"{ONE}exclude: [Fjordkraft Åsgård cup]\n")
    site.pages.clear()
    assert polled("poll") == (0, "", "fjordkraft: edited query, applied to stored mentions: 3 hidden\n")
    assert (shown(), hidden()) == (["1"], ["2", "3", "4"])
    assert polled("poll") == (0, "", "")
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        events = connection.execute("SELECT actor, count(*) FROM audit WHERE deed = 'hidden' GROUP BY actor").fetchall()
    assert events == [("poll", 3)]
    assert polled("audit", "--verify").code == 0


def test_an_edit_that_is_taken_back_shows_all_again(polled: Cli, write: Callable[..., None]):
    """Hidden mentions keep their number and their triage."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        before = connection.execute("SELECT id, entry, found, backlog FROM mention").fetchall()
    assert polled("triage", "3", "--set", "relevant", "--tag", "åpning").code == 0
    write(ONE)
    assert polled("-q", "poll") == (0, "", "")
    assert shown() == ["1", "2"]
    write(BOTH)
    assert polled("poll").err == "fjordkraft: edited query, applied to stored mentions: 2 shown again\n"
    assert (shown(), hidden()) == (["1", "2", "3", "4"], [])
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        assert connection.execute("SELECT id, entry, found, backlog FROM mention").fetchall() == before
    mentions = json.loads(polled("report", "--format", "json").out)["mentions"]
    triaged = next(mention for mention in mentions if mention["id"] == 3)
    assert (triaged["status"], triaged["tags"]) == ("relevant", ["åpning"])


def test_a_new_query_finds_stored_entries_as_backlog(polled: Cli, write: Callable[..., None]):
    """A second file is evaluated on the entries of the first; what it finds is not new."""
    write("names: [Blåbær Gården]\n", name="blaabaer")
    assert polled("poll").err == "blaabaer: new query, applied to stored mentions: 2 from the backlog\n"
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        statement = "SELECT backlog FROM mention WHERE query = 'blaabaer'"
        assert connection.execute(statement).fetchall() == [(1,), (1,)]


def test_owned_channels_that_are_added_change_voices(polled: Cli, write: Callable[..., None]):
    """A stored mention on an owned domain becomes the brand's own voice."""
    write(f"{BOTH}owned: {{domains: [fjordkraft.example]}}\n")
    assert "1 would change voice or subject" in polled("check").err
    preview = polled("replay", "fjordkraft")
    assert preview.out == "+0 gained −0 lost ±4 same\n"
    assert "\n1 mention of the same with another voice or subject\n" in preview.err
    assert "`brandwatch replay fjordkraft --yes`, or the next poll, applies it" in preview.err
    assert polled("poll").err == "fjordkraft: edited query, applied to stored mentions: 1 updated\n"
    voices = [json.loads(line)["voice"] for line in polled("report", "--format", "jsonl").out.splitlines()]
    assert sorted(voices) == ["owned", "public", "public", "public"]


@pytest.mark.parametrize(
    ("lines", "effect"),
    [
        (ONE, "2 would be hidden, 0 would appear"),
        (f"{BOTH}exclude: [Fjordkraft Åsgård cup]\n", "1 would be hidden, 0 would appear"),
        (BOTH, ""),
        (f"{BOTH}retain: {{public: 30d}}\n", ""),
    ],
)
def test_check_says_what_an_edit_does(polled: Cli, write: Callable[..., None], lines: str, effect: str):
    """Only where the version differs from the applied one; nothing is written."""
    write(lines)
    said = f"fjordkraft: stored mentions: {effect}; `brandwatch replay fjordkraft --yes`, or the next poll, applies it"
    answer = polled("check")
    assert (answer.code, said in answer.err) == (0, bool(effect))
    data = json.loads(polled("check", "--format", "json").out)["files"][0]["effect"]
    assert bool(data) == bool(effect)
    assert len(shown()) == 4


def test_an_edit_without_effect_needs_no_command(polled: Cli, write: Callable[..., None]):
    """No command is named where nothing would change, neither by `check` nor by `replay`."""
    write(f"{BOTH}exclude: [Fjordkraft Åsgård kakefest]\n")
    assert "\nfjordkraft: stored mentions: none would change\n" in polled("check").err
    answer = polled("replay", "fjordkraft")
    assert (answer.out, "--yes" in answer.err) == ("+0 gained −0 lost ±4 same\n", False)


def test_check_says_what_a_shorter_retention_does(polled: Cli, write: Callable[..., None]):
    """The next poll hides what is past it, and only a later one deletes it; a longer one does nothing."""
    with closing(sqlite3.connect("brandwatch.db")) as connection, connection:
        connection.execute("UPDATE mention SET found = found - 40 * 86400")
    for days, said in (("30d", True), ("90d", False)):
        write(f"{BOTH}retain: {{public: {days}}}\n")
        line = "fjordkraft: `retain`: the next poll hides 4 mentions, and a later one deletes them"
        assert (line in polled("check").err) is said
        assert "stored mentions" not in polled("check").err


def test_check_needs_no_database(cli: Cli, write: Callable[..., None], home: Path):
    """Without a database there is nothing to say; one that cannot be read is no error of a query file."""
    write(ONE)
    assert "stored mentions" not in cli("check").err
    assert not (home / "brandwatch.db").exists()
    (home / "brandwatch.db").write_text("Åsgård " * 50)
    answer = cli("check")
    assert answer.code == 0
    assert "the effect on stored mentions is not known: brandwatch.db is not a database" in answer.err


def test_check_counts_no_query_outside_the_folder(polled: Cli, home: Path):
    """A draft elsewhere is no edit of the query of its name."""
    draft = home / "fjordkraft.yaml"
    draft.write_text(f"brand: Acme\n{ONE}sources: [https://a.example/rss]\n", encoding="utf-8")
    assert "stored mentions" not in polled("check", str(draft)).err


def test_a_preview_is_bounded(polled: Cli, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
    """More entries than can be evaluated at once are compared in part, and `check` says so."""
    write(ONE)
    monkeypatch.setattr(edits, "MAX_PREVIEWED_ENTRIES", 3)
    assert "2 would be hidden, 0 would appear (of the newest 3 stored entries)" in polled("check").err


def test_replay_applies_with_yes(polled: Cli, write: Callable[..., None]):
    """It shows, then does it, and leaves nothing for the next poll."""
    write(ONE)
    preview = polled("replay", "fjordkraft")
    assert (preview.out.splitlines()[-1], len(shown())) == ("+0 gained −2 lost ±2 same", 4)
    assert "`brandwatch replay fjordkraft --yes`, or the next poll, applies it" in preview.err
    applied = polled("replay", "fjordkraft", "--yes")
    assert applied.out == preview.out
    assert "applied: 2 hidden, 0 shown again, 0 from the backlog" in applied.err
    assert shown() == ["1", "2"]
    assert "stored mentions" not in polled("check").err
    assert polled("poll") == (0, "", "")


def test_a_replay_of_a_period_leaves_the_rest_to_the_poll(polled: Cli, write: Callable[..., None]):
    """With `--since` not all is evaluated: the edit is not applied before the poll."""
    write(ONE)
    assert polled("replay", "fjordkraft", "--yes", "--since", "2030-01-01").code == 0
    assert len(shown()) == 4
    assert polled("poll").err == "fjordkraft: edited query, applied to stored mentions: 2 hidden\n"


def test_a_file_with_errors_is_not_applied(polled: Cli, write: Callable[..., None]):
    """Its mentions stay until it can be read."""
    write("names: [Kaker]\n", name="kaker")
    write("names: [\n")
    assert polled("poll").code == 3
    assert len(shown()) == 4
    write(ONE)
    assert polled("poll").err == "fjordkraft: edited query, applied to stored mentions: 2 hidden\n"


def test_what_a_part_of_a_text_cannot_decide_stays(cli: Cli, write: Callable[..., None], site: Site, rss: Rss):
    """Of a long text only a passage is stored: the mention stays as it is, and the poll counts it."""
    long = f"Fjordkraft Åsgård. {'Lorem ipsum. ' * 80} Svindel."
    site.put("/rss", rss(*ENTRIES[:2], ("Kraft", "https://a.example/9", f"<description>{long}</description>")))
    write(f"{ONE}snippet: 100\nmatch: svindel OR vokser OR cup\n")
    cli("poll")
    assert shown() == ["1", "2", "9"]
    write(f"{ONE}snippet: 100\nmatch: svindel OR vokser\n")
    line = (
        "fjordkraft: edited query, applied to stored mentions: 1 hidden; 1 unchanged, of which only a part is stored\n"
    )
    assert cli("poll").err == line
    assert shown() == ["1", "9"]


def test_an_application_that_is_cut_short_changes_nothing(polled: Cli, write: Callable[..., None], home: Path):
    """Ended between two batches, the database is as before, and the next poll does it whole."""
    write(ONE)
    with open_store(home / "brandwatch.db") as store:
        reevaluation = Reevaluation(_stored_query(home), store)
        for _ in reevaluation.evaluate():
            pass
        assert reevaluation.looked_at == 4
        batches = reevaluation.record(Actor.POLL)
        next(batches)
        batches.close()
    assert len(shown()) == 4
    assert "2 hidden" in polled("poll").err


def test_a_poll_that_is_cancelled_while_it_applies_changes_nothing(polled: Cli, write: Callable[..., None], home: Path):
    """A signal ends the poll between two steps, before all is recorded."""
    write(ONE)

    async def cancel_after(store: Store, steps: int) -> bool:
        applying = asyncio.ensure_future(anext(edits.apply_edits([_stored_query(home)], (), store)))
        for _ in range(steps):
            await asyncio.sleep(0)
        is_running = applying.cancel()
        with suppress(asyncio.CancelledError):
            await applying
        return is_running

    for steps in (1, 2):
        with open_store(home / "brandwatch.db") as store:
            assert asyncio.run(cancel_after(store, steps))
        assert len(shown()) == 4
    assert "2 hidden" in polled("poll").err


def _stored_query(home: Path) -> Query:
    return load_queries(home / "queries").queries[0]
