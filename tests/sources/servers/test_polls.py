"""Every kind of the first two groups, polled from a server that behaves like its endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.conftest import LINES, NAME

if TYPE_CHECKING:
    from tests.sources.servers.conftest import Stage


@pytest.mark.parametrize("kind", LINES)
def test_a_poll_finds_what_is_there_and_the_next_ones_what_is_new(stage: Stage, kind: str):
    """Three entries at first, then none, then two, and each time that is fine, and said by nobody."""
    stage.watch(LINES[kind])
    for number in (1, 2, 3):
        stage.say(number, ago=5 * number)
    for expected, new in ((3, ()), (3, (4, 5)), (5, ())):
        polled = stage.cli("poll")
        assert (polled.code, polled.err) == (0, "")
        assert len(stage.mentions()) == expected
        stage.later(hours=6)
        for number in new:
            stage.say(number, ago=number / 10)
    assert {mention["title"] or mention["text"] for mention in stage.mentions()}.isdisjoint({""})


@pytest.mark.parametrize("kind", sorted(set(LINES) - {"appstore", "mediawiki-page"}))
def test_where_nothing_was_ever_said_nothing_is_wrong(stage: Stage, kind: str):
    """An answer without a single entry is an answer."""
    stage.watch(LINES[kind])
    for _ in range(2):
        polled = stage.cli("poll")
        assert (polled.code, polled.err) == (0, "")
        assert (stage.source()["class"], stage.source()["error"]) in {("empty", ""), ("same", "")}
        stage.later(hours=6)


def epoch(text: str) -> str:
    """Return the second of a moment in UTC."""
    return str(int(datetime.fromisoformat(f"{text}+00:00").timestamp()))


BOUNDS = {
    "bluesky": ("since", "2026-04-29T12:00:00Z", "2026-05-06T05:00:00Z"),
    "discourse": ("q", f'"{NAME}" after:2026-04-29 order:latest', f'"{NAME}" after:2026-05-06 order:latest'),
    "gdelt": ("startdatetime", "20260505120000", "20260506050000"),
    "github": ("q", f'"{NAME}" created:>=2026-04-29T12:00:00Z', f'"{NAME}" created:>=2026-05-06T05:00:00Z'),
    "hackernews": (
        "numericFilters",
        f"created_at_i>{epoch('2026-04-29T12:00')}",
        f"created_at_i>{epoch('2026-05-06T05:00')}",
    ),
    "mastodon": ("min_id", "", str((int(epoch("2026-05-06T07:00")) * 1000 << 16) + 1001)),
    "mediawiki-changes": ("rcend", "2026-05-05T12:00:00Z", "2026-05-06T06:50:00Z"),
    "stackexchange": ("fromdate", epoch("2026-04-29T12:00"), epoch("2026-05-06T05:00")),
}


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_next_poll_asks_from_the_newest_entry_on(stage: Stage, kind: str):
    """A first poll asks for some days; the next from the newest entry on, less an overlap for what is indexed late."""
    name, *expected = BOUNDS[kind]
    stage.watch(LINES[kind])
    stage.say(1, ago=5)
    for bound in expected:
        stage.poll()
        assert stage.asked()[0].params.get(name, "") == bound
        stage.later(hours=6)


PAGES = {
    "appstore": (50, 4),
    "bluesky": (100, 4),
    "cision": (100, 3),
    "discourse": (50, 3),
    "gdelt": (250, 4),
    "github": (100, 3),
    "hackernews": (100, 5),
    "lemmy": (50, 3),
    "mastodon": (40, 5),
    "mediawiki": (50, 4),
    "mediawiki-changes": (500, 4),
    "stackexchange": (100, 3),
    "wikipedia": (50, 2),
}
"""The entries of a page, and the pages of a poll."""

COUNTED = ("bluesky", "github", "hackernews", "mediawiki", "wikipedia")
"""Those whose endpoints say how many there are in all."""


@pytest.mark.parametrize("kind", PAGES)
def test_pages_are_read_up_to_what_the_last_poll_saw(stage: Stage, kind: str):
    """Whatever is more than one page is read from the next, and no further; nothing is left behind."""
    size, _ = PAGES[kind]
    stage.watch(LINES[kind])
    stage.say(0, ago=1)
    stage.poll()
    stage.later(hours=30)
    for number in range(1, size + 11):
        stage.say(number, ago=24 * number / size)
    polled = stage.poll()
    assert (polled.code, len(stage.asked())) == (0, 2)
    assert f"{size + 10} new mentions" in polled.err
    assert stage.source()["gaps"] == 0


@pytest.mark.parametrize("kind", PAGES)
def test_a_last_page_that_is_full_is_the_last_all_the_same(stage: Stage, kind: str):
    """Where nobody says whether there is more, an empty page after a full one is an end; no source is empty for it."""
    size, _ = PAGES[kind]
    stage.watch(LINES[kind])
    for number in range(size):
        stage.say(number, ago=24 * number / size)
    polled = stage.poll()
    assert (polled.code, stage.source()["class"], stage.source()["gaps"]) == (0, "ok", 0)
    assert f"0 new mentions, {size} from the backlog" in polled.err
    assert size <= stage.source()["entries"] <= size + 2


@pytest.mark.parametrize("kind", PAGES)
def test_what_is_beyond_the_pages_of_a_poll_is_a_gap(stage: Stage, kind: str):
    """A kind has a most of pages; who did not see all says so, from the last answer on, and that is no failure."""
    size, most = PAGES[kind]
    stage.watch(LINES[kind])
    stage.say(0, ago=1)
    stage.poll()
    stage.later(hours=30)
    for number in range(1, size * most + 31):
        stage.say(number, ago=24 * number / size / most)
    assert stage.poll().code == 0
    assert len(stage.asked()) == most
    (gap,) = stage.report("--limit", "1")["coverage"]["gaps"]
    # Who goes back in time without a cursor reads the last of a page again.
    again = most - 1 if kind == "bluesky" else 0
    all_there_are = size * most + 31 + again if kind in COUNTED else "more"
    assert (gap["since"], gap["reason"]) == (
        "2026-05-06T12:00:00Z",
        f"{size * most} of {all_there_are}: the others were not read",
    )
