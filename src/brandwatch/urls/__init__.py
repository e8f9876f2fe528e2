"""Links: which are safe to show, where they really lead, and which lead to the same page. Pure; nothing is fetched."""

from brandwatch.urls.address import is_comment
from brandwatch.urls.canonical import canonical, is_front_page, platform_id
from brandwatch.urls.fragments import are_two_parts, part
from brandwatch.urls.links import host, netloc, web_link
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
