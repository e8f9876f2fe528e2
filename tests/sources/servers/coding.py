"""Stack Exchange, GitHub and DEV, as their interfaces answer."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from tests.sources.servers.framework import as_json, squeezed
from tests.sources.servers.world import holds, phrases, sliced

from brandwatch import clock

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked, Reply
    from tests.sources.servers.world import Post, World

_CREATED = re.compile(r"\s*created:>=?(\S+)")
_REACH = 1000
THROTTLED = squeezed(
    as_json(
        {
            "error_id": 502,
            "error_message": "too many requests from this IP, more requests available in 84636 seconds",
            "error_name": "throttle_violation",
        },
        400,
    )
)


def stackexchange(world: World, asked: Asked) -> Reply:
    """Search questions, always in gzip; says how much is left, and whether there is more."""
    since = asked.number("fromdate", 0)
    found = [p for p in world.newest() if holds(p.words, asked.params["q"]) and int(p.at.timestamp()) >= since]
    size, page = asked.number("pagesize", 30), asked.number("page", 1)
    listed = sliced([post for post in found if not post.below], size, page - 1)
    return _wrapped(world, [_question(world, post) for post in listed], has_more=len(found) > size * page)


def stackexchange_questions(world: World, asked: Asked) -> Reply:
    """Show the questions of up to a hundred ids."""
    listed = [post for post in world.posts if str(post.number) in asked.parts["ids"].split(";")]
    return _wrapped(world, [_question(world, post) for post in listed], has_more=False)


def github(world: World, asked: Asked) -> Reply:
    """Search issues: OR in brackets, at most a thousand, and a word where not everything was searched."""
    query = asked.params.get("q", "")
    since = _CREATED.search(query)
    words = _CREATED.sub("", query).strip("() ")
    start = datetime.fromisoformat(since[1]) if since else None
    size, page = asked.number("per_page", 30), asked.number("page", 1)
    if size * (page - 1) >= _REACH:
        return _limited({"message": "Only the first 1000 search results are available"}, 422)
    found = [
        post
        for post in world.newest()
        if not post.below
        and any(holds(post.words, f'"{term}"') for part in words.split(" OR ") for term in phrases(part))
        and (start is None or post.at >= start)
    ]
    items = [_issue(world, asked, post) for post in sliced(found[:_REACH], size, page - 1)]
    return _limited({"total_count": len(found), "incomplete_results": bool(world.dead), "items": items})


def github_issue(world: World, asked: Asked) -> Reply:
    """Show an issue."""
    post = world.get(asked.parts["id"])
    return _limited(_issue(world, asked, post)) if post else _limited({"message": "Not Found"}, 404)


def github_comments(world: World, asked: Asked) -> Reply:
    """Show the comments on an issue, the oldest first, 30 a page if nobody asks for more, those since a moment."""
    post, since = world.get(asked.parts["id"]), asked.params.get("since", "")
    every = world.below(post)[::-1] if post else []
    below = [other for other in every if not since or other.at >= datetime.fromisoformat(since)]
    comments = sliced(below, asked.number("per_page", 30), asked.number("page", 1) - 1)
    return _limited([_comment(other) for other in comments])


def devto(world: World, asked: Asked) -> Reply:
    """List the fresh posts under a tag."""
    listed = [post for post in world.newest() if asked.params["tag"] in post.tags and not post.below]
    return as_json([_posting(world, post) for post in listed[: asked.number("per_page", 30)]])


def devto_post(world: World, asked: Asked) -> Reply:
    """Show a post."""
    post = world.get(asked.parts["id"])
    return as_json(_posting(world, post)) if post else as_json({"error": "not found", "status": 404}, 404)


def devto_comments(world: World, asked: Asked) -> Reply:
    """Show the comments on a post."""
    post = world.get(asked.params["a_id"])
    comments = [
        {
            "type_of": "comment",
            "id_code": f"m{other.number:x}",
            "created_at": f"{other.at:%Y-%m-%dT%H:%M:%SZ}",
            "body_html": f"<p>{escape(other.text)}</p>",
            "user": {"name": other.author, "username": other.author},
            "children": [],
        }
        for other in (world.below(post) if post else [])
    ]
    return as_json(comments)


def _wrapped(world: World, items: list[dict[str, Any]], *, has_more: bool) -> Reply:
    """Return items of Stack Exchange; one that has had enough says for how long."""
    wrapper = {"items": items, "has_more": has_more, "quota_max": 300, "quota_remaining": 298}
    return squeezed(as_json(wrapper | ({"backoff": int(world.dead[0][1])} if world.dead else {})))


def _question(world: World, post: Post) -> dict[str, Any]:
    """Return a question."""
    return {
        "tags": list(post.tags),
        "owner": {"display_name": post.author, "user_id": 42, "link": "https://stackoverflow.com/users/42/asta"},
        "is_answered": False,
        "view_count": 70,
        "answer_count": len(world.below(post)),
        "score": post.likes,
        "creation_date": int(post.at.timestamp()),
        "last_activity_date": int(post.at.timestamp()),
        "question_id": post.number,
        "link": f"https://stackoverflow.com/questions/{post.number}/emne",
        "title": escape(post.title),
        "body": f"<p>{escape(post.text)}</p>",
    }


def _limited(data: object, status: int = 200) -> Reply:
    """Return an answer of GitHub with what it says of its limits."""
    reset = str(int(clock.now().timestamp()) + 60)
    limit = {"X_RateLimit_Limit": "10", "X_RateLimit_Remaining": "9", "X_RateLimit_Reset": reset}
    return as_json(data, status, **limit)


def _issue(world: World, asked: Asked, post: Post) -> dict[str, Any]:
    """Return an issue."""
    return {
        "url": f"http://{asked.host}/repos/fjord/verktoy/issues/{post.number}",
        "comments_url": f"http://{asked.host}/repos/fjord/verktoy/issues/{post.number}/comments",
        "html_url": f"https://github.com/fjord/verktoy/issues/{post.number}",
        "number": post.number,
        "title": post.title,
        "body": post.text,
        "user": {"login": post.author},
        "state": "open",
        "comments": len(world.below(post)),
        "reactions": {"total_count": post.likes},
        "created_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "author_association": "NONE",
    }


def _comment(post: Post) -> dict[str, Any]:
    """Return a comment on an issue."""
    return {
        "html_url": f"https://github.com/fjord/verktoy/issues/{post.thread.number}#issuecomment-{post.number}",
        "id": post.number,
        "body": post.text,
        "user": {"login": post.author},
        "reactions": {"total_count": post.likes},
        "created_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _posting(world: World, post: Post) -> dict[str, Any]:
    """Return a post of DEV."""
    return {
        "type_of": "article",
        "id": post.number,
        "title": post.title,
        "description": post.text,
        "url": f"https://dev.to/{post.author}/{post.number}",
        "canonical_url": post.link,
        "comments_count": len(world.below(post)),
        "public_reactions_count": post.likes,
        "created_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "published_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "edited_at": None,
        "language": "no",
        "tag_list": list(post.tags),
        "user": {"name": post.author, "username": post.author},
    }
