from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import FetchError
from brandwatch.feeds import feed_links
from brandwatch.feeds.discovery import USUAL_PATHS, FoundFeed, discover_feeds
from brandwatch.feeds.page_links import page_links
from brandwatch.http import Client, FetchLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site


def discover(url: str) -> tuple[FoundFeed, ...]:
    """The feeds found at a URL."""

    async def go() -> tuple[FoundFeed, ...]:
        async with Client(FetchLimits(total=120, allowed=frozenset({"127.0.0.1", "localhost"}))) as client:
            return await discover_feeds(url, client)

    return asyncio.run(go())


def test_the_url_of_a_feed_is_its_own_result(site: Site, rss: Callable[..., str]):
    """The URL of a feed is returned as it is, or at its new address after a permanent redirect."""
    site.put("/rss", rss(("Sak", "https://a.example/1")))
    old = site.put("/gammel", "", 301, Location="/rss")
    assert discover(old) == (FoundFeed(url=site.url("/rss"), title="Fjordavisa", entries=1),)


def test_announced_feeds_are_read_once_each(site: Site, rss: Callable[..., str]):
    """The announced feeds are read; other pages are left out, and no usual path is tried."""
    site.put("/rss", rss())
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/rss", "/borte", "rss")
    )
    assert [feed.url for feed in discover(site.put("/", f"<html>{links}"))] == [site.url("/rss")]
    assert not {asked.path for asked in site.log} & {path for path in USUAL_PATHS if path != "/rss"}


def test_usual_paths_are_tried(site: Site, rss: Callable[..., str]):
    """A page without announced feeds is followed by requests to the usual paths."""
    site.put("/feed/", rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in discover(site.put("/om-oss/side", "<html><title>Hei</title>"))] == [site.url("/feed/")]


def test_a_site_without_feeds(site: Site):
    """A site without feeds has no result; a site without a response is an error."""
    assert discover(site.put("/", "<html></html>")) == ()
    with pytest.raises(FetchError):
        discover(site.url("/borte"))


LIST = '<html><a href="/nyheter.php">Nyheter</a> <a href="/sport/rss">Sport</a></html>'


@pytest.mark.parametrize(
    "page",
    [
        '<link rel="alternate" type="text/xml" href="/finn">',
        '<link rel="alternate" type="application/xml" href="finn">',
        '<link rel="alternate" type="application/json" href="finn">',
        '<link rel="alternate" type="application/feed+json" href="finn">',
        '<link rel="alternate" type="application/x-rss+xml; charset=utf-8" href="finn">',
        "<LINK REL=ALTERNATE TYPE=application/rss+xml HREF=finn>",
        "<link href=finn rel=alternate type=text/xml/>",
        '<link rel="alternate" title="RSS" href="finn">',
        '<link rel="alternate" type="application/xml+rss" href="finn">',
        '<link rel="alternate" type="rss" href="finn">',
        '<link type="application/rss+xml" href="finn">',
        '<link rel="rss" href="finn">',
        '<link rel="feed" href="finn">',
        '<link rel="service.feed" type="application/atom+xml" href="finn">',
        '<link rel="alternate home" type="application/atom+xml" href="finn">',
        '<head></head><body><link rel="alternate" type="application/rdf+xml" href="finn"></body>',
        '<a href="finn">RSS</a>',
        '<a href="finn">Abonner på <b>RSS</b> her</a>',
        '<a href="finn" title="Nyhetsfeed: RSS 2.0"><span></span></a>',
        '<a href="finn"><img src="/bilder/ikon.png" alt="RSS-strøm"></a>',
        '<a href="finn"><img src="/bilder/feed-icon-14x14.png"></a>',
        '<a href="finn"><i class="fa fa-rss" aria-hidden="true"></i></a>',
        '<a href="finn"><svg><use xlink:href="#icon-rss"></use></svg></a>',
        '<a href="finn" class="rss-lenke">Følg oss</a>',
        '<a href="finn" data-original-title="RSS"></a>',
        '<a href="finn">Syndicate this site (XML)</a>',
        '<a href="finn"><img src="/bilder/xml.gif" alt="XML"></a>',
        '<a href="finn">Nyhetsstrøm</a>',
        '<li><b>RSS</b>: <a href="finn">her</a></li>',
        '<object type="application/rss+xml" data="finn"></object>',
        '<a href="https://feedly.com/i/subscription/feed/{root}/finn">Les i Feedly</a>',
        '<a type="application/rss+xml" href="finn">Følg oss</a>',
        '<map><area href="finn" alt="RSS"></map>',
        '<a href="feed:{root}/finn">Følg oss</a>',
        '<a href="feed:{root}/finn">Følg oss</a><script>if (a < b) { x = "<a href=/nei>RSS</a>" }',
        '<![endif]><![if !IE]><a href="finn">RSS</a>',
    ],
)
def test_every_way_to_name_a_feed(site: Site, rss: Callable[..., str], page: str):
    """A page names a feed by type, relation, words or icon; no usual path is tried."""
    site.put("/finn", rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in discover(site.put("/", page.replace("{root}", site.url(""))))] == [site.url("/finn")]
    assert [asked.path for asked in site.log] == ["/", "/finn"]


