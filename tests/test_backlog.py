"""What counts as new: an edit of a query, a new query, a new source and an upgrade make nothing old new."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.pipeline import record, source_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., None]

OLD = [
    ("Fjordkraft Åsgård vokser", "https://a.example/1"),
    ("Blåbær Gården AS åpner", "https://a.example/2"),
    ("Kaker i Tromsø", "https://a.example/3"),
]
NEW = [("Blåbær Gården AS lukker", "https://a.example/4")]
ADDED = ("Fjordkraft Åsgård", "Blåbær Gården")


@pytest.fixture
def write(home: Path) -> Write:
    """Write a query file: its names, then its sources."""

    def build(names: tuple[str, ...], *sources: str, name: str = "fjordkraft", more: str = "") -> None:
        (home / "queries").mkdir(exist_ok=True)
        listed = "".join(f"  - {source}\n" for source in sources) or "  []\n"
        text = f"brand: Acme\nnames: [{', '.join(names)}]\nsources:\n{listed}{more}"
        (home / "queries" / f"{name}.yaml").write_text(text, encoding="utf-8")

    return build


@pytest.fixture
def poll(cli: Cli, clock: Traveller) -> Callable[[], str]:
    """Poll an hour later; return the totals."""

    def run() -> str:
        clock.shift(timedelta(hours=1))
        answer = cli("-v", "poll", "--force")
        assert answer.code == 0, answer.err
        return next(line.partition(" failed, ")[2] for line in answer.messages if " fetched, " in line)

    return run


def backlog() -> dict[tuple[str, str], bool]:
    """Read whether each mention is backlog, by its query and the last letter of its link."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        statement = "SELECT query, substr(url, -1), backlog FROM mention JOIN entry ON entry.id = entry"
        return {(query, last): bool(is_backlog) for query, last, is_backlog in connection.execute(statement)}


def test_an_added_name_makes_nothing_old_new(poll: Callable[[], str], site: Site, rss: Rss, write: Write):
    """Entries that the source had before are backlog; the one that came since is new."""
    write(ADDED[:1], site.put("/rss", rss(*OLD)))
    assert poll() == "0 new mentions, 1 from the backlog"
    write(ADDED, site.put("/rss", rss(*NEW, *OLD)))
    assert poll() == "1 new mention, 1 from the backlog"
    assert backlog() == {("fjordkraft", "1"): True, ("fjordkraft", "2"): True, ("fjordkraft", "4"): False}
    site.put("/rss", rss(("Blåbær Gården AS selges", "https://a.example/5"), *NEW, *OLD))
    assert poll() == "1 new mention"


def test_a_new_query_file_makes_nothing_old_new(poll: Callable[[], str], site: Site, rss: Rss, write: Write):
    """Also where the entry is stored by another query; what comes afterwards is new for both."""
    write(ADDED[:1], site.put("/rss", rss(*OLD)))
    poll()
    write(("Åsgård", "Blåbær Gården"), site.url("/rss"), name="blaabaer")
    site.put("/rss", rss(*NEW, *OLD))
    poll()
    assert backlog() == {
        ("fjordkraft", "1"): True,
        ("blaabaer", "1"): True,
        ("blaabaer", "2"): True,
        ("blaabaer", "4"): False,
    }


def test_a_new_source_makes_nothing_old_new(poll: Callable[[], str], site: Site, rss: Rss, write: Write):
    """The first document of an added source is backlog; the known source goes on."""
    write(ADDED, site.put("/rss", rss(*OLD[:1])))
    poll()
    write(ADDED, site.put("/rss", rss(*NEW, *OLD[:1])), site.put("/other", rss(OLD[1])))
    assert poll() == "1 new mention, 1 from the backlog"
    assert backlog() == {("fjordkraft", "1"): True, ("fjordkraft", "2"): True, ("fjordkraft", "4"): False}


def test_an_edited_text_is_new_to_an_unchanged_query(poll: Callable[[], str], site: Site, rss: Rss, write: Write):
    """Also in the poll in which another query was edited."""
    write(ADDED[:1], site.put("/rss", rss(*OLD)))
    write(ADDED[1:], site.url("/rss"), name="blaabaer")
    poll()
    write(ADDED[1:], site.url("/rss"), name="blaabaer", more="languages: [nb]\n")
    kept = (*OLD[:2], ("Kaker i Tromsø", "https://a.example/3", "<description>Fjordkraft Åsgård betaler</description>"))
    site.put("/rss", rss(*kept))
    assert poll() == "1 new mention"
    assert backlog()["fjordkraft", "3"] is False


