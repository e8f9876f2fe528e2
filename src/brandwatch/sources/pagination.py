"""Pages of an answer: the request for the next one, what was left behind, and what a page may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.kind import AnswerFormat, Kind, PagingRule, TimeFormat
from brandwatch.sources import expressions, request, response

if TYPE_CHECKING:
    from brandwatch.models import Document, Feed, Request, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """A page that was read: the *number*th, with *listed* entries up to its end.

    *cursor* is that of the last poll, empty for a first poll; *now* is the start of this one.
    """

    kind: Kind
    request: Request
    document: Document
    feed: Feed
    now: datetime
    cursor: str = ""
    number: int = 1
    listed: int = 0
    is_thread: bool = False

    @property
    def is_oldest_first(self) -> bool:
        """Whether later pages are newer: they are left for the next poll, not left behind."""
        return self.is_thread and self.kind.since is not None and bool(self.kind.since.below)


def max_pages(kind: Kind) -> int:
    """Return the maximum of pages of one source in a poll: never more than the budget of its kind."""
    most = kind.paging.most if kind.paging else 1
    return min(most, kind.limits.budget or most)


def next_page(page: AnswerPage) -> Request | None:
    """Build the request for the next page; `None` after the last.

    Pages end at the cursor of the last poll, where the answer says so, with a page that is not full, at the limit of
    the kind, and where the server asks for a pause.
    """
    paging = page.kind.paging
    if paging is None or page.number >= max_pages(page.kind) or page.feed.backoff:
        return None
    data = _json_of(page)
    url = _next_url(page, paging, data) if _has_more(page, paging, data) else ""
    # The validators of the first page say nothing of another.
    return replace(page.request, url=url, etag="", last_modified="") if url and url != page.request.url else None


def left_behind(page: AnswerPage) -> str:
    """Explain how many entries were left unread after the last page; empty if none were.

    A first poll has no earlier one to connect to: it begins anywhere.
    """
    paging = page.kind.paging
    if paging is None or not page.cursor or page.is_oldest_first:
        return ""
    data = _json_of(page)
    if not _has_more(page, paging, data):
        return ""
    total = expressions.text_at(paging.total, data)
    if total.isdigit() and paging.until and not expressions.is_true_at(paging.cursor, data):
        # The answer to what lies before a moment does not count the pages before.
        total = str(page.listed - page.feed.listed + int(total))
    return f"{page.listed} of {total or 'more'}: the others were not read"


def _json_of(page: AnswerPage) -> object:
    return response.decode_answer(page.document) if page.kind.engine is AnswerFormat.JSON else None


def _has_more(page: AnswerPage, paging: PagingRule, data: object) -> bool:
    """Whether a later page holds entries that the last poll has not seen."""
    if not page.feed.listed or _reaches_cursor(page):
        return False
    if paging.more:
        return expressions.is_true_at(paging.more, data)
    if paging.pages:
        pages = expressions.text_at(paging.pages, data)
        return pages.isdigit() and int(pages) > page.number
    if paging.size and (paging.until or not paging.cursor):
        return page.feed.listed >= paging.size
    return expressions.is_true_at(paging.cursor or paging.link, data)


def _reaches_cursor(page: AnswerPage) -> bool:
    rule, oldest = page.kind.since, page.feed.oldest
    if page.is_oldest_first or rule is None or rule.form is TimeFormat.ID or not page.cursor or oldest is None:
        return False
    start = request.start_of_period(rule, page.cursor, page.now)
    return start is not None and oldest <= start


def _next_url(page: AnswerPage, paging: PagingRule, data: object) -> str:
    """Build the URL of the next page; empty where the answer does not name it."""
    rule, url = page.kind.since, page.request.url
    if paging.link:
        link = urls.web_link(expressions.text_at(paging.link, data), url)
        # An answer must not send us, and our key, to another host.
        return link if urls.netloc(link) == urls.netloc(url) else ""
    if cursor := expressions.text_at(paging.cursor, data):
        return request.with_parameter(url, paging.param, cursor)
    if paging.after:
        return request.with_parameter(url, paging.after, page.feed.cursor) if page.cursor and page.feed.cursor else ""
    if paging.until:
        # Some endpoints exclude that moment, and its fraction is not known: the whole second is requested again.
        end = page.feed.oldest + timedelta(seconds=1) if page.feed.oldest else None
        return request.with_parameter(url, paging.until, request.format_moment(rule.form, end)) if rule and end else ""
    return request.with_parameter(url, paging.param, str(paging.start + paging.step * page.number))


def over_spend_cap(kind: Kind, source: Source, entries: int) -> str:
    """Explain why one more page could exceed the cap, after *entries* read this month; empty if it could not."""
    if kind.spend is None:
        return ""
    cap = float(dict(source.values)[kind.spend.cap])
    page = kind.paging.size if kind.paging else 0
    spent, next_page_cost = entries * kind.spend.price, page * kind.spend.price
    if (entries + page) * kind.spend.price <= cap:
        return ""
    return f"{spent:.2f} of {cap:g} {kind.spend.currency} are spent this month; a page may cost {next_page_cost:.2f}"