@pytest.mark.parametrize(
    "page",
    [
        '<a href="finn">Rssfabrikken om atomkraft</a>',
        '<link rel="stylesheet" type="text/css" href="finn"><link rel="alternate" hreflang="sv" href="finn">',
        '<link rel="alternate" type="application/json+oembed" href="finn">',
        '<!-- <a href="finn">RSS</a> --><script>x = "<a href=finn>RSS</a>"</script>',
        '<a href="javascript:finn()">RSS</a><a>RSS</a>',
        '<a href="/rss">RSS</a> <a href="finn">Om oss</a>',
        '<link rel="service" type="application/atomsvc+xml" href="finn">',
        '<link rel="EditURI" type="application/rsd+xml" href="finn">',
        '<link rel="search" type="application/opensearchdescription+xml" href="finn">',
        '<link rel="preload" type="application/json" href="finn">',
    ],
)
def test_other_links_are_not_requested(site: Site, page: str):
    """Style sheets, translations, comments and scripts name no feed."""
    assert discover(site.put("/", page)) == ()
    assert "/finn" not in [asked.path for asked in site.log]


def test_the_header_link_announces_a_feed(site: Site, rss: Callable[..., str]):
    """A header announces the feed of any document, beside other links."""
    site.put("/finn", rss(("Sak", "https://a.example/1")))
    header = (
        '<https://a.example/wp-json/>; rel="https://api.w.org/", </finn>; rel=alternate; title="Å, b"; type="text/xml"'
    )
    assert [feed.url for feed in discover(site.put("/", "hei", Link=header))] == [site.url("/finn")]
    named = '<finn>; rel="alternate"; title="RSS", </en>; rel=alternate; hreflang=en'
    assert [feed.url for feed in discover(site.put("/", "hei", Link=named))] == [site.url("/finn")]
    assert discover(site.put("/", "hei", Link='</finn>; rel="next"')) == ()


@pytest.mark.parametrize(
    "path",
    [
        "/feed.php",
        "/nyheter.rss",
        "/atom.xml",
        "/index.xml",
        "/rss/?kategori=1",
        "/liste?export=rss2",
        "/syndication.axd",
    ],
)
def test_addresses_of_feeds_need_no_words(path: str):
    """A link whose address is that of a feed counts whatever it shows; so does one to a host of feeds."""
    linked = page_links(f'<a href="{path}">Følg oss</a>'.encode(), "https://avis.example/").linked
    assert linked == (f"https://avis.example{path}",)
    links = "https://feeds.avis.example/alle", "https://feeds2.feedburner.com/avisa", "https://rss.avis.example/"
    page = "".join(f'<a href="{link}">Følg oss</a>' for link in links)
    assert page_links(page.encode(), "https://avis.example/").linked == links


@pytest.mark.parametrize(
    "path", ["/feedback", "/index.php", "/rssfabrikken", "/sitemap_index.xml", "/a.xml", "/atomkraft"]
)
def test_other_addresses_need_words(path: str):
    """An address that only begins like that of a feed is another page."""
    assert page_links(f'<a href="{path}">Følg oss</a>'.encode(), "https://avis.example/").linked == ()


def test_feeds_of_comments_come_last(site: Site, rss: Callable[..., str]):
    """A feed of comments never stands in for the feed of the site, whatever the order of the page."""
    site.put("/comments/feed/", rss(("Svar", "https://a.example/1#comment-1")))
    site.put("/feed/", rss(("Sak", "https://a.example/1")))
    announced = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    comments = announced.format("Kommentarer til Å", "/comments/feed/")
    both = [site.url("/feed/"), site.url("/comments/feed/")]
    assert [feed.url for feed in discover(site.put("/", comments + announced.format("Å", "/feed/")))] == both
    assert [feed.url for feed in discover(site.put("/sak", comments))] == both


def test_a_page_of_feeds(site: Site, rss: Callable[..., str]):
    """“RSS” may lead to a page that lists the feeds."""
    site.put("/tjenester/rss", LIST)
    site.put("/sport/rss", rss(("Mål", "https://a.example/2")))
    found = discover(site.put("/", '<a href="/tjenester/rss">RSS</a>'))
    assert [feed.url for feed in found] == [site.url("/sport/rss")]


