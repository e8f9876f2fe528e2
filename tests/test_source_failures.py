from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.conftest import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
ENDPOINT = """\
title: Fjordtorg
about: An endpoint with a URL for each channel.
group: forum
engine: json
mode: stream
verified: 2026-05-01
parameters:
  channel: {{about: the name of a channel, many: channels}}
request: {{url: "{url}"}}
map: {{items: "@", fields: {{url: url, title: title}}}}
"""


def later(clock: Traveller, **span: float) -> None:
    """Move the clock."""
    clock.shift(timedelta(**span))


def source(cli: Cli) -> dict[str, Any]:
    """Read the one source as JSON."""
    (item,) = json.loads(cli("sources", "--format", "json").out)["items"]
    return dict(item)


def test_missed_entries_are_a_gap(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A full feed without a known entry is a gap: in coverage, sources and JSON."""
    query(site.put("/rss", rss(*((f"{NAME} {n}", f"https://a.example/{n}") for n in range(3)))))
    cli("poll")
    later(clock, days=1)
    site.put("/rss", rss(*((f"{NAME} {n}", f"https://a.example/{n}") for n in range(50, 53))))
    cli("poll")
    assert (source(cli)["gaps"], source(cli)["health"]) == (1, "ok")
    assert "1 gaps: entries missed, last at http://127.0.0.1" in cli("report").err
    (gap,) = json.loads(cli("report", "--format", "json").out)["coverage"]["gaps"]
    assert (gap["since"], gap["reason"]) == (
        "2026-05-04T12:00:00Z",
        "none of the 3 entries of the last document is in this one of 3",
    )
    later(clock, minutes=8)
    asked = len(site.log)
    cli("poll")
    assert len(site.log) == asked + 1
    later(clock, days=30)
    assert json.loads(cli("report", "--since", "7d", "--format", "json").out)["coverage"]["gaps"] == []


def test_a_gone_source_is_paused_and_listed(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """After the third 410 it is not requested, but listed; --force requests it, and a success resumes it."""
    query(site.put("/rss", b"", status=410))
    for _ in range(3):
        assert cli("poll").code == 3
        later(clock, days=1)
    assert len(site.log) == 3
    assert cli("poll") == (3, "", "")
    assert len(site.log) == 3
    assert source(cli)["health"] == "paused"
    assert "1 failed" in cli("report").err
    site.put("/rss", rss((NAME, "https://a.example/1")))
    assert cli("poll", "--force").code == 0
    assert source(cli)["health"] == "flaky"


def test_retry_after_is_respected(cli: Cli, site: Site, query: Write, clock: Traveller):
    """429 with Retry-After: no request before that time."""
    query(site.put("/rss", b"", status=429, Retry_After="3600"))
    cli("poll")
    assert source(cli)["health"] == "throttled"
    later(clock, minutes=30)
    cli("poll")
    assert len(site.log) == 1
    later(clock, minutes=31)
    cli("poll")
    assert len(site.log) == 2


def test_retry_after_covers_all_urls_of_an_endpoint(cli: Cli, site: Site, query: Write, home: Path, clock: Traveller):
    """Requests of a kind that are not yet sent are deferred with a message; later polls proceed as usual."""
    (home / "sources").mkdir()
    url = site.url("/{channel}")
    (home / "sources" / "fjordtorg.yaml").write_text(ENDPOINT.format(url=url), encoding="utf-8")
    paths = [f"/{number}" for number in range(6)]
    for path in paths:
        site.put(path, b"", status=429, Retry_After="1200")
    query(f"{{kind: fjordtorg, channels: [{', '.join(path[1:] for path in paths)}], allow_private: on}}")
    answer = cli("-v", "poll")
    told = "\n".join(answer.messages)
    assert (answer.code, told.count("throttled"), told.count("was not asked")) == (3, 6, 4)
    assert len(site.log) == 2
    for path in paths:
        site.put(path, b"[]")
    later(clock, minutes=21)
    assert cli("poll").code == 0
    assert len(site.log) == 8


def test_retry_after_of_a_feed_covers_its_url(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """Other feeds of the host are fetched in the same poll; a wait of a week is one of a day."""
    site.put("/a", b"", status=503, Retry_After=str(7 * 86_400))
    good = [site.put(f"/{number}", rss((NAME, f"https://a.example/{number}"))) for number in range(3)]
    query(site.url("/a"), *good)
    answer = cli("-v", "poll")
    assert (answer.code, "\n".join(answer.messages).count("throttled")) == (3, 1)
    assert {request.path for request in site.log} == {"/a", "/0", "/1", "/2"}
    states = {item["url"]: item for item in json.loads(cli("sources", "--format", "json").out)["items"]}
    assert datetime.fromisoformat(states[site.url("/a")]["next_due"]) == START + timedelta(days=1)


def test_a_feed_that_loses_all_entries_has_a_remark(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A closed forum answers 200 with an empty feed: it is empty until entries come again, and a new feed is too."""
    url = site.put("/rss", rss((NAME, "https://a.example/1"), (NAME, "https://a.example/2")))
    new = site.put("/ny", rss())
    query(url, new)
    assert cli("poll").code == 0
    site.put("/rss", rss(), ETag='"tom"')
    for _ in range(2):
        later(clock, hours=4)
        polled = cli("-v", "poll")
        assert (polled.code, "it had entries and has none now" in polled.err) == (0, True)
        states = {item["url"]: item for item in json.loads(cli("sources", "--format", "json").out)["items"]}
        assert (states[url]["class"], bool(states[url]["remark"]), states[new]["remark"]) == ("empty", True, "")
        assert f"{url} (since 2026-05-04 16:00: it had entries, and has none now)" in cli("report").err
    for channel in ("", "<lastBuildDate>nå</lastBuildDate>"):
        site.put("/rss", rss((NAME, "https://a.example/3"), channel=channel))
        later(clock, hours=4)
        assert cli("poll").code == 0
        assert f"1 empty: {new} (since 2026-05-04 12:00: it has never had an entry)" in cli("report").err


def test_validators_are_omitted_once_a_day(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """Some servers answer 304 despite new entries: after 24 hours the request is unconditional."""
    query(site.put("/rss", rss((NAME, "https://a.example/1")), ETag='"1"'))
    cli("poll")
    for hours, conditional in ((12, True), (11, True), (2, False), (1, True)):
        later(clock, hours=hours)
        cli("poll", "--force")
        assert ("if-none-match" in site.log[-1].headers) is conditional, hours


def test_a_quiet_source_is_polled_less_often(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """Two days without news cost a few dozen requests, not two hundred; the limits can be set."""
    query(site.put("/rss", rss((NAME, "https://a.example/1"))))
    for _ in range(48 * 4):
        cli("poll")
        later(clock, minutes=15)
    assert 20 < len(site.log) < 60
    later(clock, hours=3)
    before = len(site.log)
    for _ in range(8):
        cli("poll", "--slowest", "15m")
        later(clock, minutes=15)
    assert len(site.log) - before >= 4
    assert cli("poll", "--fastest", "soon").code == 2


def test_a_secret_reaches_its_server_only(
    cli: Cli, site: Site, rss: Rss, query: Write, home: Path, monkeypatch: pytest.MonkeyPatch
):
    """`${NAME}` is read from the environment; its value is in no file, report or message."""
    url = site.put("/rss?api_key=hemmelig123", rss((NAME, "https://a.example/1")))
    query(url.replace("hemmelig123", "${FEED_KEY}"))
    answer = cli("-v", "poll")
    assert answer.code == 3
    assert "the environment variable FEED_KEY is not set" in answer.err
    assert site.log == []
    monkeypatch.setenv("FEED_KEY", "hemmelig123")
    said = [cli("-v", "poll", "--force"), cli("sources"), cli("report"), cli("show", "1"), cli("sources", "check")]
    site.put("/rss?api_key=hemmelig123", b"", status=500)
    said.append(cli("-v", "poll", "--force"))
    assert site.log[0].path == "/rss?api_key=hemmelig123"
    assert all("hemmelig123" not in answer.out + answer.err for answer in said)
    assert all(b"hemmelig123" not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_secret_in_the_query_file_is_refused(cli: Cli, query: Write):
    """A URL with a literal key is an error with the remedy."""
    query("https://a.example/rss?api_key=abc123")
    assert "`api_key` looks like a secret: write api_key=${NAME}" in cli("check").out


def test_one_source_can_be_checked(cli: Cli, site: Site, rss: Rss, query: Write, home: Path):
    """`sources check` fetches, prints the result with its class, and stores nothing."""
    query(site.put("/rss", rss((NAME, "https://a.example/1"))))
    answer = cli("sources", "check")
    assert answer.code == 0
    assert answer.out.startswith("ok           http://127.0.0.1")
    assert "1 entries, “Fjordavisa”" in answer.out
    page = cli("sources", "check", site.put("/side", "<html><title>Logg inn</title></html>"))
    assert page.code == 3
    assert page.out.startswith("not-a-feed   http://127.0.0.1")
    assert not (home / "brandwatch.db").exists()
