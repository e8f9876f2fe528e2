"""The end of a poll: what it makes of the states of sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.models import (
    LATENESS,
    NETWORK,
    Alert,
    AlertCondition,
    Fetch,
    FetchClass,
    NoticeKind,
    Source,
    SourceHistory,
    SourceOutcome,
    SourceState,
)
from brandwatch.pipeline.poll_end import PollFacts, conclude, decide_alerts, failure_text

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URLS = ("https://fjordavisa.example/rss", "https://nordlys.example/rss", "https://xn--blbr-roah.example/rss")


def failing(url: str, since: datetime = NOW - 2 * HOUR, failures: int = 4, **facts: object) -> SourceState:
    """Return the state of a source that fails."""
    state = SourceState(
        url=url,
        error="the name of the host is not known",
        fetch_class=FetchClass.DNS,
        failures=failures,
        last_poll=NOW,
        history=SourceHistory(failing_since=since),
    )
    return replace(state, **facts)  # type: ignore[arg-type]


def well(url: str, **facts: object) -> SourceState:
    """Return the state of a source that answered."""
    return replace(SourceState(url=url, fetch_class=FetchClass.OK, last_poll=NOW, last_success=NOW), **facts)  # type: ignore[arg-type]


def facts(*states: SourceState, **more: object) -> PollFacts:
    """Return the facts of a poll that fetched these sources."""
    return PollFacts(
        now=NOW,
        polled={state.url: Source(url=state.url) for state in states},
        states={state.url: state for state in states},
        outcomes={
            state.url: SourceOutcome(
                source=Source(url=state.url),
                fetch=Fetch(at=NOW, fetch_class=state.fetch_class or FetchClass.OK, error=state.error),
            )
            for state in states
            if state.last_poll == NOW
        },
        **more,  # type: ignore[arg-type]
    )


def words(poll: PollFacts) -> list[tuple[str, str, str]]:
    """Return subject, kind and condition of the notices of a poll."""
    notices = conclude(poll, decide_alerts(poll)).notices
    return [(notice.subject, str(notice.kind), str(notice.condition)) for notice in notices]


def network(condition: AlertCondition, since: datetime) -> dict[str, Alert]:
    """Return the stored alert about the network."""
    return {NETWORK: Alert(condition=condition, since=since, at=NOW - HOUR)}


def test_an_outage_is_as_old_as_its_first_failure():
    """Also if no alert was stored then; the second failure is not enough."""
    assert words(facts(failing(URLS[0]), well(URLS[1]))) == [(URLS[0], "began", "failing")]
    assert words(facts(failing(URLS[0], failures=2), well(URLS[1]))) == []
    assert words(facts(failing(URLS[0], since=NOW - HOUR / 2), well(URLS[1]))) == []


def test_a_failure_of_the_network_is_none_of_the_source():
    """A source that was not fetched since says nothing; one that fails again begins anew."""
    subjects = network(AlertCondition.FAILING, NOW - 3 * DAY)
    before = failing(URLS[0], since=NOW - 3 * DAY, failures=9, last_poll=NOW - DAY)
    poll = facts(before, well(URLS[1]), subjects=subjects)
    assert decide_alerts(poll).sources == {}
    assert [state.url for state in conclude(poll, decide_alerts(poll)).failing] == [URLS[0]]
    again = facts(replace(before, last_poll=NOW), well(URLS[1]), subjects=subjects)
    assert conclude(again, decide_alerts(again)).network == ""
    (decision,) = decide_alerts(again).sources.values()
    assert (decision.notice, decision.alert.since, decision.alert.failures) == (None, NOW, 1)


def test_a_network_that_is_down_hides_the_sources():
    """Nothing is decided about them, and they are fetched again soon."""
    poll = facts(*map(failing, URLS), subjects=network(AlertCondition.FAILING, NOW - 3 * HOUR))
    changes = decide_alerts(poll)
    assert (changes.sources, set(changes.hastened)) == ({}, set(URLS))
    assert conclude(poll, changes).network == "no name of a host can be resolved"
    idle = replace(poll, outcomes={})
    assert (decide_alerts(idle).is_network_down, decide_alerts(idle).sources) == (True, {})


@pytest.mark.parametrize(("error", "joins"), [("the name of the host is not known", True), ("answered 500", False)])
def test_a_notice_takes_along_sources_that_fail_in_the_same_way(error: str, joins: bool):
    """Those with two failures; of another failure each waits for its own time."""
    fetch_class = FetchClass.DNS if joins else FetchClass.HTTP_5XX
    young = failing(URLS[1], since=NOW - HOUR / 4, failures=2, error=error, fetch_class=fetch_class)
    told = words(facts(failing(URLS[0]), young, well(URLS[2])))
    assert [subject for subject, _, _ in told] == ([URLS[0], URLS[1]] if joins else [URLS[0]])
    younger = replace(young, failures=1)
    assert words(facts(failing(URLS[0]), younger, well(URLS[2]))) == [(URLS[0], "began", "failing")]


def test_conditions_of_content_are_notices():
    """With their own begin and detail; a moved source that is flaky stays moved."""
    replaced = SourceHistory(replaced_since=NOW - DAY, former_title="Fjordavisa", link_site="lykkehjul.example")
    poll = facts(well(URLS[0], history=replaced, title="Lykkehjulet"), well(URLS[1]))
    (notice,) = conclude(poll, decide_alerts(poll)).notices
    assert (notice.condition, notice.since, notice.kind) == (AlertCondition.REPLACED, NOW - DAY, NoticeKind.BEGAN)
    assert "“Lykkehjulet” (lykkehjul.example) in place of “Fjordavisa”" in notice.detail
    moved = Alert(
        condition=AlertCondition.MOVED, named=AlertCondition.MOVED, since=NOW - DAY, at=NOW - HOUR, notices=(NOW - DAY,)
    )
    flaky = well(URLS[0], moved_to=URLS[1], failure_share=0.5)
    assert words(facts(flaky, alerts={URLS[0]: moved})) == []
    assert words(facts(well(URLS[0]), alerts={URLS[0]: moved})) == [(URLS[0], "ended", "moved")]


def test_sources_without_time_are_a_notice():
    """At once, and again when all were fetched in time."""
    late = facts(well(URLS[0]), missing=3)
    (notice,) = conclude(late, decide_alerts(late)).notices
    assert (notice.subject, notice.kind, notice.detail) == (
        LATENESS, NoticeKind.BEGAN, "3 sources not fetched in time; they come first next time",
    )  # fmt: skip
    decision = decide_alerts(late).lateness
    assert decision is not None
    still = facts(well(URLS[0]), missing=2, subjects={LATENESS: decision.alert})
    assert words(still) == []
    in_time = facts(well(URLS[0]), subjects={LATENESS: decision.alert})
    assert words(in_time) == [(LATENESS, "ended", "failing")]


def test_the_next_source_is_not_a_paused_one():
    """The earliest of those that are polled."""
    paused = failing(URLS[0], gone_count=3, next_due=NOW)
    poll = facts(paused, well(URLS[1], next_due=NOW + 2 * HOUR), well(URLS[2], next_due=NOW + HOUR))
    following = conclude(poll, decide_alerts(poll)).next_due
    assert following is not None
    assert following.url == URLS[2]
    assert conclude(facts(paused), decide_alerts(facts(paused))).next_due is None


def test_a_paused_source_says_how_it_is_fetched_again():
    """Three answers 410 pause a source; two do not."""
    assert failure_text(failing(URLS[0])) == "dns: the name of the host is not known"
    assert failure_text(failing(URLS[0], gone_count=2)) == "dns: the name of the host is not known"
    assert failure_text(failing(URLS[0], gone_count=3)).endswith("; it is paused, and `poll --force` fetches it")
