from __future__ import annotations

import json
import os
import sqlite3
import stat
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import time_machine

from brandwatch.storage.migrations import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

NAME = "Kari Øygard-Nordmann"
SLUG = "kari-oygard-nordmann"
BRAND = "Fjordkraft Åsgård"
NOW = "2026-05-05 12:00:00Z"
LATER = "2026-05-06 12:00:00Z"
TEXT = (
    f"{BRAND} får kritikk for nettleien. Blåbær Gården AS sier at prisen på strøm er for høy for bønder på fjellet, og "
    f"at {NAME.upper()} lovet noe annet i vinter da kraftverkene gikk for fullt."
)


def item(number: int, title: str, text: str = "", author: str = "", slug: str = "sak") -> dict[str, object]:
    """Build an entry of a feed."""
    url = f"https://fjordavisa.example/{slug}-{number}"
    entry: dict[str, object] = {"id": f"{url}-urn", "url": url, "title": title, "content_text": text or title}
    return entry | ({"authors": [{"name": author}]} if author else {})


def feed(*items: dict[str, object], title: str = "Fjordavisa") -> str:
    """Build a JSON feed."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, "items": list(items)})


ITEMS = (
    item(1, f"{BRAND}: {NAME} slutter"),
    item(2, f"{BRAND} i hardt vær", TEXT),
    item(3, f"{BRAND} bygger ut", author=NAME),
    item(4, f"Ny sjef i {BRAND}", slug=SLUG),
    item(5, f"{BRAND} bygger også på Ås", f"{BRAND} bygger på Ås og i Nordmarka, sier Kari Andersen."),
)


@pytest.fixture
def polled(cli: Cli, site: Site, query: Write) -> Cli:
    """The command line over four entries and a source with the name, and an entry without it."""
    blog = feed(item(9, "God helg fra fjellet"), title=f"Bloggen til {NAME}")
    query(site.put("/feed", feed(*ITEMS)), site.put("/blog", blog), more="author: full\n")
    with time_machine.travel(NOW, tick=False):
        assert cli("poll").code == 0
    return cli


def titles(cli: Cli, *options: str) -> list[str]:
    """Read the titles of all mentions."""
    return sorted(json.loads(line)["title"] for line in cli("report", "--format", "jsonl", *options).out.splitlines())


def byte_forms() -> list[bytes]:
    """List the byte forms of the name in a file."""
    spellings = [NAME, NAME.upper(), NAME.lower(), SLUG, SLUG.replace("oy", "øy"), quote(NAME), json.dumps(NAME)[1:-1]]
    return [spelling.encode(encoding) for spelling in spellings for encoding in ("utf-8", "utf-16-le")]


def files_with_name(folder: Path) -> list[str]:
    """Find the files of the database with the name in them."""
    return [
        path.name
        for path in sorted(folder.glob("*brandwatch.db*"))
        if any(map(path.read_bytes().__contains__, byte_forms()))
    ]


def assert_sound(path: Path) -> None:
    """Check the database, its references and its full-text index."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO entry_text (entry_text, rank) VALUES ('integrity-check', 1)")
        stories = "SELECT count(*) FROM story WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"
        assert connection.execute(stories).fetchone() == (0,)


def test_search_shows_every_row(polled: Cli):
    """Rows with the name in any column, and the rows that belong to them, are shown whole."""
    data = json.loads(polled("privacy", "search", NAME).out)
    entries = [row for row in data["rows"] if row["table"] == "entry"]
    assert sorted(row["row"]["title"] for row in entries) == sorted(str(one["title"]) for one in ITEMS[:4])
    assert {column for row in entries for column in row["columns"]} >= {
        "title",
        "text",
        "author",
        "url",
        "guid",
        "link",
    }
    assert {row["table"] for row in data["rows"] if row["belongs_to"]} >= {"mention", "sighting"}
    (source,) = (row for row in data["rows"] if row["table"] == "source")
    assert (source["columns"], source["row"]["title"]) == (["title"], f"Bloggen til {NAME}")
    assert json.loads(polled("privacy", "search", "Ola Nordmann").out)["rows"] == []


def test_search_finds_a_page_by_any_link(polled: Cli):
    """A URL is searched for by its canonical form."""
    rows = json.loads(polled("privacy", "search", "http://www.fjordavisa.example/sak-5?utm_source=x").out)["rows"]
    assert [row["row"]["title"] for row in rows if row["table"] == "entry"] == [ITEMS[4]["title"]]


