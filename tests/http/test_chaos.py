from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.http.chaos import chaos, for_ever

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.http.chaos import Script

HERE = frozenset({"127.0.0.1", "localhost"})
PATIENT = FetchLimits(total=120, wire=100_000, decoded=300_000, allowed=HERE)
QUICK = replace(PATIENT, total=0.5)
"""For what has to run into the deadline; anything else has all the time that a busy machine needs."""
OK = b"HTTP/1.1 200 OK\r\n"
FEED = OK + b"Content-Length: 6\r\n\r\n<rss/>"


class Ending(NamedTuple):
    """The outcome of a fetch: its class or `ok`, and the message."""

    how: str
    said: str


def ending(url: str, limits: FetchLimits = PATIENT, times: int = 1) -> Ending:
    """Fetch a URL, optionally several times with one client; return the last outcome."""

    async def go() -> str:
        async with Client(limits) as client:
            for _ in range(times):
                await client.fetch(Request(url=url))
        return "ok"

    try:
        return Ending(asyncio.run(go()), "")
    except FetchError as error:
        return Ending(error.fetch_class, f"{error.message} {error.hint}")


@pytest.mark.parametrize(
    ("script", "how"),
    [
        pytest.param(for_ever(1.0), "timeout", id="says nothing"),
        pytest.param(for_ever(b"X: y\r\n", 0.05, first=OK), "timeout", id="headers trickle"),
        pytest.param(for_ever(b"x", 0.05, first=OK + b"\r\n"), "timeout", id="body trickles"),
        pytest.param(for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.02), "timeout", id="hints for ever"),
        pytest.param(for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100), "connect", id="hints in a flood"),
        pytest.param(for_ever(b"X: " + b"y" * 1000 + b"\r\n", first=OK), "connect", id="headers in a flood"),
        pytest.param(for_ever(b"x" * 65_536, first=OK + b"\r\n"), "too-large", id="body for ever"),
        pytest.param(
            for_ever(b"1\r\nx\r\n" * 1000, first=OK + b"Transfer-Encoding: chunked\r\n\r\n"),
            "too-large or timeout",
            id="crumbs",
        ),
    ],
)
def test_an_endless_response_ends_with_the_deadline(script: Script, how: str):
    """Whatever the server sends, the fetch ends: with the deadline, or with a limit before it."""
    with chaos(script=script) as server:
        ended = ending(server.url(), QUICK if "timeout" in how else PATIENT)
    assert ended.how in how.split(" or ")


