from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.http.chaos import chaos, for_ever
from tests.http.test_chaos import FEED, certificate, ending

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Request

if TYPE_CHECKING:
    from pathlib import Path

ANYWHERE = FetchLimits(total=120)
QUICK = FetchLimits(total=0.5)


@pytest.fixture(autouse=True)
def unproxied(monkeypatch: pytest.MonkeyPatch):
    """Remove the proxies of the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def copy_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy a stream until it ends."""
    while piece := await reader.read(65_536):
        writer.write(piece)
    writer.close()


async def open_tunnel(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy that connects every client to one local port."""
    await reader.readuntil(b"\r\n\r\n")
    there, to_there = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(copy_stream(reader, to_there), copy_stream(there, writer), return_exceptions=True)
    finally:
        writer.transport.abort()
        to_there.transport.abort()


def test_https_goes_through_a_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """HTTPS_PROXY opens a tunnel, and the certificate must be that of the requested host."""
    path = certificate(tmp_path, "DNS:avis.example", "2020-2090")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    async def go(url: str, port: int) -> bytes:
        server = await asyncio.start_server(partial(open_tunnel, port), "127.0.0.1", 0)
        proxy = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        async with server, Client(FetchLimits(total=120)) as client:
            return (await client.fetch(Request(url=url))).body

    with chaos(FEED, tls=context) as server:
        assert asyncio.run(go("https://avis.example/rss", server.port)) == b"<rss/>"
        with pytest.raises(FetchError, match="not valid for"):
            asyncio.run(go("https://annen.example/rss", server.port))


def test_failures_of_a_proxy(monkeypatch: pytest.MonkeyPatch):
    """A refusal, a silent proxy and a missing proxy are failures of one fetch, within the deadline."""
    for proxy, how in ((b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "connect"), (b"garbage\r\n\r\n", "connect")):
        with chaos(proxy) as server:
            monkeypatch.setenv("HTTPS_PROXY", server.url(""))
            assert ending("https://avis.example/rss", ANYWHERE).how == how
    with chaos(script=for_ever(1.0)) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url(""))
        assert ending("https://avis.example/rss", QUICK).how == "timeout"


@pytest.mark.parametrize(
    "proxy", ["socks5://kari:hemmelig@127.0.0.1:1", "http://kari:hemmelig@127.0.0.1:port", "http://"]
)
def test_an_invalid_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str):
    """The message has the variable, and never the password."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    ended = ending("http://avis.example/rss", ANYWHERE)
    assert ended.how == "connect"
    assert "HTTP_PROXY" in ended.said
    assert "hemmelig" not in ended.said


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "[::1]", "10.0.0.1", "localhost", "a.localhost.", "127\u30020.0.1"]
)
def test_a_proxy_gets_no_private_address(monkeypatch: pytest.MonkeyPatch, host: str):
    """Private addresses in every notation are refused before the proxy gets a request."""
    with chaos(FEED) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url(""))
        assert ending(f"http://{host}/rss", ANYWHERE).how == "blocked"
        assert ending("http://avis.example/rss", ANYWHERE).how == "ok"
        assert len(server.asked) == 1