def test_what_came_while_a_file_had_errors_is_new(
    poll: Callable[[], str], cli: Cli, site: Site, rss: Rss, write: Write, home: Path
):
    """A file with errors loses no news: mended as it was, its query goes on where it stopped."""
    write(ADDED[:1], site.put("/rss", rss(OLD[0])))
    write(ADDED[1:], site.url("/rss"), name="blaabaer")
    poll()
    path = home / "queries" / "blaabaer.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}  - ]\n", encoding="utf-8")
    site.put("/rss", rss(*NEW, OLD[0]))
    assert cli("poll", "--force").code == 3
    path.write_text(whole, encoding="utf-8")
    assert poll() == "1 new mention"
    assert backlog()["blaabaer", "4"] is False


def test_what_came_while_a_file_was_gone_is_backlog(
    poll: Callable[[], str], site: Site, rss: Rss, write: Write, home: Path
):
    """A file that comes back begins anew."""
    write(ADDED[:1], site.put("/rss", rss(OLD[0])))
    write(ADDED[1:], site.url("/rss"), name="blaabaer")
    poll()
    path = home / "queries" / "blaabaer.yaml"
    path.rename(home / "blaabaer.yaml")
    site.put("/rss", rss(*NEW, OLD[0]))
    poll()
    (home / "blaabaer.yaml").rename(path)
    assert poll() == "0 new mentions, 1 from the backlog"
    assert backlog()["blaabaer", "4"] is True


def test_an_upgrade_makes_nothing_old_new(
    poll: Callable[[], str], site: Site, rss: Rss, write: Write, monkeypatch: pytest.MonkeyPatch
):
    """A new version of the program may read more of old entries: they are backlog, and later ones are new."""
    write(ADDED, site.put("/rss", rss(("Kaker", "https://a.example/2"))))
    poll()
    monkeypatch.setattr(record, "__version__", "99.0")
    monkeypatch.setattr(source_state, "__version__", "99.0")
    more = "<description>Fra Blåbær Gården AS</description>"
    site.put("/rss", rss(NEW[0], ("Kaker", "https://a.example/2", more)))
    assert poll() == "1 new mention, 1 from the backlog"
    assert backlog() == {("fjordkraft", "2"): True, ("fjordkraft", "4"): False}


def test_a_name_taken_away_and_added_again_makes_nothing_new(
    poll: Callable[[], str], site: Site, rss: Rss, write: Write
):
    """Back at the version by which the source was matched, or after a poll between."""
    write(ADDED, site.put("/rss", rss(*OLD)))
    poll()
    before = backlog()
    for names in (ADDED[:1], ADDED):
        write(names, site.url("/rss"))
        assert poll().startswith("0 new mentions")
    assert backlog() == before


def test_an_entry_that_was_stored_before_an_edit_is_backlog(
    poll: Callable[[], str], site: Site, rss: Rss, write: Write
):
    """Also where the part that the edited query finds is not stored, and another source shows the entry first then."""
    long = f"Fjordkraft Åsgård. {'Lorem ipsum dolor. ' * 60} Blåbær Gården AS."
    entry = ("Kraft", "https://a.example/1", f"<description>{long}</description>")
    write(ADDED[:1], site.put("/rss", rss(entry)), site.put("/other", rss()), more="snippet: 100\n")
    poll()
    write(ADDED[1:], site.url("/rss"), name="blaabaer")
    site.put("/other", rss(entry, NEW[0]))
    assert poll() == "1 new mention, 1 from the backlog"
    assert backlog() == {("fjordkraft", "1"): True, ("blaabaer", "1"): True, ("blaabaer", "4"): False}


def test_backlog_makes_no_peak(cli: Cli, site: Site, rss: Rss, write: Write, poll: Callable[[], str]):
    """Nine old entries of one hour that an added name finds are no busy hour; they would be one as news."""
    items = [(f"Blåbær Gården AS {number}", f"https://avis{number}.example/1") for number in range(9)]
    document = rss(OLD[0], *items).replace("04 May 2026", "01 Apr 2026", 1)
    write(ADDED[:1], site.put("/rss", document))
    poll()
    write(ADDED, site.url("/rss"))
    assert poll() == "0 new mentions, 9 from the backlog"
    peaks = []
    for statement in ("SELECT 1", "UPDATE mention SET backlog = 0"):
        with closing(sqlite3.connect("brandwatch.db")) as connection, connection:
            connection.execute(statement)
        peaks.append(len(json.loads(cli("trends", "--since", "60d", "--format", "json").out)["items"]))
    assert peaks == [0, 1]
