"""The condition of a source: the worst that is true of it, since when, and why. Decisions from its state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch.models import FetchClass, Health, SourceCondition
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.models import PollClock, SourceHistory, SourceState

GONES_UNTIL_PAUSE = 3
WORST_FIRST = (
    Health.PAUSED,
    Health.THROTTLED,
    Health.FAILING,
    Health.REPLACED,
    Health.EMPTY,
    Health.FROZEN,
    Health.SHRUNK,
    Health.FLAKY,
    Health.MOVED,
    Health.OK,
)
"""The healths in the order in which one hides the next."""
FAILURES_UNTIL_FAILING = 3
FLAKY_SHARE = 0.15
_DAY = timedelta(days=1)
_NEVER_FROZEN = datetime(9999, 1, 1, tzinfo=UTC)
# Measured on the dates in 185 feeds, each silence after up to 20 intervals: 0.59 false alarms a feed-year, 0.29 with
# ten intervals or more; eight times the median, as it was before, gave 0.77 and 1.01.
_INTERVALS_FACTOR = 2
_MIN_PATIENCE = timedelta(days=3)
_MIN_RELIABLE_INTERVALS = 5
_SMALL_SAMPLE_FACTOR = 3
_SMALL_SAMPLE_PATIENCE = timedelta(days=8)
_MIN_KNOWN_INTERVALS = 2
_UNKNOWN_RHYTHM_PATIENCE = timedelta(days=21)
_MAX_OUTLIER_FACTOR = 6
_MIN_USUAL_ENTRIES = 6
_VARYING_SHARE = 2
_MAX_TITLE_CHARS = 60
_MAX_HOURS_IN_WORDS = 48


def trusted_time(clock: PollClock, now: datetime) -> datetime:
    """Return the time until which a silence counts: a clock that leapt to next year has frozen no source."""
    return clock.trusted if clock.doubt and clock.trusted else now


def is_paused(state: SourceState) -> bool:
    """Whether a source is no longer polled: three responses in a row were 410 (gone)."""
    return state.gone_count >= GONES_UNTIL_PAUSE


def is_failing(state: SourceState) -> bool:
    """Whether the last fetch failed, or gave a part only. An erasure may have deleted the text of its error."""
    return bool(state.error or state.failures)


def condition(state: SourceState, now: datetime) -> SourceCondition:
    """Sum up the state of a source: the worst that is true of it, since when, and why."""
    return next(conditions(state, now), SourceCondition(health=Health.OK))


def conditions(state: SourceState, now: datetime) -> Iterator[SourceCondition]:
    """Yield the conditions that hold of a source, the worst first."""
    history = state.history
    failing_since = history.failing_since or state.last_success or state.first_poll
    if is_paused(state):
        yield SourceCondition(health=Health.PAUSED, since=state.last_poll, detail=state.error)
    if state.fetch_class is FetchClass.THROTTLED:
        yield SourceCondition(health=Health.THROTTLED, since=failing_since, detail=state.error)
    if state.failures >= FAILURES_UNTIL_FAILING:
        yield SourceCondition(health=Health.FAILING, since=failing_since, detail=state.error)
    yield from _conditions_of_content(state, now)
    if state.failures or state.failure_share > FLAKY_SHARE:
        since = history.flaky_since or failing_since
        detail = state.error or f"{state.failure_share:.0%} of its latest fetches failed"
        yield SourceCondition(health=Health.FLAKY, since=since, detail=detail)
    if state.moved_to:
        yield SourceCondition(health=Health.MOVED, since=history.moved_since, detail=f"moved to {state.moved_to}")


def _conditions_of_content(state: SourceState, now: datetime) -> Iterator[SourceCondition]:
    """Yield the conditions of a source that answers, and does not list what it should."""
    history = state.history
    if history.replaced_since:
        of_site = f" ({history.link_site})" if history.link_site else ""
        detail = f"“{_short(state.title)}”{of_site} in place of “{_short(history.former_title)}”"
        yield SourceCondition(health=Health.REPLACED, since=history.replaced_since, detail=detail)
    if history.empty_since:
        detail = "it had entries, and has none now" if state.seen else "it has never had an entry"
        yield SourceCondition(health=Health.EMPTY, since=history.empty_since, detail=detail)
    if frozen_since := _frozen_since(state, now):
        yield SourceCondition(health=Health.FROZEN, since=frozen_since, detail=_explain_silence(state))
    is_confirmed = history.shrunk_since and state.last_success and state.last_success - history.shrunk_since >= _DAY
    if is_confirmed:
        detail = f"{plural(state.entries, 'entry', 'entries')}, {count_usual_entries(history)} before"
        yield SourceCondition(health=Health.SHRUNK, since=history.shrunk_since, detail=detail)


def _frozen_since(state: SourceState, now: datetime) -> datetime | None:
    """Return the last news of a source that answers, and has had none for far longer than usual.

    The silence ends with the last answer, because news is seen in answers only.
    """
    latest = _latest_news(state)
    if latest is None or state.last_success is None:
        return None
    is_usual = min(now, state.last_success) <= latest + _patience(state, state.last_success)
    return None if is_usual else latest


def usual_until(state: SourceState, answered: datetime) -> datetime:
    """Return until when a source that *answered* may go on without news before it is frozen."""
    latest = _latest_news(state)
    return _NEVER_FROZEN if latest is None else latest + _patience(state, answered)


def _latest_news(state: SourceState) -> datetime | None:
    """Return the last news of a source, `None` where no silence would be unusual."""
    if not (state.history.intervals or state.history.sizes):
        return None
    # What the first document lists was not new to its readers.
    has_had_news = state.last_new is not None and state.last_new != state.first_poll
    times = (state.newest, state.last_new if has_had_news or state.newest is None else None)
    return max((moment for moment in times if moment), default=None)


def _patience(state: SourceState, answered: datetime) -> timedelta:
    patience = longest_usual_silence(state.history)
    return patience / 2 if is_stale_copy(state.history, answered) else patience


def longest_usual_silence(history: SourceHistory) -> timedelta:
    """Return how long a source may be silent until it is frozen.

    A single interval far above all others is one, such as before an old entry that stays at the top.
    """
    second, longest = sorted((0, 0, *history.intervals))[-2:]
    known = len(history.intervals)
    if known < _MIN_KNOWN_INTERVALS:
        return max(_UNKNOWN_RHYTHM_PATIENCE, timedelta(seconds=_SMALL_SAMPLE_FACTOR * longest))
    if known < _MIN_RELIABLE_INTERVALS:
        return max(_SMALL_SAMPLE_PATIENCE, timedelta(seconds=_SMALL_SAMPLE_FACTOR * longest))
    usual = min(longest, _MAX_OUTLIER_FACTOR * second)
    return max(_MIN_PATIENCE, timedelta(seconds=_INTERVALS_FACTOR * usual))


def count_usual_entries(history: SourceHistory) -> int:
    """Return the number of entries that a source lists at least, 0 if it varies or is not known."""
    fewest, most = min(history.sizes, default=0), max(history.sizes, default=0)
    return fewest if fewest >= _MIN_USUAL_ENTRIES and fewest * _VARYING_SHARE >= most else 0


def is_stale_copy(history: SourceHistory, answered: datetime | None) -> bool:
    """Whether every answer for a day was the same copy of a cache: its Date does not advance."""
    return bool(history.copy_date and history.copy_since and answered and answered - history.copy_since >= _DAY)


def _explain_silence(state: SourceState) -> str:
    intervals = sorted(state.history.intervals)
    if is_stale_copy(state.history, state.last_success):
        return f"the same copy of a cache, made {state.history.copy_date:%Y-%m-%d %H:%M} UTC"
    if len(intervals) < _MIN_KNOWN_INTERVALS:
        return "no new entry since then"
    return f"no new entry since then; usually every {_words_of_interval(intervals[len(intervals) // 2])}"


def _words_of_interval(seconds: int) -> str:
    hours = round(seconds / 3600)
    return f"{max(hours, 1)} h" if hours < _MAX_HOURS_IN_WORDS else f"{round(hours / 24)} days"


def _short(title: str) -> str:
    title = one_line(title)
    return title if len(title) <= _MAX_TITLE_CHARS else f"{title[:_MAX_TITLE_CHARS].rstrip()}…"
