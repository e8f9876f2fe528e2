"""Discourse and NodeBB, as forums that run them answer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from tests.sources.servers.framework import as_json
from tests.sources.servers.world import holds, iso, sliced

from brandwatch import clock

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked, Reply
    from tests.sources.servers.world import Post, World

_AFTER = re.compile(r"\s*after:(\S+)")
_ORDER = re.compile(r"\s*order:\w+")
_SHORTEST = 3


def discourse(world: World, asked: Asked) -> Reply:
    """Search posts, 50 a page, with their topics beside them; a forum that is closed wants to know who asks."""
    if world.is_closed:
        return as_json({"errors": ["You need to be logged in to do that."], "error_type": "not_logged_in"}, 403)
    query = asked.params.get("q", "")
    after = _AFTER.search(query)
    words = _ORDER.sub("", _AFTER.sub("", query))
    if len(words.strip('" ')) < _SHORTEST:
        return as_json({"errors": ["Your search term is too short."], "error_type": "invalid_parameters"}, 400)
    start = datetime.fromisoformat(f"{after[1]}T00:00:00+00:00") if after else None
    found = [post for post in world.newest() if holds(post.words, words) and (start is None or post.at > start)]
    listed = sliced(found, 50, asked.number("page", 1) - 1)
    topics = {post.thread.number: post.thread for post in listed}
    grouped = {
        "more_posts": None,
        "more_full_page_results": True if len(found) > 50 * asked.number("page", 1) else None,
        "term": words,
        "post_ids": [post.number for post in listed],
        "error": None,
    }
    return as_json(
        {
            "posts": [_blurb(world, post) for post in listed],
            "topics": [_topic(world, post) for post in topics.values()],
            "users": [],
            "categories": [],
            "grouped_search_result": grouped,
        }
    )


def discourse_topic(world: World, asked: Asked) -> Reply:
    """Show 20 posts of a topic, the oldest first: the first of all, or those about a number."""
    topic = world.get(asked.parts["id"])
    if topic is None:
        return as_json(
            {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}, 404
        )
    posts = [post for post in reversed(world.newest()) if post.thread is topic]
    first = min(max(int(asked.parts.get("number", 1)) - 5, 0), max(len(posts) - 20, 0))
    shown = [_whole(world, post) for post in posts[first : first + 20]]
    return as_json({**_topic(world, topic), "views": 77, "post_stream": {"posts": shown}})


def nodebb(world: World, asked: Asked) -> Reply:
    """Show the posts of a period: a page has 20 more than the one before; nothing to guests where that is closed."""
    page = asked.number("page", 1)
    days = {"day": 1, "week": 7, "month": 31}[asked.parts["term"]]
    posts = [post for post in world.newest() if post.at > clock.now() - timedelta(days=days)]
    shown = posts[20 * (page - 1) :][: 20 * page]
    return as_json([] if world.is_closed else [_summary(world, post) for post in shown])


def nodebb_categories(world: World, asked: Asked) -> Reply:
    """Show the categories that guests may read."""
    return as_json({"categories": [] if world.is_closed else [{"cid": 1, "name": "Strøm"}]})


def _place(world: World, post: Post) -> int:
    """Return the number of a post within its topic."""
    return 1 + sum(1 for other in world.posts if other.thread is post.thread and other.number < post.number)


def _blurb(world: World, post: Post) -> dict[str, Any]:
    """Return a hit of a search: the text about the words, and no title."""
    return {
        "id": post.number,
        "name": "",
        "username": post.author,
        "created_at": iso(post.at),
        "like_count": post.likes,
        "blurb": f"{post.text[:200]}...",
        "post_number": _place(world, post),
        "topic_id": post.thread.number,
    }


def _topic(world: World, post: Post) -> dict[str, Any]:
    """Return a topic."""
    answers = [other for other in world.posts if other.thread is post and other is not post]
    return {
        "id": post.number,
        "title": post.title,
        "fancy_title": escape(post.title),
        "slug": "emne",
        "posts_count": len(answers) + 1,
        "reply_count": len(answers),
        "created_at": iso(post.at),
        "tags": list(post.tags),
    }


def _summary(world: World, post: Post) -> dict[str, Any]:
    """Return a post of NodeBB with its topic; the title of that is escaped, and beside it as written."""
    topic = post.thread
    return {
        "pid": post.number,
        "tid": topic.number,
        "content": f'<p dir="auto">{escape(post.text)}</p>',
        "timestampISO": iso(post.at),
        "deleted": 0,
        "upvotes": post.likes,
        "replies": len(world.below(post)),
        "user": {"username": post.author},
        "topic": {
            "title": escape(topic.title),
            "titleRaw": topic.title,
            "slug": f"{topic.number}/emne",
            "mainPid": topic.number,
        },
        "isMainPost": post is topic,
    }


def _whole(world: World, post: Post) -> dict[str, Any]:
    """Return a post of a topic."""
    return {
        "id": post.number,
        "username": post.author,
        "created_at": iso(post.at),
        "updated_at": iso(post.at),
        "cooked": f"<p>{escape(post.text)}</p>",
        "post_number": _place(world, post),
        "reply_count": len(world.below(post)),
        "reads": 4,
        "topic_id": post.thread.number,
        "topic_slug": "emne",
        "actions_summary": [{"id": 2, "count": post.likes}],
    }
