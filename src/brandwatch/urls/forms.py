"""The forms of links to pages of platforms, as a table, as their own pages and share buttons show them."""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """One form.

    *pattern* matches the host, the path and those of the parameters *names* that are there; the name `#` is the
    fragment, `*` every parameter. Its groups go into *id* and *link*. The parameters *parts* go behind both: they name
    a part of the page.
    """

    hosts: str
    pattern: str
    id: str
    link: str
    names: str = ""
    parts: str = ""


_VIDEO = ("youtube:{id}", "https://youtube.com/watch?v={id}")
_YOUTUBE = "youtube.com .youtube.com youtube-nocookie.com"
_TWITTER = "x.com twitter.com .twitter.com fxtwitter.com vxtwitter.com fixupx.com fixvx.com nitter.net"
_THREAD = ("reddit:{id}", "https://reddit.com/comments/{id}")
_REDDIT = "reddit.com .reddit.com"
_FACEBOOK = "facebook.com .facebook.com fb.com"
_COMMENT_OF_FACEBOOK = "comment_id reply_comment_id"
_POST_OF_FACEBOOK = ("facebook:{owner}/{id}", "https://facebook.com/{owner}/posts/{id}")
_VIDEO_OF_FACEBOOK = ("facebook:{id}", "https://facebook.com/watch?v={id}")
_LINKEDIN = "linkedin.com .linkedin.com"
_COMMENT_OF_LINKEDIN = "commentUrn replyUrn"
_UPDATE = ("linkedin:{kind}:{id}", "https://linkedin.com/feed/update/urn:li:{kind}:{id}")
_EXCHANGES = "stackoverflow.com superuser.com serverfault.com askubuntu.com mathoverflow.net .stackexchange.com"
_QUESTION = ("stackexchange:{host}/{id}", "https://{host}/questions/{id}")
_ANSWER = ("stackexchange:{host}/{id}", "https://{host}/a/{id}")

