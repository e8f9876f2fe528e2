"""The server with Datasette inside, over the database of a poll."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.patience import PATIENCE_SECONDS

from brandwatch.errors import UsageError
from brandwatch.storage import browsing
from brandwatch.web import WebServer, WebSource, app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Visit = Callable[[httpx.Client], None]

TEXT = "Fjordkraft Åsgård selger strøm og blåbær. " * 10


def front_page() -> str:
    """Write the page at the front."""
    return "<h1>Blåbær Gården</h1>"


@pytest.fixture
def source(
    cli: Callable[..., Answer], site: Site, rss: Callable[..., str], query: Callable[..., Path], home: Path
) -> WebSource:
    """Two mentions, the second one with a long text."""
    entries = (
        ("Fjordkraft Åsgård åpner", "https://a.example/1"),
        ("Fjordkraft Åsgård lukker", "https://a.example/2", f"<description>{TEXT}</description>"),
    )
    query(site.put("/rss", rss(*entries)))
    assert cli("poll").code == 0
    return WebSource(
        sheets=browsing.BROWSE_VIEWS,
        questions=browsing.CANNED_QUERIES,
        index=browsing.INDEX,
        connect=partial(browsing.browse_connection, home / "brandwatch.db"),
        report=front_page,
    )


def serve(source: WebSource, visit: Visit, port: int = 0, status: int = 303) -> str:
    """Serve in this process until a browser with the key has made its visit, then interrupt; return the URL.

    The printed URL is answered with *status*.
    """
    server = WebServer(source, port)
    failures: list[BaseException] = []

    def browse() -> None:
        try:
            with httpx.Client(base_url=server.url.partition("/?")[0], timeout=PATIENCE_SECONDS) as client:
                assert client.get(server.url).status_code == status
                visit(client)
        except BaseException as error:  # noqa: BLE001 (raised again by the thread of the test)
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    browser = threading.Thread(target=browse)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(browser.start)
    browser.join(PATIENCE_SECONDS)
    if failures:
        raise failures[0]
    return server.url


def test_the_sheets_are_the_tables(source: WebSource):
    """Their titles, descriptions, keys, links and order; the front page is the report."""
    answers: dict[str, Any] = {}

    def visit(client: httpx.Client) -> None:
        answers["front"] = client.get("/").text
        answers["home"] = client.get("/brandwatch.json").json()
        answers["page"] = client.get("/brandwatch").text
        answers["mentions"] = client.get("/brandwatch/mentions.json", params={"_extra": "all"}).json()
        answers["table"] = client.get("/brandwatch/mentions").text
        answers["row"] = client.get("/brandwatch/mentions/1").text

    serve(source, visit)
    assert answers["front"] == front_page()
    tables = {table["name"]: table for table in answers["home"]["tables"]}
    assert tables.keys() == source.sheets.keys()
    assert not any(table["hidden"] for table in tables.values())
    assert {name: tuple(table["primary_keys"]) for name, table in tables.items()} == {
        name: sheet.key for name, sheet in source.sheets.items()
    }
    links = [
        (name, key["column"], key["other_table"], key["other_column"])
        for name, table in tables.items()
        for key in table["foreign_keys"]["outgoing"]
    ]
    assert sorted(links) == sorted(
        (name, column, other, source.sheets[other].key[0])
        for name, sheet in source.sheets.items()
        for column, other in sheet.links.items()
    )
    incoming = sum(len(table["foreign_keys"]["incoming"]) for table in tables.values())
    assert incoming == len(links) > 0
    assert {query["name"] for query in answers["home"]["queries"]} == source.questions.keys()
    assert answers["home"]["views"] == []
    mentions = source.sheets["mentions"]
    assert answers["mentions"]["primary_keys"] == list(mentions.key)
    assert set(answers["mentions"]["facet_results"]) == set(mentions.facets)
    assert answers["mentions"]["suggested_facets"] == []
    # The newest first.
    assert [row[0] for row in answers["mentions"]["rows"]] == [2, 1]
    assert "Read only, on this machine only" in answers["page"]
    assert "/-/look.css" in answers["page"]
    assert "Fjordkraft Åsgård åpner" in answers["row"]
    # A cell is cut to a few lines, and the row has all of it.
    assert "…" in answers["table"]


def test_only_what_is_indexed_can_be_sorted_and_searched(source: WebSource):
    """A sheet with a search finds words; one without ignores them. Other columns are refused as an order."""
    answers: dict[str, Any] = {}

    def visit(client: httpx.Client) -> None:
        for name, words in (("mentions", "blåbær"), ("mentions", "åpner"), ("sources", "blåbær")):
            url = f"/brandwatch/{name}.json"
            answers[f"{name} {words}"] = client.get(url, params={"_search": words, "_shape": "array"})
        for column in ("author", source.sheets["mentions"].sortable[0]):
            answers[column] = client.get("/brandwatch/mentions.json", params={"_sort": column}).status_code

    serve(source, visit)
    assert len(answers["mentions blåbær"].json()) == 1
    assert len(answers["mentions åpner"].json()) == 1
    assert len(answers["sources blåbær"].json()) == 1
    assert (answers["author"] >= 400, answers[source.sheets["mentions"].sortable[0]]) == (True, 200)


def test_pages_show_answers_and_not_how_they_are_found(source: WebSource):
    """A question has its title, and its statement only on request; a sheet is sorted as it says, and searched."""
    pages: dict[str, str] = {}
    shown = ("/brandwatch/latest", "/brandwatch/latest?_show_sql=1", "/brandwatch/mentions", "/brandwatch/gaps")

    def visit(client: httpx.Client) -> None:
        pages.update((path, client.get(path).text) for path in shown)

    serve(source, visit)
    assert source.questions["latest"].title in pages["/brandwatch/latest"]
    assert "<pre" not in pages["/brandwatch/latest"]
    assert "<pre" in pages["/brandwatch/latest?_show_sql=1"]
    assert 'name="_search"' in pages["/brandwatch/mentions"]
    assert 'name="_search"' not in pages["/brandwatch/gaps"]
    first = source.sheets["mentions"].first
    assert f'<option value="{first}" selected>' in pages["/brandwatch/mentions"]


def test_nothing_else_is_shown_or_done(source: WebSource):
    """No statement of a visitor, no other table, no other facet, no download, no other database."""
    paths = {
        "/brandwatch/entry": 404,
        "/brandwatch/entry/1": 404,
        "/brandwatch/latest_mentions/1": 404,
        "/brandwatch/mentions/99": 404,
        "/brandwatch.json?sql=select+1": 403,
        "/brandwatch/mentions.json?_where=1=1": 403,
        "/brandwatch/mentions.json?_facet=title": 400,
        "/brandwatch/mentions?_facet=title": 400,
        "/brandwatch.db": 404,
        "/_memory": 404,
        "/brandwatch/mentions.json": 200,
        "/brandwatch/mentions/1.json": 200,
    }
    answers: dict[str, httpx.Response] = {}

    def visit(client: httpx.Client) -> None:
        answers.update((path, client.get(path)) for path in paths)

    serve(source, visit)
    assert {path: answer.status_code for path, answer in answers.items()} == paths
    for answer in answers.values():
        assert "server" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_behind_the_authentication_nothing_else_is_shown_either(source: WebSource, monkeypatch: pytest.MonkeyPatch):
    """The second wall, with the first one open: no stream of all rows, no download, no statement, no cached page."""
    monkeypatch.setattr(app, "AuthMiddleware", lambda inside, *_: inside)
    paths = {
        "/brandwatch/mentions.csv?_stream=1": 400,
        "/brandwatch.db": 404,
        "/brandwatch.json?sql=select+1": 403,
        "/_memory.json?sql=select+1": 404,
        "/brandwatch/entry.json": 404,
        "/brandwatch/mentions.csv": 200,
        "/brandwatch/mentions.json": 200,
    }
    answers: dict[str, httpx.Response] = {}

    def visit(client: httpx.Client) -> None:
        answers.update((path, client.get(path)) for path in paths)

    serve(source, visit, status=200)
    assert {path: answer.status_code for path, answer in answers.items()} == paths
    assert answers["/brandwatch/mentions.json"].headers["cache-control"] == "no-cache"


def test_a_port_is_bound_once_and_free_again(source: WebSource):
    """A port that is taken is named, and one that was used is free at once; the key is long and new each time."""
    taken = []

    def visit(client: httpx.Client) -> None:
        with pytest.raises(UsageError, match=f"cannot listen on port {client.base_url.port}: ") as refused:
            WebServer(source, client.base_url.port or 0)
        taken.append(refused.value.hint)

    first = serve(source, visit)
    assert taken == ["use another, or --port 0 for any"]
    again = serve(source, lambda _: None, httpx.URL(first).port or 0)
    assert httpx.URL(again).port == httpx.URL(first).port
    keys = {httpx.URL(url).params["key"] for url in (first, again)}
    assert len(keys) == 2
    assert min(map(len, keys)) >= 32


def test_nobody_can_connect_before_the_server_is_ready(source: WebSource):
    """A bound port that does not listen refuses; after the end it refuses as well."""
    server = WebServer(source, 0)
    port = int(server.url.split(":")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
    reached: list[bool] = []

    def announce() -> None:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS):
            reached.append(True)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        server.run(announce)
    assert reached == [True]
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
