"""Whether there is a next page, what was left behind, and what a page may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.kind import AnswerFormat, TimeFormat
from brandwatch.sources.mapping import as_text, evaluate_expression, is_truthy
from brandwatch.sources.request import format_moment, start_of_period, with_parameter
from brandwatch.sources.response import decode_answer

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.config.kind import Kind
    from brandwatch.models import Document, Feed, Request, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """A page that was read: the *number*th, with *seen* entries up to its end.

    *watermark* is how far the last poll came (`Feed.mark`), empty for a first poll; *now* is when this one began. Where
    it *goes_forward* the oldest come first, and what is not read now is in the next poll.
    """

    kind: Kind
    request: Request
    document: Document
    feed: Feed
    now: datetime
    watermark: str = ""
    number: int = 1
    seen: int = 0
    goes_forward: bool = False


def max_pages(kind: Kind) -> int:
    """Return how many pages of one source a poll reads at most; none may spend more than the budget of its kind."""
    most = kind.paging.most if kind.paging else 1
    return min(most, kind.limits.budget or most)


def next_page(page: PageResult) -> Request | None:
    """Return what to ask after a page, `None` where that was the last.

    Pages end where the watermark is reached, where the answer says so, where a page is not full, at the kind's own
    limit, and where the server wants to be left alone.
    """
    paging = page.kind.paging
    if paging is None or page.number >= max_pages(page.kind) or page.feed.ttl:
        return None
    data = _data(page)
    url = _next_url(page, data) if _is_more(page, data) else ""
    # What is known of the first page says nothing of another.
    return replace(page.request, url=url, etag="", last_modified="") if url and url != page.request.url else None


def left_behind(page: PageResult) -> str:
    """Say what was left behind after the last page that was read, empty if nothing was.

    A first poll has no promise to keep: it begins somewhere.
    """
    if page.kind.paging is None or not page.watermark or page.goes_forward:
        return ""
    data = _data(page)
    if not _is_more(page, data):
        return ""
    return f"{page.seen} of {_total(page, data) or 'more'}: the others were not read"


def _data(page: PageResult) -> object:
    """Return the data of an answer in JSON, nothing for a feed."""
    return decode_answer(page.document) if page.kind.engine is AnswerFormat.JSON else None


def _total(page: PageResult, data: object) -> str:
    """Return how many entries there are in all, empty where nobody says."""
    paging = page.kind.paging
    total = as_text(evaluate_expression(paging.total, data)) if paging and paging.total else ""
    if not (total.isdigit() and paging and paging.until) or is_truthy(
        evaluate_expression(paging.cursor or "null", data)
    ):
        return total
    # An answer to what lies before a moment counts no others.
    return str(page.seen - page.feed.listed + int(total))


def _is_more(page: PageResult, data: object) -> bool:
    """Say whether entries of interest are on a page after this one."""
    paging, count = page.kind.paging, page.feed.listed
    if paging is None or not count or _is_reached(page):
        return False
    if paging.more:
        return is_truthy(evaluate_expression(paging.more, data))
    if paging.pages:
        pages = as_text(evaluate_expression(paging.pages, data))
        return pages.isdigit() and int(pages) > page.number
    if paging.size and (paging.until or not paging.cursor):
        return count >= paging.size
    return is_truthy(evaluate_expression(paging.cursor or paging.link or "null", data))


def _is_reached(page: PageResult) -> bool:
    """Say whether a page goes back to what the last poll has seen."""
    rule, oldest = page.kind.since, page.feed.oldest
    if page.goes_forward or rule is None or rule.form is TimeFormat.ID or not page.watermark or oldest is None:
        return False
    start = start_of_period(rule, page.watermark, page.now)
    return start is not None and oldest <= start


def _next_url(page: PageResult, data: object) -> str:
    """Return the address of the next page, empty where nothing names it."""
    paging, rule, url = page.kind.paging, page.kind.since, page.request.url
    if paging is None:
        return ""
    if paging.link:
        link = urls.web_link(as_text(evaluate_expression(paging.link, data)), url)
        return link if urls.netloc(link) == urls.netloc(url) else ""
    if cursor := as_text(evaluate_expression(paging.cursor, data)) if paging.cursor else "":
        return with_parameter(url, paging.param, cursor)
    if paging.after:
        return with_parameter(url, paging.after, page.feed.cursor) if page.watermark and page.feed.cursor else ""
    if paging.until:
        # Some exclude that moment, and its fraction is not known: the whole second is asked for again.
        end = page.feed.oldest + timedelta(seconds=1) if page.feed.oldest else None
        return with_parameter(url, paging.until, format_moment(rule.form, end)) if rule and end else ""
    return with_parameter(url, paging.param, str(paging.start + paging.step * page.number))


def over_spend_cap(kind: Kind, source: Source, entries: int) -> str:
    """Say in words that one more page could cost more than the cap, after *entries* read this month; empty if not."""
    if kind.spend is None:
        return ""
    cap = float(dict(source.values)[kind.spend.cap])
    page = kind.paging.size if kind.paging else 0
    cost = (entries + page) * kind.spend.price
    if cost <= cap:
        return ""
    spent, next_page = entries * kind.spend.price, page * kind.spend.price
    return f"{spent:.2f} of {cap:g} {kind.spend.currency} are spent this month; a page may cost {next_page:.2f}"
