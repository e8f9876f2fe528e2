from __future__ import annotations

import gzip
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.http.chaos import chaos, for_ever
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from tests.http.chaos import Script

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
TIMEOUT = 2.0
"""The deadline of a source that has to run into it; the good source beside it has the same."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HALF = f"<rss version='2.0'><channel><title>Avis</title><item><title>{NAME} ny</title><link>https://a.exa".encode()
PAGE = b"<!doctype html><html><head><title>Logg inn</title></head></html>"


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Build a complete response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", 'ETag: "ny"', *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def sends(*pieces: bytes | float) -> Script:
    """A script that always sends the same."""
    return lambda _: pieces


def redirects(to: str, status: int = 302) -> Script:
    """A script that redirects."""
    return sends(f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.fixture
def assert_failure(
    cli: Cli, site: Site, rss: Rss, query: Write, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Script, str], None]:
    """Poll a working source that then fails, beside a good one; check all consequences."""
    good = site.put("/rss", rss((NAME, "https://a.example/1")))
    before = answer(rss((f"{NAME} før", "https://b.example/1")).encode()).replace(b'"ny"', b'"gammel"')

    def check(script: Script, how: str) -> None:
        scripts = [sends(before)]
        monkeypatch.setenv("BRANDWATCH_TIMEOUT", str(TIMEOUT if how == "timeout" else PATIENCE_SECONDS))

        def now(head: str) -> Iterable[bytes | float]:
            return scripts[-1](head)

        with chaos(script=now) as server:
            query(server.url(), good)
            assert cli("poll").code == 0
            scripts.append(script)
            polled = cli("-v", "poll", "--force")
            (line,) = (line for line in polled.messages if server.url() in line.split()[:2])
            assert (polled.code, polled.out, line.split()[0]) == (3, "", how), polled
            told = {item["url"]: item for item in json.loads(cli("sources", "--format", "json").out)["items"]}
            assert (told[server.url()]["class"], told[server.url()]["failures"]) == (how, 1)
            assert told[server.url()]["error"]
            assert f"1 failed: {server.url()} ({how}" in cli("report").err
            titles = [json.loads(line)["title"] for line in cli("report", "--format", "jsonl").out.splitlines()]
            assert {NAME, f"{NAME} før"} <= set(titles)
            cli("poll", "--force")
            # What failed has not changed what the next poll asks with.
            assert 'if-none-match: "gammel"' in server.asked[-1].lower()

    return check


@pytest.mark.parametrize(
    ("script", "how"),
    [
        pytest.param(for_ever(1.0), "timeout", id="silence"),
        pytest.param(for_ever(b"x", 0.05, first=OK + b"\r\n"), "timeout", id="a body that trickles"),
        pytest.param(for_ever(b"1\r\nx\r\n", 0.05, first=CHUNKED), "timeout", id="chunks that trickle"),
        pytest.param(for_ever(b"X: y\r\n", 0.05, first=OK), "timeout", id="headers that trickle"),
        pytest.param(for_ever(b"y", 0.05, first=b"HTTP/1.1 200 "), "timeout", id="a status that trickles"),
        pytest.param(for_ever(b"HTTP/1.1 103 H\r\n\r\n", 0.05), "timeout", id="hints that trickle"),
        pytest.param(
            lambda head: [0.6, b"HTTP/1.1 302 F\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % len(head)],
            "timeout",
            id="redirects that trickle",
        ),
        pytest.param(sends(OK + b"Content-Length: 100000\r\n\r\n" + HALF), "truncated", id="cut off"),
        pytest.param(sends(CHUNKED + b"fff\r\n" + HALF), "truncated", id="a chunk cut off"),
        pytest.param(sends(CHUNKED + b"%x\r\n%s\r\n" % (len(HALF), HALF)), "truncated", id="no last chunk"),
        pytest.param(
            sends(answer(gzip.compress(HALF)[:-9], "200 OK", "Content-Encoding: gzip")), "truncated", id="half a gzip"
        ),
        pytest.param(
            sends(answer(gzip.compress(HALF)[:-8] + b"12345678", "200 OK", "Content-Encoding: gzip")),
            "truncated",
            id="a gzip with another sum",
        ),
        pytest.param(sends(answer(HALF, "206 Partial Content")), "truncated", id="an unasked part"),
        pytest.param(redirects("/feed"), "redirect", id="a redirect to itself"),
        pytest.param(sends(b"HTTP/1.1 302 F\r\n\r\n"), "redirect", id="a redirect without Location"),
        pytest.param(redirects("http://[::1"), "redirect", id="a redirect to no address"),
        pytest.param(redirects("http://xn--zz.invalid/"), "redirect", id="a redirect to no IDNA"),
        pytest.param(redirects("http://x:99999/", 301), "redirect", id="a redirect to no port"),
        pytest.param(redirects("file:///etc/passwd"), "redirect", id="a redirect to a file"),
        pytest.param(redirects("data:text/xml,<rss/>", 307), "redirect", id="a redirect to data"),
        pytest.param(sends(answer(b"", "300 Multiple Choices")), "empty", id="a choice of nothing"),
        pytest.param(sends(answer(PAGE, "300 Multiple Choices")), "not-a-feed", id="a choice on a page"),
        pytest.param(redirects("http://10.0.0.1/rss"), "blocked", id="a redirect inside"),
        pytest.param(redirects("http://2130706433./rss", 308), "blocked", id="a redirect inside in disguise"),
        pytest.param(redirects("http://borte.invalid/rss"), "dns", id="a redirect to nobody"),
        pytest.param(redirects("http://127.0.0.1:1/rss"), "connect", id="a redirect to a closed port"),
        pytest.param(sends(answer(PAGE, "200 OK", "Content-Type: text/html")), "not-a-feed", id="a login page"),
        pytest.param(sends(answer(PAGE, "203 N", "Content-Type: text/xml")), "not-a-feed", id="a portal"),
        pytest.param(sends(answer(b'{"error": "login"}')), "not-a-feed", id="JSON of another kind"),
        pytest.param(sends(answer(b"")), "empty", id="nothing"),
        pytest.param(sends(answer(b" \r\n")), "empty", id="blanks"),
        pytest.param(sends(b"HTTP/1.1 204 No Content\r\n\r\n"), "empty", id="no content"),
        pytest.param(
            sends(answer(gzip.compress(b""), "200 OK", "Content-Encoding: gzip")), "empty", id="packed nothing"
        ),
        pytest.param(sends(b"SSH-2.0-OpenSSH\r\n\r\n"), "connect", id="another protocol"),
        pytest.param(sends(), "connect", id="hangs up"),
        pytest.param(sends(answer(PAGE, "404 Not Found")), "http-4xx", id="404"),
        pytest.param(sends(answer(PAGE, "502 Bad Gateway")), "http-5xx", id="502"),
        pytest.param(sends(answer(PAGE, "451 Law")), "blocked", id="451"),
        pytest.param(sends(answer(PAGE, "410 Gone")), "gone", id="410"),
        pytest.param(sends(answer(b"", "503 Busy", "Retry-After: 5")), "throttled", id="503 with a wish"),
    ],
)
def test_a_source_that_fails(assert_failure: Callable[[Script, str], None], script: Script, how: str):
    """Its class is reported everywhere, stored mentions and the validator are kept, other sources are read."""
    assert_failure(script, how)


@pytest.mark.parametrize(
    ("address", "how"),
    [
        ("http://finnes-ikke.invalid/rss", "dns"),
        (f"http://{'a' * 64}.invalid/rss", "dns"),
        ("http://a..invalid/rss", "dns"),
        ("http://xn--zz.invalid/rss", "blocked"),
        ("http://xn--a-ecp.invalid/rss", "blocked"),
        ("http://0xa000001/rss", "blocked"),
        ("", "connect"),
    ],
)
def test_unreachable_hosts(cli: Cli, site: Site, rss: Rss, query: Write, address: str, how: str):
    """An unknown name, an impossible name and a closed port cost only their source."""
    if not address:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/rss"
    query(address, site.put("/rss", rss((NAME, "https://a.example/1"))))
    answer = cli("-v", "poll")
    assert (answer.code, [how, address] in [line.split()[:2] for line in answer.messages]) == (3, True)
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 1


def test_a_private_server_gets_no_request(cli: Cli, site: Site, query: Write, monkeypatch: pytest.MonkeyPatch):
    """An allowed source cannot redirect to a private address, in any notation."""
    hosts = "127.0.0.1 localhost 2130706433 0x7f.1 127.0.0.1. [::ffff:127.0.0.1] x@127.1 127%2e0.0.1 0".split()
    with chaos(b"") as inside:
        paths = [site.put(f"/{n}", "", 302, Location=f"http://{host}:{inside.port}/") for n, host in enumerate(hosts)]
        monkeypatch.setenv("BRANDWATCH_ALLOW_HOSTS", f"127.0.0.1:{site.port}")
        query(*paths)
        answer = cli("-v", "poll")
    assert [line.split()[0] for line in answer.messages][: len(hosts)] == ["blocked"] * len(hosts)
    assert inside.asked == []


def test_a_moved_source_over_days(cli: Cli, site: Site, rss: Rss, query: Write):
    """Three polls in two days follow the redirect; the new URL is reported, the file is unchanged."""
    site.put("/ny", rss((NAME, "https://a.example/1")))
    path = query(site.put("/gammel", "", 301, Location="/ny"))
    before = path.read_bytes()
    start = datetime(2026, 5, 4, 12, tzinfo=UTC)
    for day in range(3):
        with time_machine.travel(start + timedelta(days=day), tick=False):
            assert cli("poll").code == 0
            assert site.url("/ny") in cli("sources", "--format", "table").out
    assert [asked.path for asked in site.log] == ["/gammel", "/ny"] * 3
    assert path.read_bytes() == before
