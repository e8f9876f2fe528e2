from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.http.test_chaos import FEED, HERE, OK, ending
from tests.http.test_connections import origins

from brandwatch.errors import FetchError
from brandwatch.http import Client, FetchLimits
from brandwatch.models import Request

if TYPE_CHECKING:
    from tests.conftest import Site

LIMITS = FetchLimits(total=120, allowed=HERE)


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All log lines of the client."""
    caplog.set_level(logging.DEBUG, "brandwatch.http")
    return caplog


def test_a_document_and_a_failure(site: Site, log: pytest.LogCaptureFixture):
    """Each has a line with host, status and size, and never the path, which can contain a secret."""
    ending(site.put("/rss?key=hemmelig", "<rss/>"), LIMITS)
    ending(site.url("/borte?key=hemmelig"), LIMITS)
    assert log.messages == [
        "received host=127.0.0.1 status=200 bytes=6",
        "failed host=127.0.0.1 class=http-4xx status=404",
    ]


def test_a_redirect(site: Site, log: pytest.LogCaptureFixture):
    """The line has both hosts, and whether the redirect is permanent."""
    site.put("/ny", "<rss/>")
    ending(site.put("/gammel", "", 301, Location="/ny"), LIMITS)
    assert log.messages[0] == "redirected host=127.0.0.1 to=127.0.0.1 permanent=True"
    assert log.records[0].levelno == logging.INFO


def test_a_refused_address(log: pytest.LogCaptureFixture):
    """The line has host and address; an allowed host has no such line."""
    assert ending("http://127.1:9/", FetchLimits()).how == "blocked"
    assert log.messages == ["refused host=127.1 address=127.0.0.1"]
    log.clear()
    ending("http://127.0.0.1:9/", LIMITS)
    assert not [line for line in log.messages if line.startswith("refused")]


def test_a_pause_of_a_host(site: Site, log: pytest.LogCaptureFixture):
    """The pause is logged, and each deferred request."""
    url = site.put("/rss", "", 429, Retry_After="600")

    async def go() -> None:
        async with Client(LIMITS) as client:
            for _ in range(2):
                with pytest.raises(FetchError):
                    await client.fetch(Request(url=url))

    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False):
        asyncio.run(go())
    until = "until=2026-05-04T12:10:00+00:00"
    assert log.messages == [
        f"paused host=127.0.0.1:{site.port} scope=url {until}",
        "failed host=127.0.0.1 class=throttled status=429",
        f"deferred host=127.0.0.1:{site.port} {until}",
    ]


def test_a_repeated_request(log: pytest.LogCaptureFixture):
    """An idle connection that its server closed is replaced by a new one."""
    timeout = OK.replace(b"200 OK", b"408 Request Timeout") + b"Content-Length: 0\r\n\r\n"

    async def go() -> None:
        async with origins(1, LIMITS) as (client, (only,)):
            only.answers = iter([FEED, timeout, FEED])
            for _ in range(2):
                await client.fetch(Request(url=only.url))

    asyncio.run(go())
    assert "retried host=127.0.0.1 reason=timeout" in log.messages


def test_no_library_logs_a_url(site: Site, caplog: pytest.LogCaptureFixture):
    """Also where all libraries log their information: httpx would write whole URLs."""
    caplog.set_level(logging.DEBUG)
    assert ending(site.put("/rss?key=hemmelig", "<rss/>"), LIMITS).how == "ok"
    assert "received host=127.0.0.1" in caplog.text
    assert "hemmelig" not in caplog.text
