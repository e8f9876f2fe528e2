"""The clock of the machine: how the doctor explains it, and how a user accepts it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch import clock
from brandwatch.cli.doctor import CheckResult, CheckState
from brandwatch.models import ClockDoubt
from brandwatch.pipeline import clock_trust
from brandwatch.pipeline.clock_trust import TIME_LIMITS
from brandwatch.pipeline.stored_times import is_future
from brandwatch.storage import open_store, poll_clock, poll_lock
from brandwatch.text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from brandwatch.config.settings import Settings
    from brandwatch.models import PollClock, SourceState


_SET = "set the machine's clock: certificates and intervals depend on it"
_ACCEPT = "`brandwatch doctor --accept-clock` accepts the clock of this machine"


def check_clock(states: Sequence[SourceState], last: PollClock) -> CheckResult:
    """Check that the time of the machine is plausible, now and in the last poll."""
    now = clock.now()
    newest = max((state.last_poll for state in states if state.last_poll), default=now)
    text = _second(now)
    if now.year not in clock.PLAUSIBLE_YEARS:
        return CheckResult("clock", CheckState.PROBLEM, f"{text} is not plausible", _SET)
    if last.doubt:
        return _explain_doubt(text, last, now)
    if is_future(newest, now):
        found = f"{text} is before the last fetch, {_second(newest)}"
        return CheckResult("clock", CheckState.PROBLEM, found, f"{_SET}; if it is right, {_ACCEPT}")
    if last.lag:
        found = f"{text}; retention does not count {duration(last.lag)} that no server confirmed"
        return CheckResult("clock", CheckState.WARNING, found, f"if the clock is right, {_ACCEPT}")
    return CheckResult("clock", CheckState.OK, text)


class ClockAcceptance(NamedTuple):
    """The time of the machine, whether a user accepted it, and the clock of the last poll before."""

    now: datetime
    is_accepted: bool
    last: PollClock

    def as_data(self) -> dict[str, Any]:
        """Return the acceptance for JSON."""
        times = {"now": self.now, "last_trusted": self.last.trusted, "servers": self.last.server_time}
        return {"accepted": self.is_accepted} | {
            name: when.isoformat() if when else None for name, when in times.items()
        }

    def as_text(self) -> str:
        """Return the acceptance in sentences."""
        if not self.is_accepted:
            return f"{_second(self.now)} is in no doubt: nothing was changed"
        before = (
            f"{_second(self.last.trusted)} was the last trusted time" if self.last.trusted else "no time was trusted"
        )
        servers = f", and {_second(self.last.server_time)} the Date of servers" if self.last.server_time else ""
        return (
            f"{_second(self.now)} is accepted as the time of this machine; before, {before}{servers}.\n"
            "Impossible times of stored rows are corrected, and the audit has the decision. The next poll fetches all"
            " sources that waited for a wrong time, and retention goes by this clock."
        )


def accept_clock(settings: Settings) -> ClockAcceptance:
    """Accept the time of the machine as that of the last trusted poll, unless it is in no doubt.

    Raise UsageError for a time that is not plausible, and AlreadyPollingError while a poll is running.
    """
    now = clock.now()
    with poll_lock(settings.db), open_store(settings.db, create=False) as store:
        last = poll_clock.read_poll_clock(store)
        accepted = clock_trust.accept_clock(last, now)
        if accepted:
            poll_clock.save_poll_clock(store, accepted, TIME_LIMITS, is_by_hand=True)
    return ClockAcceptance(now, accepted is not None, last)


def _explain_doubt(text: str, last: PollClock, now: datetime) -> CheckResult:
    """Explain why the clock of the last poll is not trusted, and when deletion resumes."""
    reason = clock_trust.explain_clock(last)
    found = f"{text}; the last poll deleted nothing by age, because its clock is not trusted: {reason}"
    if last.doubt is ClockDoubt.DENIED or clock_trust.evaluate_clock(last, now, ()).doubt:
        hint = (
            "set the machine's clock if it is wrong; deletion resumes with the first poll whose clock most servers"
            f" confirm (`brandwatch poll --force` fetches all sources); if the clock is right, {_ACCEPT}"
        )
        return CheckResult("clock", CheckState.PROBLEM, found, hint)
    return CheckResult("clock", CheckState.WARNING, found, "the next poll deletes again, and fetches all sources")


def _second(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
