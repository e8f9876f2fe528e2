from __future__ import annotations

import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.browser import look, needs_chromium

from brandwatch.storage.browsing import BROWSE_VIEWS, CANNED_QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Answer, Site

    from brandwatch.web import WebSource

    Cli = Callable[..., Answer]

HOSTILE = '&amp;lt;img src=x onerror="location=1"&amp;gt;'
SECONDS = 300


@pytest.fixture
def polled(cli: Cli, site: Site, rss: Callable[..., str], query: Callable[..., Path]) -> Cli:
    """The command line over three mentions, one of them hostile."""
    text = "<description>Fjordkraft Åsgård selger strøm og blåbær.</description>"
    entries = (
        ("Fjordkraft Åsgård åpner", "https://a.example/1", text),
        ("Fjordkraft Åsgård lukker", "https://a.example/2"),
        (f"{HOSTILE}Fjordkraft Åsgård", "https://a.example/3"),
    )
    query(site.put("/rss", rss(*entries)), site.url("/borte"))
    cli("poll")
    return cli


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start `brandwatch serve` on any port; yield the process and the printed URL."""
    command = [sys.executable, "-m", "brandwatch", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment
    ) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], SECONDS)
            assert ready
            yield process, process.stdout.readline().decode().strip()
        finally:
            process.kill()


@pytest.fixture
def browser(polled: Cli) -> Iterator[httpx.Client]:
    """A browser at the printed URL."""
    with (
        serving("--since", "2026-05-01") as (_, url),
        httpx.Client(base_url=url.partition("/?")[0], timeout=SECONDS) as client,
    ):
        assert client.get(url).status_code == 303
        yield client


def test_browsable_pages(browser: httpx.Client):
    """The report at the front, described views with facets, linked rows, and canned queries."""
    front = browser.get("/").text
    assert "3 mentions" in front
    assert '<a href="/brandwatch/mentions">Mentions</a>' in front
    assert "2026-05-01 to " in front
    for name, sheet in BROWSE_VIEWS.items():
        page = browser.get(f"/brandwatch/{name}").text
        assert f"<h1>{sheet.title}</h1>" in page
        assert all(f"<dt>{column}</dt>" in page for column in sheet.columns)
    mentions = browser.get("/brandwatch/mentions.json").json()
    assert set(mentions["facet_results"]) == set(BROWSE_VIEWS["mentions"].facets)
    row = browser.get("/brandwatch/mentions/1").text
    assert "selger strøm og blåbær" in row
    assert '<a href="/brandwatch/sightings?mention=1">' in row
    for name, asked in CANNED_QUERIES.items():
        answer = browser.get(f"/brandwatch/{name}")
        assert (answer.status_code, asked.title in answer.text) == (200, True)


def test_the_search_handles_nordic_letters(browser: httpx.Client):
    """Words match with their own letters in any case; operators of the index are plain words."""

    def found(words: str) -> int:
        answer = browser.get("/brandwatch/mentions.json", params={"_search": words, "_shape": "array"})
        return len(answer.json())

    assert [found(words) for words in ("åsgård", "ÅPNER", "blåbær", "apner", '"lukker"', "title: OR (")] == [
        3,
        1,
        1,
        0,
        1,
        0,
    ]


HIDDEN = {
    "/brandwatch/secret": 404,
    "/brandwatch/entry": 404,
    "/brandwatch/secret/1": 404,
    "/brandwatch/latest_mentions/1": 404,
    "/brandwatch/entry_text": 404,
    "/_internal/databases": 404,
    "/brandwatch.db": 404,
    "/brandwatch?sql=select+*+from+secret": 403,
    "/brandwatch/mentions?_where=1=1": 403,
    "/brandwatch/mentions?_facet=title": 400,
    "/brandwatch/mentions?_facet_array=terms": 400,
    "/brandwatch/mentions?_sort=author": 500,
    "/brandwatch/mentions?_search=x&_fts_table=secret": 500,
    "/brandwatch/mentions?_search=x&_fts_pk=author": 400,
    "/brandwatch/mentions?author=Kari": 200,  # SQLite takes a name that is no column for a text
}


def test_only_views_and_their_facets_are_served(browser: httpx.Client):
    """No base table, no custom SQL, no counts by other columns than the facets."""
    answers = {path: browser.get(path) for path in HIDDEN}
    assert {path: answer.status_code for path, answer in answers.items()} == HIDDEN
    assert [path for path, answer in answers.items() if "Åsgård" in answer.text] == []


def test_a_failing_page_leaks_no_key(polled: Cli):
    """No traceback with local variables, and so no request data, on either stream."""
    with serving() as (process, url), httpx.Client(timeout=SECONDS) as client:
        client.get(url)
        assert client.get(url.replace("/?", "/brandwatch/mentions?_sort=author&"), follow_redirects=True).is_error
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=SECONDS)
    assert out == b""
    assert url.rpartition("key=")[2].encode() not in err


def test_titles_are_escaped(browser: httpx.Client):
    """Markup in a title stands as text."""
    for path in ("/", "/brandwatch/mentions", "/brandwatch/mentions/3", "/brandwatch/latest", "/brandwatch/stories"):
        page = browser.get(path).text
        assert "<img" not in page
        assert "onerror" in page


@needs_chromium
def test_the_pages_work_under_the_policy(polled: Cli, tmp_path: Path):
    """Datasette's own scripts run, nothing else is requested, and no title becomes an element."""
    with serving() as (_, url):
        seen = look(url.replace("/?", "/brandwatch/mentions?"), tmp_path)
    base = url.partition("/?")[0]
    assert ("class", "dropdown-menu-icon") in seen.attributes
    assert (seen.complaints, "img" in seen.tags) == ([], False)
    own = ("/brandwatch/mentions", "/-/static/app.css", "/-/static/table.js", "/-/look.css", "/favicon.ico")
    assert [asked for asked in seen.requests if not asked.startswith(tuple(f"{base}{path}" for path in own))] == []