@pytest.mark.parametrize(
    ("sent", "how"),
    [
        pytest.param(FEED, "ok", id="well-behaved"),
        pytest.param(OK + b"Content-Length: 100000\r\n\r\n<rss>", "truncated", id="cut off"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", "truncated", id="chunks cut off"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n", "truncated", id="no chunk"),
        pytest.param(
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss/>" * 9)[:-9], "truncated", id="gzip cut off"
        ),
        pytest.param(
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss>") + gzip.compress(b"</rss>")[:-9],
            "truncated",
            id="second member cut off",
        ),
        pytest.param(b"\x00\xff\x13garbage\r\n\r\n", "connect", id="garbage"),
        pytest.param(b"", "connect", id="hangs up"),
        pytest.param(OK, "connect", id="hangs up among headers"),
        pytest.param(OK + b"Content-Encoding: br\r\n\r\nx", "parse", id="brotli unasked"),
        pytest.param(OK + b"Content-Encoding: gzip, gzip\r\n\r\nx", "parse", id="gzip in gzip"),
        pytest.param(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n<rss/>", "connect", id="two lengths"),
        pytest.param(b"HTTP/1.1 302 Found\r\n\r\n", "redirect", id="redirect to nowhere"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n\r\n", "redirect", id="redirect to itself"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n", "redirect", id="redirect to no address"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", "redirect", id="redirect to file"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n", "blocked", id="redirect inside"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: http://0x7f.1:1/\r\n\r\n", "blocked", id="redirect in disguise"),
        pytest.param(b"HTTP/1.1 503 No\r\nRetry-After: -1\r\n\r\n", "http-5xx", id="wish that is none"),
        pytest.param(
            b"HTTP/1.1 503 No\r\nRetry-After: Mon, 01 Jan 0001 00:00:00 +2359\r\n\r\n", "http-5xx", id="wish long past"
        ),
    ],
)
def test_malformed_responses_have_their_class(sent: bytes, how: str):
    """A truncated response is never accepted, and each malformed response has its class."""
    with chaos(sent) as server:
        ended = ending(server.url())
    assert ended.how == how, ended


def test_several_members_of_gzip_are_one_body():
    """RFC 1952 permits several members, and padding after the last: all members are read."""
    packed = gzip.compress(b"<rss>") + gzip.compress(b"</rss>") + b"\0" * 9

    async def go(url: str) -> bytes:
        async with Client(PATIENT) as client:
            return (await client.fetch(Request(url=url))).body

    with chaos(OK + b"Content-Encoding: gzip\r\n\r\n", packed[:15], 0.05, packed[15:]) as server:
        assert asyncio.run(go(server.url())) == b"<rss></rss>"


def test_a_closed_port():
    """A closed port is `connect`, with the system's reason."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ended = ending(f"http://127.0.0.1:{port}/feed")
    assert ended.how == "connect"
    assert "refused" in ended.said


def test_a_stale_idle_connection():
    """An idle connection that its server closed is no failure: the next request opens another."""
    with chaos(FEED) as server:
        assert ending(server.url(), times=3).how == "ok"
        assert len(server.asked) == 3


def test_cookies_are_not_sent_back():
    """No later request carries a cookie, and each hop has its own headers."""
    with chaos(OK + b"Set-Cookie: id=1; Path=/\r\nContent-Length: 6\r\n\r\n<rss/>") as server:
        assert ending(server.url(), times=2).how == "ok"
        assert all("cookie" not in head.lower() for head in server.asked)


def test_a_slow_name_server(monkeypatch: pytest.MonkeyPatch):
    """The deadline covers the look-up, and the end of the loop does not wait for it."""
    is_over, answered = threading.Event(), []

    def swallowed(*_arguments: object, **_options: object) -> list[object]:
        is_over.wait(60)
        answered.append(is_over.is_set())
        return []

    monkeypatch.setattr(socket, "getaddrinfo", swallowed)
    assert ending("http://avis.example/rss", QUICK).how == "timeout"
    assert answered == []
    is_over.set()


def test_no_message_contains_a_secret():
    """A key in a redirect is not in its message."""
    location = b"Location: ftp://kari:hemmelig@a.example/?x=1&api_key=hemmelig&token=hemmelig\r\n\r\n"
    with chaos(b"HTTP/1.1 302 Found\r\n" + location) as server:
        ended = ending(server.url("/feed?api_key=hemmelig"))
    assert ended.how == "redirect"
    assert "a.example" in ended.said
    assert "hemmelig" not in ended.said


AUTHORITY = """
[ca]
default_ca=here
[here]
database=known
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
x509_extensions=names
[any]
commonName=supplied
[names]
subjectAltName=NAME
"""


def certificate(folder: Path, name: str, valid: str) -> Path:
    """Create a self-signed certificate for a name and validity years, with its key in the same file."""
    (folder / "authority").write_text(AUTHORITY.replace("NAME", name))
    (folder / "known").touch()
    (folder / "serial").write_text("01")
    start, end = (f"{year}0101000000Z" for year in valid.split("-"))
    for command in (
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=avis -keyout key -out asked",
        f"ca -batch -config authority -selfsign -keyfile key -in asked -out signed -startdate {start} -enddate {end}",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=300)
    path = folder / "certificate.pem"
    path.write_bytes((folder / "signed").read_bytes() + (folder / "key").read_bytes())
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made by the openssl command")
@pytest.mark.parametrize(
    ("names", "valid", "said"),
    [
        ("IP:127.0.0.1", "2020-2090", ""),
        ("IP:127.0.0.1", "2020-2090", "self-signed"),
        ("DNS:annen.example", "2020-2090", "not valid for"),
        ("IP:127.0.0.1", "2020-2021", "expired; is the clock of this machine right?"),
        ("IP:127.0.0.1", "2089-2090", "is the clock of this machine right?"),
    ],
    ids=["good", "self-signed", "another's", "expired", "tomorrow's"],
)
def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str, valid: str, said: str):
    """A certificate must be trusted, for this name and valid today; the message has the failed condition."""
    path = certificate(tmp_path, names, valid)
    if said != "self-signed":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with chaos(FEED, tls=context) as server:
        ended = ending(server.url(), FetchLimits(total=120, allowed=HERE))
    assert ended.how == ("tls" if said else "ok"), ended
    assert said in ended.said.lower()


def test_a_missing_certificate_store(monkeypatch: pytest.MonkeyPatch):
    """It is a TLS failure that has the path; plain HTTP does not need it."""
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull + "/nothing")
    with chaos(FEED) as server:
        assert ending(server.url()).how == "ok"
        ended = ending(server.url().replace("http:", "https:"))
    assert ended.how == "tls"
