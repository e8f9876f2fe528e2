"""The redirect links that carry their target, as a table.

The forms are those of the services' own links, many of which other public programs undo too. Shorteners (t.co, bit.ly)
and whatever else would have to be asked are not among them, nor links whose other parameters say as much as the target.
"""

from __future__ import annotations

from typing import NamedTuple


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
