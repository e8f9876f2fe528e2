"""Mastodon, Bluesky and the feeds of YouTube, as they answer strangers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape as escaped

from tests.sources.servers.framework import Reply, as_json, as_page
from tests.sources.servers.world import NAMESPACES, holds, iso

from brandwatch import clock

if TYPE_CHECKING:
    from tests.sources.servers.framework import Asked
    from tests.sources.servers.world import Post, World

PASSWORD = "hemmelig-app-passord"  # noqa: S105 (that of nobody)
SESSION = "en.to.tre"
SHY = "unnselig"
"""An author who does not want to be found."""
_HOME = "https://fjord.example"


def _is_stranger(world: World, asked: Asked) -> bool:
    return bool(world.key) and asked.headers.get("authorization") != f"Bearer {world.key}"


def mastodon_tag(world: World, asked: Asked) -> Reply:
    """Show the posts under a tag: the newest, or those that come next after an id; nothing where that is closed."""
    if _is_stranger(world, asked):
        return as_json({"error": "identity_token_required"}, 401)
    size = min(asked.number("limit", 20), 40)
    tag, least = asked.parts["tag"].casefold(), asked.params.get("min_id", "")
    posts = [] if world.is_closed else [post for post in world.newest() if tag in map(str.casefold, post.tags)]
    if least:
        posts = [post for post in posts if _snowflake(post) > int(least)][-size:]
    listed = [_status(world, post) for post in posts[:size]]
    reset = iso(clock.now() + timedelta(minutes=5))
    limit = {"X_RateLimit_Limit": "300", "X_RateLimit_Remaining": "299", "X_RateLimit_Reset": reset}
    return as_json(listed, 200, **limit)


def mastodon_instance(world: World, asked: Asked) -> Reply:
    """Say what a server lets strangers see."""
    feeds = {"local": "disabled", "remote": "disabled"} if world.is_closed else {"local": "public", "remote": "public"}
    live = {"local": "disabled", "remote": "disabled"}
    access = {"live_feeds": live, "hashtag_feeds": feeds, "trending_link_feeds": live}
    return as_json({"domain": asked.host, "version": "4.5.0", "configuration": {"timelines_access": access}})


def mastodon_status(world: World, asked: Asked) -> Reply:
    """Show a post."""
    if _is_stranger(world, asked):
        return as_json({"error": "identity_token_required"}, 401)
    post = _at(world, asked)
    return as_json(_status(world, post)) if post else as_json({"error": "Record not found"}, 404)


def mastodon_context(world: World, asked: Asked) -> Reply:
    """Show what a post answers and what answers it."""
    if _is_stranger(world, asked):
        return as_json({"error": "identity_token_required"}, 401)
    post = _at(world, asked)
    if post is None:
        return as_json({"error": "Record not found"}, 404)
    below = [_status(world, other) for other in reversed(world.newest()) if other.below and other.thread is post]
    return as_json({"ancestors": [], "descendants": below})


def bluesky_search(world: World, asked: Asked) -> Reply:
    """Search posts by words and domain; who has a session gets a cursor, the end of time is not included."""
    if world.is_closed:
        return as_page("403 Forbidden", 403)
    if not asked.params.get("q"):
        return as_json({"error": "InvalidRequest", "message": 'Error: Params must have the property "q"'}, 400)
    size, skipped = min(asked.number("limit", 25), 100), asked.number("cursor", 0)
    found = [post for post in world.newest() if _is_found(post, asked)]
    shown = found[skipped : skipped + size]
    answer: dict[str, Any] = {"posts": [_view(world, post) for post in shown], "hitsTotal": len(found)}
    is_known = asked.headers.get("authorization") == f"Bearer {SESSION}"
    if is_known and len(found) > skipped + size:
        answer["cursor"] = str(skipped + size)
    return as_json(answer)


def bluesky_posts(world: World, asked: Asked) -> Reply:
    """Show the posts of up to 25 names."""
    names = [value for name, value in asked.every if name == "uris"]
    if len(names) > 25:
        return as_json({"error": "InvalidRequest", "message": "uris must not have more than 25 elements"}, 400)
    return as_json({"posts": [_view(world, post) for post in world.posts if _uri(post) in names]})


def bluesky_thread(world: World, asked: Asked) -> Reply:
    """Show a post with the answers to it."""
    post = next((post for post in world.posts if _uri(post) == asked.params["uri"]), None)
    if post is None:
        return as_json({"error": "NotFound", "message": "Post not found"}, 400)
    kind = "app.bsky.feed.defs#threadViewPost"
    answers = [{"$type": kind, "post": _view(world, other), "replies": []} for other in world.below(post)]
    return as_json({"thread": {"$type": kind, "post": _view(world, post), "replies": answers}})


def bluesky_session(world: World, asked: Asked) -> Reply:
    """Give a session to who knows the password."""
    said = json.loads(asked.body)
    if said["password"] != PASSWORD:
        return as_json({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
    return as_json({"did": "did:plc:jeg", "handle": said["identifier"], "accessJwt": SESSION, "refreshJwt": "fire"})


def youtube(world: World, asked: Asked) -> Reply:
    """Show the last 15 videos of a channel."""
    videos = "".join(
        f"<entry><id>yt:video:{post.number:011d}</id><yt:videoId>{post.number:011d}</yt:videoId>"
        f'<title>{escaped(post.title)}</title><link rel="alternate" href="https://www.youtube.com/watch?v={post.number:011d}"/>'
        f"<author><name>{escaped(post.author)}</name></author><published>{post.at.isoformat()}</published>"
        f"<updated>{post.at.isoformat()}</updated><media:group><media:description>{escaped(post.text)}"
        f'</media:description><media:community><media:starRating count="{post.likes}" average="5.00"/>'
        f'<media:statistics views="70"/></media:community></media:group></entry>'
        for post in world.newest()[:15]
    )
    feed = f'<feed {NAMESPACES} xmlns="http://www.w3.org/2005/Atom"><title>Kanalen</title>{videos}</feed>'
    return Reply(f'<?xml version="1.0" encoding="UTF-8"?>{feed}'.encode(), content_type="text/xml; charset=UTF-8")


def _snowflake(post: Post) -> int:
    """Return the id of a post: its millisecond, and room for others in it."""
    return (int(post.indexed.timestamp() * 1000) << 16) + post.number


def _at(world: World, asked: Asked) -> Post | None:
    """Return the post of an id: that of this server, or that of the author's own."""
    return next((post for post in world.posts if asked.parts["id"] in {str(_snowflake(post)), str(post.number)}), None)


