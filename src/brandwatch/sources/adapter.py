"""How a source is asked and its answer read: plain feeds, and kinds as their files describe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.config import secrets
from brandwatch.errors import UsageError
from brandwatch.models import COMMENTS_KIND, Document, Feed, Request, Source
from brandwatch.sources.request import missing_secret

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from brandwatch.errors import FetchError
    from brandwatch.models import Entry


Parse = Callable[[Document], Feed]
"""Reads a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """A page of an answer: what was asked, what came, the *number*th, with *seen* entries up to its end.

    *mark* is how far the last poll came, *now* when this one began.
    """

    request: Request
    document: Document
    feed: Feed
    mark: str
    now: datetime
    number: int = 1
    seen: int = 0


class SourceAdapter:
    """A feed at an address: all of it is fetched, and none of it is asked for.

    *has_window* says whether every answer holds the newest of all there is, so that one that shares nothing with the
    last shows a gap; *is_search* whether the brand is what is asked for; *shows_all* whether an entry holds all that
    the server searched in; *is_conditional* whether its word that nothing has changed is believed; *is_doubtful*
    whether an empty answer may mean that it is closed; *nothing* is the status that means that there is nothing yet.
    *interval* is the shortest time between two polls, *spacing* the seconds between two requests to the host. *budget*
    is the most requests of one poll to all sources of a kind, 0 for no bound, *most* those that one source may need.
    *is_paid* says that entries cost money; *token* is one that was got for this poll, *env* names the secrets that it
    may be asked with. *version* changes with how an answer is read.
    """

    has_window = True
    is_search = False
    is_conditional = True
    is_doubtful = False
    nothing: int | None = None
    is_paid = False
    can_refresh = False
    token = ""
    env: tuple[str, ...] = ()
    version = ""
    shows_all = True
    interval: timedelta | None = None
    spacing = 0.0
    budget = 0
    most = 1

    def request(
        self,
        source: Source,
        environ: Mapping[str, str],
        *,
        mark: str,  # noqa: ARG002 (for others)
        now: datetime,  # noqa: ARG002 (for others)
    ) -> Request:
        """Return what to ask from *mark* on; raise FetchError where a secret is missing."""
        try:
            return Request(url=secrets.address(source, environ), headers=secrets.resolve_headers(source, environ))
        except UsageError as error:
            raise missing_secret(error) from error

    def below(self) -> SourceAdapter:
        """Return the endpoint as it is asked for what is said below an entry."""
        return self

    def read(self, document: Document, source: Source, parse: Parse) -> Feed:  # noqa: ARG002 (for others)
        """Return what an answer holds; raise ParseError for what is none."""
        return parse(document)

    def refused(self, refusal: FetchError) -> FetchError:
        """Return a refusal as its body has it, where that says more than its status."""
        return refusal

    def onward(self, page: AnswerPage) -> Request | None:  # noqa: ARG002 (for others)
        """Return what to ask after a page, `None` where that was the last."""
        return None

    def left(self, page: AnswerPage) -> str:  # noqa: ARG002 (for others)
        """Say what was left behind after the last page that was read, empty if nothing was."""
        return ""

    def furthest(self, *marks: str) -> str:
        """Return the mark that is furthest on."""
        return max(marks)

    def doubt(self, source: Source, feed: Feed) -> Request | None:  # noqa: ARG002 (for others)
        """Return what to ask where an answer is empty and its source may be closed."""
        return None

    def closed(self, document: Document) -> str:  # noqa: ARG002 (for others)
        """Say that a source is closed, as the answer to a doubt has it; empty if it is not."""
        return ""

    def credentials(self, environ: Mapping[str, str]) -> Request | None:  # noqa: ARG002 (for others)
        """Return what to ask for a token that must be had before; raise FetchError where a secret is missing."""
        return None

    def trusted(self, document: Document) -> SourceAdapter:  # noqa: ARG002 (for others)
        """Return the endpoint with the token that *document* holds; raise ParseError where it holds none."""
        return self

    def overspent(self, source: Source, entries: int) -> str:  # noqa: ARG002 (for others)
        """Say that one more request could cost too much after *entries* this month; empty if not."""
        return ""

    def conversation(self, source: Source, entry: Entry) -> Source | None:
        """Return the source of what is said below an entry, `None` where nobody knows of one."""
        if not entry.comment_feed:
            return None
        return Source(
            url=entry.comment_feed, kind=COMMENTS_KIND, interval=source.interval, allow_private=source.allow_private
        )


FEED_ADAPTER = SourceAdapter()
