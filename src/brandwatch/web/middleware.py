"""The authentication middleware: one browser, by key, on this machine's name, read-only; and the pages' policy."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
from html import escape
from http.cookies import CookieError, SimpleCookie
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from brandwatch.errors import BrandwatchError
from brandwatch.web.app import DATABASE_NAME, LOOK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping
    from typing import Any

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]


_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def refusal_page(why: str) -> str:
    """Return a page that says why there is no other."""
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        f"<title>brandwatch</title>\n<p>{escape(why)}</p>\n</html>\n"
    )


def _policy() -> str:
    """Return the policy for Datasette's pages: of the scripts inside them only those that it wrote, by their hashes.

    Its pages have style attributes, which cannot be told apart in the same way.
    """
    menus = resources.files("datasette").joinpath("templates/_close_open_menus.html").read_text(encoding="utf-8")
    written = [*_SCRIPT.findall(menus), "DATASETTE_ALLOW_FACET = false;"]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in written)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _digest(script: str) -> str:
    """Return the hash of a script as a policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


POLICY = _policy()
LOOK_CSS = resources.files("brandwatch.web").joinpath("look.css").read_text(encoding="utf-8")

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


class AuthMiddleware:
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
            await _answer(send, 421, refusal_page("This server answers under the name of this machine only."))
        elif scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, refusal_page("Nothing can be changed here."), [(b"allow", b"GET, HEAD")])
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
            await _answer(
                send, 403, refusal_page("Open the address that `brandwatch serve` has printed: it holds the key.")
            )
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
            await _answer(
                send, 404, refusal_page("`brandwatch report --output week.csv` writes CSV that is safe to open.")
            )
        elif path == f"/{DATABASE_NAME}" or path.startswith(
            (f"/{DATABASE_NAME}/", f"/{DATABASE_NAME}.json", "/-/static/")
        ):
            await self._inside(scope, receive, _guarded(send))
        else:
            await _answer(send, 404, refusal_page("There is nothing here."))

    async def _show_report(self, send: Send) -> None:
        """Answer with the report, which has a policy of its own in its head, stricter than the other."""
        try:
            page = await asyncio.to_thread(self._report)
        except BrandwatchError as error:
            await _answer(send, 503, refusal_page(error.message))
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