FORMS = (
    Form(_YOUTUBE, r"[^/]+/watch\?v=(?P<id>[\w-]{11})", *_VIDEO, names="v", parts="lc"),
    Form(
        _YOUTUBE,
        # Two words of eleven letters are players of lists and of channels.
        r"[^/]+/(?:embed|shorts|live|watch|v|e)/(?P<id>(?!videoseries|live_stream)[\w-]{11})(?:&.*)?",
        *_VIDEO,
        parts="lc",
    ),
    Form("youtu.be", r"[^/]+/(?P<id>[\w-]{11})", *_VIDEO, parts="lc"),
    Form(
        _TWITTER,
        r"[^/]+/(?:i/web|\w+)/status(?:es)?/(?P<id>[1-9]\d{0,19})(?:/.*)?",
        "x:{id}",
        "https://x.com/i/status/{id}",
    ),
    Form(
        _REDDIT,
        r"[^/]+(?:/(?:r|u|user)/[^/]+)?/comments/(?P<id>[a-z0-9]+)/[^/]*/(?P<comment>[a-z0-9]+)",
        "reddit:{id}:{comment}",
        "https://reddit.com/comments/{id}/_/{comment}",
    ),
    Form(_REDDIT, r"[^/]+(?:/(?:r|u|user)/[^/]+)?/comments/(?P<id>[a-z0-9]+)(?:/[^/]*)?", *_THREAD),
    Form(_REDDIT, r"[^/]+/(?:gallery|tb)/(?P<id>[a-z0-9]+)", *_THREAD),
    Form("redd.it", r"[^/]+/(?P<id>[a-z0-9]+)", *_THREAD),
    Form(
        "news.ycombinator.com",
        # A link to a comment may name the thread first and the comment as its fragment.
        r"[^/]+/item\?id=(?:\d+#(?=\d))?(?P<id>\d+)(?:#.*)?",
        "hn:{id}",
        "https://news.ycombinator.com/item?id={id}",
        names="id #",
    ),
    Form(
        "bsky.app",
        r"[^/]+/profile/(?P<owner>[^/]+)/post/(?P<id>\w+)",
        "bluesky:{owner}/{id}",
        "https://bsky.app/profile/{owner}/post/{id}",
    ),
    Form(
        "*",
        # Mastodon and what speaks as it does; the ids hold the millisecond, so nothing else looks like them.
        r"(?P<host>[^/]+)(?:/(?:web|deck))?/(?:@|users/(?=[^/]+/statuses/))(?P<owner>[\w.@-]+)(?:/statuses)?"
        r"/(?P<id>1\d{17})(?:/activity)?",
        "mastodon:{host}/{id}",
        "https://{host}/@{owner}/{id}",
    ),
    Form(
        _FACEBOOK,
        r"[^/]+/(?:permalink|story)\.php\?story_fbid=(?P<id>\w+)&id=(?P<owner>\w+)",
        *_POST_OF_FACEBOOK,
        names="story_fbid id",
        parts=_COMMENT_OF_FACEBOOK,
    ),
    Form(
        _FACEBOOK,
        r"[^/]+/(?P<owner>(?:groups/)?[^/]+)/(?:posts|permalink)/(?:[^/]+/)?(?P<id>\w+)",
        *_POST_OF_FACEBOOK,
        parts=_COMMENT_OF_FACEBOOK,
    ),
    Form(
        _FACEBOOK,
        r"[^/]+/(?:watch|video\.php)\?v=(?P<id>\d+)",
        *_VIDEO_OF_FACEBOOK,
        names="v",
        parts=_COMMENT_OF_FACEBOOK,
    ),
    Form(
        _FACEBOOK,
        r"[^/]+/(?:[^/]+/videos/(?:[^/]+/)?|reel/)(?P<id>\d+)",
        *_VIDEO_OF_FACEBOOK,
        parts=_COMMENT_OF_FACEBOOK,
    ),
    Form(
        "instagram.com",
        r"[^/]+(?:/[\w.]+)?/(?:p|tv|reels?)/(?P<id>[\w-]{6,})",
        "instagram:{id}",
        "https://instagram.com/p/{id}",
    ),
    Form(
        "threads.com threads.net",
        r"[^/]+/(?:@[^/]+/post|t)/(?P<id>[\w-]+)",
        "threads:{id}",
        "https://threads.com/t/{id}",
    ),
    Form(
        _LINKEDIN,
        r"[^/]+(?:/embed)?/feed/update/urn:li:(?P<kind>activity|share|ugcPost):(?P<id>\d+)",
        *_UPDATE,
        parts=_COMMENT_OF_LINKEDIN,
    ),
    Form(
        _LINKEDIN,
        r"[^/]+/posts/[^/]*[_-](?P<kind>activity|share|ugcPost)-(?P<id>\d{10,})(?:-[\w-]{1,20})?",
        *_UPDATE,
        parts=_COMMENT_OF_LINKEDIN,
    ),
    Form(
        _LINKEDIN,
        r"[^/]+/pulse/(?P<id>[^/]+)",
        "linkedin:pulse:{id}",
        "https://linkedin.com/pulse/{id}",
        parts=_COMMENT_OF_LINKEDIN,
    ),
    Form(
        "tiktok.com .tiktok.com",
        r"[^/]+/(?:@[^/]*/(?:video|photo)|v|embed(?:/v2)?|player/v1)/(?P<id>\d+)(?:\.html)?",
        "tiktok:{id}",
        "https://tiktok.com/@/video/{id}",
    ),
    Form(
        "vimeo.com player.vimeo.com",
        r"[^/]+/(?:channels/[^/]+/|groups/[^/]+/videos/|video/)?(?P<id>\d+)(?:/[0-9a-f]+)?",
        "vimeo:{id}",
        "https://vimeo.com/{id}",
    ),
    Form(
        "t.me telegram.me",
        r"[^/]+(?:/s)?/(?P<owner>[A-Za-z]\w{3,})/(?P<id>\d+)",
        "telegram:{owner}/{id}",
        "https://t.me/{owner}/{id}",
        parts="comment",
    ),
    Form(
        "lobste.rs",
        r"[^/]+/(?:c/|s/\w+(?:/[^/#]*)?#c_)(?P<id>\w+)",
        "lobsters:c/{id}",
        "https://lobste.rs/c/{id}",
        names="#",
    ),
    Form("lobste.rs", r"[^/]+/s/(?P<id>\w+)(?:/[^/]*)?", "lobsters:{id}", "https://lobste.rs/s/{id}"),
    Form(
        _EXCHANGES,
        r"(?P<host>[^/]+)/(?:posts/comments/|(?:questions|q|a)/\d+(?:/[^#]*)?#comment)(?P<id>\d+)(?:_\d+)?",
        "stackexchange:{host}/comment/{id}",
        "https://{host}/posts/comments/{id}",
        names="#",
    ),
    Form(_EXCHANGES, r"(?P<host>[^/]+)/(?:a|questions/\d+/[^/]+)/(?P<id>\d+)(?:/\d+)?", *_ANSWER),
    Form(_EXCHANGES, r"(?P<host>[^/]+)/questions/\d+(?:/[^/#]*)?#(?P<id>\d+)", *_ANSWER, names="#"),
    Form(_EXCHANGES, r"(?P<host>[^/]+)/(?:questions|q)/(?P<id>\d+)(?:/[^/]*)?", *_QUESTION),
    Form(
        ".wikipedia.org",
        r"(?P<lang>[\w-]+)(?:\.m)?\.wikipedia\.org/(?:wiki/|w/index\.php\?title=)(?P<title>[^?&]+)",
        "wikipedia:{lang}:{title}",
        "https://{lang}.wikipedia.org/wiki/{title}",
        names="*",
    ),
    # What the token stands for is known to nobody but Google.
    Form(
        "news.google.*",
        r"[^/]+/(?:rss/|__i/rss/rd/)?(?:articles|read)/(?P<id>[\w-]+)",
        "gnews:{id}",
        "https://news.google.com/articles/{id}",
    ),
)
