from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch.config.query import Query, Term
from brandwatch.models import Source, SourceState
from brandwatch.pipeline.jobs import due_jobs
from brandwatch.sources.registry import Registry
from brandwatch.storage import poll_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def rows(sql: str) -> list[tuple[object, ...]]:
    """Read rows of the current database."""
    connection = sqlite3.connect("brandwatch.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def titles() -> list[object]:
    """Read the titles of all stored entries."""
    return [title for (title,) in rows("SELECT title FROM entry ORDER BY id")]


def test_a_poll_stores_mentions_silently(cli: Cli, site: Site, rss: Rss, query: Write):
    """Mentions of the brand are stored, other entries are written nowhere, and nothing is printed."""
    feed = rss(("Fjordkraft Åsgårds kunder", "https://a.example/1"), ("Kaker", "https://a.example/hemmelig"))
    query(site.put("/rss", feed))
    assert cli("poll") == (0, "", "")
    assert titles() == ["Fjordkraft Åsgårds kunder"]
    assert rows("SELECT query, status, backlog FROM mention") == [("fjordkraft", "new", 1)]


def test_a_second_poll_is_conditional(cli: Cli, site: Site, rss: Rss, query: Write):
    """An unchanged feed is a 304 with validators, and identical bytes without."""
    feed = rss(("Fjordkraft Åsgård", "https://a.example/1"))
    query(site.put("/etag", feed, ETag='"1"'), site.put("/bare", feed.replace("a.example", "b.example")))
    cli("poll")
    assert cli("-v", "poll", "--force").err.count("0 new mentions") == 3
    assert site.log[2].headers.get("if-none-match", site.log[3].headers.get("if-none-match")) == '"1"'
    assert rows("SELECT class, count(*) FROM fetch GROUP BY class ORDER BY class") == [
        ("not-modified", 1), ("ok", 2), ("same", 1),
    ]  # fmt: skip
    assert rows("SELECT count(*) FROM mention") == [(2,)]


def test_a_reordered_feed_adds_nothing(cli: Cli, site: Site, rss: Rss, query: Write):
    """Order is not identity."""
    entries = [(f"Fjordkraft Åsgård {n}", f"https://a.example/{n}") for n in range(5)]
    query(site.put("/rss", rss(*entries)))
    cli("poll")
    site.put("/rss", rss(*reversed(entries)))
    cli("poll", "--force")
    assert rows("SELECT count(*) FROM mention") == [(5,)]


def test_an_edited_title_is_the_same_mention(cli: Cli, site: Site, rss: Rss, query: Write):
    """An edit updates the stored mention; a new entry is a new one, no backlog."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård før", "https://a.example/1"))))
    cli("poll")
    site.put(
        "/rss",
        rss(("Etter: Fjordkraft Åsgård", "https://a.example/1"), ("Ny Fjordkraft Åsgård", "https://a.example/2")),
    )
    cli("poll", "--force")
    assert titles() == ["Etter: Fjordkraft Åsgård", "Ny Fjordkraft Åsgård"]
    assert rows("SELECT backlog FROM mention ORDER BY id") == [(1,), (0,)]


LEADS = [
    (
        "lead",
        "<description>Fjordkraft Åsgård taper</description><content:encoded>Lang tekst om noe annet.</content:encoded>",
    ),
    (
        "media",
        "<description>Lang tekst om noe annet.</description><media:description>Fjordkraft Åsgård</media:description>",
    ),
    (
        "lead",
        "<description>Lang tekst om noe annet.</description><itunes:subtitle>Fjordkraft Åsgård</itunes:subtitle>",
    ),
]
SPACES = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


@pytest.mark.parametrize(("field", "texts"), LEADS)
def test_a_name_in_any_text_of_an_entry_is_a_mention(
    cli: Cli, site: Site, rss: Rss, query: Write, field: str, texts: str
):
    """A lead, a caption or a subtitle with the brand counts beside a longer text without it."""
    feed = rss(("Kundene flykter", "https://a.example/1", texts))
    query(site.put("/rss", feed.replace('<rss version="2.0"', SPACES)))
    cli("poll")
    ((text, evidence),) = rows("SELECT text, evidence FROM entry JOIN mention ON entry = entry.id")
    ((_, place, start, end, *_),) = json.loads(str(evidence))
    assert (place, str(text)[start:end]) == (field, "Fjordkraft Åsgård")
    assert str(text).count("Lang tekst om noe annet.") == 1


@pytest.mark.parametrize("keys", ["guid and link", "neither"])
def test_a_longer_text_is_the_same_mention(cli: Cli, site: Site, rss: Rss, query: Write, keys: str):
    """With a lead that was not read before, an entry keeps its number, its mention and its decisions."""
    body = "<content:encoded>Fjordkraft Åsgård øker prisen i nord, og det merkes.</content:encoded>"
    lead = "<description>Kundene er sinte.</description>"

    def show(texts: str) -> str:
        feed = rss(("Prisene", "https://a.example/1", texts)).replace('<rss version="2.0"', SPACES)
        named = ("<link>https://a.example/1</link>", "<guid>https://a.example/1</guid>") if keys == "neither" else ()
        for key in named:
            feed = feed.replace(key, "")
        return site.put("/rss", feed)

    query(show(body))
    cli("poll")
    assert cli("triage", "--set", "relevant", "1").code == 0
    before = rows("SELECT entry, id, status, found, backlog FROM mention")
    show(lead + body)
    assert "1 new mention" not in cli("-v", "poll", "--force").err
    assert rows("SELECT entry, id, status, found, backlog FROM mention") == before
    assert rows("SELECT count(*), text FROM entry") == [
        (1, "Kundene er sinte.\nFjordkraft Åsgård øker prisen i nord, og det merkes.")
    ]


def test_entries_with_one_guid_are_all_stored(cli: Cli, site: Site, rss: Rss, query: Write):
    """A feed with the guid `/a/` for many entries loses none of them in any poll."""
    feed = rss(*((f"Fjordkraft Åsgård {n}", f"https://a.example/{n}") for n in range(9)))
    for number in range(9):
        feed = feed.replace(f"<guid>https://a.example/{number}</guid>", "<guid>/a/</guid>")
    query(site.put("/rss", feed))
    cli("poll")
    cli("poll", "--force")
    assert rows("SELECT count(*) FROM entry") == [(9,)]


def test_one_entry_in_two_sources_is_one_mention(cli: Cli, site: Site, rss: Rss, query: Write):
    """One page in two feeds is one mention with two sightings."""
    query(
        site.put("/a", rss(("Fjordkraft Åsgård", "https://a.example/1?utm_source=a"))),
        site.put("/b", rss(("Fjordkraft Åsgård", "http://www.a.example/1/"))),
    )
    cli("poll")
    assert rows("SELECT count(*) FROM mention") == [(1,)]
    assert rows("SELECT count(*) FROM sighting") == [(2,)]


def test_a_post_in_two_feeds_of_a_forum_is_one_mention(cli: Cli, site: Site, rss: Rss, query: Write):
    """A forum names an opening post as topic and as post; a reply of the same second is a mention of its own."""
    text = "<description>Jeg fikk regning fra Fjordkraft Åsgård</description>"
    other = "<description>Jeg også, fra Fjordkraft Åsgård</description>"
    opening = ("Dyr strøm", site.url("/topic/3/dyr-strøm"), text)
    query(
        site.put("/topics.rss", rss(opening)),
        site.put(
            "/posts.rss", rss(("Dyr strøm", site.url("/post/4"), other), ("Dyr strøm", site.url("/post/3"), text))
        ),
    )
    for _ in range(2):
        assert cli("poll", "--force").code == 0
        assert titles() == ["Dyr strøm", "Dyr strøm"]


def test_a_source_of_two_queries_is_fetched_once(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """Each URL is fetched once and matched against every query."""
    url = site.put("/rss", rss(("Fjordkraft Åsgård kjøper Ledgerly", "https://a.example/1")))
    query(url)
    query(url, name="to")
    (home / "queries" / "tre.yaml").write_text("brand: L\nnames: [Ledgerly]\n")
    cli("poll")
    assert len(site.log) == 1
    assert rows("SELECT query FROM mention ORDER BY query") == [("fjordkraft",), ("to",), ("tre",)]


def test_a_new_query_reads_current_entries(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """After a change of queries the next poll is unconditional: current entries are matched at once."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård kjøper Ledgerly", "https://a.example/1")), ETag='"1"'))
    cli("poll")
    (home / "queries" / "to.yaml").write_text("brand: L\nnames: [Ledgerly]\n")
    cli("poll", "--force")
    assert rows("SELECT query FROM mention ORDER BY query") == [("fjordkraft",), ("to",)]


