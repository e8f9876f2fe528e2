"""What a poll prints of its events, for people who watch it and for cron, and whether it has failed."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.cli.filters import MentionTee, parse_span
from brandwatch.cli.poll import PollReport
from brandwatch.errors import FetchClass, UsageError
from brandwatch.models import (
    AlertCondition,
    ClockDoubt,
    Entry,
    Fetch,
    Mention,
    MentionCounts,
    Notice,
    NoticeKind,
    PollClock,
    RefreshOutcome,
    Source,
    SourceOutcome,
    SourceState,
)
from brandwatch.pipeline.edits import QueryEdit
from brandwatch.pipeline.expire import ExpiryResult
from brandwatch.pipeline.poll_end import PollEnded
from brandwatch.pipeline.run import PollStarted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
SOUND = PollClock(trusted=NOW, polled=NOW)
NOTHING = ExpiryResult(MentionCounts(), SOUND)


class Events:
    """A poll with given events."""

    def __init__(self, *events: object) -> None:
        self.events = events

    async def run(self) -> AsyncGenerator[object]:
        """Yield the events."""
        for event in self.events:
            yield event


def outcome(
    number: int, error: str = "", *, fetch_class: FetchClass = FetchClass.OK, is_thread: bool = False, **counts: int
) -> SourceOutcome:
    """The outcome of a source."""
    fetch = Fetch(at=NOW, fetch_class=fetch_class, entries=3, error=error, counts=MentionCounts(**counts))
    return SourceOutcome(source=Source(url=f"https://a{number}.example/"), fetch=fetch, is_thread=is_thread)


def failing(number: int) -> SourceState:
    """The state of a source that fails."""
    return SourceState(url=f"https://a{number}.example/", fetch_class=FetchClass.GONE, error="answered 410")


def report(verbosity: int, *events: object) -> PollReport:
    """Have a report follow the events of a poll."""
    following = PollReport(verbosity)
    poll: Any = Events(*events)
    asyncio.run(following.collect(poll))
    return following


def printed(capsys: pytest.CaptureFixture[str], verbosity: int, *events: object) -> list[str]:
    """Return the lines that a report prints."""
    report(verbosity, *events)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_only_a_poll_without_a_terminal_and_without_v_is_unattended(monkeypatch: pytest.MonkeyPatch):
    """A closed standard error is nobody who watches."""
    assert [PollReport(verbosity).is_unattended for verbosity in (-1, 0, 1, 2)] == [True, True, False, False]
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert [PollReport(verbosity).is_unattended for verbosity in (-1, 0, 1)] == [False, False, False]
    monkeypatch.setattr(sys, "stderr", None)
    assert [PollReport(verbosity).is_unattended for verbosity in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("events", "missing", "has_failed"),
    [
        ([PollStarted(sources=0), PollEnded()], 0, False),
        ([PollStarted(sources=1), outcome(1), NOTHING, PollEnded()], 0, False),
        ([PollStarted(sources=2), outcome(1), NOTHING, PollEnded()], 1, True),
        ([PollStarted(sources=1), outcome(1, "borte"), PollEnded()], 0, True),
        ([PollStarted(sources=1), outcome(1, "borte", is_thread=True), PollEnded()], 0, False),
        ([PollStarted(sources=0), PollEnded(failing=(failing(1),))], 0, True),
        ([ExpiryResult(MentionCounts(), PollClock(doubt=ClockDoubt.AHEAD, polled=NOW)), PollEnded()], 0, True),
        ([PollStarted(sources=1), outcome(1)], 0, False),
    ],
)
def test_a_poll_has_failed_if_a_source_or_the_clock_has(events: list[object], missing: int, *, has_failed: bool):
    """A source that fails was fetched in this poll or not; a comment thread is none."""
    ended = report(1, *events)
    assert (ended.missing, ended.has_failed) == (missing, has_failed)


def test_a_watched_poll_has_a_line_for_each_source_and_its_totals(capsys: pytest.CaptureFixture[str]):
    """New mentions, unchanged, failed and deferred sources, threads and responses."""
    lines = printed(
        capsys,
        1,
        QueryEdit("åsgård", is_new=False, counts=MentionCounts(hidden=2), left=1),
        PollStarted(sources=5),
        outcome(1, new=2, backlog=3),
        outcome(2, fetch_class=FetchClass.NOT_MODIFIED),
        outcome(3, fetch_class=FetchClass.SAME, updated=1),
        outcome(4, "answered 410", fetch_class=FetchClass.GONE),
        outcome(5, fetch_class=FetchClass.DEFERRED),
        outcome(6, "answered 404", is_thread=True, fetch_class=FetchClass.HTTP_4XX),
        outcome(7, is_thread=True, fetch_class=FetchClass.DEFERRED),
        RefreshOutcome(url="https://api.example/1", fetch_class=FetchClass.OK, entries=3, counted=2, grown=1),
        RefreshOutcome(url="https://api.example/2", fetch_class=FetchClass.DNS, entries=4, error="borte"),
        ExpiryResult(MentionCounts(hidden=1, gone=2), SOUND, is_more_due=True),
        PollEnded(failing=(failing(4), failing(9))),
    )
    assert [line.split("  ")[0].strip() for line in lines[1:9]] == [
        "ok", "not-modified https://a2.example/", "same", "gone", "put-off", "http-4xx", "ok", "dns",
    ]  # fmt: skip
    assert "edited query" in lines[0]
    assert lines[9].endswith("https://a9.example/  answered 410")
    done = "1 mention hidden near the end of retention; 2 mentions deleted by age, with counts that stay"
    assert lines[10:] == [
        "5 sources fetched, 2 unchanged, 1 failed, 2 deferred, 2 new mentions, 3 from the backlog, 1 updated, 2 hidden",
        "1 thread below mentions could not be read; `brandwatch sources` lists them",
        "2 responses updated, 1 grew, 4 could not be read and are tried later",
        f"{done}; more are due, and are deleted by the next poll",
    ]


def test_a_poll_on_a_terminal_prints_failures_and_totals(monkeypatch: pytest.MonkeyPatch):
    """A line for each source that fails, or one for the network; with `-q` no totals."""
    events = (PollStarted(sources=1), outcome(1, "answered 410", fetch_class=FetchClass.GONE), NOTHING)
    ended = PollEnded(failing=(failing(1),))
    down = PollEnded(failing=(failing(1),), network="ingen svar")
    for verbosity, last, expected in (
        (0, ended, ["gone", "1 source fetched"]),
        (-1, ended, ["gone"]),
        (0, down, ["network", "1 source fetched"]),
    ):
        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        report(verbosity, *events, last)
        # Without the progress bar and its movements of the cursor.
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("polling")]
        assert [line[: len(words)] for line, words in zip(lines, expected, strict=True)] == expected


@pytest.mark.parametrize(("verbosity", "count"), [(0, 2), (-1, 1)])
def test_an_unattended_poll_prints_changes_only(capsys: pytest.CaptureFixture[str], verbosity: int, count: int):
    """With `-q` the end of a failure is no error; neither sources nor totals are printed."""
    notices = (
        Notice(kind=NoticeKind.BEGAN, condition=AlertCondition.FAILING, since=NOW, subject="https://a1.example/"),
        Notice(
            kind=NoticeKind.ENDED, condition=AlertCondition.FAILING, since=NOW, until=NOW + timedelta(hours=1),
            subject="https://a2.example/",
        ),
    )  # fmt: skip
    lines = printed(
        capsys,
        verbosity,
        PollStarted(sources=1),
        outcome(1, "borte"),
        RefreshOutcome(url="https://api.example/1", fetch_class=FetchClass.OK, entries=3),
        ExpiryResult(MentionCounts(gone=2), SOUND),
        PollEnded(failing=(failing(1),), notices=notices),
    )
    assert [line.split()[0] for line in lines] == ["failing", "well"][:count]


def test_an_edited_query_is_told_even_by_an_unattended_poll(capsys: pytest.CaptureFixture[str]):
    """No later poll prints it; `-q` leaves it out."""
    edit = QueryEdit("åsgård", is_new=True, counts=MentionCounts(new=1), left=0)
    assert printed(capsys, 0, edit, PollEnded()) == ["åsgård: new query, applied to stored mentions: 1 new mention"]
    assert printed(capsys, -1, edit, PollEnded()) == []


def test_a_clock_that_is_not_trusted_is_told_in_any_case(capsys: pytest.CaptureFixture[str]):
    """Nothing is deleted meanwhile."""
    doubted = ExpiryResult(
        MentionCounts(), PollClock(trusted=NOW, polled=NOW + timedelta(days=20), doubt=ClockDoubt.AHEAD)
    )
    for verbosity in (-1, 0, 1):
        lines = printed(capsys, verbosity, doubted, PollEnded())
        assert lines[-1].startswith("clock: ")
        assert "nothing is deleted by age" in lines[-1]


def test_a_poll_that_is_ended_is_summed_up(capsys: pytest.CaptureFixture[str]):
    """Of one that is watched, its failures and totals so far; of one by cron, the next poll prints the changes."""
    for verbosity, words in ((1, ["2 sources fetched"]), (0, [])):
        ended = report(verbosity, PollStarted(sources=3), outcome(1), outcome(2, "borte"))
        capsys.readouterr()
        ended.summarise_part()
        lines = capsys.readouterr().err.splitlines()
        assert [line[: len(start)] for line, start in zip(lines, words, strict=True)] == words
    whole = report(1, PollStarted(sources=1), outcome(1), PollEnded())
    capsys.readouterr()
    whole.summarise_part()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("15m", timedelta(minutes=15)), ("1 min", timedelta(minutes=1)), (" 2H ", timedelta(hours=2)),
        ("3d", timedelta(days=3)), ("1w", timedelta(weeks=1)), ("99999m", timedelta(minutes=99_999)),
    ],
)  # fmt: skip
def test_spans_are_parsed(written: str, span: timedelta):
    """In the units of times."""
    assert parse_span(written) == span


@pytest.mark.parametrize("written", ["", "0d", "-1d", "1", "d", "1y", "100000m", "1.5h"])
def test_invalid_spans_are_refused(written: str):
    """A span has a length."""
    with pytest.raises(UsageError, match="is not a duration"):
        parse_span(written)


def test_mentions_of_one_entry_are_one_entry():
    """Whatever their order and numbers; the first link is kept."""
    mentions = [
        Mention(id=number, query="å", entry=Entry(url=url), evidence=(), found=NOW, source="s", entry_id=entry)
        for number, (entry, url) in enumerate(
            [(7, ""), (1_000, "https://a.example/"), (7, "https://b.example/"), (0, ""), (8, "")]
        )
    ]
    tee = MentionTee()
    assert list(tee.watch(mentions)) == mentions
    assert (tee.count, tee.entries, tee.link) == (5, 4, "https://a.example/")
