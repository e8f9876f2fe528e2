from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from tests.patience import wait_until
from tests.real.processes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {}
http {
    types { application/rss+xml xml; text/html html; }
    access_log access.log;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path u; scgi_temp_path s;
    gzip on;
    gzip_types application/rss+xml;
    limit_req_zone $server_name zone=once:32k rate=1r/m;
    server {
        listen 127.0.0.1:PORT;
        server_name avis.example;
        root html;
        location = /for-good { return 301 /rss.xml; }
        location = /for-good-too { return 308 /for-good; }
        location = /for-now { return 302 /rss.xml; }
        location = /many.xml { limit_req zone=once; limit_req_status 429; add_header Retry-After 1800 always; }
        location = /busy.xml { limit_req zone=once; }
        location /liste/ { autoindex on; }
    }
}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Nginx:
    """A real server whose files a test can change."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._started = time.time()  # noqa: TID251 (the machine's own time)

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self._port}{path}"

    def put(self, path: str, body: str, age: int) -> str:
        """Write a file that was changed some seconds before the start; return its address."""
        file = self._folder / "html" / path.removeprefix("/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(body, encoding="utf-8")
        os.utime(file, (self._started - age, self._started - age))
        return self.url(path)

    def statuses(self) -> list[str]:
        """Return what was answered so far."""
        lines = (self._folder / "access.log").read_text().splitlines()
        return [line.split('"')[2].split()[0] for line in lines]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """Nginx in its own folder; its process is stopped at the end."""
    folder = tmp_path / "nginx"
    (folder / "html").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURATION.replace("PORT", str(port)))
    command = [str(NGINX), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port), lambda: "nginx does not listen")
        yield Nginx(folder, port)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait(5)


def classes() -> list[str]:
    """The fetch classes of all fetches, in order."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        return [name for (name,) in connection.execute("SELECT class FROM fetch ORDER BY rowid")]


def entries(count: int) -> list[tuple[str, str]]:
    """Entries that are mentions, enough for nginx to compress them."""
    return [(f"Fjordkraft Åsgård {number} " + "og mer " * 9, f"https://a.example/{number}") for number in range(count)]


def test_a_feed_that_changes_now_and_then(cli: Cli, nginx: Nginx, rss: Rss, query: Write):
    """Compressed, with ETag and Last-Modified: unchanged is a 304, a change is read, nothing is stored twice."""
    query(nginx.put("/rss.xml", rss(*entries(20)), age=100))
    assert cli("poll") == (0, "", "")
    assert cli("poll", "--force").code == 0
    nginx.put("/rss.xml", rss(*entries(21)), age=50)
    assert cli("poll", "--force").code == 0
    assert cli("poll", "--force").code == 0
    assert nginx.statuses() == ["200", "304", "200", "304"]
    assert classes() == ["ok", "not-modified", "ok", "not-modified"]
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 21


def test_a_file_of_the_same_length_and_second(cli: Cli, nginx: Nginx, rss: Rss, query: Write):
    """Nginx compares time and length: a change that it misses is read in full a day later."""
    one, other = (rss((f"Fjordkraft Åsgård {number}", f"https://a.example/{number}")) for number in (1, 2))
    query(nginx.put("/rss.xml", one, age=100))
    cli("poll")
    nginx.put("/rss.xml", other, age=100)
    cli("poll", "--force")
    assert classes() == ["ok", "not-modified"]
    with closing(sqlite3.connect("brandwatch.db")) as connection, connection:
        connection.execute("UPDATE source SET last_full = last_full - 90000")
    cli("poll", "--force")
    assert classes()[-1] == "ok"
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 2


def test_redirects_of_every_kind(cli: Cli, nginx: Nginx, rss: Rss, query: Write):
    """301 and 308 are followed and reported, 302 only followed; the validators hold through them."""
    feed = nginx.put("/rss.xml", rss(*entries(1)), age=100)
    path = query(*map(nginx.url, ("/for-good", "/for-good-too", "/for-now")))
    before = path.read_bytes()
    assert cli("poll").code == 0
    assert cli("poll", "--force").code == 0
    moved = {item["url"]: item["moved_to"] for item in json.loads(cli("sources", "--format", "json").out)["items"]}
    assert moved == {nginx.url("/for-good"): feed, nginx.url("/for-good-too"): feed, nginx.url("/for-now"): ""}
    assert sorted(classes()) == ["not-modified"] * 3 + ["ok"] * 3
    assert path.read_bytes() == before


def test_errors_of_nginx(cli: Cli, nginx: Nginx, rss: Rss, query: Write):
    """Rate limits, directory lists and error pages have their class, and a good source loses nothing."""
    # The limit is one for both: the first of them is let through.
    nginx.put("/many.xml", rss(), age=100)
    query(nginx.put("/busy.xml", rss(*entries(1)), age=100))
    assert cli("poll").code == 0
    query(
        nginx.url("/busy.xml"),
        nginx.put("/liste/rss.xml", rss(*entries(2)), age=100),
        nginx.url("/liste/"),
        nginx.url("/borte.xml"),
    )
    answer = cli("-v", "poll", "--force")
    assert answer.code == 3
    assert {"http-4xx", "http-5xx", "not-a-feed"} < {line.split()[0] for line in answer.messages}
    query(nginx.url("/many.xml"))
    answer = cli("-v", "poll", "--force")
    assert answer.messages[0].startswith("throttled ")
    assert "answered 429 Too Many Requests; asks to wait until" in answer.err
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 2


@pytest.mark.parametrize(("name", "size"), [("stor.txt", 6), ("pakket.xml", 24)])
def test_a_file_beyond_the_limits(cli: Cli, nginx: Nginx, query: Write, name: str, size: int):
    """Over 5 MiB compressed or 20 MiB decompressed, a feed is not read, and this is reported."""
    query(nginx.put(f"/{name}", "<rss><channel>" + " " * size * 2**20, age=100))
    answer = cli("-v", "poll")
    assert (answer.code, answer.messages[0].split()[0]) == (3, "too-large")
    assert "1 failed" in cli("report").err
