"""Peaks and silences in words and in columns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from brandwatch.text import plural

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models import Mention, Peak, Silence


TREND_COLUMNS = (
    "kind",
    "query",
    "start",
    "end",
    "mentions",
    "publishers",
    "usual",
    "chance",
    "bar",
    "mention",
    "title",
    "says",
    "news",
    "stories",
)
"""Of a spike, `usual` and `bar` are news in an hour; of a silence the mentions expected in it, and hours."""

_HOUR = timedelta(hours=1)
_RAREST = 1_000_000


def peak_row(spike: Peak, largest: Mention | None) -> dict[str, Any]:
    """Return a spike with the *largest* mention of its hour."""
    end = spike.start + _HOUR
    return {
        "kind": "spike",
        "query": spike.query,
        "start": _local(spike.start),
        "end": _local(end),
        "mentions": spike.mentions,
        "publishers": spike.publishers,
        "usual": round(spike.usual, 2),
        "chance": float(f"{spike.chance:.2g}"),
        "bar": round(spike.threshold, 1),
        "mention": largest.id if largest else "",
        "title": largest.entry.title if largest else "",
        "says": (
            f"{spike.news} that are news in the hour to {end.astimezone():%H:%M},"
            f" by {plural(spike.publishers, 'publisher')};"
            f" usual here is {spike.usual:.1f} ({_in_words(spike.chance)});"
            f" the bar after the busiest hour and the spikes lately was {spike.threshold:.1f};"
            f" {plural(spike.mentions, 'mention')} of {plural(spike.stories, 'story', 'stories')} in all"
        ),
        "news": spike.news,
        "stories": spike.stories,
    }


def silence_row(silence: Silence) -> dict[str, Any]:
    """Return a silence."""
    return {
        "kind": "silence",
        "query": silence.query,
        "start": _local(silence.start),
        "end": _local(silence.start + silence.hours * _HOUR),
        "mentions": 0,
        "publishers": 0,
        "usual": round(silence.expected, 2),
        "chance": "",
        "bar": round(silence.longest, 1),
        "mention": "",
        "title": "",
        "says": (
            f"nothing for {silence.hours} hours, in which {silence.expected:.0f} mentions were expected;"
            f" the longest silence lately was {silence.longest:.0f} hours; see whether the sources answer"
        ),
        "news": 0,
        "stories": 0,
    }


def _in_words(chance: float) -> str:
    """Return a chance in words, to two digits."""
    if chance * _RAREST < 1:
        return f"chance below 1 in {_RAREST:,}"
    return f"chance 1 in {int(float(f'{1 / chance:.2g}')):,}"


def _local(when: datetime) -> str:
    """Return a moment in local time with its offset."""
    return when.astimezone().isoformat(timespec="minutes")
