from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.errors import StoreError
from brandwatch.web.access import AuthMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "nøkkel".encode().hex()
COOKIE = f"brandwatch-8765={KEY}"


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """Answer as Datasette does, with headers of its own."""
    headers = [(b"content-type", b"text/html"), (b"cache-control", b"max-age=5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"inside"})


def report() -> str:
    """Return the page at the front."""
    return "<h1>Åsgård</h1>"


class Reply:
    """What the door answered."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.status = messages[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        self.text = b"".join(message.get("body", b"") for message in messages).decode()


def ask(
    path: str,
    *,
    query: str = "",
    host: str = "127.0.0.1:8765",
    cookie: str = COOKIE,
    method: str = "GET",
    page: Callable[[], str] = report,
) -> Reply:
    """Knock at the door."""
    messages: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "server": ("127.0.0.1", 8765),
        "headers": [(b"host", host.encode()), (b"cookie", cookie.encode())],
    }
    asyncio.run(AuthMiddleware(inside, page, KEY)(scope, None, send))  # type: ignore[arg-type]
    return Reply(messages)


def test_the_key_moves_from_the_address_into_a_cookie():
    """The address that is printed leads on to itself without the key, which no page and no referrer shows."""
    reply = ask("/brandwatch/mentions", query=f"voice=public&key={KEY}&_search=bl%C3%A5", cookie="")
    assert reply.status == 303
    assert reply.headers["location"] == "/brandwatch/mentions?voice=public&_search=bl%C3%A5"
    assert reply.headers["set-cookie"] == f"{COOKIE}; Path=/; HttpOnly; SameSite=Lax"
    assert ask("//ond.example/", query=f"key={KEY}", cookie="").headers["location"] == "/ond.example/"


@pytest.mark.parametrize("cookie", ["", "brandwatch-8765=", "brandwatch-8765=feil", f"brandwatch-1={KEY}", "å;=;;,"])
def test_without_the_key_there_is_nothing(cookie: str):
    """Neither the report nor a table is shown to somebody else on the machine."""
    for path in ("/", "/brandwatch", "/-/static/app.css", "/borte"):
        reply = ask(path, cookie=cookie)
        assert (reply.status, "inside" in reply.text, "Åsgård" in reply.text) == (403, False, False)
    assert ask("/", query="key=feil", cookie=cookie).status == 403


@pytest.mark.parametrize(
    "host", ["ond.example", "ond.example:8765", "127.0.0.1.ond.example", "[::1]:8765", "", "127.0.0.1@ond.example"]
)
def test_a_name_that_leads_here_does_not_help(host: str):
    """A page on another host cannot have its own name mean this machine (DNS rebinding), not even with the key."""
    assert ask("/", host=host).status == 421
    assert ask("/", host=host, query=f"key={KEY}").status == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "localhost", "127.0.0.1:9000"])
def test_this_machine_has_two_names(host: str):
    """The port may be another: that of a tunnel."""
    assert ask("/", host=host).text == "<h1>Åsgård</h1>"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_is_changed(method: str):
    """Only reading is let in."""
    assert ask("/brandwatch/mentions", method=method).status == 405


@pytest.mark.parametrize(
    "path",
    ["/_internal", "/-/versions", "/-/databases", "/-/messages", "/brandwatch.db", "/brandwatchx", "/favicon.ico"],
)
def test_only_the_sheets_are_behind_the_door(path: str):
    """What Datasette tells of itself, and files, are not shown."""
    assert ask(path).status == 404


@pytest.mark.parametrize(("path", "query"), [("/brandwatch/mentions.csv", ""), ("/brandwatch/mentions", "_format=csv")])
def test_csv_comes_from_the_report(path: str, query: str):
    """Cells that a spreadsheet would run go out by no other way than the one that guards them."""
    reply = ask(path, query=query)
    assert reply.status == 404
    assert "brandwatch report" in reply.text


@pytest.mark.parametrize("path", ["/", "/brandwatch", "/brandwatch/mentions/7", "/-/look.css"])
def test_the_browser_is_told_what_it_may_do(path: str):
    """Every answer is for this browser alone, is not kept, and is shown in no other page's frame."""
    headers = ask(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_pages_of_datasette_have_a_policy():
    """They load from here only, and run only the scripts that Datasette wrote."""
    policy = ask("/brandwatch").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in policy.partition("style-src")[0]
    assert "frame-ancestors 'none'" in policy


def test_a_database_that_is_gone_is_told():
    """The report of a database that cannot be read says so, as text."""

    def page() -> str:
        raise StoreError("<b>borte</b>")

    reply = ask("/", page=page)
    assert reply.status == 503
    assert "&lt;b&gt;borte" in reply.text
