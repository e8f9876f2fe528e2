"""Peaks and silences as rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.models import Mention, Peak, Silence


_HOUR = timedelta(hours=1)
_MAX_ODDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """The columns of a peak or a silence, in their order; an empty cell does not apply.

    Of a peak, *usual* and *bar* (the threshold) are news mentions an hour; of a silence they are the expected mentions
    and the longest silence in hours. *mention* and *title* are of the mention with most response.
    """

    kind: str
    query: str
    start: str
    end: str
    mentions: int = 0
    publishers: int = 0
    usual: float
    chance: float | str = ""
    bar: float
    mention: int | str = ""
    title: str = ""
    says: str
    news: int = 0
    stories: int = 0


TREND_COLUMNS = tuple(column.name for column in fields(TrendRow))


def peak_row(peak: Peak, largest: Mention | None) -> dict[str, Any]:
    """Return the row of a peak, with the *largest* mention of its hour."""
    end = peak.start + _HOUR
    sentence = (
        f"{plural(peak.news, 'news mention')} from {plural(peak.publishers, 'publisher')}"
        f" between {peak.start.astimezone():%H:%M} and {end.astimezone():%H:%M};"
        f" {peak.usual:.1f} is usual in an hour ({_odds(peak.chance)});"
        f" the threshold from the busiest hour and recent peaks was {peak.threshold:.1f};"
        f" {plural(peak.mentions, 'mention')} of {plural(peak.stories, 'story', 'stories')} in all"
    )
    row = TrendRow(
        kind="spike",
        query=peak.query,
        start=_local(peak.start),
        end=_local(end),
        mentions=peak.mentions,
        publishers=peak.publishers,
        usual=round(peak.usual, 2),
        chance=float(f"{peak.chance:.2g}"),
        bar=round(peak.threshold, 1),
        mention=largest.id if largest else "",
        title=largest.entry.title if largest else "",
        says=sentence,
        news=peak.news,
        stories=peak.stories,
    )
    return asdict(row)


def silence_row(silence: Silence) -> dict[str, Any]:
    """Return the row of a silence."""
    sentence = (
        f"no mention for {silence.hours} hours, in which {silence.expected:.0f} mentions were expected;"
        f" the longest recent silence was {silence.longest:.0f} hours; check that the sources answer"
    )
    row = TrendRow(
        kind="silence",
        query=silence.query,
        start=_local(silence.start),
        end=_local(silence.start + silence.hours * _HOUR),
        usual=round(silence.expected, 2),
        bar=round(silence.longest, 1),
        says=sentence,
    )
    return asdict(row)


def _odds(chance: float) -> str:
    """Return a probability as odds, to two digits."""
    if chance * _MAX_ODDS < 1:
        return f"chance below 1 in {_MAX_ODDS:,}"
    return f"chance 1 in {int(float(f'{1 / chance:.2g}')):,}"


def _local(when: datetime) -> str:
    return when.astimezone().isoformat(timespec="minutes")
