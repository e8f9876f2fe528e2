from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.urls import canonical, unwrap

PAGE = "https://avis.example/sak/1?b=2&a=bl%C3%A5b%C3%A6r"
TO = quote(PAGE, safe="")
BASE64 = "aHR0cHM6Ly9hdmlzLmV4YW1wbGUvc2FrLzE_Yj0yJmE9YmwlQzMlQTViJUMzJUE2cg"

REDIRECTS = [
    f"https://www.google.com/url?rct=j&sa=t&url={TO}&ct=ga&cd=CAIyGjk&usg=AOvVaw0",
    f"https://www.google.no/url?q={TO}&source=gmail",
    f"https://www.google.co.uk/url?q={TO}",
    f"https://plus.url.google.com/url?q={TO}",
    f"https://www.google.com/imgres?imgurl=https%3A%2F%2Favis.example%2Fb.png&imgrefurl={TO}",
    f"https://news.google.com/news/url?sa=t&url={TO}",
    f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=69&url={TO}&c=123&mkt=nb-no",
    f"https://www.bing.com/ck/a?!&&p=cf94&ptn=3&u=a1{BASE64}&ntb=1",
    f"https://duckduckgo.com/l/?uddg={TO}&rut=1",
    f"https://html.duckduckgo.com/l/?uddg={TO}",
    f"https://r.search.yahoo.com/_ylt=A0/RV=2/RE=1/RO=10/RU={TO}/RK=2/RS=x-",
    f"https://us.rd.yahoo.com/a/b/*{PAGE}",
    f"https://l.facebook.com/l.php?u={TO}&h=AT0",
    f"https://lm.facebook.com/l.php?u={TO}",
    f"https://m.facebook.com/flx/warn/?u={TO}",
    f"https://l.messenger.com/l.php?u={TO}",
    f"https://l.instagram.com/?u={TO}&e=AT0",
    f"https://l.threads.com/?u={TO}",
    f"https://l.wl.co/l?u={TO}",
    f"https://out.reddit.com/t3_abc?url={TO}&token=AQ",
    f"https://click.redditmail.com/CL0/{TO}/2/0100/AB=1",
    f"https://t.umblr.com/redirect?z={TO}&t=M2",
    f"https://www.youtube.com/redirect?event=video_description&q={TO}&v=abc",
    f"https://www.linkedin.com/redir/redirect?url={TO}&urlhash=1a",
    f"https://no.linkedin.com/safety/go?url={TO}",
    f"https://www.linkedin.com/authwall?trk=x&sessionRedirect={TO}",
    f"https://vk.com/away.php?to={TO}&cc_key=",
    f"https://ok.ru/dk?cmd=logExternal&st.link={TO}",
    f"https://slack-redir.net/link?url={TO}",
    f"https://t.me/iv?url={TO}&rhash=1",
    f"https://steamcommunity.com/linkfilter/?url={TO}",
    f"https://medium.com/r/?url={TO}",
    f"https://medium.com/m/global-identity-2?redirectUrl={TO}",
    f"https://disq.us/url?url={TO}%3AhsW3yN2wG-1Tq3G&cuid=1",
    f"https://getpocket.com/redirect?url={TO}",
    f"https://www.pinterest.com/offsite/?token=1&url={TO}",
    f"https://exit.sc/?url={TO}",
    f"https://link.zhihu.com/?target={TO}",
    f"https://www.deviantart.com/users/outgoing?{PAGE}",
    f"https://fed.brid.gy/r/{PAGE}",
    f"https://consent.youtube.com/m?continue={TO}&gl=NO",
    f"https://eur03.safelinks.protection.outlook.com/?url={TO}&data=05%7C02%7C&reserved=0",
    f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={TO}",
    f"https://urldefense.proofpoint.com/v1/url?u={TO}&k=1",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__avis.example_sak_1-3Fb-3D2-26a-3Dbl-25C3-25A5b-25C3-25A6r&d=D",
    f"https://urldefense.com/v3/__{PAGE}__;!!ACWV5N9M!MwAZ$",
    "https://urldefense.com/v3/__https://avis.example/sak/1?b=2&a=bl*C3*A5b**C*A6r__;JSUlQzMl!!ACWV5N9M!MwAZ$",
    f"https://linkprotect.cudasvc.com/url?a={TO}&c=E,1",
    f"https://abc.r.eu-west-1.awstrack.me/L0/{TO}/1/0102/xyz=3",
    "https://www.google.com/amp/s/avis.example/sak/1?b=2&a=bl%C3%A5b%C3%A6r",
    "https://avis-example.cdn.ampproject.org/c/s/avis.example/sak/1?b=2&a=bl%C3%A5b%C3%A6r#referrer=x",
    "https://avis-example.bing-amp.com/c/s/avis.example/sak/1?b=2&a=bl%C3%A5b%C3%A6r",
    f"https://web.archive.org/web/20260213194851/{PAGE}",
    f"https://web.archive.org/web/20260213194851id_/{PAGE}",
    f"https://archive.ph/2026.02.13-194851/{PAGE}",
    f"https://archive.is/{PAGE}",
    f"https://href.li/?{PAGE}",
    f"https://www.awin1.com/cread.php?awinmid=1&ued={TO}",
    f"https://clk.tradedoubler.com/click?p=1&url={TO}",
    f"https://track.adtraction.com/t/t?a=1&as=2&url={TO}",
    f"https://go.skimresources.com/?id=1&url={TO}",
    f"https://redirect.viglink.com/?key=1&u={TO}",
    f"https://click.linksynergy.com/deeplink?id=1&murl={TO}",
]
OTHERS = [
    PAGE,
    "",
    "http",
    "http://[::1",
    # Opaque: what it leads to stands nowhere in it.
    "https://news.google.com/rss/articles/CBMiHTTPhttpABC?oc=5",
    "https://t.co/httpabc",
    # A host that only looks like one of them.
    f"https://www.google.com.avis.example/url?q={TO}",
    f"https://notgoogle.com/url?q={TO}",
    f"https://google.evil/url?q={TO}",
    f"https://l.facebook.com.avis.example/l.php?u={TO}",
    f"https://xl.facebook.com/l.php?u={TO}",
    f"https://safelinks.protection.outlook.com.avis.example/?url={TO}",
    f"https://xsafelinks.protection.outlook.com/?url={TO}",
    f"https://www.google.com:8080/url?q={TO}",
    # Another page of theirs.
    f"https://www.google.com/search?q={TO}",
    f"https://www.bing.com/search?q={TO}",
    f"https://www.facebook.com/sharer.php?u={TO}",
    f"https://avis.example/del?url={TO}",
    f"https://web.archive.org/web/*/{PAGE}",
    "https://www.google.com/amp/s/guide",
    # Something else than a page.
    "https://www.google.com/url?q=http",
    "https://www.google.com/url?q=avis.example/http",
    "http://www.bing.com/news/apiclick.aspx?url=javascript%3Aalert%28%27http%27%29",
    "https://l.facebook.com/l.php?u=data%3Atext%2Fhtml%2Chttp",
    "https://l.facebook.com/l.php?u=%2F%2Favis.example%2Fhttp",
    "https://l.facebook.com/l.php?u=http%3A%2F%2F",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fkari%3Ahemmelig%40avis.example%2F",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fbank.example%5C%40avis.example%2F",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Favis.example%3A99999%2F",
    "https://l.facebook.com/l.php?u=https%3A%2F%2F%5Bhttp%2F",
    "https://www.bing.com/ck/a?u=a1aHR0c!",
    "https://urldefense.com/v3/__https://avis.example/*__;/w!!a!b$",
    # Its other parameters say as much as the target.
    "https://arkiv.example/go/?a=30338&u=https%3A%2F%2Farkiv.example%2Fvis",
]


