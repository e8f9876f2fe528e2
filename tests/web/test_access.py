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


async def wrapped_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer as Datasette does, with headers of its own."""
    headers = [(b"content-type", b"text/html"), (b"cache-control", b"max-age=5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"inside"})


def front_page() -> str:
    """Build the front page."""
    return "<h1>Åsgård</h1>"


class Reply:
    """The response of the access layer."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.status = messages[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        self.text = b"".join(message.get("body", b"") for message in messages).decode()


def request(
    path: str,
    *,
    query: str = "",
    host: str = "127.0.0.1:8765",
    cookie: str = COOKIE,
    method: str = "GET",
    page: Callable[[], str] = front_page,
) -> Reply:
    """Send a request to the access layer."""
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
    asyncio.run(AuthMiddleware(wrapped_app, page, KEY)(scope, None, send))  # type: ignore[arg-type]
    return Reply(messages)


def test_the_key_moves_from_the_url_into_a_cookie():
    """The printed URL redirects to itself without the key: no page and no referrer shows it."""
    reply = request("/brandwatch/mentions", query=f"voice=public&key={KEY}&_search=bl%C3%A5", cookie="")
    assert reply.status == 303
    assert reply.headers["location"] == "/brandwatch/mentions?voice=public&_search=bl%C3%A5"
    assert reply.headers["set-cookie"] == f"{COOKIE}; Path=/; HttpOnly; SameSite=Lax"
    empty = request("/brandwatch/mentions", query=f"key={KEY}&_search=", cookie="")
    assert empty.headers["location"] == "/brandwatch/mentions?_search="
    assert request("//ond.example/", query=f"key={KEY}", cookie="").headers["location"] == "/ond.example/"


@pytest.mark.parametrize(
    "cookie", ["", "brandwatch-8765=", "brandwatch-8765=feil", f"brandwatch-1={KEY}", "å;=;;,", "a/b=1"]
)
def test_without_the_key_nothing_is_served(cookie: str):
    """Other users of the machine get neither the report nor a table."""
    for path in ("/", "/brandwatch", "/-/static/app.css", "/borte"):
        reply = request(path, cookie=cookie)
        assert (reply.status, "inside" in reply.text, "Åsgård" in reply.text) == (403, False, False)
    assert request("/", query="key=feil", cookie=cookie).status == 403


@pytest.mark.parametrize(
    "host", ["ond.example", "ond.example:8765", "127.0.0.1.ond.example", "[::1]:8765", "", "127.0.0.1@ond.example"]
)
def test_other_host_names_are_refused(host: str):
    """DNS rebinding: a page on another host is refused under its own name, even with the key."""
    assert request("/", host=host).status == 421
    assert request("/", host=host, query=f"key={KEY}").status == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "localhost", "127.0.0.1:9000"])
def test_loopback_has_two_names(host: str):
    """Any port is accepted: a tunnel has its own."""
    reply = request("/", host=host)
    assert (reply.status, reply.text) == (200, "<h1>Åsgård</h1>")
    style = request("/-/look.css", host=host)
    assert (style.status, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reads_are_allowed(method: str):
    """Methods that write are refused."""
    assert request("/brandwatch/mentions", method=method).status == 405


@pytest.mark.parametrize(
    "path",
    ["/_internal", "/-/versions", "/-/databases", "/-/messages", "/brandwatch.db", "/brandwatchx", "/favicon.ico"],
)
def test_only_the_views_are_served(path: str):
    """Datasette's own pages and files are not served."""
    assert request(path).status == 404


@pytest.mark.parametrize(("path", "query"), [("/brandwatch/mentions.csv", ""), ("/brandwatch/mentions", "_format=csv")])
def test_csv_is_not_served(path: str, query: str):
    """Only the report writes CSV: it guards cells against formulas."""
    reply = request(path, query=query)
    assert reply.status == 404
    assert "brandwatch report" in reply.text
    assert request("/brandwatch/mentions", query="_search=csv&_format=json").text == "inside"


@pytest.mark.parametrize("path", ["/", "/brandwatch", "/brandwatch/mentions/7", "/-/look.css"])
def test_every_response_has_security_headers(path: str):
    """Every response is private, uncached, and refuses to be framed."""
    headers = request(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_pages_of_datasette_have_a_policy():
    """They load from this host only, and run only Datasette's scripts."""
    policy = request("/brandwatch").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in policy.partition("style-src")[0]
    assert "frame-ancestors 'none'" in policy


def test_an_unreadable_database_is_an_error_page():
    """The report of an unreadable database is an error as plain text."""

    def page() -> str:
        raise StoreError("<b>borte</b>")

    reply = request("/", page=page)
    assert reply.status == 503
    assert "&lt;b&gt;borte" in reply.text
