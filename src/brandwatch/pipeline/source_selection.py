"""What a poll decides about sources by their summaries: whose whole rows it has to read.

To read a row takes a hundred times as long as its summary, and a poll fetches few of its sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.pipeline import stored_times
from brandwatch.pipeline.schedule import CRON_SLACK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.storage.sources import SourceSummary


def resting_sources(summaries: Iterable[SourceSummary], now: datetime) -> set[str]:
    """Return the URLs of sources that no rule can find due at *now*; of the others the whole state decides."""
    soon, far, ahead = (
        (now + span).timestamp() for span in (CRON_SLACK, stored_times.MIN_BELIEVED_WAIT, stored_times.MAX_CORRECTION)
    )
    return {
        url
        for url, _, _, last_poll, _, next_due in summaries
        if next_due is not None and last_poll is not None and soon < next_due <= far and last_poll <= ahead
    }


def remarkable_sources(
    polled: Iterable[str], summaries: Mapping[str, SourceSummary], alerts: Collection[str]
) -> Iterator[str]:
    """Yield the URLs of sources that are not well, or were not: of the others the end of a poll has nothing to say."""
    for url in polled:
        summary = summaries.get(url)
        if summary and (not summary.is_well or url in alerts):
            yield url
