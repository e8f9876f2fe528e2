"""Links: safe spellings, canonical keys of pages, redirects resolved offline, platforms and accounts. Pure."""

from brandwatch.urls.canonical import are_two_parts, canonical, is_front_page, part, platform_id
from brandwatch.urls.host_names import ascii_host, decode_hosts, readable_host
from brandwatch.urls.links import contains, host, is_comment, netloc, readable_link, web_link
from brandwatch.urls.platforms import account_of_link, platform_feeds, platform_hosts, platform_of_link
from brandwatch.urls.redirects import entry_link, entry_links, unwrap
from brandwatch.urls.wikis import is_version

__all__ = [
    "account_of_link", "are_two_parts", "ascii_host", "canonical", "contains", "decode_hosts", "entry_link",
    "entry_links", "host", "is_comment", "is_front_page", "is_version", "netloc", "part", "platform_feeds",
    "platform_hosts", "platform_id", "platform_of_link", "readable_host", "readable_link", "unwrap", "web_link",
]  # fmt: skip