@pytest.mark.parametrize("link", REDIRECTS)
def test_a_redirect_link_is_unwrapped(link: str):
    """Every redirect form in the table unwraps to the exact URL of the page."""
    assert unwrap(link) == PAGE
    assert canonical(link) == canonical(PAGE)


@pytest.mark.parametrize("link", OTHERS)
def test_other_links_are_unchanged(link: str):
    """A similar host, another page and an unsafe target change nothing."""
    assert unwrap(link) == link


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://www.google.com/url?q=https%3A%2F%2Favis.example%2F%2525", "https://avis.example/%25"),
        ("https://www.google.com/url?url=x&q=https://avis.example/", "https://avis.example/"),
        ("https://www.google.com/url?q=https://avis.example/a&q=https://avis.example/b", "https://avis.example/a"),
        ("https://www.google.com/url?q=%20https://avis.example/a%20b", "https://avis.example/a%20b"),
        ("https://www.google.com/url?q=https://avis.example/x#comment-1", "https://avis.example/x#comment-1"),
        ("https://www.google.com/url?q=https://avis.example/%E5", "https://avis.example/%E5"),
        ("https://www.google.com/url?q=https://bl%C3%A5b%C3%A6r.example/", "https://xn--blbr-roah.example/"),
        ("https://cdn.ampproject.org/v/avis.example/x.amp", "http://avis.example/x.amp"),
    ],
)
def test_a_target_is_decoded_once(link: str, target: str):
    """The result is what a browser would open: decoded once, bytes as they are, the fragment appended."""
    assert unwrap(link) == target


@pytest.mark.parametrize("count", range(6))
def test_nested_redirect_links_are_unwrapped_three_deep(count: int):
    """A longer chain is deliberate, and is not unwrapped."""
    link = PAGE
    for _ in range(count):
        link = f"https://l.facebook.com/l.php?u={quote(link, safe='')}"
    assert unwrap(link) == (PAGE if count <= 3 else link)


@given(
    st.text(),
    st.sampled_from(["", "https://www.google.com/url?q=", "https://web.archive.org/web/1/", "http://href.li/?"]),
)
def test_unwrap_never_raises(text: str, start: str):
    """`unwrap` accepts any text, and its result has nothing left to unwrap."""
    link = unwrap(start + text)
    assert unwrap(link) == link
