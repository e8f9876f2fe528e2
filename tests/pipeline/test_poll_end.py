"""The end of a poll: what it makes of the states of sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

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
from brandwatch.pipeline.poll_end import AlertChanges, PollFacts, conclude, decide_alerts, failure_text, store_alerts
from brandwatch.storage import alert_rows, open_store, sources

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_source_that_was_never_due_is_not_the_next():
    """It has no time yet; that of the others is known."""
    poll = facts(well(URLS[0]), well(URLS[1], next_due=NOW + 2 * HOUR))
    following = conclude(poll, decide_alerts(poll)).next_due
    assert following is not None
    assert following.url == URLS[1]


def test_a_network_that_is_well_again_has_no_reason():
    """The words of its failure are those of an alert from before."""
    before = replace(network(AlertCondition.FAILING, NOW - 3 * HOUR)[NETWORK], detail="no server can be reached")
    poll = facts(well(URLS[0]), well(URLS[1]), subjects={NETWORK: before})
    changes = decide_alerts(poll)
    assert changes.network is not None
    assert (changes.is_network_down, conclude(poll, changes).network) == (False, "")


def test_a_poll_without_fetches_says_nothing_about_the_network():
    """It stays as it was, and the failure is not counted once more."""
    for condition in (AlertCondition.FAILING, AlertCondition.WELL):
        before = network(condition, NOW - 3 * HOUR)
        idle = replace(facts(*map(failing, URLS), subjects=before), outcomes={})
        decision = decide_alerts(idle).network
        assert decision is not None
        assert (decision.alert.condition, decision.alert.failures) == (condition, before[NETWORK].failures)
    again = decide_alerts(facts(*map(failing, URLS), subjects=network(AlertCondition.FAILING, NOW - 3 * HOUR)))
    assert again.network is not None
    assert again.network.alert.failures == 1


def test_a_network_that_was_down_once_is_not_found_down_by_one_source():
    """One of two hosts that fails is that host; while the network is down, it is the network."""
    poll = facts(failing(URLS[0]), well(URLS[1], last_poll=NOW - DAY))
    for condition, is_down in ((AlertCondition.WELL, False), (AlertCondition.FAILING, True)):
        changes = decide_alerts(replace(poll, subjects=network(condition, NOW - 3 * HOUR)))
        assert (changes.is_network_down, list(changes.sources)) == (is_down, [] if is_down else [URLS[0]])


@pytest.mark.parametrize(("seconds", "failures"), [(-1, 1), (0, 4), (1, 4)])
def test_a_failure_after_the_network_was_well_again_counts_whole(seconds: int, failures: int):
    """By whole seconds, as times are stored."""
    well_since = NOW - 2 * HOUR + timedelta(microseconds=900_000)
    since = NOW - 2 * HOUR + timedelta(seconds=seconds)
    poll = facts(failing(URLS[0], since), well(URLS[1]), subjects=network(AlertCondition.WELL, well_since))
    assert decide_alerts(poll).sources[URLS[0]].alert.failures == failures


@pytest.mark.parametrize(("seconds", "is_told"), [(-1, False), (0, True)])
def test_a_source_that_failed_with_the_network_is_asked_again_first(seconds: int, is_told: bool):
    """A fetch in the second in which the network was well is one of its own."""
    well_since = NOW - 2 * HOUR
    before = failing(URLS[0], NOW - DAY, last_poll=well_since + timedelta(seconds=seconds))
    poll = facts(before, well(URLS[1]), subjects=network(AlertCondition.WELL, well_since))
    assert (URLS[0] in decide_alerts(poll).sources) is is_told


def test_a_flaky_source_is_no_news():
    """It is well, unless it has moved; a frozen one that is flaky is not frozen any more."""
    flaky = well(URLS[0], failure_share=0.5)
    assert decide_alerts(facts(flaky)).sources == {}
    frozen = Alert(
        condition=AlertCondition.FROZEN, named=AlertCondition.FROZEN, since=NOW - DAY, at=NOW, notices=(NOW - 3 * DAY,)
    )
    assert words(facts(flaky, alerts={URLS[0]: frozen})) == [(URLS[0], "ended", "frozen")]


def named_failing(days: int) -> Alert:
    """Return the alert of a source that fails for a month, with a notice some days ago."""
    since, when = NOW - 30 * DAY, NOW - days * DAY
    failing = AlertCondition.FAILING
    return Alert(
        condition=failing, named=failing, since=since, named_since=since, at=NOW - HOUR, failures=9, notices=(when,)
    )


@pytest.mark.parametrize(("days", "joins"), [(6, True), (5, False)])
def test_a_reminder_joins_a_notice_of_another_source(days: int, joins: bool):
    """A day before it is due, whatever the reason of the other; alone it waits for its week."""
    old = failing(URLS[1], since=NOW - 30 * DAY, error="answered 500", fetch_class=FetchClass.HTTP_5XX)
    poll = facts(failing(URLS[0]), old, well(URLS[2]), alerts={URLS[1]: named_failing(days)})
    assert words(poll) == [(URLS[0], "began", "failing"), *([(URLS[1], "still", "failing")] if joins else [])]
    assert words(facts(old, well(URLS[2]), alerts={URLS[1]: named_failing(days)})) == []


def test_a_reminder_takes_along_no_young_failure():
    """That of a source which fails in the same way for weeks says nothing of what began now."""
    young = failing(URLS[1], since=NOW - HOUR / 4, failures=2)
    poll = facts(failing(URLS[0], NOW - 30 * DAY), young, well(URLS[2]), alerts={URLS[0]: named_failing(7)})
    assert words(poll) == [(URLS[0], "still", "failing")]


def test_sources_behind_one_obstacle_fail_in_the_same_way():
    """Whatever their errors: what stands in the way is the reason, and their notices have one group."""
    states = [
        failing(url, error=f"answered {number}", fetch_class=FetchClass.HTTP_4XX, failures=4 - 2 * bool(number))
        for number, url in enumerate(URLS[:2])
    ]
    poll = facts(*states, well(URLS[2]))
    assert words(poll) == [(URLS[0], "began", "failing")]
    behind = {
        url: replace(outcome, fetch=replace(outcome.fetch, obstacle="the proxy" if outcome.has_failed else ""))
        for url, outcome in poll.outcomes.items()
    }
    hindered = replace(poll, outcomes=behind)
    notices = conclude(hindered, decide_alerts(hindered)).notices
    assert [(notice.subject, notice.group) for notice in notices] == [(url, "the proxy") for url in URLS[:2]]


def test_only_failures_have_a_group():
    """A class is one where it says enough; a source that is well again has none."""
    poll = facts(failing(URLS[0]), well(URLS[1]), alerts={URLS[1]: named_failing(2)})
    notices = conclude(poll, decide_alerts(poll)).notices
    assert [(str(notice.kind), notice.group) for notice in notices] == [("began", "dns"), ("ended", "")]


@pytest.mark.parametrize("are_printed", [True, False])
def test_a_notice_that_is_not_printed_stays_due(tmp_path: Path, are_printed: bool):
    """The alert is stored without it; the memory of a source that is well is deleted."""
    poll = facts(failing(URLS[0]), well(URLS[1]), alerts={URLS[1]: Alert(since=NOW - 3 * DAY, at=NOW - HOUR)})
    with open_store(tmp_path / "a.db") as store:
        with store.transaction():
            for state in poll.known_states():
                sources.store_source(store, state)
        alert_rows.save_alerts(store, sources=poll.alerts, subjects={})
        assert list(alert_rows.source_alerts(store)) == [URLS[1]]
        store_alerts(store, decide_alerts(poll), poll, are_printed=are_printed)
        (stored,) = alert_rows.source_alerts(store).items()
        assert (stored[0], stored[1].notices) == (URLS[0], (NOW,) if are_printed else ())
        store_alerts(store, AlertChanges(), poll, are_printed=True)
        assert list(alert_rows.source_alerts(store)) == [URLS[0]]


def test_what_concerns_all_sources_is_stored_alone_too(tmp_path: Path):
    """The network, or lateness, without a change of any source; what failed with the network is due in an hour."""
    states = [failing(url, next_due=NOW + number * HOUR) for number, url in enumerate(URLS, 1)]
    with open_store(tmp_path / "a.db") as store:
        with store.transaction():
            for state in states:
                sources.store_source(store, state)
        down = facts(*states)
        store_alerts(store, decide_alerts(down), down, are_printed=True)
        assert (list(alert_rows.subject_alerts(store)), alert_rows.source_alerts(store)) == ([NETWORK], {})
        due = [state.next_due for state in sources.states_of_sources(store, URLS)]
        assert due == [NOW + HOUR] * 3
        late = facts(missing=2)
        store_alerts(store, decide_alerts(late), late, are_printed=True)
        assert sorted(alert_rows.subject_alerts(store)) == sorted([NETWORK, LATENESS])
