"""Redirect links resolved offline."""

from __future__ import annotations

import re
from binascii import a2b_base64
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from brandwatch.urls import address
from brandwatch.urls.links import by_host, host_suffixes, web_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.urls.address import Address


# Proofpoint writes a star for one character, and two for a run of as many as the letter behind them says.
_STARS = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SHORTEST_RUN = 2
_ASCII = "".join(map(chr, range(33, 127)))


def decode_target(text: str, coding: str) -> str:
    """Return the link that *text* stands for; raise ValueError where it cannot be read."""
    match coding:
        case "base64":
            return _base64(text)
        case "disqus":
            return _disqus(text)
        case "proofpoint2":
            return unquote_link(text.replace("-", "%").replace("_", "/"))
        case "proofpoint3":
            return _proofpoint3(text)
        case _:
            return text


def unquote_link(text: str) -> str:
    """Return a link without its percent-encoding, but for what could not be written then."""
    return bytes_to_link(unquote_to_bytes(text))


def bytes_to_link(link: bytes) -> str:
    """Return a link that came as bytes; what is no ASCII stays encoded, whatever it is encoded in."""
    return quote(link, safe=_ASCII)


def _base64(text: str) -> str:
    """Return what Bing writes as `a1` and Base64."""
    return bytes_to_link(_bytes(text[2:]))


def _disqus(text: str) -> str:
    """Return a link without the hash that Disqus puts behind it."""
    link, _, digest = text.rpartition(":")
    return text if "/" in digest else link


def _proofpoint3(text: str) -> str:
    """Return a link whose unusual characters are starred out and stand behind it in Base64."""
    link, _, behind = text.partition("__;")
    characters = iter(_bytes(behind.partition("!")[0]).decode())
    return _STARS.sub(lambda star: "".join(islice(characters, _length(star[1]))), link)


def _length(letter: str | None) -> int:
    """Return how many characters a star stands for."""
    return _RUNS.index(letter) + _SHORTEST_RUN if letter else 1


def _bytes(text: str) -> bytes:
    """Return what Base64 stands for, in its alphabet for links and without its padding (RFC 4648 §5)."""
    return a2b_base64(f"{text.replace('-', '+').replace('_', '/')}===")


class Wrapper(NamedTuple):
    """One kind of redirect link.

    *hosts* are names; `.example.com` is what lies in that domain. With *names*, the path matches *pattern*, and the
    target is the first of these parameters that holds one. Without, all that follows the host matches it, and its group
    is the target, after *scheme* where it comes without one. *coding* says how the target is written, if unusually.
    """

    hosts: str
    pattern: str
    names: str = ""
    scheme: str = ""
    coding: str = ""


_AMP_CACHES = "cdn.ampproject.org .cdn.ampproject.org .bing-amp.com"
_ARCHIVES = "archive.ph archive.is archive.today archive.li archive.md archive.vn archive.fo"

WRAPPERS = (
    # What is found: news alerts, searches.
    Wrapper("google.* .google.*", r"/url", "url q"),
    Wrapper("google.*", r"/imgres", "imgrefurl"),
    Wrapper("news.google.*", r"/news/url", "url"),
    Wrapper("bing.com", r"/news/apiclick\.aspx", "url"),
    Wrapper("bing.com", r"/ck/a", "u", coding="base64"),
    Wrapper("duckduckgo.com .duckduckgo.com", r"/l", "uddg"),
    Wrapper("r.search.yahoo.com", r"[^?#]*?/RU=([^/]+)/R[A-Z]=.*"),
    Wrapper(".yahoo.com", r"[^?#]*?/\*+(https?:.+)"),
    # Where people talk.
    Wrapper("l.facebook.com lm.facebook.com facebook.com l.messenger.com l.workplace.com", r"/l\.php", "u"),
    Wrapper("facebook.com", r"/flx/warn", "u"),
    Wrapper("l.instagram.com l.threads.com l.threads.net", r"", "u"),
    Wrapper("l.wl.co", r"/l", "u"),
    Wrapper("out.reddit.com", r".*", "url"),
    Wrapper("click.redditmail.com", r"/CL0/([^/]+)/.*"),
    Wrapper("t.umblr.com tumblr.com", r"/redirect", "z"),
    Wrapper("youtube.com", r"/redirect", "q"),
    Wrapper("linkedin.com .linkedin.com", r"/redir/(?:redirect|general-malware-page)", "url"),
    Wrapper("linkedin.com .linkedin.com", r"/safety/go", "url"),
    Wrapper("linkedin.com .linkedin.com", r"/authwall", "sessionRedirect"),
    Wrapper("vk.com", r"/away\.php", "to"),
    Wrapper("ok.ru", r"/dk", "st.link"),
    Wrapper("slack-redir.net", r"/link", "url"),
    Wrapper("t.me telegram.me", r"/iv", "url"),
    Wrapper("steamcommunity.com", r"/linkfilter", "u url"),
    Wrapper("medium.com .medium.com", r"/r", "url"),
    Wrapper("medium.com .medium.com", r"/m/global-identity(?:-\d)?", "redirectUrl"),
    Wrapper("disq.us", r"/url", "url", coding="disqus"),
    Wrapper("getpocket.com", r"/redirect", "url"),
    Wrapper("pinterest.com .pinterest.com", r"/offsite", "url"),
    Wrapper("exit.sc gate.sc", r"", "url"),
    Wrapper("link.zhihu.com", r"", "target"),
    Wrapper("deviantart.com", r"/users/outgoing\?(.+)"),
    Wrapper("fed.brid.gy bsky.brid.gy", r"/r/(.+)"),
    Wrapper("consent.youtube.com consent.google.*", r"/ml?", "continue"),
    # What mail gateways make of links that people then paste.
    Wrapper(".safelinks.protection.outlook.com", r".*", "url"),
    Wrapper("statics.teams.cdn.office.net", r"/evergreen-assets/safelinks/.*", "url"),
    Wrapper("urldefense.proofpoint.com", r"/v1/url", "u"),
    Wrapper("urldefense.proofpoint.com", r"/v2/url", "u", coding="proofpoint2"),
    Wrapper("urldefense.com urldefense.us", r"/v3/__(.+)", coding="proofpoint3"),
    Wrapper("linkprotect.cudasvc.com", r"/url", "a"),
    Wrapper(".awstrack.me", r"/L0/([^/]+)/.*"),
    # Copies, where the page itself is meant.
    Wrapper("google.* bing.com", r"/amp/s/([^/?#]+\.[^#]+)(?:#.*)?", scheme="https://"),
    Wrapper("google.* bing.com", r"/amp/([^/?#]+\.[^#]+)(?:#.*)?", scheme="http://"),
    Wrapper(_AMP_CACHES, r"/[a-z]+/s/([^/?#]+\.[^#]+)(?:#.*)?", scheme="https://"),
    Wrapper(_AMP_CACHES, r"/[a-z]+/([^/?#]+\.[^#]+)(?:#.*)?", scheme="http://"),
    Wrapper("web.archive.org", r"/web/\d+(?:[a-z]{2}_)?/(https?:.+)"),
    Wrapper(_ARCHIVES, r"/(?:[\d.-]+/|o/\w+/)?(https?:.+)"),
    # Those that hide where the reader comes from.
    Wrapper("href.li anonym.to nullrefer.com dereferer.me", r"/\?(.+)"),
    # Links for which a shop pays.
    Wrapper("awin1.com", r"/(?:cread|awclick)\.php", "ued p"),
    Wrapper("clk.tradedoubler.com", r"/click", "url"),
    Wrapper("track.adtraction.com", r"/t/t", "url"),
    Wrapper("go.skimresources.com go.redirectingat.com", r"", "url"),
    Wrapper("redirect.viglink.com", r"", "u"),
    Wrapper("click.linksynergy.com", r"/(?:deeplink|fs-bin/click)", "murl"),
)

