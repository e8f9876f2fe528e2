"""A poll that finds nothing to do is the same with the cached facts about query files as without them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch import clock
from brandwatch.config.settings import Settings
from brandwatch.pipeline.idle_poll import IdlePoll
from brandwatch.pipeline.loading import QueryFolder
from brandwatch.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

MINUTE = timedelta(minutes=1)
NAME = "Fjordkraft Åsgård"


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """A clock by which the query files of a test are old enough to be cached."""
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False) as moved:
        yield moved


@pytest.fixture
def polled(cli: Cli, site: Site, query: Callable[..., Path], rss: Callable[..., str]) -> Callable[[], None]:
    """Two queries with a feed each, polled a minute ago, with the facts about them in the cache."""
    for path, name in (("/kraft.xml", "fjordkraft"), ("/gaard.xml", "gården")):
        query(site.put(path, rss((f"{NAME} bygger", f"https://avis.example/{name}"))), name=name)

    def poll() -> None:
        assert cli("poll").code == 0
        assert cli("poll").code == 0

    return poll


def is_idle(only: tuple[str, ...] = ()) -> bool:
    """Whether the next poll finds nothing to do, by the cached facts."""
    settings = Settings.discover(db="", queries="", verbosity=0)
    folder = QueryFolder(settings)
    with open_store(settings.db) as store:
        return IdlePoll(store=store, queries=folder.facts.queries, only=only).is_idle()


def change(*statements: str) -> None:
    """Change the database as an earlier poll might have left it."""
    with closing(sqlite3.connect("brandwatch.db", isolation_level=None)) as connection:
        connection.create_function("row_digest", -1, lambda *_: b"")
        for statement in statements:
            connection.execute(statement, {"now": int(clock.now().timestamp())})


def rows() -> list[str]:
    """Every row of the database."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        return list(connection.iterdump())


SOURCE = (
    "INSERT INTO source (url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,"
    " moved_to, entries, failures, next_due) VALUES ('{}', 'feed', '', '', '', '', '', x'', x'', '', '', 0, 0,"
    " :now - 9000)"
)
GONE, THREAD = SOURCE.format("https://borte.example/rss"), SOURCE.format("https://samtale.example/rss")
CONDITIONS = {
    "well": "UPDATE source SET id = id",
    "fails": "UPDATE source SET failures = 3, error = 'answered 500', class = 'http-5xx', failing_since = :now - 90000"
    " WHERE id = 1",
    "all fail": "UPDATE source SET failures = 1, error = 'no answer', class = 'timeout', failing_since = :now - 9000",
    "is paused": "UPDATE source SET gones = 3, failures = 3, error = 'gone', class = 'gone', next_due = :now - 9000"
    " WHERE id = 1",
    "all are paused": "UPDATE source SET gones = 3, failures = 3, error = 'gone', class = 'gone', next_due = :now - 9",
    "is due before the other": "UPDATE source SET next_due = :now + 300 WHERE id = 2",
    "is frozen": "UPDATE source SET last_new = :now - 9000000, newest = :now - 9000000, usual_until = :now - 8000000,"
    " first_poll = :now - 9900000, intervals = '3600 3600 3600 3600 3600 3600' WHERE id = 1",
    "was not well": "INSERT INTO alert (source, condition, since, at, failures, outages, failing_share, named,"
    " named_since, notice, detail) VALUES (1, 'failing', :now - 90000, :now - 900, 4, 1, 0.9, 'failing', :now - 90000,"
    " :now - 80000, 'answered 500')",
    "was late": "INSERT INTO alert (subject, condition, since, at, failures, outages, failing_share, named,"
    " named_since, notice, detail) VALUES ('late', 'failing', :now - 90000, :now - 900, 4, 1, 0.9, 'failing',"
    " :now - 90000, :now - 80000, '2 sources')",
    "had a fault": "INSERT INTO alert (subject, condition, since, at, failures, outages, failing_share, named, detail)"
    " VALUES ('fault:12', 'failing', :now - 90000, :now - 900, 0, 0, 0, 'failing', '')",
    "has old mentions": "UPDATE mention SET found = :now - 31000000",
    "has hidden mentions": "UPDATE mention SET found = :now - 32000000, expiring = :now - 200000,"
    " suppressed = 'its retention ends'",
    "knows a gone source": GONE,
}


@pytest.mark.parametrize("options", [(), ("-v",), ("-q",), ("gården",)])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_an_idle_poll_is_the_same_without_its_cache(
    cli: Cli,
    home: Path,
    polled: Callable[[], None],
    traveller: time_machine.Traveller,
    condition: str,
    options: tuple[str, ...],
):
    """In what it prints, its exit code, and every row that it leaves."""
    polled()
    traveller.shift(MINUTE)
    change(CONDITIONS[condition])
    assert is_idle(tuple(name for name in options if not name.startswith("-")))
    shutil.copytree(home, home.parent / "copy")
    cached = cli("poll", *options)
    stored = rows()
    for path in home.glob("brandwatch.db*"):
        path.unlink()
    shutil.copytree(home.parent / "copy", home, dirs_exist_ok=True)
    (home / "brandwatch.db.queries").unlink()
    full = cli("poll", *options)
    assert (cached.code, cached.out, cached.messages) == (full.code, full.out, full.messages)
    assert stored == rows()
    # The log of the first names the module.
    assert ("idle_poll" in cached.err, "idle_poll" in full.err) == ("-v" in options, False)


DUE = {
    "is due": ["UPDATE source SET next_due = :now + 20 WHERE id = 1"],
    "was never fetched": ["DELETE FROM source WHERE id = 1"],
    "is due at an impossible time": ["UPDATE source SET next_due = :now + 9000000 WHERE id = 1"],
    "was fetched by a wrong clock": ["UPDATE source SET last_poll = :now + 9000 WHERE id = 1"],
    "was edited": ["UPDATE applied_query SET version = 'old' WHERE query = 'gården'"],
    "has no file any more": ["INSERT INTO applied_query (query, version, at) VALUES ('borte', '1', 0)"],
    "has a thread that is due": [THREAD, "INSERT INTO conversation VALUES (3, 1, 1, :now + 9000)"],
}
NOT_DUE = {
    "had a thread": [THREAD, "INSERT INTO conversation VALUES (3, 1, 1, :now - 9000)"],
    "has a thread of a gone source": [GONE, THREAD, "INSERT INTO conversation VALUES (4, 1, 3, :now + 9000)"],
    "is due soon": ["UPDATE source SET next_due = :now + 40 WHERE id = 1"],
    "is due at the latest possible time": ["UPDATE source SET next_due = :now + 3600 * 48 WHERE id = 1"],
    "was fetched by a clock that was corrected": ["UPDATE source SET last_poll = :now + 200 WHERE id = 1"],
}


@pytest.mark.parametrize("condition", [*DUE, *NOT_DUE])
def test_a_poll_with_something_to_do_is_not_idle(
    polled: Callable[[], None], traveller: time_machine.Traveller, condition: str
):
    """A source, a thread or a query; just before, it is idle."""
    polled()
    traveller.shift(MINUTE)
    assert is_idle()
    change(*(DUE | NOT_DUE)[condition])
    assert is_idle() == (condition in NOT_DUE)