def test_only_the_named_query_is_polled(cli: Cli, site: Site, rss: Rss, query: Write):
    """`poll NAME` polls the sources of that query only; an unknown name is an error with a suggestion."""
    query(site.put("/a", rss()))
    query(site.put("/b", rss()), name="annen")
    cli("poll", "annen")
    assert [asked.path for asked in site.log] == ["/b"]
    answer = cli("poll", "anen")
    assert answer.code == 2
    assert "did you mean “annen”?" in answer.err


def test_a_failing_source_does_not_affect_the_others(cli: Cli, site: Site, rss: Rss, query: Write):
    """The poll continues, names the source and the error, and exits 3."""
    query(
        site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))),
        site.put("/page", "<!doctype html><title>Logg \x1b[2Jinn</title>"),
        site.url("/borte"),
    )
    answer = cli("-v", "poll")
    assert (answer.code, answer.out) == (3, "")
    assert "\x1b" not in answer.err
    assert "not-a-feed" in answer.err
    assert "HTML page titled “Logg [2Jinn”" in answer.err
    assert "http-4xx" in answer.err
    assert "answered 404 Not Found" in answer.err
    assert sum(" failed" not in line and not line.startswith(("ok", "next")) for line in answer.messages) == 2
    assert titles() == ["Fjordkraft Åsgård"]


