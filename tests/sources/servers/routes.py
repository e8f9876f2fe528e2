"""Which path leads to which endpoint."""

from __future__ import annotations

import re

from tests.sources.servers import boards, coding, forums, news, sites, social

_NAMED = {
    r"/api/v1/search(?:_by_date)?": forums.hackernews,
    r"/api/v3/search": forums.lemmy,
    r"/api/v3/comment/list": forums.lemmy_comments,
    r"/domains/(?P<domain>[^/]+)\.json": forums.lobsters_domain,
    r"/s/(?P<id>[0-9a-f]+)\.json": forums.lobsters_story,
    r"/search\.json": boards.discourse,
    r"/t/(?P<id>\d+)(?:/(?P<number>\d+))?\.json": boards.discourse_topic,
    r"/api/recent/posts/(?P<term>day|week|month)": boards.nodebb,
    r"/api/categories": boards.nodebb_categories,
    r"/api/v1/timelines/tag/(?P<tag>.+)": social.mastodon_tag,
    r"/api/v2/instance": social.mastodon_instance,
    r"/api/v1/statuses/(?P<id>\d+)": social.mastodon_status,
    r"/api/v1/statuses/(?P<id>\d+)/context": social.mastodon_context,
    r"/xrpc/app\.bsky\.feed\.searchPosts": social.bluesky_search,
    r"/xrpc/app\.bsky\.feed\.getPosts": social.bluesky_posts,
    r"/xrpc/app\.bsky\.feed\.getPostThread": social.bluesky_thread,
    r"/xrpc/com\.atproto\.server\.createSession": social.bluesky_session,
    r"/feeds/videos\.xml": social.youtube,
    r"/api/v2/doc/doc": news.gdelt,
    r"/search": news.searxng,
    r"/alerts/feeds/.+": news.googlealerts,
    r"/rss/releases/latest": news.ntb,
    r"/ListItems": news.cision,
    r"/rss/current_news/\d+": news.mynewsdesk,
    r"/2\.3/search/advanced": coding.stackexchange,
    r"/2\.3/questions/(?P<ids>[\d;]+)": coding.stackexchange_questions,
    r"/search/issues": coding.github,
    r"/repos/[^/]+/[^/]+/issues/(?P<id>\d+)": coding.github_issue,
    r"/repos/[^/]+/[^/]+/issues/(?P<id>\d+)/comments": coding.github_comments,
    r"/api/articles": coding.devto,
    r"/api/articles/(?P<id>\d+)": coding.devto_post,
    r"/api/comments": coding.devto_comments,
    r"/": sites.wordpress,
    r"/(?P<id>\d+)/feed/": sites.wordpress_comments,
    r"(?P<cirrus>/w)?/api\.php": sites.mediawiki,
    r"/index\.php": sites.mediawiki_history,
    r"/[a-z]{2}/rss/customerreviews/page=(?P<page>\d+)/id=\d+/sortBy=mostRecent/json": sites.appstore,
}
ROUTES = tuple((re.compile(pattern), endpoint) for pattern, endpoint in _NAMED.items())