HOPS = 3
"""How many redirect links may lie in one another; a longer chain is left as it is."""

_WRAPPERS = by_host(WRAPPERS)
_HOST = re.compile(r"https?://[^/?#]*")
_WRITTEN_OUT = re.compile(r"https?:/", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/+", re.IGNORECASE)


def unwrap(url: str) -> str:
    """Return the link that the redirect link *url* leads to, or *url* itself where it is none.

    What is undone must lead to an http(s) link without a user name or password.
    """
    if not _may_wrap(url):
        return url
    link = url
    for _ in range(HOPS):
        target = _target(link)
        if not target:
            return link
        link = target
    return url if _target(link) else link


def _may_wrap(url: str) -> bool:
    """Say whether it is worth a closer look; for nearly every link it is not, which must cost nothing."""
    return (
        url.find("http", 8) > 0
        or "/amp/" in url
        or "ampproject.org/" in url
        or "bing-amp.com/" in url
        or "aHR0c" in url  # `http` in Base64
    )


def _target(url: str) -> str:
    """Return where a redirect link leads, nothing for any other."""
    link = web_link(url) if _may_wrap(url) else ""
    parts = address.parse_address(link)
    if parts is None:
        return ""
    for wrapper in (wrapper for place in host_suffixes(parts.host) for wrapper in _WRAPPERS.get(place, ())):
        for text in _parameters(wrapper, parts) if wrapper.names else _rest(wrapper, link):
            if target := _safe(text, wrapper.coding):
                return target
    return ""


def _parameters(wrapper: Wrapper, parts: Address) -> Iterator[str]:
    """Yield what may be the target among the parameters; it inherits the fragment as in a browser."""
    if not re.fullmatch(wrapper.pattern, parts.path):
        return
    values = dict(reversed(parts.query))
    for name in wrapper.names.split():
        value = bytes_to_link(values.get(name, "").strip().encode("latin-1"))
        yield f"{value}#{parts.fragment}" if parts.fragment and "#" not in value else value


def _rest(wrapper: Wrapper, link: str) -> Iterator[str]:
    """Yield what may be the target among all that follows the host; it may be encoded, but need not."""
    rest = _HOST.sub("", link, count=1)
    found = re.fullmatch(wrapper.pattern, rest if rest.startswith("/") else f"/{rest}")
    if found:
        yield _written_out(f"{wrapper.scheme}{found[1]}")


def _written_out(text: str) -> str:
    """Return a link that may be encoded as one that is not."""
    return text if _WRITTEN_OUT.match(text) else unquote_link(text)


def _safe(text: str, coding: str) -> str:
    """Return the target that *text* stands for, nothing where it is none that one may be sent to."""
    try:
        target = _SCHEME.sub(r"\1://", decode_target(text, coding), count=1)
        names_user = "@" in urlsplit(target).netloc
    except ValueError:
        return ""
    return "" if names_user else web_link(target)
