"""The comment thread of an entry, as a source that is asked like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.kind import AnswerFormat
from brandwatch.models import COMMENTS_KIND, Source

if TYPE_CHECKING:
    from brandwatch.config.kind import Kind
    from brandwatch.models import Entry


def thread_source(kind: Kind, source: Source, entry: Entry) -> Source | None:
    """Return the source of what is said below an entry that came through *source*, `None` where there is none.

    Comments in JSON are read with the same kind, those in a feed are a feed of comments. Headers go to the host of
    *source* only.
    """
    if not entry.comment_feed:
        return None
    if kind.engine is AnswerFormat.FEED:
        return Source(
            url=entry.comment_feed, kind=COMMENTS_KIND, interval=source.interval, allow_private=source.allow_private
        )
    is_same = urls.netloc(entry.comment_feed) == urls.netloc(source.url)
    return Source(
        url=entry.comment_feed,
        kind=kind.name,
        interval=source.interval,
        allow_private=source.allow_private,
        headers=source.headers if is_same else (),
        values=source.values,
    )
