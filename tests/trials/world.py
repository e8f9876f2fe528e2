"""What sequences of events change: feeds, query files, the clock, the database; and what is true after each of them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from copy import deepcopy
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import time_machine
from tests.trials.model import (
    AUTHORS,
    FEEDS,
    MAX_ENTRIES,
    PERIODS,
    SOURCES,
    START,
    Article,
    Expected,
    MentionKey,
    QueryFile,
    feed_document,
)
from tests.trials.program import Result, killed_at, run_command

from brandwatch.storage import open_store
from brandwatch.storage.audit import verify_chain
from brandwatch.storage.migrations import APPLICATION_ID, MIGRATIONS, apply_migrations

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site


class World:
    """Feeds, queries, a clock and a database, and what is expected of it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder / "home"
        (self.folder / "queries").mkdir(parents=True)
        self.copies = folder / "copies"
        self.copies.mkdir()
        self.true_time = START
        self.clock_error = timedelta()
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.articles: dict[str, Article] = {}
        self.feeds: dict[str, list[Article]] = {feed: [] for feed in FEEDS}
        self.faults: dict[str, str] = {}
        self.queries: dict[str, QueryFile] = {}
        self.expected = Expected()
        self.uncertain: set[str] = set()
        """Persons of whom an erasure was killed, or undone by a restored copy."""
        self.backups: list[tuple[Path, Expected]] = []
        self.polled = Result(0, "", "")
        site.pages.clear()
        self.set_clock()

    def close(self) -> None:
        """Let time run again."""
        self.traveller.stop()

    def set_clock(self) -> None:
        """Set the clock of the machine, right or wrong, and the Date of the servers, which is right."""
        self.clock.move_to(self.true_time + self.clock_error)
        self.site.date = format_datetime(self.true_time, usegmt=True)

    def run(self, *arguments: str) -> Result:
        """Run a command; nothing ends with a traceback."""
        result = run_command(self.folder, *arguments)
        assert result.code in {0, 2, 3, 4}, (arguments, result)
        assert "Traceback" not in result.err, (arguments, result.err)
        return result

    # The world outside.

    def publish(self, feeds: list[str], name: str, author: str) -> None:
        """Add an entry to the front of feeds."""
        number = 1000 + len(self.articles)
        article = Article(number, name, author, self.true_time)
        self.articles[article.guid] = article
        for feed in feeds:
            self.feeds[feed] = [article, *self.feeds[feed]][:MAX_ENTRIES]
            self.serve(feed)

    def serve(self, feed: str) -> None:
        """Serve a feed, or its fault."""
        fault = self.faults.get(feed, "")
        if fault == "empty":
            self.site.put(f"/{feed}", feed_document(feed, []))
        elif fault == "page":
            self.site.put(f"/{feed}", "<html><body>Logg inn</body></html>", Content_Type="text/html")
        elif fault:
            self.site.put(f"/{feed}", "", int(fault))
        else:
            self.site.put(f"/{feed}", feed_document(feed, self.feeds[feed]))

    # The files of the user.

    def write_query(self, name: str, query: QueryFile) -> None:
        """Write a query file."""
        self.queries[name] = query
        sources = "".join(f"  - {self.site.url(f'/{feed}')}\n" for feed in SOURCES[name])
        text = (
            f"brand: {query.names[0]}\nnames: [{', '.join(query.names)}]\nauthor: full\n"
            f"retain: {{public: {query.retain}}}\nsources:\n{sources}"
        )
        path = self.folder / "queries" / f"{name}.yaml"
        path.write_text(text + ("names: [\n" if query.is_broken else ""), encoding="utf-8")

    def remove_query(self, name: str) -> None:
        """Delete a query file."""
        del self.queries[name]
        (self.folder / "queries" / f"{name}.yaml").unlink()

    # What the program does.

    def poll(self, *, force: bool, killed: int = 0) -> None:
        """Poll, perhaps with a kill at a statement, and expect what it must have read."""
        asked = len(self.site.log)
        self.expect_expiry()
        arguments = ["poll", *(["--force"] if force else [])]
        if killed:
            with killed_at(killed, self.folder):
                self.run(*arguments)
            return
        self.polled = self.run(*arguments)
        if self.polled.code not in {0, 3}:
            assert not any(not query.is_broken for query in self.queries.values()), self.polled
            return
        fetched = {request.path.strip("/") for request in self.site.log[asked:]}
        for query in self.queries.values():
            query.is_applied = True
        for feed in fetched - set(self.faults):
            self.expect_reading(self.feeds[feed])
        self.check_exit(fetched)

    def expect_reading(self, articles: list[Article]) -> None:
        """Expect a mention of each article in each query that looks for its name."""
        for article in articles:
            for name, query in self.queries.items():
                is_wanted = article.name in query.names and not query.is_broken
                if is_wanted and article.author not in self.expected.erased | self.uncertain:
                    self.expected.read.setdefault(MentionKey(name, article.guid), self.true_time)

    def expect_expiry(self) -> None:
        """Allow what is past its retention now to be hidden and deleted; a broken file keeps all."""
        for key, read in self.expected.read.items():
            query = self.queries.get(key.query)
            days = PERIODS[query.retain] if query else 365
            # Hidden seven days earlier, see docs/privacy.md; a clock that is an hour ahead is trusted.
            age = self.true_time - read + timedelta(hours=1)
            if not (query and query.is_broken) and age >= timedelta(days=days - 7):
                self.expected.may_be_gone.add(key)

    def check_exit(self, fetched: set[str]) -> None:
        """A failing source, a broken query file and a doubtful clock make 3, and only these."""
        is_failing = any(fault != "empty" for feed, fault in self.faults.items() if feed in fetched)
        is_broken = any(query.is_broken for query in self.queries.values())
        is_doubted = bool(self.rows("SELECT 1 FROM poll_clock WHERE doubt IS NOT NULL AND doubt != ''"))
        if is_failing or is_broken or is_doubted:
            assert self.polled.code == 3, (self.polled, self.faults)

    def replay(self, name: str) -> None:
        """Apply an edited query at once."""
        result = self.run("replay", name, "--yes")
        query = self.queries[name]
        assert result.code == (2 if query.is_broken else 0), result
        query.is_applied = query.is_applied or not query.is_broken

    def accept_clock(self) -> None:
        """Have the clock accepted by hand, as somebody does who sees that it is right."""
        result = self.run("doctor", "--accept-clock")
        assert result.code == 0, result

    def erase(self, author: str, killed: int = 0) -> None:
        """Erase a person, perhaps with a kill."""
        arguments = ("privacy", "forget", "--name", author, "--yes")
        self.uncertain.add(author)
        for key in [key for key in self.expected.read if self.articles[key.guid].author == author]:
            del self.expected.read[key]
            self.expected.statuses.pop(key, None)
        if killed:
            with killed_at(killed, self.folder):
                self.run(*arguments)
            return
        result = self.run(*arguments)
        assert result.code == 0, result
        self.uncertain.discard(author)
        self.expected.erased.add(author)

    def back_up(self) -> None:
        """Copy the database."""
        path = self.copies / f"{len(self.backups)}.db"
        result = self.run("backup", str(path))
        assert result.code == 0, result
        self.backups.append((path, deepcopy(self.expected)))

    def restore(self, number: int) -> None:
        """Put a copy in the place of the database, as the documents say."""
        path, expected = self.backups[number % len(self.backups)]
        self.replace_database(path, deepcopy(expected))

    def replace_database(self, path: Path, expected: Expected) -> None:
        """Put another database in the place of this one."""
        for name in ("b.db", "b.db-wal", "b.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(path, self.folder / "b.db")
        for query in self.queries.values():
            query.is_applied = False
        self.uncertain |= self.expected.erased - expected.erased
        self.uncertain -= expected.erased
        self.expected = expected
        for key in [key for key in expected.read if self.articles[key.guid].author in self.uncertain]:
            del expected.read[key]
            expected.statuses.pop(key, None)

    def install_old_version(self, version: int) -> None:
        """Put a database of an older version, with one mention, in the place of this one."""
        path = self.copies / "old.db"
        path.unlink(missing_ok=True)
        article = Article(17, "Acme", AUTHORS[-1], START)
        self.articles.setdefault(article.guid, article)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            apply_migrations(connection, stop_before=MIGRATIONS[version])
            connection.executescript(_OLD_ROWS)
        path.chmod(0o600)
        # That of the database which was there; this one is from before there were any.
        (self.folder / "b.db.key").unlink(missing_ok=True)
        key = MentionKey("acme", article.guid)
        self.replace_database(path, Expected(read={key: START}, statuses={key: "relevant"}))

    def decide(self, number: int, status: str) -> None:
        """Decide about one of the stored mentions."""
        stored = self.mentions()
        if stored:
            key = sorted(stored)[number % len(stored)]
            result = self.run("triage", "--set", status, str(stored[key][0]["id"]))
            assert result.code == 0, result
            self.expected.statuses[key] = status

    # What the database holds.

    def rows(self, statement: str) -> list[dict[str, object]]:
        """Read rows of the database; none before there is one."""
        if not (self.folder / "b.db").exists():
            return []
        with closing(sqlite3.connect(self.folder / "b.db")) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement)]

    def mentions(self) -> dict[MentionKey, list[dict[str, object]]]:
        """Read the stored mentions by query and guid."""
        found: dict[MentionKey, list[dict[str, object]]] = {}
        statement = "SELECT mention.*, entry.guid, entry.author FROM mention JOIN entry ON entry.id = mention.entry"
        for row in self.rows(statement):
            found.setdefault(MentionKey(str(row["query"]), str(row["guid"])), []).append(row)
        return found

    # What is always true.

    def check_files(self) -> None:
        """Pages, references, the full-text index and the audit fit together."""
        path = self.folder / "b.db"
        if not path.exists():
            return
        with open_store(path) as store:
            chain = verify_chain(store)
        assert not chain.fault, chain.fault
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            connection.execute("INSERT INTO entry_text (entry_text) VALUES ('integrity-check')")

    def check_nothing_lost(self) -> None:
        """What was read and named a brand is a mention, unless it is past its retention; decisions stay."""
        stored = self.mentions()
        missing = self.expected.read.keys() - stored.keys() - self.expected.may_be_gone
        assert not missing, missing
        for key, status in self.expected.statuses.items():
            if key in stored:
                assert [row["status"] for row in stored[key]] == [status], key

    def check_nothing_doubled(self) -> None:
        """An entry is stored once, and is one mention of a query."""
        assert self.rows("SELECT guid, count(*) FROM entry GROUP BY guid HAVING count(*) > 1") == []
        assert [key for key, rows in self.mentions().items() if len(rows) > 1] == []

    def check_nothing_invented(self) -> None:
        """A mention is of an article that names a brand, and whoever was erased wrote none."""
        for key, rows in self.mentions().items():
            assert self.articles[key.guid].name, key
            assert self.expected.erased.isdisjoint(str(row["author"]) for row in rows), key

    def check_nothing_hidden(self) -> None:
        """A mention that its query looks for is shown, but for the end of its retention; another is hidden."""
        for key, rows in self.mentions().items():
            query = self.queries.get(key.query)
            is_settled = query is not None and query.is_applied and not query.is_broken
            if query is None or not is_settled or key in self.expected.may_be_gone:
                continue
            is_wanted = self.articles[key.guid].name in query.names
            is_shown = [row["suppressed"] for row in rows] == [""]
            assert is_shown if is_wanted and key in self.expected.read else is_wanted or not is_shown, (key, rows)


_OLD_ROWS = """
INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,
    moved_to, entries, failures)
    VALUES (1, 'https://a.example/rss', 'feed', 'A', '', 'nb', '', '', x'', x'', '', '', 1, 0);
INSERT INTO entry (id, guid, link, owner, url, title, text, author, publisher, language, comment_feed, found)
    VALUES (1, 'urn:avis:2026:17', 'https://avis.example/sak/17', 1, 'https://avis.example/sak/17', 'Acme åpner', 'T',
        '', 'A', 'nb', '', 1777888800);
INSERT INTO mention (id, entry, query, query_version, evidence, status, backlog, found)
    VALUES (1, 1, 'acme', 'v1', '[["Acme","title",0,4,"exact"]]', 'relevant', 0, 1777888800);
INSERT INTO sighting VALUES (1, 1, 1, 1, 0);
"""