def test_a_poll_runs_beside_the_server(browser: httpx.Client, polled: Cli, site: Site, rss: Callable[..., str]):
    """New mentions of a poll are on the next page."""
    site.put("/rss", rss(("Fjordkraft Åsgård på nytt", "https://a.example/4")))
    assert polled("poll", "--force").code == 3
    assert "på nytt" in browser.get("/brandwatch/latest").text
    assert "4 mentions" in browser.get("/").text


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_the_server_stops_on_signals(polled: Cli, number: signal.Signals, code: int):
    """Also with an open keep-alive connection."""
    with serving() as (process, url), httpx.Client(timeout=SECONDS) as client:
        client.get(url)
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == code
        assert b"Traceback" not in err


def test_installed_plugins_are_not_loaded(polled: Cli, tmp_path: Path):
    """Plugins of the user's own Datasette get no access to the data."""
    info = tmp_path / "plugins" / "nysgjerrig-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nysgjerrig\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[datasette]\nnysgjerrig = nysgjerrig\n")
    (info.parent / "nysgjerrig.py").write_text(f"open({str(tmp_path / 'seen')!r}, 'w')\n")
    with (
        serving(PYTHONPATH=str(info.parent)) as (_, url),
        httpx.Client(follow_redirects=True, timeout=SECONDS) as client,
    ):
        assert client.get(url.replace("/?", "/brandwatch?")).status_code == 200
    assert not (tmp_path / "seen").exists()


def test_the_key_is_not_in_the_process_list(polled: Cli, monkeypatch: pytest.MonkeyPatch):
    """The desktop opens a private file that redirects."""
    launched: list[str] = []
    monkeypatch.setattr("typer.launch", launched.append)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    answer = polled("serve", "--port", "0", "--open")
    url = answer.out.strip()
    (name,) = launched
    assert url.rpartition("=")[2] not in name
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert f"url={url}" in Path(name).read_text(encoding="ascii")


def test_a_limited_report_says_so(polled: Cli, monkeypatch: pytest.MonkeyPatch):
    """The front page has the newest mentions; beyond the limit it links to the rest."""
    pages: list[str] = []

    class Reader:
        """Renders the front page without a server."""

        url = ""

        def __init__(self, library: WebSource, _: int) -> None:
            self.library = library

        def run(self, _: Callable[[], None]) -> None:
            """Render the page."""
            pages.append(self.library.report())

    monkeypatch.setattr("brandwatch.web.WebServer", Reader)
    options = ("serve", "--port", "0", "--since", "2026-05-01")
    assert polled(*options).code == 0
    monkeypatch.setattr("brandwatch.cli.serve.ON_PAGE", 2)
    assert polled(*options).code == 0
    whole, cut = pages
    assert ("3 mentions" in whole, "The newest" in whole) == (True, False)
    assert ("2 mentions" in cut, "The newest 2 only" in cut) == (True, True)


def test_without_the_extra(polled: Cli, monkeypatch: pytest.MonkeyPatch):
    """Without the extra the error has the install command."""
    monkeypatch.setitem(sys.modules, "brandwatch.web", None)
    answer = polled("serve")
    assert (answer.code, answer.out) == (2, "")
    assert "pip install 'brand-mention-monitor[serve]'" in answer.err


def test_errors_come_before_the_server_starts(polled: Cli, cli: Cli):
    """A used port, an invalid time, a missing database."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        answer = polled("serve", "--port", str(taken.getsockname()[1]))
    assert answer.code == 2
    assert re.search(r"cannot listen on port \d+", answer.err)
    assert polled("serve", "--since", "3x").code == 2
    assert polled("--db", "borte.db", "serve").code == 4