def test_a_failure_keeps_the_validator(cli: Cli, site: Site, rss: Rss, query: Write):
    """After a failure the next poll sends the validator of the last complete document."""
    feed = rss(("Fjordkraft Åsgård", "https://a.example/1"))
    query(site.put("/rss", feed, ETag='"1"'))
    cli("poll")
    site.put("/rss", "<!doctype html><title>Stengt</title>")
    assert cli("poll", "--force").code == 3
    site.put("/rss", feed, ETag='"1"')
    assert cli("poll", "--force").code == 0
    assert site.log[-1].headers["if-none-match"] == '"1"'


def test_a_truncated_document_has_no_validator(cli: Cli, site: Site, rss: Rss, query: Write):
    """Its complete entries are stored; the next request is unconditional."""
    feed = rss(("Fjordkraft Åsgård 1", "https://a.example/1"), ("Fjordkraft Åsgård 2", "https://a.example/2"))
    query(site.put("/rss", feed[: feed.index("Åsgård 2")], ETag='"halv"'))
    assert cli("poll").code == 3
    assert titles() == ["Fjordkraft Åsgård 1"]
    site.put("/rss", feed, ETag='"hel"')
    assert cli("poll", "--force").code == 0
    assert "if-none-match" not in site.log[-1].headers
    assert titles() == ["Fjordkraft Åsgård 1", "Fjordkraft Åsgård 2"]


