from __future__ import annotations

import pytest

from brandwatch.urls import canonical, platform_feeds, platform_id

CHANNEL = f"UC{'a' * 22}"
PAGES = {
    "youtube:aB3-_xY9zQ0": """
        https://www.youtube.com/watch?v=aB3-_xY9zQ0&t=10s&list=PL1
        https://m.youtube.com/watch?app=m&v=aB3-_xY9zQ0
        https://youtu.be/aB3-_xY9zQ0?si=x
        https://youtube.com/shorts/aB3-_xY9zQ0
        https://www.youtube.com/live/aB3-_xY9zQ0?feature=share
        https://www.youtube-nocookie.com/embed/aB3-_xY9zQ0?rel=0
        https://www.youtube.com/v/aB3-_xY9zQ0&hl=en""",
    "youtube:aB3-_xY9zQ0:Ugz1.2": """
        https://www.youtube.com/watch?v=aB3-_xY9zQ0&lc=Ugz1.2
        https://youtu.be/aB3-_xY9zQ0?lc=Ugz1.2""",
    "x:1790000000000000001": """
        https://twitter.com/acme/status/1790000000000000001?s=20&t=x
        https://mobile.twitter.com/Acme/statuses/1790000000000000001
        https://x.com/i/web/status/1790000000000000001
        https://x.com/acme/status/1790000000000000001/photo/1
        https://nitter.net/acme/status/1790000000000000001#m""",
    "reddit:1abc2d": """
        https://www.reddit.com/r/norge/comments/1abc2d/acme_%C3%A5pner/?share_id=x
        https://old.reddit.com/r/norge/comments/1abc2d/
        https://www.reddit.com/comments/1abc2d
        https://www.reddit.com/user/acme/comments/1abc2d/acme
        https://www.reddit.com/gallery/1abc2d
        https://redd.it/1abc2d""",
    "reddit:1abc2d:k9z": """
        https://www.reddit.com/r/norge/comments/1abc2d/acme_%C3%A5pner/k9z/?context=3
        https://old.reddit.com/r/norge/comments/1abc2d/comment/k9z
        https://www.reddit.com/comments/1abc2d//k9z/""",
    "hn:41000001": """
        https://news.ycombinator.com/item?id=41000001
        http://news.ycombinator.com/item?id=41000001#
        https://news.ycombinator.com/item?id=41000000#41000001""",
    "bluesky:acme.example/3lu66quubp22m": """
        https://bsky.app/profile/acme.example/post/3lu66quubp22m
        https://bsky.app/profile/Acme.Example/post/3lu66quubp22m?ref_src=embed""",
    "mastodon:tut.example/112233445566778899": """
        https://tut.example/@Kari/112233445566778899
        https://tut.example/@kari@annen.example/112233445566778899
        https://tut.example/users/kari/statuses/112233445566778899
        https://tut.example/users/kari/statuses/112233445566778899/activity
        https://tut.example/deck/@kari/112233445566778899""",
    "facebook:acmeas/123456789": """
        https://www.facebook.com/AcmeAS/posts/123456789?__tn__=R
        https://m.facebook.com/acmeas/posts/acme-apner/123456789/
        https://nb-no.facebook.com/acmeas/posts/123456789""",
    "facebook:1000/123456789": """
        https://www.facebook.com/permalink.php?story_fbid=123456789&id=1000
        https://m.facebook.com/story.php?id=1000&story_fbid=123456789&mibextid=x
        https://www.facebook.com/1000/posts/123456789""",
    "facebook:1000/123456789:5": """
        https://www.facebook.com/permalink.php?story_fbid=123456789&id=1000&comment_id=5
        https://www.facebook.com/1000/posts/123456789?comment_id=5""",
    "facebook:groups/acme/77": """
        https://www.facebook.com/groups/acme/posts/77/
        https://www.facebook.com/groups/acme/permalink/77""",
    "facebook:987654321": """
        https://www.facebook.com/watch/?v=987654321
        https://www.facebook.com/acmeas/videos/acme-apner/987654321/
        https://www.facebook.com/reel/987654321""",
    "instagram:C1a2B3c-D4_": """
        https://www.instagram.com/p/C1a2B3c-D4_/?igsh=x
        https://www.instagram.com/reel/C1a2B3c-D4_/
        https://instagram.com/acme.as/p/C1a2B3c-D4_?img_index=2""",
    "threads:C1a2B3c-D4_": """
        https://www.threads.net/@acme/post/C1a2B3c-D4_?xmt=x
        https://threads.com/t/C1a2B3c-D4_""",
    "linkedin:activity:7108411108306100224": """
        https://www.linkedin.com/feed/update/urn:li:activity:7108411108306100224/
        https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7108411108306100224?trk=x
        https://no.linkedin.com/posts/acme_acme-%C3%A5pner-activity-7108411108306100224-ZP1C?utm_source=share""",
    "linkedin:pulse:acme-apner-kari": """
        https://www.linkedin.com/pulse/acme-apner-kari/?trackingId=1
        https://no.linkedin.com/pulse/acme-apner-kari""",
    "tiktok:7300000000000000001": """
        https://www.tiktok.com/@acme/video/7300000000000000001?_r=1
        https://m.tiktok.com/v/7300000000000000001.html
        https://www.tiktok.com/embed/v2/7300000000000000001""",
    "vimeo:12345678": """
        https://vimeo.com/12345678
        https://player.vimeo.com/video/12345678?h=1
        https://vimeo.com/channels/acme/12345678""",
    "telegram:acmenytt/42": """
        https://t.me/acmenytt/42
        https://t.me/s/AcmeNytt/42?single""",
    "lobsters:abc123": """
        https://lobste.rs/s/abc123/acme_opens
        https://lobste.rs/s/abc123#respond""",
    "lobsters:c/x9y8": """
        https://lobste.rs/s/abc123/acme_opens#c_x9y8
        https://lobste.rs/c/x9y8""",
    "stackexchange:stackoverflow.com/100": """
        https://stackoverflow.com/questions/100/how-to-acme?rq=1
        https://stackoverflow.com/q/100/7""",
    "stackexchange:unix.stackexchange.com/101": """
        https://unix.stackexchange.com/a/101/7
        https://unix.stackexchange.com/questions/100/how-to-acme/101#101
        https://unix.stackexchange.com/questions/100/how-to-acme#101""",
    "stackexchange:stackoverflow.com/comment/55": """
        https://stackoverflow.com/questions/100/how-to-acme#comment55_100
        https://stackoverflow.com/questions/100/how-to-acme/101#comment55_101""",
    "wikipedia:no:Fjordkraft_%C3%85sg%C3%A5rd": """
        https://no.wikipedia.org/wiki/Fjordkraft_Åsgård#Historie
        https://no.m.wikipedia.org/wiki/Fjordkraft_%C3%85sg%C3%A5rd?wprov=sfla1
        https://no.wikipedia.org/w/index.php?title=Fjordkraft+%C3%85sg%C3%A5rd""",
    "gnews:CBMiABC-d_1": """
        https://news.google.com/rss/articles/CBMiABC-d_1?oc=5
        https://news.google.com/articles/CBMiABC-d_1?hl=no&gl=NO&ceid=NO%3Ano
        https://news.google.com/read/CBMiABC-d_1""",
}
LINKS = [(name, link) for name, links in PAGES.items() for link in links.split()]
NO_PAGES = [
    "",
    "https://avis.example/watch?v=aB3-_xY9zQ0",
    "https://youtube.com.avis.example/watch?v=aB3-_xY9zQ0",
    "https://notyoutube.com/watch?v=aB3-_xY9zQ0",
    "https://www.youtube.com/watch?v=kort",
    "https://www.youtube.com/@acme",
    "https://www.youtube.com/embed/videoseries?list=PL1",
    "https://www.youtube.com/embed/live_stream?channel=UC1",
    "https://x.com/acme",
    "https://www.reddit.com/r/norge/",
    "https://news.ycombinator.com/user?id=1",
    "https://tut.example/@kari/2024",
    "https://blogg.example/users/kari/112233445566778899",
    "https://www.facebook.com/acmeas",
    "https://www.instagram.com/reels/audio/123456789/",
    "https://www.linkedin.com/company/acme",
    "https://stackoverflow.com/questions/tagged/acme",
    "https://no.wikipedia.org/w/index.php?title=Acme&oldid=7",
    "https://no.wikipedia.org/wiki/Spesial:S%C3%B8k?search=acme",
    "https://t.me/acmenytt",
]


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_every_link_form_gives_the_platform_id(name: str, link: str):
    """The id is that of the post, video, thread or comment; the key contains it."""
    assert platform_id(link) == platform_id(canonical(link)) == name


