"""WordPress, MediaWiki and the reviews of the App Store, as they answer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from tests.sources.servers.framework import Reply, as_json, as_page
from tests.sources.servers.world import NAMESPACES, holds, item, rss, sliced

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked
    from tests.sources.servers.world import Post, World

_PER_FEED = 10
"""So many entries are in a feed of WordPress, if nobody changed it."""

LAGGED = as_json(
    {"error": {"code": "maxlag", "info": "Waiting for 10.64.32.21: 5.4 seconds lagged.", "lag": 5.4}},
    MediaWiki_API_Error="maxlag",
    Retry_After="5",
)


def wordpress(world: World, asked: Asked) -> Reply:
    """Show a search as a feed: of posts, or of the comments on the posts that it finds."""
    if world.is_closed:
        return as_page("Feeds are turned off", 403)
    query = asked.params.get("s", "")
    posts = [post for post in world.newest() if not post.below and holds(post.words, query)]
    if asked.params.get("feed") == "comments-rss2":
        comments = [post for post in world.newest() if post.below and post.thread in posts]
        return rss("Kommentarer", [_wordpress_comment(asked, post) for post in comments[:_PER_FEED]])
    listed = sliced(posts, _PER_FEED, asked.number("paged", 1) - 1)
    return rss(f"Søkeresultater for «{query}»", [_wordpress_post(world, asked, post) for post in listed])


def wordpress_comments(world: World, asked: Asked) -> Reply:
    """Show the comments on a post as a feed."""
    post = world.get(asked.parts["id"])
    comments = world.below(post) if post else []
    return rss("Kommentarer til", [_wordpress_comment(asked, other) for other in comments[:_PER_FEED]])


def mediawiki(world: World, asked: Asked) -> Reply:
    """Answer `api.php`: the pages that hold a phrase, or the recent changes."""
    if world.is_closed:
        return as_json({"error": {"code": "readapidenied", "info": "You need read permission to use this module."}})
    return {"search": _search, "recentchanges": _changes}[asked.params["list"]](world, asked)


def mediawiki_history(world: World, asked: Asked) -> Reply:
    """Show the edits of a page as a feed of Atom; a page that nobody ever wrote has a feed with one entry."""
    edits = "".join(
        f"<entry><id>http://{asked.host}/index.php?title=P&amp;diff={post.number}</id>"
        f'<title>{escape(post.author)}: {escape(post.title)}</title><link href="http://{asked.host}/index.php?title=P'
        f'&amp;diff={post.number}"/><updated>{post.at:%Y-%m-%dT%H:%M:%SZ}</updated>'
        f'<summary type="html">{escape(f"<p>{escape(post.text)}</p>")}</summary>'
        f"<author><name>{escape(post.author)}</name></author></entry>"
        for post in world.newest()[:10]
    )
    none = f"<entry>\n<id>http://{asked.host}/index.php/P</id><title>Denne siden har ingen historikk.</title></entry>"
    feed = f'<feed {NAMESPACES} xmlns="http://www.w3.org/2005/Atom"><title>P: historikk</title>{edits or none}</feed>'
    return Reply(f'<?xml version="1.0"?>{feed}'.encode(), content_type="application/atom+xml; charset=utf-8")


def appstore(world: World, asked: Asked) -> Reply:
    """Show 50 reviews a page, up to the tenth; no list where there are none, and no list for a single one."""
    page = int(asked.parts["page"])
    if page > 10:
        return as_page("CustomerReviews RSS page depth is limited to 10", 400)
    reviews = [_review(post) for post in sliced(world.newest(), 50, page - 1)]
    feed: dict[str, Any] = {"author": {"name": {"label": "iTunes Store"}}, "id": {"label": asked.path}}
    if reviews:
        feed["entry"] = reviews if len(reviews) > 1 else reviews[0]
    return as_json({"feed": feed})


def _wordpress_post(world: World, asked: Asked, post: Post) -> str:
    """Return a post in a feed, with where its comments are and how many."""
    link = f"http://{asked.host}/{post.number}/"
    count = len(world.below(post))
    more = f"<wfw:commentRss>{link}feed/</wfw:commentRss><slash:comments>{count}</slash:comments>"
    return item(post, link, more=more)


def _wordpress_comment(asked: Asked, post: Post) -> str:
    """Return a comment in a feed; its title is the words of the site."""
    link = f"http://{asked.host}/{post.thread.number}/#comment-{post.number}"
    return item(post, link, title=f"Kommentar til {post.thread.title} av {post.author}")


def _search(world: World, asked: Asked) -> Reply:
    """Return the pages that hold a phrase; only CirrusSearch searches titles and texts at once, and knows an order."""
    what, sort = asked.params.get("srwhat", "title"), asked.params.get("srsort", "relevance")
    if sort != "relevance" and "cirrus" not in asked.parts:
        info = f'Unrecognized value for parameter "srsort": {sort}.'
        return as_json({"error": {"code": "badvalue", "info": info}}, MediaWiki_API_Error="badvalue")
    size, skipped = asked.number("srlimit", 10), asked.number("sroffset", 0)
    found = [
        post
        for post in world.newest()
        if holds(post.words if "cirrus" in asked.parts else getattr(post, what), asked.params["srsearch"])
    ]
    hits = [
        {
            "ns": 0,
            "title": post.title,
            "pageid": post.number,
            "snippet": f'<span class="searchmatch">{escape(post.text)}</span>',
            "timestamp": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        }
        for post in found[skipped : skipped + size]
    ]
    answer: dict[str, Any] = {"batchcomplete": True}
    if len(found) > skipped + size:
        answer["continue"] = {"sroffset": skipped + size, "continue": "-||"}
    return as_json(answer | {"query": {"searchinfo": {"totalhits": len(found)}, "search": hits}})


def _changes(world: World, asked: Asked) -> Reply:
    """Return edits, the newest first, until a moment."""
    end = asked.params.get("rcend")
    size, first = asked.number("rclimit", 10), int(asked.params.get("rccontinue", "|0").split("|")[1])
    found = [post for post in world.newest() if end is None or post.at >= datetime.fromisoformat(end)]
    changes = [
        {
            "type": "edit",
            "ns": 0,
            "title": post.title,
            "pageid": 7,
            "revid": post.number,
            "old_revid": post.number - 1,
            "rcid": post.number,
            "user": post.author,
            "comment": post.text,
            "timestamp": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        }
        for post in found[first : first + size]
    ]
    answer: dict[str, Any] = {"batchcomplete": True}
    if len(found) > first + size:
        answer["continue"] = {"rccontinue": f"{found[first + size].at:%Y%m%d%H%M%S}|{first + size}", "continue": "-||"}
    return as_json(answer | {"query": {"recentchanges": changes}})


def _review(post: Post) -> dict[str, Any]:
    """Return a review: everything is a label."""
    return {
        "author": {"uri": {"label": "https://itunes.apple.com/no/reviews/id7"}, "name": {"label": post.author}},
        "updated": {"label": post.at.isoformat()},
        "im:rating": {"label": "2"},
        "im:version": {"label": "4.1"},
        "im:voteSum": {"label": str(post.likes)},
        "im:voteCount": {"label": str(post.likes)},
        "id": {"label": str(post.number)},
        "title": {"label": post.title},
        "content": {"label": post.text, "attributes": {"type": "text"}},
        "link": {"attributes": {"rel": "related", "href": "https://itunes.apple.com/no/review?id=1&type=x"}},
    }
