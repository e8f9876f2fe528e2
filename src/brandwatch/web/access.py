"""Authentication: one browser, by key, under this machine's name, read only; and the policy of the pages."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from http.cookies import CookieError, SimpleCookie
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from brandwatch import templates
from brandwatch.errors import BrandwatchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]


_LOG = logging.getLogger(__name__)

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# The name of the database in addresses.
DATABASE_NAME = "brandwatch"
STYLE_PATH = "/-/look.css"


def _policy() -> str:
    """Return the policy of Datasette's pages: inline scripts only by their hashes.

    Style attributes have no hashes, so every inline style is allowed.
    """
    menus = resources.files("datasette").joinpath("templates/_close_open_menus.html").read_text(encoding="utf-8")
    scripts = [*_SCRIPT.findall(menus), "DATASETTE_ALLOW_FACET = false;"]
    hashes = " ".join(f"'{templates.source_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


POLICY = _policy()
LOOK_CSS = resources.files("brandwatch.web").joinpath("look.css").read_text(encoding="utf-8")

_HOSTS = frozenset({"127.0.0.1", "localhost"})
_HTML = "text/html; charset=utf-8"
_OWN_HEADERS = frozenset(
    {b"content-security-policy", b"cache-control", b"referrer-policy", b"x-content-type-options", b"link"}
)
_GUARDS = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class AuthMiddleware:
    """An ASGI application in front of Datasette and of the report."""

    def __init__(self, inside: Application, report: Callable[[], str], key: str) -> None:
        self._inside = inside
        self._report = report
        self._key = key

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, _, _ = headers.get(b"host", "").rpartition(":")
        if (host or headers.get(b"host", "")) not in _HOSTS:
            await _refuse(send, 421, "This server answers under the name of this machine only.")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _refuse(send, 405, "Nothing can be changed here.", [(b"allow", b"GET, HEAD")])
        else:
            await self._authenticate(scope, receive, send, headers.get(b"cookie", ""))

    async def _authenticate(self, scope: Message, receive: Receive, send: Send, cookies: str) -> None:
        """Move the key from the address into a cookie, or check the cookie."""
        parameters = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        keys = [value for name, value in parameters if name == "key"]
        name = f"brandwatch-{scope['server'][1]}"
        if keys and self._is_key(keys[0]):
            rest = urlencode([(field, value) for field, value in parameters if field != "key"])
            # Not strict: the browser comes here from a file, or from where somebody pasted the address.
            cookie = f"{name}={self._key}; Path=/; HttpOnly; SameSite=Lax"
            location = b"/" + scope["raw_path"].lstrip(b"/") + (f"?{rest}".encode() if rest else b"")
            await _answer(send, 303, "", [(b"location", location), (b"set-cookie", cookie.encode())])
        elif not self._is_key(_cookie(cookies, name)):
            await _refuse(send, 403, "Open the address that `brandwatch serve` has printed: it holds the key.")
        else:
            await self._show(scope, receive, send)

    def _is_key(self, key: str) -> bool:
        # In constant time: how long it takes tells nothing about the key.
        return hmac.compare_digest(key.encode(), self._key.encode())

    async def _show(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer with the report, the style, or a page of Datasette about the sheets."""
        path = scope["path"]
        if path in {"/", "/-/report"}:
            await self._show_report(send)
        elif path == STYLE_PATH:
            await _answer(send, 200, LOOK_CSS, kind="text/css; charset=utf-8")
        elif _is_csv(path, scope["query_string"]):
            await _refuse(send, 404, "`brandwatch report --output week.csv` writes CSV that is safe to open.")
        elif path == f"/{DATABASE_NAME}" or path.startswith(
            (f"/{DATABASE_NAME}/", f"/{DATABASE_NAME}.json", "/-/static/")
        ):
            await self._inside(scope, receive, _with_guards(send))
        else:
            await _refuse(send, 404, "There is nothing here.")

    async def _show_report(self, send: Send) -> None:
        """Answer with the report, which has a stricter policy of its own in its head."""
        try:
            page = await asyncio.to_thread(self._report)
        except BrandwatchError as error:
            await _refuse(send, 503, error.message)
        else:
            await _answer(send, 200, page)


def _cookie(header: str, name: str) -> str:
    """Return the value of a cookie, empty if there is none."""
    try:
        cookie = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _is_csv(path: str, query: bytes) -> bool:
    """Whether Datasette would answer with CSV, whose cells a spreadsheet might run."""
    formats = [value for name, value in parse_qsl(query.decode("latin-1")) if name == "_format"]
    return path.endswith(".csv") or "csv" in formats


def _with_guards(send: Send) -> Send:
    """Return a *send* that adds our headers to those of Datasette, or replaces them."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [(name, value) for name, value in message["headers"] if name.lower() not in _OWN_HEADERS]
            message = {**message, "headers": [*others, *_GUARDS, (b"content-security-policy", POLICY.encode())]}
        await send(message)

    return with_headers


async def _refuse(send: Send, status: int, reason: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    _LOG.info("refused status=%s reason=%r", status, reason)
    await _answer(send, status, templates.render("web/refusal.html", reason=reason), headers)


async def _answer(
    send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = (), kind: str = _HTML
) -> None:
    body = text.encode()
    fields = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*fields, *headers, *_GUARDS]})
    await send({"type": "http.response.body", "body": body})
