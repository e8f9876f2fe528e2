"""Links: which are safe to show, where they really lead, and which lead to the same page. Pure; nothing is fetched."""

from brandwatch.urls.canonical import are_two_parts, canonical, is_front_page, part, platform_id
from brandwatch.urls.links import host, is_comment, netloc, web_link
from brandwatch.urls.redirects import unwrap

__all__ = [
    "are_two_parts",
    "canonical",
    "host",
    "is_comment",
    "is_front_page",
    "netloc",
    "part",
    "platform_id",
    "unwrap",
    "web_link",
]
