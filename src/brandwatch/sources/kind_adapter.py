"""Sources of a kind, asked and read as the file of their kind says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.config.kind import AnswerFormat, SourceMode
from brandwatch.sources import auth, pagination, response
from brandwatch.sources.adapter import SourceAdapter
from brandwatch.sources.request import build_request, thread_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.config.kind import Kind
    from brandwatch.errors import FetchError
    from brandwatch.models import Document, Entry, Feed, Request, Source
    from brandwatch.sources.adapter import AnswerPage, Parse


class KindAdapter(SourceAdapter):
    """What a kind of source is asked, and how it answers."""

    def __init__(self, kind: Kind, token: str = "", *, is_below: bool = False) -> None:
        self._kind, self._is_below = kind, is_below
        self.token, self.env, self.version = token, kind.env, kind.version
        self.can_refresh = kind.refresh is not None
        self.is_paid = kind.spend is not None
        is_newest_first = kind.mode is SourceMode.STREAM or kind.engine is AnswerFormat.FEED
        self.has_window = kind.since is None and kind.paging is None and is_newest_first
        self.is_conditional, self.is_doubtful, self.nothing = kind.conditional, kind.probe is not None, kind.nothing
        self.is_search = kind.mode is SourceMode.SEARCH
        self.shows_all = kind.text == "full"
        self.interval, self.spacing, self.budget = kind.limits.interval, kind.limits.spacing, kind.limits.budget
        self.most = pagination.max_pages(kind) + (kind.probe is not None)

    def request(self, source: Source, environ: Mapping[str, str], *, mark: str, now: datetime) -> Request:
        """Return what to ask from *mark* on; raise UsageError where a secret is missing."""
        return build_request(self._kind, source, environ, now, cursor=mark, token=self.token, is_thread=self._is_below)

    def below(self) -> SourceAdapter:
        """Return the endpoint as it is asked for what is said below an entry."""
        return KindAdapter(self._kind, self.token, is_below=True)

    def read(self, document: Document, source: Source, parse: Parse) -> Feed:
        """Return what an answer holds; raise ParseError for what is none."""
        return response.read_answer(self._kind, document, dict(source.values), parse)

    def refused(self, refusal: FetchError) -> FetchError:
        """Return a refusal as its body has it, where that says more than its status."""
        return response.explain_refusal(self._kind, refusal)

    def onward(self, page: AnswerPage) -> Request | None:
        """Return what to ask after a page, `None` where that was the last."""
        return pagination.next_page(self._page(page))

    def left(self, page: AnswerPage) -> str:
        """Say what was left behind after the last page that was read, empty if nothing was."""
        return pagination.left_behind(self._page(page))

    def furthest(self, *marks: str) -> str:
        """Return the mark that is furthest on."""
        return response.latest_cursor(self._kind, marks)

    def doubt(self, source: Source, feed: Feed) -> Request | None:
        """Return what to ask where an answer is empty and its source may be closed."""
        return response.probe_request(self._kind, source, feed)

    def closed(self, document: Document) -> str:
        """Say that a source is closed, as the answer to a doubt has it; empty if it is not."""
        return response.closed_reason(self._kind, document)

    def credentials(self, environ: Mapping[str, str]) -> Request | None:
        """Return what to ask for a token that must be had before; raise UsageError where a secret is missing."""
        return None if self.token else auth.token_request(self._kind, environ)

    def trusted(self, document: Document) -> SourceAdapter:
        """Return the endpoint with the token that *document* holds; raise ParseError where it holds none."""
        return KindAdapter(self._kind, auth.read_token(self._kind, document), is_below=self._is_below)

    def overspent(self, source: Source, entries: int) -> str:
        """Say that one more request could cost too much after *entries* this month; empty if not."""
        return pagination.over_spend_cap(self._kind, source, entries)

    def conversation(self, source: Source, entry: Entry) -> Source | None:
        """Return the source of what is said below an entry, `None` where nobody knows of one."""
        return thread_source(self._kind, source, entry)

    def _page(self, page: AnswerPage) -> pagination.AnswerPage:
        """Return a page as its kind sees it."""
        return pagination.AnswerPage(
            kind=self._kind,
            request=page.request,
            document=page.document,
            feed=page.feed,
            now=page.now,
            cursor=page.mark,
            number=page.number,
            listed=page.seen,
            is_thread=self._is_below,
        )