def test_an_invalid_query_file_does_not_stop_the_others(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """The error has its position, the other queries are polled, and the exit code is not 0."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    (home / "queries" / "feil.yaml").write_text("brand: x\nnmaes: [x]\n")
    answer = cli("poll")
    assert answer.code == 3
    assert "queries/feil.yaml:2:1: error: unknown key `nmaes`" in answer.err
    assert titles() == ["Fjordkraft Åsgård"]
    (home / "queries" / "fjordkraft.yaml").unlink()
    assert cli("poll").code == 2


def test_a_query_without_a_source_is_a_failure(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """Where nothing is watched the poll says so and exits 3, also beside a query that is watched."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    assert cli("poll").code == 0
    query(name="tom")
    polled = cli("poll", "--force")
    assert (polled.code, polled.messages[0]) == (3, "queries/tom.yaml:4:3: warning: no source: nothing is watched")
    (home / "queries" / "feeds.opml").write_text("<opml><body></body></opml>")
    query("{opml: feeds.opml}", name="tom")
    polled = cli("poll", "--force")
    assert (polled.code, "no feed in feeds.opml: nothing is watched" in polled.err) == (3, True)
    assert cli("poll", "fjordkraft", "--force").code == 0


def test_a_moved_source_is_followed_and_reported(cli: Cli, site: Site, rss: Rss, query: Write):
    """A permanent redirect is followed each time, the new URL is printed, the query file stays unchanged."""
    site.put("/ny", rss(("Fjordkraft Åsgård", "https://a.example/1")), ETag='"1"')
    path = query(site.put("/gammel", "", 301, Location="/ny"))
    before = path.read_bytes()
    cli("poll")
    cli("poll", "--force")
    assert [asked.path for asked in site.log] == ["/gammel", "/ny"] * 2
    assert site.log[-1].headers["if-none-match"] == '"1"'
    assert site.url("/ny") in cli("sources", "--format", "csv").out
    assert path.read_bytes() == before


def test_a_source_rests_until_it_is_due(cli: Cli, site: Site, rss: Rss, query: Write):
    """One request per interval, with a tolerance for cron; failures double the pause."""
    query(site.put("/rss", rss()), site.url("/borte"))
    with time_machine.travel(NOW, tick=False) as clock:
        cli("poll")
        for minutes, requests in ((5, 2), (14.6, 4), (20, 4), (29.5, 5), (45, 7)):
            clock.move_to(NOW + timedelta(minutes=minutes))
            cli("poll")
            assert len(site.log) == requests, minutes


def test_the_shortest_interval_of_a_url_wins():
    """One URL in two queries is one source, polled at the shorter interval."""
    url = "https://a.example/rss"
    queries = [
        Query(
            name=name, brand="B", names=(Term(text="B"),), sources=(Source(url=url, interval=timedelta(hours=hours)),)
        )
        for name, hours in (("a", 6), ("b", 1))
    ]
    (plan,) = due_jobs(queries, [], NOW, Registry())
    assert plan.interval == timedelta(hours=1)
    rests = SourceState(url=url, next_due=NOW + timedelta(minutes=10))
    assert due_jobs(queries, [rests], NOW, Registry()) == []
    assert [plan.state for plan in due_jobs(queries, [rests], NOW, Registry(), force=True)] == [rests]


def test_a_concurrent_poll_is_refused(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """Two polls of one database never run at once, by any link to it."""
    query(site.put("/rss", rss()))
    (home / "lenke.db").symlink_to("brandwatch.db")
    with poll_lock(home / "brandwatch.db"):
        answer = cli("poll")
        assert cli("--db", "lenke.db", "poll").code == 75
    assert (answer.code, site.log) == (75, [])
    assert "another poll is running" in answer.err


@pytest.mark.parametrize("value", ["x", "-1"])
def test_an_invalid_deadline_is_refused_before_any_request(
    cli: Cli, site: Site, rss: Rss, query: Write, monkeypatch: pytest.MonkeyPatch, value: str
):
    """An invalid environment variable is a usage error."""
    query(site.put("/rss", rss()))
    monkeypatch.setenv("BRANDWATCH_TIMEOUT", value)
    assert cli("poll").code == 2
    assert site.log == []


def test_the_deadline_of_the_environment_applies(cli: Cli, query: Write, monkeypatch: pytest.MonkeyPatch):
    """A hanging server costs no more than BRANDWATCH_TIMEOUT."""
    monkeypatch.setenv("BRANDWATCH_TIMEOUT", "0.3")
    with socket.create_server(("127.0.0.1", 0)) as server:
        query(f"http://127.0.0.1:{server.getsockname()[1]}/rss")
        answer = cli("-v", "poll")
    assert answer.code == 3
    assert "no whole answer within 0.3 s" in answer.err


def test_verbose_prints_a_line_for_each_source(cli: Cli, site: Site, rss: Rss, query: Write):
    """-v prints a line per source and the totals; with -q only the exit code shows a failure."""
    query(site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1"))))
    *messages, following = cli("poll", "-v").messages
    assert following.startswith("next due: 20")
    assert messages == [
        f"ok           {site.url('/rss')}  1 entries, 0 new mentions, 1 from the backlog",
        "1 source fetched, 0 unchanged, 0 failed, 0 new mentions, 1 from the backlog",
    ]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_poll_states_the_rest(query: Write, sent: signal.Signals, code: int):
    """Ctrl-C and SIGTERM end a poll at once, with a line about the remaining sources and the usual exit code."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(300)
        query(f"http://127.0.0.1:{server.getsockname()[1]}/rss")
        process = subprocess.Popen([sys.executable, "-m", "brandwatch", "poll"], stderr=subprocess.PIPE)
        connection, _ = server.accept()
        process.send_signal(sent)
        _, said = process.communicate(timeout=300)
        connection.close()
    assert (process.returncode, said.decode()) == (code, f"ended by {sent.name}: 1 sources have no result\n")