def _status(world: World, post: Post) -> dict[str, Any]:
    """Return a post of Mastodon; its `uri` is the same on every server."""
    link = f'<a href="{post.link}" rel="nofollow"><span class="invisible">https://</span>lenke</a>' if post.link else ""
    return {
        "id": str(_snowflake(post)),
        # Takahē, which wants a key of everybody, names its posts in a way of its own.
        "uri": f"{_HOME}/@{post.author}@fjord.example/posts/{post.number}/"
        if world.key
        else f"{_HOME}/users/{post.author}/statuses/{post.number}",
        "url": f"{_HOME}/@{post.author}/{post.number}",
        "created_at": iso(post.at),
        "edited_at": None,
        "language": "nb",
        "content": f"<p>{escape(post.words.strip())} {link}</p>",
        "in_reply_to_id": str(_snowflake(post.below)) if post.below else None,
        "replies_count": len(world.below(post)),
        "reblogs_count": 0,
        "favourites_count": post.likes,
        "card": None,
        "tags": [{"name": tag} for tag in post.tags],
        "account": {"acct": post.author, "url": f"{_HOME}/@{post.author}", "indexable": post.author != SHY},
    }


def _is_found(post: Post, asked: Asked) -> bool:
    """Say whether a search of Bluesky finds a post."""
    since, until = asked.params.get("since"), asked.params.get("until")
    domain, words = asked.params.get("domain"), asked.params["q"]
    is_said = f"//{domain}/" in post.link if domain else holds(f"{post.words} {post.link}", words)
    is_late = since is None or post.at >= datetime.fromisoformat(since)
    return is_said and is_late and (until is None or post.at < datetime.fromisoformat(until))


def _uri(post: Post) -> str:
    """Return the name of a post of Bluesky."""
    return f"at://did:plc:asta/app.bsky.feed.post/3l{post.number}"


def _view(world: World, post: Post) -> dict[str, Any]:
    """Return a post of Bluesky as it is shown."""
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "createdAt": post.at.isoformat(),
        "text": post.words.strip(),
    }
    if post.link:
        record |= {"embed": {"$type": "app.bsky.embed.external", "external": {"uri": post.link, "title": "Sak"}}}
    if post.below:
        record |= {"reply": {"root": {"uri": _uri(post.thread)}, "parent": {"uri": _uri(post.below)}}}
    labels = [{"src": "did:plc:asta", "val": "!no-unauthenticated"}] if post.author == SHY else []
    return {
        "uri": _uri(post),
        "cid": "bafy",
        "author": {"did": "did:plc:asta", "handle": "asta.fjord.example", "displayName": "Åsta", "labels": labels},
        "record": record,
        "replyCount": len(world.below(post)),
        "repostCount": 0,
        "likeCount": post.likes,
        "quoteCount": 0,
        "indexedAt": iso(post.indexed),
        "labels": [],
    }
