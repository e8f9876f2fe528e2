"""GDELT, a SearXNG of one's own, Google Alerts and the services of press releases, as they answer."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.sources.servers.framework import Reply, as_json, as_text
from tests.sources.servers.world import holds, item, phrases, rss, sliced

from brandwatch import clock

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked
    from tests.sources.servers.world import Post, World

_FILTER = re.compile(r"\s*\b(?:sourcecountry|sourcelang):\S+")
_QUARTER = timedelta(minutes=15)
_WINDOWS = {"day": 1, "week": 7, "month": 31, "year": 366}
# The engines of SearXNG's own settings: the name, whether it can limit by time, and whether it gives a date.
_ENGINES = (
    ("bing news", True, True),
    ("google news", False, True),
    ("duckduckgo news", False, True),
    ("wikinews", False, False),
)
_FORBIDDEN = b"""<!doctype html>
<html lang=en>
<title>403 Forbidden</title>
<h1>Forbidden</h1>
<p>You don't have the permission to access the requested resource.</p>
"""
HURRIED = as_text(
    "Please limit requests to one every 5 seconds or contact kalev.leetaru5@gmail.com for larger queries.\n"
)


def gdelt(world: World, asked: Asked) -> Reply:
    """Search whole articles and show their titles, 250 at most and the newest first; a mistake is a page under 200."""
    query = _FILTER.sub("", asked.params.get("query", "")).strip()
    if " OR " in query and not (query.startswith("(") and query.endswith(")")):
        return _mistake("Queries containing OR'd terms must be surrounded by ().")
    terms = [term for part in query.strip("()").split(" OR ") for term in phrases(part)]
    if not terms or any(len(term) < 3 for term in terms):
        return _mistake("The specified phrase is too short.")
    start, end = (asked.params.get(name, "") for name in ("startdatetime", "enddatetime"))
    if start > end:
        return _mistake("Invalid/Unsupported Timespan: ENDDATETIME before STARTDATETIME.")
    found = [
        post
        for post in world.newest()
        if any(holds(post.words, f'"{term}"') for term in terms) and start <= f"{_seen(post):%Y%m%d%H%M%S}" <= end
    ]
    if not found:
        return Reply(b"{}")
    shown = sorted(found, key=lambda post: (_seen(post), post.number), reverse=True)[: asked.number("maxrecords", 75)]
    # A title may hold a sign that JSON does not allow.
    body = json.dumps({"articles": [_article(post) for post in shown]}, ensure_ascii=False).replace("\\t", "\t")
    return Reply(body.encode())


def searxng(world: World, asked: Asked) -> Reply:
    """Ask other engines; data are given only where the server is set up for it, and no answer is an empty one.

    An engine that cannot limit by time is left out where `time_range` is asked for, and is not `unresponsive` then
    (searx/search/processors/abstract.py). Every engine knows every fourth post.
    """
    if world.is_closed:
        return Reply(_FORBIDDEN, 403, content_type="text/html; charset=utf-8")
    window = asked.params.get("time_range", "")
    since = clock.now() - timedelta(days=_WINDOWS[window] if window else 10_000)
    dead = {name for name, _ in world.dead}
    results = []
    asked_posts = [post for post in world.newest() if post.at >= since and holds(post.words, asked.params["q"])]
    for post in asked_posts:
        name, has_time_range, has_dates = _ENGINES[post.number % len(_ENGINES)]
        if name not in dead and (has_time_range or not window):
            results.append(_result(post, name, asked.params.get("categories", "general"), has_dates=has_dates))
    unresponsive = [[name, reason] for name, reason in world.dead]
    first = 10 * (asked.number("pageno", 1) - 1)
    return as_json(
        {
            "query": asked.params["q"],
            "number_of_results": 0,
            "results": results[first : first + 10],
            "answers": [],
            "corrections": [],
            "infoboxes": [],
            "suggestions": [],
            "unresponsive_engines": unresponsive,
        }
    )


def googlealerts(world: World, asked: Asked) -> Reply:
    """Show the last 20 hits of an alert: words in bold, and links by way of Google."""
    entries = "".join(
        f"<entry><id>tag:google.com,2013:googlealerts/feed:{post.number}</id>"
        f'<title type="html">{escape(_bold(post.title))}</title>'
        f'<link href="https://www.google.com/url?rct=j&amp;url={quote(f"https://avis.example/{post.number}", "")}'
        f'&amp;ct=ga&amp;cd=CAI&amp;usg=A{post.number}"/>'
        f"<published>{post.at:%Y-%m-%dT%H:%M:%SZ}</published><updated>{post.at:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f'<content type="html">{escape(_bold(post.text))}</content><author><name></name></author></entry>'
        for post in world.newest()[:20]
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Alert - fjordkraft</title>{entries}</feed>'
    return Reply(f'<?xml version="1.0" encoding="utf-8"?>{feed}'.encode(), content_type="application/atom+xml")


def ntb(world: World, asked: Asked) -> Reply:
    """Show the newest press releases, of all publishers or of one."""
    publisher = asked.params.get("publisherId")
    shown = [post for post in world.newest() if publisher is None or publisher in post.tags]
    return rss("Siste pressemeldinger", [item(p, f"https://ntb.example/release/{p.number}") for p in shown[:20]])


def cision(world: World, asked: Asked) -> Reply:
    """Search press releases, with pages."""
    found = [post for post in world.newest() if holds(post.words, asked.params["q"])]
    listed = sliced(found, asked.number("pageSize", 20), asked.number("pageIx", 1) - 1)
    return rss("Cision News", [item(post, f"https://news.cision.com/r/{post.number}") for post in listed])


def mynewsdesk(world: World, asked: Asked) -> Reply:
    """Show the newest of a newsroom."""
    return rss("Nyheter", [item(p, f"https://www.mynewsdesk.com/n/{p.number}") for p in world.newest()[:20]])


def _result(post: Post, engine: str, category: str, *, has_dates: bool) -> dict[str, object]:
    """Return a result of SearXNG."""
    return {
        "url": f"https://avis.example/{post.number}",
        "title": post.title,
        "content": post.text,
        "thumbnail": "",
        "engine": engine,
        "engines": [engine],
        "positions": [1],
        "score": 1.0,
        "category": category,
        "publishedDate": post.at.replace(tzinfo=None).isoformat() if has_dates else None,
    }


def _mistake(text: str) -> Reply:
    """Return what GDELT says of a request it does not understand."""
    return as_text(text, content_type="text/html; charset=utf-8")


def _seen(post: Post) -> datetime:
    """Return when GDELT saw an article: at the last quarter of an hour."""
    at = post.indexed.astimezone(UTC)
    return at - (at - at.replace(minute=0, second=0, microsecond=0)) % _QUARTER


def _article(post: Post) -> dict[str, str]:
    """Return an article."""
    return {
        "url": f"https://avis.example/{post.number}",
        "url_mobile": "",
        "title": post.title,
        "seendate": f"{_seen(post):%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": "avis.example",
        "language": "Norwegian",
        "sourcecountry": "Norway",
    }


def _bold(text: str) -> str:
    """Return text with the names in bold."""
    return text.replace("Fjordkraft", "<b>Fjordkraft</b>")
