"""The lines that a poll prints about sources: what failed, what changed, and what is due next.

A file of its own beside `poll`, which decides when each of them is printed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import clock, urls
from brandwatch.models import LATENESS, NETWORK, AlertCondition, NoticeKind
from brandwatch.text import duration, local_minute, plural
from brandwatch.text.sanitise import one_line
from brandwatch.urls import readable_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import MentionCounts, Notice, SourceOutcome, SourceState
    from brandwatch.pipeline.edits import QueryEdit

MAX_SIMILAR_LINES = 5
"""More sources that fail in one way, or are well again, share a line."""
_LISTED_HOSTS = 3


class SubjectWords(NamedTuple):
    """The words for the network or the poll: its label, its failing state and its healthy state."""

    label: str
    failing: str
    well: str


_SUBJECTS = {
    NETWORK: SubjectWords("network", "down", "well again"),
    LATENESS: SubjectWords("poll", "late", "in time again"),
}


def result_line(fetch_class: str, url: str, error: str, result: str) -> str:
    """Return the line about one request: its class, its URL, and its error or result."""
    return _line(fetch_class, one_line(readable_link(url)), one_line(error) or result)


def outcome_line(outcome: SourceOutcome) -> str:
    """Return the line about a source that was polled."""
    fetch = outcome.fetch
    result = f"{fetch.entries} entries, {count_words(fetch.counts)}"
    if fetch.remark:
        result += f"; {one_line(fetch.remark)}"
    if fetch.fetch_class == "put-off":
        result = "the request budget of its kind is spent; it comes first next time"
    return result_line(fetch.fetch_class, outcome.source.url, fetch.error, result)


def count_words(counts: MentionCounts) -> str:
    """Write counts of mentions out; those that are 0 are left out, except the new ones."""
    others = {
        "from the backlog": counts.backlog,
        "updated": counts.updated,
        "hidden": counts.hidden,
        "shown again": counts.shown,
        "gone": counts.gone,
    }
    return ", ".join(
        [plural(counts.new, "new mention"), *(f"{count} {words}" for words, count in others.items() if count)]
    )


def edit_line(edit: QueryEdit) -> str:
    """Return the line about an edited query; the one poll that applies it prints it."""
    applied = "new query" if edit.is_new else "edited query"
    left = f"; {edit.left} unchanged, of which only a part is stored" if edit.left else ""
    words = count_words(edit.counts).removeprefix("0 new mentions, ")
    return f"{edit.query}: {applied}, applied to stored mentions: {words}{left}"


def network_line(reason: str) -> str:
    """Return the line about a network that is down."""
    return _line("network", "down", one_line(reason))


def failing_lines(failing: Iterable[SourceState]) -> Iterator[str]:
    """Yield a line for each source that fails; many that fail in one way share a line."""
    from brandwatch.pipeline.network_outage import failure_group

    groups: defaultdict[str, list[SourceState]] = defaultdict(list)
    for state in failing:
        groups[failure_group(state.fetch_class, state.error)].append(state)
    for states in groups.values():
        if len(states) > MAX_SIMILAR_LINES:
            first = states[0]
            yield _line(first.fetch_class or "", _several(state.url for state in states), one_line(first.error))
        else:
            yield from (result_line(state.fetch_class or "", state.url, state.error, "") for state in states)


def notice_lines(notices: Iterable[Notice]) -> Iterator[str]:
    """Yield the lines of notices; many of one kind share a line."""
    groups: defaultdict[tuple[str, ...], list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.kind, notice.condition, notice.group].append(notice)
    for similar in groups.values():
        if len(similar) > MAX_SIMILAR_LINES:
            # The one that lasts longest.
            first = min(similar, key=lambda notice: notice.since)
            yield _line(_label(first), _several(notice.subject for notice in similar), _explain(first))
        else:
            yield from (_line(_label(each), _subject(each), _explain(each)) for each in similar)


def next_line(next_due: SourceState | None, *, is_idle: bool) -> str:
    """Return the line about the source that is due next; *is_idle*: none was due now."""
    first = "nothing is due" if is_idle else ""
    if next_due is None or next_due.next_due is None:
        return first
    wait = next_due.next_due - clock.now()
    when = f"{local_minute(next_due.next_due)} (in {duration(wait)})" if wait.total_seconds() > 0 else "now"
    following = f"next due: {when}, {one_line(readable_link(next_due.url))}"
    return f"{first}; {following}" if first else following


def _line(label: str, subject: str, text: str) -> str:
    return f"{label:<12} {subject}  {text}"


def _label(notice: Notice) -> str:
    if notice.subject in _SUBJECTS:
        return _SUBJECTS[notice.subject].label
    return "well again" if notice.kind is NoticeKind.ENDED else notice.condition


def _subject(notice: Notice) -> str:
    if notice.subject in _SUBJECTS:
        _, failing, well = _SUBJECTS[notice.subject]
        return well if notice.kind is NoticeKind.ENDED else failing
    return one_line(readable_link(notice.subject))


def _explain(notice: Notice) -> str:
    """Return the text of a notice: since when, and why."""
    if notice.until is not None:
        length = duration(notice.until - notice.since)
        return f"after {length}: {_failing_word(notice)} since {local_minute(notice.since)}"
    still = "still, " if notice.kind is NoticeKind.STILL else ""
    text = f"{still}since {local_minute(notice.since)}"
    if notice.condition is AlertCondition.FLAPPING:
        text += f", {plural(notice.outages, 'outage')}, {notice.failing_share:.0%} of its latest fetches failed"
    return f"{text}: {one_line(notice.detail)}" if notice.detail else text


def _failing_word(notice: Notice) -> str:
    return _SUBJECTS[notice.subject].failing if notice.subject in _SUBJECTS else str(notice.condition)


def _several(links: Iterable[str]) -> str:
    """Return the number of sources with some of their hosts."""
    listed = list(links)
    hosts = list(dict.fromkeys(urls.readable_host(urls.host(link)) for link in listed))
    if len(hosts) == 1:
        return f"{len(listed)} sources at {one_line(hosts[0])}"
    rest = f" and {len(hosts) - _LISTED_HOSTS} more hosts" if len(hosts) > _LISTED_HOSTS else ""
    return f"{len(listed)} sources at {one_line(', '.join(hosts[:_LISTED_HOSTS]))}{rest}"
