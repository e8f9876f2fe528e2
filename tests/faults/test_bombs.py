from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import Answer
from tests.http.chaos import chaos, for_ever
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Site
    from tests.http.chaos import Script

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")

MOST_MEMORY = 128 * 1024
TIMEOUT = 3.0
"""The deadline of a source that has to run into it."""
# Not ru_maxrss: that of a child begins with what its parent, here a whole run of tests, had in use.
POLL = """
import sys
from pathlib import Path
from brandwatch.cli import run
try:
    run()
finally:
    status = Path("/proc/self/status").read_text()
    Path("peak").write_text(status.split("VmHWM:")[1].split()[0])
"""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = OK + b"Content-Encoding: gzip\r\n\r\n"
MANY = b"x" * 65_536
BOMB = gzip.compress(b"\0" * 2**26) * 8


def redirect_loop(head: str) -> list[bytes]:
    """Redirect for ever, each time with a large body."""
    return [b"HTTP/1.1 302 Found\r\nLocation: /%d\r\n\r\n" % len(head), *[MANY] * 200]


@pytest.mark.parametrize(
    ("script", "how"),
    [
        pytest.param(lambda _: [PACKED, BOMB], "too-large", id="gzip"),
        pytest.param(for_ever(gzip.compress(b"") * 3000, first=PACKED), "too-large", id="empty members"),
        pytest.param(for_ever(gzip.compress(b"x") * 3000, first=PACKED), "too-large", id="small members"),
        pytest.param(
            for_ever(MANY, first=PACKED + b"\x1f\x8b\x08\x08" + b"\0" * 6), "too-large", id="name in gzip for ever"
        ),
        pytest.param(
            for_ever(b"\0\0\0\xff\xff" * 9999, first=PACKED + b"\x1f\x8b\x08" + b"\0" * 7),
            "too-large",
            id="empty blocks",
        ),
        pytest.param(for_ever(bytes(65_536), first=PACKED + gzip.compress(b"<rss/>")), "too-large", id="padding"),
        pytest.param(
            lambda _: [OK + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(BOMB)], "parse", id="gzip in gzip"
        ),
        pytest.param(lambda _: [OK + b"Content-Encoding: br\r\n\r\n" + BOMB], "parse", id="unasked coding"),
        pytest.param(
            lambda _: [OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + BOMB], "connect", id="packed frames"
        ),
        pytest.param(for_ever(MANY, first=OK + b"\r\n"), "too-large", id="body"),
        pytest.param(for_ever(MANY, first=OK + b"Content-Length: 99999999999\r\n\r\n"), "too-large", id="long body"),
        pytest.param(for_ever(b"10000\r\n" + MANY + b"\r\n", first=CHUNKED), "too-large", id="chunks"),
        pytest.param(for_ever(MANY, first=CHUNKED + b"fffffffffff\r\n"), "too-large", id="one chunk"),
        pytest.param(for_ever(b"1\r\nx\r\n" * 5000, first=CHUNKED), "too-large", id="crumbs"),
        pytest.param(for_ever(b"1;" + b"e" * 60_000 + b"\r\nx\r\n", first=CHUNKED), "too-large", id="extensions"),
        pytest.param(for_ever(MANY, first=CHUNKED + b"1;"), "truncated", id="one extension"),
        pytest.param(for_ever(b"X: y\r\n" * 1000, first=CHUNKED + b"1\r\nx\r\n0\r\n"), "truncated", id="trailers"),
        pytest.param(for_ever(b"X: y\r\n" * 1000, first=OK), "connect", id="headers"),
        pytest.param(for_ever(MANY, first=OK + b"X: "), "connect", id="one header"),
        pytest.param(for_ever(b" y\r\n" * 1000, first=OK + b"X: y\r\n"), "connect", id="folded header"),
        pytest.param(for_ever(MANY, first=b"HTTP/1.1 200 "), "connect", id="status line"),
        pytest.param(for_ever(b"HTTP/1.1 103 Hints\r\nX: y\r\n\r\n" * 99), "connect", id="hints"),
        pytest.param(for_ever(MANY, first=b"HTTP/1.1 500 Oops\r\n\r\n"), "http-5xx", id="body of an error"),
        pytest.param(redirect_loop, "redirect", id="bodies of redirects"),
        pytest.param(for_ever(b"1\r\nx\r\n", 0.1, first=CHUNKED), "timeout", id="slow crumbs"),
    ],
)
def test_a_bomb_is_bounded(  # noqa: PLR0913, PLR0917 (fixtures)
    cli: Cli, site: Site, rss: Rss, query: Write, home: Path, script: Script, how: str
):
    """Every bomb: it ends in less than 128 MiB, its class is reported, no entry is lost."""
    good = site.put("/rss", rss(("Fjordkraft Åsgård", "https://a.example/1")))
    with chaos(script=script) as server:
        query(good, server.url())
        command = [sys.executable, "-c", POLL, "-v", "poll"]
        environment = os.environ | {"BRANDWATCH_TIMEOUT": str(TIMEOUT if how == "timeout" else PATIENCE_SECONDS)}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=PATIENCE_SECONDS, check=False)
    assert (done.returncode, done.stdout) == (3, b"")
    messages = Answer(done.returncode, "", done.stderr.decode()).messages
    assert [line.split()[0] for line in messages if server.url() in line.split()[:2]] == [how]
    assert int((home / "peak").read_text()) <= MOST_MEMORY
    assert f"1 of 2 sources seen · 1 failed: {server.url()} ({how}" in cli("report").err
    assert how in cli("sources", "--format", "csv").out
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 1