def test_a_dry_run_changes_nothing(polled: Cli, home: Path):
    """Without --yes the rows to erase are listed, and nothing is erased."""
    before = titles(polled)
    answer = polled("privacy", "forget", "--name", NAME)
    assert answer.code == 0
    assert answer.out.count("erase      entry ") == 4
    assert "blank      title in a row of source" in answer.out
    assert "erase      4 rows of mention" in answer.out
    assert "nothing was erased: add --yes to erase it" in answer.err
    assert titles(polled) == before
    data = json.loads(polled("privacy", "forget", "--name", NAME, "--format", "json").out)
    assert sum(row["table"] == "entry" for row in data["rows"]) == 4


def test_an_erasure_is_complete_and_permanent(polled: Cli, site: Site, home: Path):
    """No row, byte or index entry is left; later polls do not restore it, edited, under other keys, or new."""
    assert files_with_name(home)
    with time_machine.travel(NOW, tick=False):
        answer = polled("privacy", "forget", "--name", NAME, "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert "Kari" not in answer.out
    assert "receipt 1, 2026-05-05 14:00 +0200" in answer.out
    assert "4 entry, 4 mention" in answer.out
    assert files_with_name(home) == []
    assert titles(polled) == [ITEMS[4]["title"]]
    edited = [item(1, f"{BRAND}: sjefen slutter"), ITEMS[1] | {"id": "urn:ny"}, *ITEMS[2:]]
    later = (
        item(6, f"{BRAND} svarer {NAME}s kritikk"),
        item(7, f"{BRAND} og fjellet", "Les https://fjordavisa.example/k%C3%A5seri/kari%20%C3%B8ygard%20nordmann"),
        item(8, f"{BRAND} og havet"),
    )
    site.put("/feed", feed(*edited, *later))
    with time_machine.travel(LATER, tick=False):
        assert polled("poll", "--force").code == 0
    assert titles(polled) == sorted([str(ITEMS[4]["title"]), f"{BRAND} og havet"])
    assert files_with_name(home) == []
    assert json.loads(polled("privacy", "search", NAME).out)["rows"] == []
    with time_machine.travel("2026-05-06 13:00:00Z", tick=False):
        assert polled("stats", "--by", "query", "--format", "csv").out.splitlines()[1].split(",")[1] == "2"
    assert polled("report", "--stories", "--format", "csv").out.count("\n") == 3
    assert polled("report", "--search", "nordmann", "--format", "csv").out.count("\n") == 1
    assert_sound(home / "brandwatch.db")


def test_a_page_is_erased(polled: Cli, site: Site, home: Path):
    """Only that page is erased; under another guid or edited, it does not return."""
    url = "https://fjordavisa.example/sak-5"
    assert polled("privacy", "forget", "--url", f"{url}?utm_source=brev", "--yes").code == 0
    site.put("/feed", feed(*ITEMS[:4], ITEMS[4] | {"id": "urn:7", "title": f"{BRAND} bygger ikke"}))
    with time_machine.travel(LATER, tick=False):
        assert polled("poll", "--force").code == 0
    assert titles(polled) == sorted(str(one["title"]) for one in ITEMS[:4])
    assert url.encode() not in (home / "brandwatch.db").read_bytes()


def test_an_author_is_erased(cli: Cli, site: Site, query: Write, home: Path):
    """The posts of the account are erased and not stored again; others with the first name stay."""
    posts = (
        item(1, f"{BRAND} er dyrt", author="@kari"),
        item(2, f"{BRAND} er billig, sier Kari Andersen", author="@karianne"),
    )
    query(site.put("/feed", feed(*posts)))
    assert cli("poll").code == 0
    assert cli("privacy", "forget", "--author", "@Kari", "--yes").code == 0
    site.put("/feed", feed(*posts, item(3, f"{BRAND} er fortsatt dyrt", author="kari")))
    assert cli("poll", "--force").code == 0
    assert titles(cli) == [posts[1]["title"]]


def test_a_host_with_the_name_is_erased(cli: Cli, site: Site, query: Write, home: Path):
    """Links are stored as the network spells them; another host in punycode stays."""
    pages = ("https://kåre-fjordvik-ås.example/om", "https://blåbær-ås.example/om")
    posts = [item(number, f"{BRAND} er dyrt {number}") | {"url": page} for number, page in enumerate(pages)]
    query(site.put("/feed", feed(*posts)))
    assert cli("poll").code == 0
    assert b"xn--kre-fjordvik-s-" in (home / "brandwatch.db").read_bytes()
    assert cli("privacy", "forget", "--name", "Kåre Fjordvik-Ås", "--yes").code == 0
    assert titles(cli) == [posts[1]["title"]]
    assert b"xn--kre-fjordvik-s-" not in (home / "brandwatch.db").read_bytes()


def test_a_passage_is_erased(polled: Cli, home: Path):
    """A passage is found by its words, whatever the characters between them."""
    assert polled("privacy", "forget", "--text", "prisen på strøm er for høy", "--yes").code == 0
    assert f"{BRAND} i hardt vær" not in titles(polled)


def test_exports_are_scanned_and_left(polled: Cli, home: Path):
    """Files elsewhere with the name are listed, also archives; the command fails, and they stay."""
    folder = home / "ut"
    folder.mkdir()
    (folder / "uke.csv").write_text(polled("report", "--format", "csv").out, encoding="utf-8")
    (folder / "ren.csv").write_text("id,title\n", encoding="utf-8")
    with zipfile.ZipFile(folder / "uke.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", f"<t>{NAME}</t>" * 9)
    answer = polled("privacy", "forget", "--name", NAME, "--yes", "--exports", str(folder))
    assert answer.code == 4
    assert "still holding it: 2" in answer.out
    assert [line.split(" still")[0].rpartition("/")[2] for line in answer.err.splitlines()] == ["uke.csv", "uke.xlsx"]
    assert NAME in (folder / "uke.csv").read_text(encoding="utf-8")
    assert files_with_name(home) == []


def test_old_backups_with_the_name_are_deleted(polled: Cli, home: Path):
    """A backup beside the database is deleted if it has the name, otherwise not."""
    made = {"v1.bak": NAME, "v2.bak": "Acme", "v3.2026-05-04.bak": "Acme", "v3.2026-05-04-2.bak": NAME}
    for name, title in made.items():
        with closing(sqlite3.connect(home / f"brandwatch.db.{name}")) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("CREATE TABLE entry (title TEXT)")
            connection.execute("INSERT INTO entry VALUES (?)", [title])
            connection.commit()
    searched = [path.rpartition("/")[2] for path in json.loads(polled("privacy", "search", NAME).out)["files"]]
    assert searched == ["brandwatch.db.v1.bak", "brandwatch.db.v3.2026-05-04-2.bak"]
    plan = polled("privacy", "forget", "--name", NAME).out
    assert [line for line in plan.splitlines() if line.startswith("delete")] == [
        f"delete     {name}" for name in searched
    ]
    answer = polled("privacy", "forget", "--name", NAME, "--yes")
    assert answer.code == 0
    assert f"deleted     {', '.join(searched)}\n" in answer.out
    assert sorted(path.name for path in home.glob("*.bak")) == [
        "brandwatch.db.v2.bak",
        "brandwatch.db.v3.2026-05-04.bak",
    ]


def test_a_file_of_the_user_is_named_and_left(polled: Cli, home: Path):
    """A file that is only named like a copy is not deleted: the command names it and fails."""
    (home / "brandwatch.db.v1.bak").write_text(f"mine notater om {NAME}")
    answer = polled("privacy", "forget", "--name", NAME, "--yes")
    assert (answer.code, answer.err) == (4, f"{home}/brandwatch.db.v1.bak still holds it, at 1 place\n")
    assert (home / "brandwatch.db.v1.bak").exists()


def test_every_table_is_searched(polled: Cli, home: Path):
    """A table unknown to the command is searched and erased from, even behind a trigger."""
    path = home / "brandwatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE note (id INTEGER PRIMARY KEY, said TEXT NOT NULL, list TEXT NOT NULL) STRICT;"
            "CREATE TABLE named (name TEXT PRIMARY KEY, word BLOB) STRICT;"
            "CREATE TRIGGER fixed BEFORE UPDATE ON note BEGIN SELECT RAISE(ABORT, 'only added to'); END;"
        )
        connection.execute("INSERT INTO note VALUES (1, ?, ?)", [f"Ring {NAME}", json.dumps([NAME])])
        connection.execute("INSERT INTO named VALUES (?, ?)", ["navn", NAME.encode()])
        connection.execute("UPDATE source SET title = '', error = ?, moved_to = ?", [NAME, f"https://a.example/{SLUG}"])
        connection.execute("UPDATE fetch SET error = ?", [f"{NAME} svarte ikke"])
        connection.execute("INSERT INTO gap (source, since, until, reason) VALUES (1, 1, 2, ?)", [NAME])
        connection.commit()
    assert polled("privacy", "forget", "--name", NAME, "--yes").code == 0
    assert files_with_name(home) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM note").fetchall() == [(1, "", "[]")]
        assert connection.execute("SELECT * FROM named").fetchall() == [("navn", b"")]
        assert connection.execute("SELECT count(*) FROM gap WHERE reason = ''").fetchone() == (1,)
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute("UPDATE note SET said = 'ny'")