@pytest.mark.parametrize(
    "page",
    [
        '<meta http-equiv="refresh" content="0; url=/hjem">',
        "<META HTTP-EQUIV=Refresh CONTENT='0;URL=\"/hjem\"'>",
        '<frameset><frame src="/topp"><frame src="/hjem"></frameset>',
    ],
)
def test_pages_that_only_lead_to_another(site: Site, rss: Callable[..., str], page: str):
    """The target of a refresh and the frames of a page are read in its place; frames of other sites are not."""
    site.put("/hjem", '<link rel="alternate" type="text/xml" href="/finn">')
    site.put("/finn", rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in discover(site.put("/", page))] == [site.url("/finn")]
    site.put("/", f'<iframe src="http://localhost:{site.port}/hjem"></iframe>')
    assert discover(site.url("/")) == ()


def test_own_feeds_come_before_those_of_others(site: Site, rss: Callable[..., str]):
    """A link to the feed of another site counts only if the page links none of its own."""
    site.put("/finn", rss(("Sak", "https://a.example/1")))
    other = f"http://localhost:{site.port}/andre/rss.xml"
    site.put("/andre/rss.xml", rss(("Annet", "https://b.example/1")))
    links = f'<a href="{other}">Naboens RSS</a>'
    assert [feed.url for feed in discover(site.put("/", f'{links}<a href="finn">RSS</a>'))] == [site.url("/finn")]
    assert [feed.url for feed in discover(site.put("/", links))] == [other]


def test_usual_paths_of_a_folder_come_first(site: Site, rss: Callable[..., str]):
    """The feed of a blog in a folder is found before that of the whole site."""
    for path in ("/blogg/feed/", "/feed/"):
        site.put(path, rss(("Sak", "https://a.example/1")))
    assert [feed.url for feed in discover(site.put("/blogg/", "<html>"))] == [site.url("/blogg/feed/")]


def test_the_feed_of_an_account_is_known_by_its_address(site: Site, rss: Callable[..., str]):
    """The profile of a Mastodon server has a feed beside it; the page itself need not be readable."""
    site.put("/@fjordkraft", "", 403)
    site.put("/@fjordkraft.rss", rss(("Innlegg", "https://a.example/1")))
    assert [feed.url for feed in discover(site.url("/@fjordkraft"))] == [site.url("/@fjordkraft.rss")]


def test_a_visit_has_a_limit(site: Site):
    """However many feeds a page names, a few are requested, each once."""
    page = "".join(f'<a href="/rss/{number % 90}">RSS</a>' for number in range(500))
    assert discover(site.put("/a/b/", f"{page}<iframe src='/rss/1'></iframe>")) == ()
    paths = [asked.path for asked in site.log]
    assert len(paths) == len(set(paths)) <= 31


def test_a_page_in_place_of_a_feed_is_explained(site: Site, cli: Callable[..., Answer]):
    """The message names the feed that the page announces, without a request; the hint is the way to look for one."""
    page = site.put("/", '<html><link rel="alternate" type="application/rss+xml" href="/?format=rss"></html>')
    explained = cli("sources", "check", page)
    assert f"an HTML page, which announces {site.url('/?format=rss')}\n" in explained.out
    assert [asked.path for asked in site.log] == ["/"]
    assert "hint: `brandwatch init --site URL`" in cli("sources", "check", site.put("/", "<html>hei</html>")).err


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<![", '<a href="x" ', "<a href=/rss>rss", "</", "<script>", "<a b='"]
)
def test_long_pages_are_read_in_linear_time(piece: str):
    """Many of the same broken piece end at once."""
    assert feed_links((piece * (200_000 // len(piece))).encode(), "https://avis.example/") == ()


def test_a_page_announces_its_feeds():
    """Feeds of every type are found in order, each once, absolute, relative to `<base>`; style sheets are not."""
    page = """<html><head><base href="/blogg/">
<link rel="stylesheet" href="x.css"><link rel="alternate" type="application/rss+xml" href="feed/">
<LINK REL='feed alternate' TYPE='application/atom+xml; charset=utf-8' HREF='https://annen.example/å'>
<link rel="alternate" type="application/rss+xml" href="feed/"><link rel="alternate" hreflang="sv" href="/sv">
<link rel="alternate" type="application/feed+json" href="javascript:x"></head>"""
    assert feed_links(page.encode(), "https://avis.example/x") == (
        "https://avis.example/blogg/feed/",
        "https://annen.example/%C3%A5",
    )