def test_pages_of_platforms_have_one_key_each():
    """There are as many keys as pages, and each key is canonical."""
    keys = {name: {canonical(link) for link in links.split()} for name, links in PAGES.items()}
    one_page = {"mastodon:tut.example/112233445566778899"}  # of an account that is known by two names there
    assert {name for name, found in keys.items() if len(found) != 1} == one_page
    found = [key for group in keys.values() for key in group]
    assert len(set(found)) == len(found)
    assert [canonical(key) for key in found] == found


@pytest.mark.parametrize("link", NO_PAGES)
def test_other_links_of_a_platform_have_no_id(link: str):
    """Profiles, lists and other sites have ordinary keys that keep their distinctions."""
    assert platform_id(link) == ""


def test_a_part_of_a_page_is_not_the_page():
    """A comment differs from its thread, an old version from its page, a search from another."""
    keys = [
        canonical(link)
        for link in (
            "https://news.ycombinator.com/item?id=1",
            "https://news.ycombinator.com/item?id=1#2",
            "https://www.facebook.com/acme/posts/1",
            "https://www.facebook.com/acme/posts/1?comment_id=2",
            "https://www.facebook.com/acme/posts/1?comment_id=2&reply_comment_id=3",
            "https://no.wikipedia.org/wiki/Acme",
            "https://no.wikipedia.org/w/index.php?title=Acme&oldid=7",
            "https://no.wikipedia.org/wiki/Acme?oldid=8",
            "https://no.wikipedia.org/wiki/Spesial:S%C3%B8k?search=acme",
            "https://no.wikipedia.org/wiki/Spesial:S%C3%B8k?search=fjordkraft",
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "https://www.youtube.com/embed/videoseries?list=PL2",
        )
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        (f"https://youtube.com/channel/{CHANNEL}/videos", f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"),
        ("https://youtube.com/user/acme", "https://www.youtube.com/feeds/videos.xml?user=acme"),
        ("https://www.youtube.com/playlist?list=PL1-x", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1-x"),
        ("https://old.reddit.com/r/norge/", "https://www.reddit.com/r/norge/.rss"),
        ("https://www.reddit.com/r/norge/comments/ab1/dyr_strom/", "https://www.reddit.com/r/norge/comments/ab1/dyr_strom/.rss"),
        ("https://reddit.com/user/asta-b", "https://www.reddit.com/user/asta-b/.rss"),
        ("https://github.com/acme/vind.git", "https://github.com/acme/vind/releases.atom"),
        ("https://github.com/acme/vind/commits/main", "https://github.com/acme/vind/commits/main.atom"),
        ("https://github.com/orgs/acme", "https://github.com/acme.atom"),
        ("https://gitlab.com/acme/nord/vind/-/releases", "https://gitlab.com/acme/nord/vind.atom"),
        ("https://bsky.app/profile/acme.example", "https://bsky.app/profile/acme.example/rss"),
        ("https://medium.com/@acme", "https://medium.com/feed/@acme"),
        ("https://acme.medium.com/", "https://acme.medium.com/feed"),
        ("https://acme.substack.com/archive", "https://acme.substack.com/feed"),
        ("https://acme.tumblr.com", "https://acme.tumblr.com/rss"),
        ("https://acme.blogspot.com/", "https://acme.blogspot.com/feeds/posts/default"),
        ("https://vimeo.com/acme", "https://vimeo.com/acme/videos/rss"),
        ("https://dev.to/acme", "https://dev.to/feed/acme"),
        ("https://pypi.org/project/acme.vind/", "https://pypi.org/rss/project/acme.vind/releases.xml"),
        ("https://stackoverflow.com/questions/tagged/acme", "https://stackoverflow.com/feeds/tag/acme"),
        ("https://stackoverflow.com/questions/12/tittel", "https://stackoverflow.com/feeds/question/12"),
        ("http://sosialt.example:8080/@acme", "http://sosialt.example:8080/@acme.rss"),
        ("https://sosialt.example/tags/strøm", "https://sosialt.example/tags/str%C3%B8m.rss"),
    ],
)  # fmt: skip
def test_the_feed_of_a_page_is_known_by_its_address(page: str, feed: str):
    """Channels, profiles, lists and projects of platforms have feeds at known addresses."""
    assert platform_feeds(page) == (feed,)


@pytest.mark.parametrize(
    "page",
    [
        "https://www.youtube.com/@acme",
        "https://www.youtube.com/playlist",
        "https://github.com/acme/vind/issues",
        "https://sosialt.example/@acme/1234",
        "https://avis.example/om",
        "mailto:kari@acme.example",
    ],
)
def test_other_pages_have_no_known_feed(page: str):
    """A page whose address does not name its feed is left to discovery."""
    assert platform_feeds(page) == ()
