"""Hacker News, Lemmy and Lobsters, as their interfaces answer."""

from __future__ import annotations

import re
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any

from tests.sources.servers.framework import as_json, as_page
from tests.sources.servers.world import holds, iso, sliced

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked, Reply
    from tests.sources.servers.world import Post, World

_TAG = re.compile(r"\(([^)]*)\)|([^,()]+)")
_BOUND = re.compile(r"created_at_i([<>]=?)(\d+)")
_REACH = 1000
"""However many hits Algolia counts, so many can be had."""


def hackernews(world: World, asked: Asked) -> Reply:
    """Search stories and comments: tags with AND and, in brackets, OR; words with AND alone; pages up to a reach."""
    bounds = [bound for bound in asked.params.get("numericFilters", "").split(",") if bound]
    if not all(map(_BOUND.fullmatch, bounds)):
        return as_json({"message": "invalid numericFilters", "status": 400}, 400)
    found = [
        post
        for post in world.newest()
        if holds(post.words, asked.params.get("query", ""))
        and _is_tagged(post, asked.params.get("tags", ""))
        and all(_is_within(post, bound) for bound in bounds)
    ]
    size, page = asked.number("hitsPerPage", 20), asked.number("page", 0)
    return as_json(
        {
            "hits": [_hit(world, post) for post in sliced(found[:_REACH], size, page)],
            "nbHits": len(found),
            "page": page,
            "nbPages": ceil(min(len(found), _REACH) / size),
            "hitsPerPage": size,
            "exhaustiveNbHits": True,
        }
    )


def lemmy(world: World, asked: Asked) -> Reply:
    """Search posts and comments of version 0.19, each list with pages of its own."""
    if not asked.params.get("q"):
        return as_json({"error": "invalid_query"}, 400)
    found = [post for post in world.newest() if holds(post.words, asked.params["q"])]
    size, page = asked.number("limit", 10), asked.number("page", 1) - 1
    return as_json(
        {
            "type_": "All",
            "posts": [_lemmy_post(world, post) for post in sliced([p for p in found if not p.below], size, page)],
            "comments": [_lemmy_comment(world, post) for post in sliced([p for p in found if p.below], size, page)],
            "communities": [],
            "users": [],
        }
    )


def lemmy_comments(world: World, asked: Asked) -> Reply:
    """List the comments on a post."""
    listed = [post for post in world.newest() if post.below and str(post.thread.number) == asked.params["post_id"]]
    return as_json({"comments": [_lemmy_comment(world, post) for post in listed[: asked.number("limit", 10)]]})


def lobsters_domain(world: World, asked: Asked) -> Reply:
    """List the newest 25 stories that link to a domain; one that nobody ever linked to is not found."""
    linked = [post for post in world.newest() if f"//{asked.parts['domain']}/" in post.link]
    if not linked:
        return as_page("The page you were looking for doesn't exist", 404)
    return as_json([_story(world, post) for post in linked[:25]])


def lobsters_story(world: World, asked: Asked) -> Reply:
    """Show a story with its comments."""
    post = world.get(int(asked.parts["id"], 16))
    if post is None:
        return as_page("The page you were looking for doesn't exist", 404)
    comments = [
        {
            "short_id": f"c{other.number:x}",
            "short_id_url": f"https://lobste.rs/c/c{other.number:x}",
            "created_at": other.at.isoformat(timespec="milliseconds"),
            "score": other.likes,
            "comment": f"<p>{escape(other.text)}</p>",
            "comment_plain": other.text,
            "commenting_user": other.author,
        }
        for other in world.below(post)
    ]
    return as_json({**_story(world, post), "comments": comments})


def _is_tagged(post: Post, tags: str) -> bool:
    """Say whether a post has every tag, and one of those in brackets."""
    is_comment = post.below is not None
    own = {"comment" if is_comment else "story", f"author_{post.author}", f"story_{post.thread.number}"}
    return all(own & set((either or one).split(",")) for either, one in _TAG.findall(tags))


def _is_within(post: Post, bound: str) -> bool:
    """Say whether a post was written before or after a second."""
    sign, second = _BOUND.fullmatch(bound).groups()  # type: ignore[union-attr]
    written, said = int(post.at.timestamp()), int(second)
    return {">": written > said, ">=": written >= said, "<": written < said, "<=": written <= said}[sign]


def _hit(world: World, post: Post) -> dict[str, Any]:
    """Return a hit; what a comment does not have is not there."""
    story = post.thread
    hit = {
        "objectID": str(post.number),
        "author": post.author,
        "created_at": f"{post.at:%Y-%m-%dT%H:%M:%SZ}",
        "created_at_i": int(post.at.timestamp()),
        "story_id": story.number,
        "_tags": ["comment" if post.below else "story", f"author_{post.author}", f"story_{story.number}"],
        "_highlightResult": {"author": {"value": f"<em>{post.author}</em>", "matchLevel": "none", "matchedWords": []}},
    }
    body = escape(post.text).replace("/", "&#x2F;")
    if post.below:
        return hit | {"comment_text": body, "parent_id": post.below.number, "story_title": story.title}
    answers = [other.number for other in world.posts if other.thread is post and other is not post]
    own = {"title": post.title, "points": post.likes, "num_comments": len(answers), "children": answers}
    return hit | own | ({"url": post.link} if post.link else {"story_text": body})


def _lemmy_post(world: World, post: Post) -> dict[str, Any]:
    """Return a post with its author and counts beside it."""
    answers = [other for other in world.posts if other.thread is post and other is not post]
    counts = {"post_id": post.number, "comments": len(answers), "score": post.likes, "upvotes": post.likes}
    return {"post": _lemmy_core(post), "creator": {"id": 9, "name": post.author}, "counts": counts}


def _lemmy_comment(world: World, post: Post) -> dict[str, Any]:
    """Return a comment with its post, author and counts beside it."""
    comment = {
        "id": post.number,
        "content": post.text,
        "ap_id": f"https://lemmy.example/comment/{post.number}",
        "published": f"{post.at:%Y-%m-%dT%H:%M:%S.%f}Z",
    }
    counts = {"comment_id": post.number, "score": post.likes, "upvotes": post.likes, "downvotes": 0}
    counts["child_count"] = len(world.below(post))
    creator = {"id": 9, "name": post.author}
    return {"comment": comment, "post": _lemmy_core(post.thread), "creator": creator, "counts": counts}


def _lemmy_core(post: Post) -> dict[str, Any]:
    """Return what is said of a post alone."""
    core = {
        "id": post.number,
        "name": post.title,
        "body": post.text,
        "ap_id": f"https://lemmy.example/post/{post.number}",
        "published": f"{post.at:%Y-%m-%dT%H:%M:%S.%f}Z",
    }
    return core | ({"url": post.link} if post.link else {})


def _story(world: World, post: Post) -> dict[str, Any]:
    """Return a story; its time has the offset of its server."""
    return {
        "short_id": f"{post.number:x}",
        "short_id_url": f"https://lobste.rs/s/{post.number:x}",
        "created_at": iso(post.at).replace("Z", "+00:00"),
        "title": post.title,
        "url": post.link,
        "score": post.likes,
        "flags": 0,
        "comment_count": len(world.below(post)),
        "description": "",
        "description_plain": "",
        "submitter_user": post.author,
        "user_is_author": False,
        "tags": list(post.tags),
        "comments_url": f"https://lobste.rs/s/{post.number:x}/{post.title.lower().replace(' ', '_')}",
    }
