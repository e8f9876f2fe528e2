"""Checks of the sources: their clock, their secrets, the last poll, waiting and failing ones."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from brandwatch import clock, urls
from brandwatch.cli.doctor import CheckResult, CheckState
from brandwatch.cli.doctor.poll_clock import check_clock
from brandwatch.cli.options import configured_sources
from brandwatch.config import secrets
from brandwatch.config.settings import Settings
from brandwatch.errors import StoreError, UsageError
from brandwatch.models import Health, PollClock, Source, SourceCondition, SourceState
from brandwatch.pipeline import source_condition
from brandwatch.storage import database_file, open_store, poll_clock, sources
from brandwatch.text import local_minute, plural

_OVERDUE = timedelta(hours=24)
_MAX_LISTED = 5


def check_sources(settings: Settings) -> Iterator[CheckResult]:
    """Check the clock, the secrets, the last poll and the sources."""
    configured, (stored, last) = configured_sources(settings), _read_states(settings.db)
    yield check_clock(stored, last)
    yield _check_secrets(configured)
    polled = [state.last_poll for state in stored if state.last_poll]
    if not polled:
        yield CheckResult("last poll", CheckState.WARNING, "no source was ever fetched", "brandwatch poll")
        return
    newest = max(polled)
    text = f"{local_minute(newest)}, {plural(polled.count(newest), 'source')} fetched"
    if clock.now() - newest > _OVERDUE:
        yield CheckResult("last poll", CheckState.WARNING, text, "check that cron runs `brandwatch poll`")
    else:
        yield CheckResult("last poll", CheckState.OK, text)
    # A source that left the query files is no longer fetched: its last failure does not matter.
    urls = {source.url for source in configured}
    states = [state for state in stored if state.url in urls] if urls else stored
    yield from _check_waiting(configured, states)
    yield _check_conditions(states, source_condition.trusted_time(last, clock.now()))


def _read_states(path: Path) -> tuple[Sequence[SourceState], PollClock]:
    """Return the stored sources and the clock of the last poll, none if the database cannot be read as it is."""
    try:
        if not database_file.is_current(path):
            return (), PollClock()
        with open_store(path, create=False) as store:
            return sources.source_states(store), poll_clock.read_poll_clock(store)
    except StoreError:
        return (), PollClock()


def _check_secrets(configured: Sequence[Source]) -> CheckResult:
    """Check that the secrets of the sources are set and can be sent; none is shown."""
    needed = {name for source in configured for name in secrets.source_secret_names(source)}
    wrong = {}
    for source in configured:
        try:
            secrets.resolve_url(source, os.environ)
            secrets.resolve_headers(source, os.environ)
        except UsageError as error:
            wrong[error.message] = error.hint
    if wrong:
        more = f", and {len(wrong) - _MAX_LISTED} more" if len(wrong) > _MAX_LISTED else ""
        return CheckResult(
            "secrets", CheckState.WARNING, "; ".join(list(wrong)[:_MAX_LISTED]) + more, next(iter(wrong.values()))
        )
    return CheckResult(
        "secrets", CheckState.OK, f"{plural(len(needed), 'variable')}, all set" if needed else "none needed"
    )


def _check_waiting(configured: Sequence[Source], states: Sequence[SourceState]) -> Iterator[CheckResult]:
    """Check that no source waits for its first fetch, or is long overdue."""
    known = {state.url: state for state in states}
    new = sum(source.url not in known for source in configured)
    line = clock.now() - _OVERDUE
    late = sum(
        bool(state.next_due and state.next_due < line and not source_condition.is_paused(state)) for state in states
    )
    if new or late:
        text = f"{new} of {len(configured)} never fetched, {late} overdue for more than a day"
        yield CheckResult("waiting", CheckState.WARNING, text, "brandwatch poll")


def _check_conditions(states: Sequence[SourceState], now: datetime) -> CheckResult:
    """List the sources that are not well, and since when: first those that fail, then the worst."""
    order = source_condition.WORST_FIRST
    conditions = [(state, source_condition.condition(state, now)) for state in states]
    failing = sorted(
        (pair for pair in conditions if source_condition.is_failing(pair[0])), key=lambda pair: -pair[0].failures
    )
    others = [
        pair for pair in conditions if not source_condition.is_failing(pair[0]) and pair[1].health is not Health.OK
    ]
    others.sort(key=lambda pair: order.index(pair[1].health))
    if not failing and not others:
        return CheckResult("sources", CheckState.OK, f"{plural(len(states), 'source')}, none fails")
    names = _names(states)
    listed = [f"{names[state.url]} ({state.fetch_class}, {_since(state)})" for state, _ in failing]
    listed += [f"{names[state.url]} ({_words(condition)})" for state, condition in others]
    first = "; ".join(listed[:_MAX_LISTED])
    more = f" and {len(listed) - _MAX_LISTED} more" if len(listed) > _MAX_LISTED else ""
    is_lasting = any(state.failures >= source_condition.FAILURES_UNTIL_FAILING for state, _ in failing)
    counts = Counter(condition.health for _, condition in others)
    summary = ", ".join(
        [f"{len(failing) or 'none'} of {len(states)} fail", *(f"{count} {name}" for name, count in counts.items())]
    )
    result = CheckState.PROBLEM if is_lasting else CheckState.WARNING
    return CheckResult("sources", result, f"{summary}: {first}{more}", "brandwatch sources")


def _names(states: Sequence[SourceState]) -> dict[str, str]:
    """Return the names of sources by URL: a title that no other has, or the URL without what may hold a secret."""
    counts = Counter(state.title for state in states)
    return {
        state.url: state.title
        if state.title and counts[state.title] == 1
        else urls.readable_host(urls.host(state.url)) + urlsplit(state.url).path
        for state in states
    }


def _words(condition: SourceCondition) -> str:
    """Return the health of a source, and since when."""
    return condition.health + (f" since {local_minute(condition.since)}" if condition.since else "")


def _since(state: SourceState) -> str:
    """Return the last success of a failing source."""
    return f"since {local_minute(state.last_success)}" if state.last_success else "never answered"
