"""The door: it lets in who has the key, under the name of this machine, to read; and tells the browser what it may do.

A port on loopback is open to everybody on the machine, and to every page that a browser shows (DNS rebinding), while
the database is its owner's alone: so there is a key, new each time, in the address that is printed.
"""

from __future__ import annotations

import asyncio
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from brandwatch.errors import BrandwatchError
from brandwatch.serve.library import NAME
from brandwatch.serve.pages import LOOK_CSS, POLICY, refusal
from brandwatch.serve.site import LOOK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

_HOSTS = frozenset({"127.0.0.1", "localhost"})
_PAGE = "text/html; charset=utf-8"
_OURS = frozenset(
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


class Door:
    """An ASGI application in front of another, and of the report."""

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
            await _answer(send, 421, refusal("This server answers under the name of this machine only."))
        elif scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, refusal("Nothing can be changed here."), [(b"allow", b"GET, HEAD")])
        else:
            await self._let_in(scope, receive, send, headers.get(b"cookie", ""))

    async def _let_in(self, scope: Message, receive: Receive, send: Send, cookies: str) -> None:
        """Take the key out of the address into a cookie, or look for it there."""
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in asked if name == "key"]
        name = f"brandwatch-{scope['server'][1]}"
        if given and self._fits(given[0]):
            rest = urlencode([(field, value) for field, value in asked if field != "key"])
            # Not strict: the browser comes here from a file, or from where somebody pasted the address.
            cookie = f"{name}={self._key}; Path=/; HttpOnly; SameSite=Lax"
            onward = b"/" + scope["raw_path"].lstrip(b"/") + (f"?{rest}".encode() if rest else b"")
            await _answer(send, 303, "", [(b"location", onward), (b"set-cookie", cookie.encode())])
        elif not self._fits(_cookie(cookies, name)):
            await _answer(send, 403, refusal("Open the address that `brandwatch serve` has printed: it holds the key."))
        else:
            await self._show(scope, receive, send)

    def _fits(self, key: str) -> bool:
        """Say whether a key is ours, without telling by the time it takes how much of it is."""
        return hmac.compare_digest(key.encode(), self._key.encode())

    async def _show(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer with the report, the style, or what is behind; of Datasette's own pages only those of the sheets."""
        path = scope["path"]
        if path in {"/", "/-/report"}:
            await self._show_report(send)
        elif path == LOOK:
            await _answer(send, 200, LOOK_CSS, kind="text/css; charset=utf-8")
        elif _is_csv(path, scope["query_string"]):
            await _answer(send, 404, refusal("`brandwatch report --output week.csv` writes CSV that is safe to open."))
        elif path == f"/{NAME}" or path.startswith((f"/{NAME}/", f"/{NAME}.json", "/-/static/")):
            await self._inside(scope, receive, _guarded(send))
        else:
            await _answer(send, 404, refusal("There is nothing here."))

    async def _show_report(self, send: Send) -> None:
        """Answer with the report, which has a policy of its own in its head, stricter than the other."""
        try:
            page = await asyncio.to_thread(self._report)
        except BrandwatchError as error:
            await _answer(send, 503, refusal(error.message))
        else:
            await _answer(send, 200, page)


def _cookie(header: str, name: str) -> str:
    """Return the value of a cookie, empty where there is none."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_csv(path: str, query: bytes) -> bool:
    """Say whether Datasette would answer with CSV, whose cells a spreadsheet might run."""
    forms = [value for name, value in parse_qsl(query.decode("latin-1")) if name == "_format"]
    return path.endswith(".csv") or "csv" in forms


def _guarded(send: Send) -> Send:
    """Return a way to answer that adds our headers to those of Datasette, or takes their place."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in _OURS]
            message = {**message, "headers": [*kept, *_GUARDS, (b"content-security-policy", POLICY.encode())]}
        await send(message)

    return with_headers


async def _answer(
    send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = (), kind: str = _PAGE
) -> None:
    """Answer with a text."""
    body = text.encode()
    facts = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*facts, *headers, *_GUARDS]})
    await send({"type": "http.response.body", "body": body})
