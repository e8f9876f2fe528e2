"""A database of version 17, filled by the program of that time, polls the same feed: it knows every entry again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage.migrations import APPLICATION_ID, apply_migrations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

FOLDER = Path(__file__).with_name("old_database")
FEED = (FOLDER / "feed.xml").read_text(encoding="utf-8")
ENTRIES = FEED.count("<item>")
NEW = (
    "<item><title>Fjordkraft Åsgård: rettet</title><link>https://fjordavisa.example/drift</link>"
    "<pubDate>Mon, 04 May 2026 11:07:00 +0200</pubDate><description>Alt er rettet.</description></item>"
)
CHANGES = {
    "white space": ("<item>", " <item> "),
    "an edited title": ("Åsgård vokser</title>", "Åsgård vokser mye</title>"),
    "new links": ("https://fjordavisa.example/", "http://www.fjordavisa.example/"),
    "new guids": ("urn:fjordavisa:2026:", "tag:fjordavisa.example,2026:"),
}


@pytest.fixture
def old_database(home: Path, site: Site, query: Write) -> Path:
    """The database of version 17, with a query for its feed."""
    url = site.put("/rss", FEED)
    query(url)
    path = home / "brandwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        apply_migrations(connection, stop_before="m018_text_parts")
        connection.executescript((FOLDER / "version_17.sql").read_text(encoding="utf-8").replace("{URL}", url))
    return path


def entries(path: Path) -> int:
    """Count the stored entries."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])


def test_the_same_feed_adds_nothing(cli: Cli, site: Site, old_database: Path):
    """As it was, with a space more so that it is read, and once more; there is no gap."""
    assert entries(old_database) == ENTRIES
    for document in (FEED, FEED + " ", FEED + "  "):
        site.put("/rss", document)
        assert "0 new mentions" in cli("-v", "poll", "--force").err
        assert entries(old_database) == ENTRIES
    report = json.loads(cli("report", "--since", "2000-01-01", "--format", "json").out)
    assert (len(report["mentions"]), report["coverage"]["gaps"]) == (ENTRIES, [])


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_feed_adds_what_is_new(cli: Cli, site: Site, old_database: Path, change: str):
    """Edits and other links at the first poll are known; a new message at the link of others is one more."""
    before, now = CHANGES[change]
    site.put("/rss", FEED.replace(before, now) + " ")
    cli("poll", "--force")
    assert entries(old_database) == ENTRIES
    site.put("/rss", FEED.replace(before, now).replace("<item>", f"{NEW}<item>", 1))
    cli("poll", "--force")
    assert entries(old_database) == ENTRIES + 1