def test_notes_and_tags_lose_the_name(polled: Cli, home: Path):
    """The note, the tag and their history are erased; the mention keeps its other decisions."""
    rows = [json.loads(line) for line in polled("report", "--format", "jsonl").out.splitlines()]
    number = next(str(row["id"]) for row in rows if row["title"] == ITEMS[4]["title"])
    done = ("--set", "done", "--note", f"Ring {NAME}", "--tag", NAME, "--tag", "ås")
    assert polled("triage", number, *done).code == 0
    assert polled("privacy", "forget", "--name", NAME, "--yes").code == 0
    (row,) = (json.loads(line) for line in polled("report", "--format", "jsonl").out.splitlines())
    assert (row["status"], row["tags"], row["note"]) == ("done", ["ås"], "")
    assert files_with_name(home) == []


def test_a_monitored_brand_is_not_erased(polled: Cli, query: Write, site: Site):
    """A brand of a query file cannot be erased; other places in query files are listed."""
    answer = polled("privacy", "forget", "--name", "Åsgård", "--yes")
    assert (answer.code, "of the query fjordkraft" in answer.err) == (2, True)
    query(
        site.url("/feed"),
        more=f"author: full\npeople:\n  - {{name: {NAME}, role: spokesperson, registered: 2026-02-01}}\n",
    )
    answer = polled("privacy", "forget", "--name", NAME, "--yes")
    assert (answer.code, "fjordkraft.yaml holds it too" in answer.err) == (0, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "nothing was named"),
        (("--name", "Å"), "too short"),
        (("--url", "https://fjordavisa.example/"), "is no page"),
        (("--url", "fjord avisa"), "is no page"),
    ],
)
def test_invalid_erasure_requests_are_refused(polled: Cli, options: tuple[str, ...], words: str):
    """Requests for nothing, for everything or for a whole site are refused with a message."""
    answer = polled("privacy", "forget", *options, "--yes")
    assert (answer.code, words in answer.err) == (2, True)


