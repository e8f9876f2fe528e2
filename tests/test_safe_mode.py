"""After a leap of the clock a poll fetches and stores; what it cannot know is known again with the right clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START
from tests.test_threads import NAME, blog, comments, requested_paths
from tests.test_tokens import PAID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAPS = [20 * DAY, 400 * DAY, -20 * DAY, datetime(1980, 1, 1, tzinfo=UTC) - START]
KIND = """\
title: Fjordforum
about: A forum whose posts are read again one by one.
group: forum
engine: json
mode: stream
verified: 2026-05-01
request: {{url: "{site}/latest"}}
map: {{items: posts, fields: {{id: "fjordforum:{{id}}", title: title, replies: replies, published: at}}}}
refresh:
  url: "{site}/posts/{{id}}"
  pattern: ^fjordforum:(\\d+)$
  map: {{items: "@", fields: {{id: id, replies: replies}}}}
"""


@pytest.fixture(autouse=True)
def no_date(site: Site) -> None:
    """No server confirms or denies a clock."""
    site.date = ""


def poll(cli: Cli, clock: Traveller, error: timedelta = timedelta()) -> Answer:
    """Poll by a clock that is wrong by this, and set it right again."""
    clock.shift(error)
    answer = cli("poll", "--force")
    clock.shift(-error)
    return answer


@pytest.mark.parametrize("leap", LEAPS)
def test_responses_are_refreshed_by_the_right_clock_only(
    cli: Cli, site: Site, home: Path, query: Write, clock: Traveller, leap: timedelta
):
    """No refresh in safe mode; entries that it stored are refreshed as if they were found after it."""
    (home / "sources").mkdir()
    (home / "sources" / "fjordforum.yaml").write_text(KIND.format(site=site.url("")), encoding="utf-8")
    query("{kind: fjordforum}")
    post = {"id": 7, "title": f"{NAME} bygger ut", "replies": 1, "at": START.isoformat()}
    site.put("/latest", json.dumps({"posts": [post]}))
    site.put("/posts/7", '{"id": 7, "replies": 5}')
    site.put("/posts/8", '{"id": 8, "replies": 9}')
    assert poll(cli, clock).code == 0
    site.put("/latest", json.dumps({"posts": [post, post | {"id": 8}]}))
    assert poll(cli, clock, leap).code == 3
    assert requested_paths(site) == ["/latest", "/latest"]
    clock.shift(HOUR)
    assert poll(cli, clock).code == 0
    assert sorted(requested_paths(site)) == ["/latest", "/posts/7", "/posts/8"]
    clock.shift(6 * HOUR)
    site.put("/posts/8", '{"id": 8, "replies": 12}')
    assert poll(cli, clock).code == 0
    assert sorted(requested_paths(site)) == ["/latest", "/posts/7", "/posts/8"]
    mentions = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert sorted(mention["response"]["replies"] for mention in mentions) == [5, 12]
    histories = [json.loads(cli("show", str(number), "--format", "json").out) for number in (1, 2)]
    for history in histories:
        times = [reading["at"] for reading in history["mention"]["responses"]]
        assert times == sorted(times)
        assert times[-1] == "2026-05-04T19:00:00Z"


@pytest.mark.parametrize("leap", LEAPS)
def test_threads_that_a_wrong_clock_found_are_followed(
    cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller, leap: timedelta
):
    """For two weeks from the first trusted poll on."""
    url = blog(site, rss, "Kaker")
    query(f"{{url: '{url}', allow_private: on}}")
    assert poll(cli, clock).code == 0
    blog(site, rss, "Kaker", f"{NAME} bygger")
    comments(site, rss, 1, f"Stem mot {NAME}!")
    assert poll(cli, clock, leap).code == 3
    assert poll(cli, clock).code == 0
    requested_paths(site)
    clock.shift(20 * HOUR)
    assert poll(cli, clock).code == 0
    assert sorted(requested_paths(site)) == ["/1/feed", "/rss"]
    for days in range(14):
        clock.shift(DAY)
        assert poll(cli, clock).code == 0, days
    assert requested_paths(site)[-1] == "/rss"
    clock.shift(DAY)
    assert poll(cli, clock).code == 0
    assert requested_paths(site) == ["/rss"]


def test_a_wrong_clock_starts_no_new_month(cli: Cli, site: Site, home: Path, query: Write, clock: Traveller):
    """What was paid for counts in the month of the last trusted poll; a new month that is trusted counts anew."""
    (home / "sources").mkdir()
    (home / "sources" / "dyrt.yaml").write_text(PAID.format(root=site.url("")), encoding="utf-8")
    site.answer = lambda path: json.dumps(
        {"hits": [{"id": f"{n}{path}", "url": f"https://arkiv.example/{n}", "title": NAME} for n in range(2)]}
    ).encode()
    query("{kind: dyrt, spend_cap: '5', allow_private: on}")
    assert poll(cli, clock).code == 3
    spent = len(site.log)
    assert spent == 2
    for leap in LEAPS:
        assert poll(cli, clock, leap).code == 3
    assert poll(cli, clock).code == 3
    assert len(site.log) == spent
    for _ in range(28):
        clock.shift(DAY)
        poll(cli, clock)
    assert len(site.log) > spent


@pytest.mark.parametrize("leap", [-20 * DAY, datetime(1980, 1, 1, tzinfo=UTC) - START])
def test_dates_that_a_wrong_clock_did_not_believe_are_read_again(
    cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller, leap: timedelta
):
    """By a clock that is behind every date is in the future, and unknown; the entries keep their places."""
    query(site.put("/rss", rss(("Kaker", "https://a.example/1")), ETag='"1"'))
    assert poll(cli, clock).code == 0
    date = "<pubDate>Sun, 03 May 2026 08:00:00 GMT</pubDate>"
    site.put("/rss", rss(("Kaker", "https://a.example/1"), (NAME, "https://a.example/2", date)), ETag='"2"')
    assert poll(cli, clock, leap).code == 3
    for _ in range(2):
        clock.shift(HOUR)
        assert poll(cli, clock).code == 0
    (mention,) = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert mention["published"] == "2026-05-03T08:00:00Z"
    assert mention["found"] == "2026-05-04T13:00:00Z"
