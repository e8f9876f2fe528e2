"""Pages of platforms: one name and one link for each, whichever form of link leads there."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from brandwatch.urls.address import SAFE
from brandwatch.urls.links import by_host, host_suffixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.urls.address import Address


class PlatformLink(NamedTuple):
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
    PlatformLink(_YOUTUBE, r"[^/]+/watch\?v=(?P<id>[\w-]{11})", *_VIDEO, names="v", parts="lc"),
    PlatformLink(
        _YOUTUBE,
        # Two words of eleven letters are players of lists and of channels.
        r"[^/]+/(?:embed|shorts|live|watch|v|e)/(?P<id>(?!videoseries|live_stream)[\w-]{11})(?:&.*)?",
        *_VIDEO,
        parts="lc",
    ),
    PlatformLink("youtu.be", r"[^/]+/(?P<id>[\w-]{11})", *_VIDEO, parts="lc"),
    PlatformLink(
        _TWITTER,
        r"[^/]+/(?:i/web|\w+)/status(?:es)?/(?P<id>[1-9]\d{0,19})(?:/.*)?",
        "x:{id}",
        "https://x.com/i/status/{id}",
    ),
    PlatformLink(
        _REDDIT,
        r"[^/]+(?:/(?:r|u|user)/[^/]+)?/comments/(?P<id>[a-z0-9]+)/[^/]*/(?P<comment>[a-z0-9]+)",
        "reddit:{id}:{comment}",
        "https://reddit.com/comments/{id}/_/{comment}",
    ),
    PlatformLink(_REDDIT, r"[^/]+(?:/(?:r|u|user)/[^/]+)?/comments/(?P<id>[a-z0-9]+)(?:/[^/]*)?", *_THREAD),
    PlatformLink(_REDDIT, r"[^/]+/(?:gallery|tb)/(?P<id>[a-z0-9]+)", *_THREAD),
    PlatformLink("redd.it", r"[^/]+/(?P<id>[a-z0-9]+)", *_THREAD),
    PlatformLink(
        "news.ycombinator.com",
        # A link to a comment may name the thread first and the comment as its fragment.
        r"[^/]+/item\?id=(?:\d+#(?=\d))?(?P<id>\d+)(?:#.*)?",
        "hn:{id}",
        "https://news.ycombinator.com/item?id={id}",
        names="id #",
    ),
    PlatformLink(
        "bsky.app",
        r"[^/]+/profile/(?P<owner>[^/]+)/post/(?P<id>\w+)",
        "bluesky:{owner}/{id}",
        "https://bsky.app/profile/{owner}/post/{id}",
    ),
    PlatformLink(
        "*",
        # Mastodon and what speaks as it does; the ids hold the millisecond, so nothing else looks like them.
        r"(?P<host>[^/]+)(?:/(?:web|deck))?/(?:@|users/(?=[^/]+/statuses/))(?P<owner>[\w.@-]+)(?:/statuses)?"
        r"/(?P<id>1\d{17})(?:/activity)?",
        "mastodon:{host}/{id}",
        "https://{host}/@{owner}/{id}",
    ),
    PlatformLink(
        _FACEBOOK,
        r"[^/]+/(?:permalink|story)\.php\?story_fbid=(?P<id>\w+)&id=(?P<owner>\w+)",
        *_POST_OF_FACEBOOK,
        names="story_fbid id",
        parts=_COMMENT_OF_FACEBOOK,
    ),
    PlatformLink(
        _FACEBOOK,
        r"[^/]+/(?P<owner>(?:groups/)?[^/]+)/(?:posts|permalink)/(?:[^/]+/)?(?P<id>\w+)",
        *_POST_OF_FACEBOOK,
        parts=_COMMENT_OF_FACEBOOK,
    ),
    PlatformLink(
        _FACEBOOK,
        r"[^/]+/(?:watch|video\.php)\?v=(?P<id>\d+)",
        *_VIDEO_OF_FACEBOOK,
        names="v",
        parts=_COMMENT_OF_FACEBOOK,
    ),
    PlatformLink(
        _FACEBOOK,
        r"[^/]+/(?:[^/]+/videos/(?:[^/]+/)?|reel/)(?P<id>\d+)",
        *_VIDEO_OF_FACEBOOK,
        parts=_COMMENT_OF_FACEBOOK,
    ),
    PlatformLink(
        "instagram.com",
        r"[^/]+(?:/[\w.]+)?/(?:p|tv|reels?)/(?P<id>[\w-]{6,})",
        "instagram:{id}",
        "https://instagram.com/p/{id}",
    ),
    PlatformLink(
        "threads.com threads.net",
        r"[^/]+/(?:@[^/]+/post|t)/(?P<id>[\w-]+)",
        "threads:{id}",
        "https://threads.com/t/{id}",
    ),
    PlatformLink(
        _LINKEDIN,
        r"[^/]+(?:/embed)?/feed/update/urn:li:(?P<kind>activity|share|ugcPost):(?P<id>\d+)",
        *_UPDATE,
        parts=_COMMENT_OF_LINKEDIN,
    ),
    PlatformLink(
        _LINKEDIN,
        r"[^/]+/posts/[^/]*[_-](?P<kind>activity|share|ugcPost)-(?P<id>\d{10,})(?:-[\w-]{1,20})?",
        *_UPDATE,
        parts=_COMMENT_OF_LINKEDIN,
    ),
    PlatformLink(
        _LINKEDIN,
        r"[^/]+/pulse/(?P<id>[^/]+)",
        "linkedin:pulse:{id}",
        "https://linkedin.com/pulse/{id}",
        parts=_COMMENT_OF_LINKEDIN,
    ),
    PlatformLink(
        "tiktok.com .tiktok.com",
        r"[^/]+/(?:@[^/]*/(?:video|photo)|v|embed(?:/v2)?|player/v1)/(?P<id>\d+)(?:\.html)?",
        "tiktok:{id}",
        "https://tiktok.com/@/video/{id}",
    ),
    PlatformLink(
        "vimeo.com player.vimeo.com",
        r"[^/]+/(?:channels/[^/]+/|groups/[^/]+/videos/|video/)?(?P<id>\d+)(?:/[0-9a-f]+)?",
        "vimeo:{id}",
        "https://vimeo.com/{id}",
    ),
    PlatformLink(
        "t.me telegram.me",
        r"[^/]+(?:/s)?/(?P<owner>[A-Za-z]\w{3,})/(?P<id>\d+)",
        "telegram:{owner}/{id}",
        "https://t.me/{owner}/{id}",
        parts="comment",
    ),
    PlatformLink(
        "lobste.rs",
        r"[^/]+/(?:c/|s/\w+(?:/[^/#]*)?#c_)(?P<id>\w+)",
        "lobsters:c/{id}",
        "https://lobste.rs/c/{id}",
        names="#",
    ),
    PlatformLink("lobste.rs", r"[^/]+/s/(?P<id>\w+)(?:/[^/]*)?", "lobsters:{id}", "https://lobste.rs/s/{id}"),
    PlatformLink(
        _EXCHANGES,
        r"(?P<host>[^/]+)/(?:posts/comments/|(?:questions|q|a)/\d+(?:/[^#]*)?#comment)(?P<id>\d+)(?:_\d+)?",
        "stackexchange:{host}/comment/{id}",
        "https://{host}/posts/comments/{id}",
        names="#",
    ),
    PlatformLink(_EXCHANGES, r"(?P<host>[^/]+)/(?:a|questions/\d+/[^/]+)/(?P<id>\d+)(?:/\d+)?", *_ANSWER),
    PlatformLink(_EXCHANGES, r"(?P<host>[^/]+)/questions/\d+(?:/[^/#]*)?#(?P<id>\d+)", *_ANSWER, names="#"),
    PlatformLink(_EXCHANGES, r"(?P<host>[^/]+)/(?:questions|q)/(?P<id>\d+)(?:/[^/]*)?", *_QUESTION),
    PlatformLink(
        ".wikipedia.org",
        r"(?P<lang>[\w-]+)(?:\.m)?\.wikipedia\.org/(?:wiki/|w/index\.php\?title=)(?P<title>[^?&]+)",
        "wikipedia:{lang}:{title}",
        "https://{lang}.wikipedia.org/wiki/{title}",
        names="*",
    ),
    # What the token stands for is known to nobody but Google.
    PlatformLink(
        "news.google.*",
        r"[^/]+/(?:rss/|__i/rss/rd/)?(?:articles|read)/(?P<id>[\w-]+)",
        "gnews:{id}",
        "https://news.google.com/articles/{id}",
    ),
)

_FORMS = by_host(FORMS)
_ANY_HOST = "*"
_ALL = "*"
_FRAGMENT = "#"


class PlatformPage(NamedTuple):
    """A page of a platform: what the platform calls it, and the one form of its link."""

    id: str
    link: str


def platform_page(parts: Address) -> PlatformPage | None:
    """Return the page of a platform that a link leads to, `None` for every other site."""
    # An empty piece of a path may stand for one that is left out.
    for path in dict.fromkeys((parts.raw_path.rstrip("/"), parts.path)):
        for form in _forms(parts.host):
            if found := re.fullmatch(form.pattern, _subject(form, parts, path)):
                return _page(form, found, parts)
    return None


@lru_cache(maxsize=1024)
def _forms(host: str) -> tuple[PlatformLink, ...]:
    """Return the forms of links that a host may have."""
    return tuple(form for place in (*host_suffixes(host), _ANY_HOST) for form in _FORMS.get(place, ()))


def _subject(form: PlatformLink, parts: Address, path: str) -> str:
    """Return what the pattern of a form is to match."""
    if not form.names:
        return f"{parts.host}{path}"
    names = form.names.split()
    values = dict(reversed(parts.query))
    wanted = sorted(values) if _ALL in names else [name for name in names if name in values]
    query = "&".join(f"{name}={_value(values[name])}" for name in wanted)
    fragment = parts.fragment if _FRAGMENT in names else ""
    return f"{parts.host}{path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _value(value: str) -> str:
    """Return the value of a parameter in the spelling of a path."""
    return quote(value.encode("latin-1"), safe=SAFE)


def _page(form: PlatformLink, found: re.Match[str], parts: Address) -> PlatformPage:
    """Return the page that a match tells, with the part of it that parameters name."""
    groups = {name: _spelled(name, text) for name, text in found.groupdict().items()}
    identity, link = form.id.format(**groups), form.link.format(**groups)
    for name, value in _parts(form, parts):
        identity += f":{value}"
        link += f"{'&' if '?' in link else '?'}{name}={value}"
    return PlatformPage(identity, link)


def _spelled(name: str, text: str) -> str:
    """Return a group in one spelling: names of accounts and hosts know no capitals, titles no spaces."""
    return text.lower() if name in {"owner", "host"} else text.replace("%20", "_")


def _parts(form: PlatformLink, parts: Address) -> Iterator[tuple[str, str]]:
    """Yield the parameters that name a part of the page."""
    values = dict(reversed(parts.query))
    for name in form.parts.split():
        if values.get(name):
            yield name, quote(values[name].encode("latin-1"), safe="")