def test_an_open_reader_keeps_the_wal(polled: Cli, home: Path):
    """With another reader, rows are erased and the receipt is printed, with a warning about the log."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        answer = polled("privacy", "forget", "--name", NAME, "--yes", "--format", "json")
    assert (answer.code, "end that program" in answer.err) == (4, True)
    assert json.loads(answer.out)["receipt"] == 1
    assert polled("privacy", "forget", "--name", NAME, "--yes").code == 0
    assert files_with_name(home) == []


def test_files_stay_private(polled: Cli, home: Path):
    """An erasure leaves the database and the files beside it to their owner only."""
    assert polled("privacy", "forget", "--name", NAME, "--yes").code == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.glob("brandwatch.db*")} == {0o600}


def test_the_database_is_private(cli: Cli, site: Site, query: Write, home: Path, tmp_path: Path):
    """Whatever the umask, the database folder and its files are for their owner only; written files follow it."""
    query(site.put("/feed", feed(*ITEMS)))
    folder, out = tmp_path / "new", tmp_path / "out"
    out.mkdir()
    before = os.umask(0)
    try:
        database = ("--db", str(folder / "brandwatch.db"))
        assert cli(*database, "poll").code == 0
        for form in ("csv", "json", "html", "xlsx", "rss", "markdown"):
            assert cli(*database, "report", "--format", form, "--output", str(out / form)).code == 0
        assert cli(*database, "export", "--triage", "--output", str(out / "triage.csv")).code == 0
        assert cli(*database, "privacy", "forget", "--name", NAME, "--yes").code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = [[stat.S_IMODE(path.stat().st_mode) for path in files.iterdir()] for files in (folder, out)]
    assert len(modes[0]) >= 2
    assert modes == [[0o600] * len(modes[0]), [0o666] * 7]
