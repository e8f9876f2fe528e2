"""The lines of a poll."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from tests.conftest import START

from brandwatch.cli import poll_lines
from brandwatch.models import (
    LATENESS,
    NETWORK,
    AlertCondition,
    Fetch,
    FetchClass,
    MentionCounts,
    Notice,
    NoticeKind,
    Source,
    SourceOutcome,
    SourceState,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SINCE = "2026-05-04 14:00 +0200"


def failing(host: str, error: str = "answered 500", fetch_class: FetchClass = FetchClass.HTTP_5XX) -> SourceState:
    """Return the state of a source that fails."""
    return SourceState(url=f"https://{host}/rss", error=error, fetch_class=fetch_class)


def notice(host: str, kind: NoticeKind = NoticeKind.BEGAN, **facts: object) -> Notice:
    """Return a notice about a source."""
    given = {
        "condition": AlertCondition.FAILING,
        "since": START,
        "group": "http-5xx",
        "detail": "http-5xx: answered 500",
    }
    return Notice(kind=kind, subject=f"https://{host}/rss", **(given | facts))  # type: ignore[arg-type]


def test_five_sources_have_a_line_each_and_six_share_one():
    """With their hosts, or the host if there is only one; others keep their own line."""
    hosts = [f"avis{number}.example" for number in range(6)]
    five = list(poll_lines.failing_lines(map(failing, hosts[:5])))
    assert five == [f"http-5xx     https://{host}/rss  answered 500" for host in hosts[:5]]
    other = failing("nordlys.example", "answered 404", FetchClass.HTTP_4XX)
    assert list(poll_lines.failing_lines([*map(failing, hosts), other])) == [
        "http-5xx     6 sources at avis0.example, avis1.example, avis2.example and 3 more hosts  answered 500",
        "http-4xx     https://nordlys.example/rss  answered 404",
    ]
    same = [failing(f"xn--blbr-roah.example/{number}") for number in range(6)]
    assert list(poll_lines.failing_lines(same)) == ["http-5xx     6 sources at blåbær.example  answered 500"]


def test_names_that_cannot_be_resolved_share_a_line_whatever_the_words():
    """The class of such a failure is its cause."""
    states = [failing(f"avis{number}.example", f"ukjent {number}", FetchClass.DNS) for number in range(6)]
    (line,) = poll_lines.failing_lines(states)
    assert line.startswith("dns          6 sources at avis0.example")


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, f"failing      https://avis.example/rss  since {SINCE}: http-5xx: answered 500"),
        (
            {"kind": NoticeKind.STILL},
            f"failing      https://avis.example/rss  still, since {SINCE}: http-5xx: answered 500",
        ),
        (
            {"kind": NoticeKind.ENDED, "until": START + 25 * HOUR},
            f"well again   https://avis.example/rss  after 25 hours: failing since {SINCE}",
        ),
        (
            {"condition": AlertCondition.FLAPPING, "outages": 3, "failing_share": 0.48, "detail": "dns"},
            f"flapping     https://avis.example/rss  since {SINCE}, 3 outages, 48% of its latest fetches failed: dns",
        ),
        (
            {"condition": AlertCondition.FROZEN, "detail": "no new entry\x1b[2J since"},
            f"frozen       https://avis.example/rss  since {SINCE}: no new entry[2J since",
        ),
    ],
)
def test_a_notice_is_one_line(facts: dict[str, object], line: str):
    """Condition, source, since when, and why; without control characters."""
    assert list(poll_lines.notice_lines([notice("avis.example", **facts)])) == [line]  # type: ignore[arg-type]


def test_many_similar_notices_share_the_line_of_the_oldest():
    """Those of another kind, condition or cause have lines of their own."""
    similar = [notice(f"avis{number}.example", since=START + number * HOUR) for number in range(6)]
    lines = list(poll_lines.notice_lines([*reversed(similar), notice("nordlys.example", group="dns")]))
    assert lines[0].startswith("failing      6 sources at avis5.example, avis4.example, avis3.example and 3 more hosts")
    assert f"since {SINCE}: http-5xx" in lines[0]
    assert lines[1].startswith("failing      https://nordlys.example/rss")
    assert len(list(poll_lines.notice_lines(similar[:5]))) == 5


def test_the_network_and_the_poll_have_words_of_their_own():
    """Down and well again, late and in time again."""
    facts = {"condition": AlertCondition.FAILING, "since": START}
    lines = poll_lines.notice_lines(
        Notice(kind=kind, subject=subject, until=START + DAY if kind is NoticeKind.ENDED else None, **facts)  # type: ignore[arg-type]
        for subject in (NETWORK, LATENESS)
        for kind in (NoticeKind.BEGAN, NoticeKind.ENDED)
    )
    assert [" ".join(line.rpartition("  ")[0].split()) for line in lines] == [
        "network down", "poll late", "network well again", "poll in time again",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("due", "is_idle", "line"),
    [
        (
            12 * HOUR / 60,
            True,
            "nothing is due; next due: 2026-05-04 14:12 +0200 (in 12 minutes), https://avis.example/rss",
        ),
        (3 * DAY, False, "next due: 2026-05-07 14:00 +0200 (in 3 days), https://avis.example/rss"),
        (-HOUR, False, "next due: now, https://avis.example/rss"),
        (None, True, "nothing is due"),
        (None, False, ""),
    ],
)
def test_the_next_source_has_its_time(due: timedelta | None, is_idle: bool, line: str):
    """Local, and how long it takes until then."""
    state = SourceState(url="https://avis.example/rss", next_due=None if due is None else START + due)
    with time_machine.travel(START, tick=False):
        shown = poll_lines.next_line(state, is_idle=is_idle)
    # The clock of the test is in UTC.
    assert shown == line.replace("14:12 +0200", "12:12 +0000").replace("14:00 +0200", "12:00 +0000")


@pytest.mark.parametrize(
    ("fetch", "text"),
    [
        (Fetch(at=START, fetch_class=FetchClass.OK, entries=3), "3 entries, 0 new mentions"),
        (
            Fetch(at=START, fetch_class=FetchClass.PARTIAL, entries=3, remark="1 of 2"),
            "3 entries, 0 new mentions; 1 of 2",
        ),
        (Fetch(at=START, fetch_class=FetchClass.DNS, error="ukjent"), "ukjent"),
        (
            Fetch(at=START, fetch_class=FetchClass.DEFERRED),
            "the request budget of its kind is spent; it comes first next time",
        ),
    ],
)
def test_a_polled_source_has_its_result(fetch: Fetch, text: str):
    """Counts and remark, the error, or why it waits."""
    line = poll_lines.outcome_line(SourceOutcome(source=Source(url="https://avis.example/rss"), fetch=fetch))
    assert line == f"{fetch.fetch_class:<12} https://avis.example/rss  {text}"


def test_counts_of_mentions_are_apart():
    """The new ones always, the others where there are any."""
    assert poll_lines.count_words(MentionCounts()) == "0 new mentions"
    counts = MentionCounts(new=2, backlog=3, updated=4, hidden=5, shown=6, gone=7)
    assert poll_lines.count_words(counts) == (
        "2 new mentions, 3 from the backlog, 4 updated, 5 hidden, 6 shown again, 7 gone"
    )
