"""Canonical keys of pages: tracking is dropped, what may name another page stays."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from brandwatch.urls import address, platforms
from brandwatch.urls.links import host_suffixes, strip_invisible
from brandwatch.urls.redirects import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator


# What browsers take for the beginning of a web link: any number of slashes, or none before what looks like a host.
_BEGINNING = re.compile(r"(?:https?:)?//+|(?:https?:/?)?(?=[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?(?:[/?#]|$))", re.IGNORECASE)
_END_OF_PATH = re.compile(r"[?#]")
_SITE = re.compile(r"https://[^/?#]*")
_ROUTE = re.compile(r"[!/].*\w")


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """Return the key of the page that *url* leads to, empty for no link; links to the same page share their key.

    A key is a link and its own key. It is for comparing: what is shown is the publisher's own link.
    """
    key = _key(unwrap(_absolute(url)))
    # What is no redirect link to the letter may be one in the spelling of a key; each holds less than the one before.
    while (link := unwrap(key)) != key:
        key = _key(link)
    return key


def platform_id(url: str) -> str:
    """Return what a platform calls the post, video or thread that *url* leads to (`youtube:…`, `x:…`), or nothing."""
    parts = _parts(canonical(url))
    page = platforms.platform_page(parts) if parts else None
    return page.id if page else ""


def is_front_page(key: str) -> bool:
    """Say whether a key is that of a whole site, which tells nothing of an entry."""
    return bool(_SITE.fullmatch(key))


def _absolute(url: str) -> str:
    """Return what a browser would open for *url*: backslashes are slashes, and the scheme may be missing."""
    if url.startswith(("https://", "http://")) and "\\" not in url:
        return url
    url = strip_invisible(url)
    end = found.start() if (found := _END_OF_PATH.search(url)) else len(url)
    url = url[:end].replace("\\", "/") + url[end:]
    begun = _BEGINNING.match(url)
    return f"https://{url[begun.end() :]}" if begun else url


def _key(link: str) -> str:
    """Return the key of a link that is no redirect link."""
    parts = _parts(link)
    if parts is None:
        return ""
    if page := platforms.platform_page(parts):
        return link if link == page.link else _key(page.link)
    query = urlencode(sorted(parts.query), encoding="latin-1")
    fragment = parts.fragment if _is_page(parts.fragment) else ""
    return f"https://{parts.host}{parts.path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _parts(link: str) -> address.Address | None:
    """Return the parts of a link, of its parameters only those that may name the page."""
    parts = address.parse_address(link)
    return parts and parts._replace(query=list(without_tracking(parts.host, parts.query)))


def _is_page(fragment: str) -> bool:
    """Say whether a fragment names a page (`#!/…`, `#/…`) or a comment."""
    return bool(_ROUTE.match(fragment)) or address.is_comment(fragment)


PREFIXES = (
    *("utm_", "utm-", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "itm_", "hmb_", "oly_", "vero_", "cm_mmc", "guce_"),
    *("at_medium", "at_campaign", "at_custom", "at_link", "at_ptr_", "ns_mchannel", "ns_campaign", "aspsessionid"),
)
ANYWHERE = frozenset(
    # Clicks on advertisements.
    "fbclid gclid gclsrc gad_source gad_campaignid dclid gbraid wbraid srsltid msclkid yclid ysclid ymclid twclid "
    "ttclid li_fat_id igshid igsh epik sccid rdt_cid irclickid irgwc cjevent clickid rb_clickid wickedid tduid at_gd "
    "awc sscid tblci dicbo outbrainclickid s_kwcid ef_id ranmid raneaid ransiteid "
    # Newsletters.
    "mc_cid mc_eid mc_tc mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsctatracking ml_subscriber ml_subscriber_hash "
    "ck_subscriber_id _bhlid et_cid et_rid sc_cid dm_i elqtrack elqtrackid sfmc_id sfmc_sub _ke _kx trk_contact "
    "trk_msg trk_module trk_sid "
    # Statistics of sites, and buttons to share with.
    "_ga _gl _openstat wt_mc wt_zmc wt.mc wt.mc_id xtor cmpid ocid icid ncid s_cid cm_sp cm_re ns_source ns_linkname "
    "ns_fee campaign_medium campaign_name campaign_source campaign_term campaign_content fb_action_ids fb_action_types "
    "fb_comment_id fb_ref fb_source action_object_map action_ref_map action_type_map __twitter_impression "
    "_branch_match_id _branch_referrer guccounter sr_share echobox ito traffic_source tracking_source "
    "__readwiselocation sms_click sms_source sms_uph "
    # AMP caches, and programs that know a visitor who takes no cookies.
    "amp_js_v amp_gsa usqp jsessionid phpsessid cfid cftoken".split()
)
OF_HOSTS = {
    "youtube.com .youtube.com": "si feature pp ab_channel app themerefresh",
    "x.com twitter.com .twitter.com": "s t cxt ref_src ref_url src",
    "facebook.com .facebook.com": "mibextid rdid eav paipv _rdr rdr fref hc_ref hc_location ref refid refsrc "
    "sfnsn extid idorvanity wtsid comment_tracking notif_t notif_id __tn__ __cft__[0] __xts__[0]",
    "instagram.com": "ig_rid img_index hl",
    "linkedin.com .linkedin.com": "trk trkinfo trackingid refid lipi licu midtoken midsig originalsubdomain rcm",
    "reddit.com .reddit.com": "share_id rdt ref ref_source ref_campaign correlation_id post_fullname post_index",
    "tiktok.com .tiktok.com": "_r _t is_from_webapp is_copy_url sender_device web_id refer referer_url "
    "referer_video_id embed_source share_app_id u_code preview_pb",
    "threads.com threads.net": "xmt",
    "open.spotify.com": "si nd dl_branch",
    "medium.com .medium.com": "source sk",
    ".substack.com": "r s isfreemail triedredirect showwelcomeonshare publication_id post_id",
    "vimeo.com": "share fl fe",
    "bandcamp.com .bandcamp.com": "from",
    ".wikipedia.org": "wprov oldformat useskin useformat mobileaction",
    "github.com": "notification_referrer_id",
    "apple.com .apple.com": "mt uo ls at ct itsct itscg",
    "bing.com": "form cvid",
    ".translate.goog": "_x_tr_sl _x_tr_tl _x_tr_hl _x_tr_pto _x_tr_hist",
    "nytimes.com .nytimes.com": "smid smtyp emc partner campaign_id instance_id segment_id user_id regi_id te nl "
    "unlocked_article_code referringsource sgrp ugrp _r rref",
    "washingtonpost.com": "wpisrc wpmm wprss itid tid hpid",
    "theguardian.com": "cmp cmp_id",
    "wsj.com": "mod reflink st tesla sharetoken",
    "ft.com": "sharetype accesstoken segmentid",
    "bloomberg.com": "srnd leadsource in_source sref",
    "msn.com": "cvid ei pc form",
    "yahoo.com .yahoo.com": "soc_src soc_trk .tsrc",
    "theatlantic.com": "gift",
}
"""What sites add of their own, in small letters: names that elsewhere may name a page."""

_OWN = {host: frozenset(names.split()) for hosts, names in OF_HOSTS.items() for host in hosts.split()}

# These name a page at least as often; it is the value that tells.
_CHANNEL_NAMES = frozenset({"ref", "source", "src", "via", "from"})
_CHANNELS = frozenset(
    "rss feed atom twitter x facebook fb linkedin instagram reddit newsletter email mail share social google bing news "
    "app mobile homepage home frontpage".split()
)
# Medium's, also on hosts of its customers.
_CHANNEL_BEGINNINGS = ("rss-", "email-")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_AMP = {"amp": frozenset({"", "1", "true", "yes", "amp"}), "outputtype": frozenset({"amp"})}
_SESSION = re.compile(r"[0-9a-f]{32}")
# Added after a `?` where there was one already, or after an `&amp;` that nobody read.
_GARBLED = re.compile(r"(?:\?|amp;)+")
_ADDED = "?utm_"


def without_tracking(host: str, query: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the parameters that may name the page; each byte is a character."""
    own = _own(host) if query else frozenset()
    for raw_name, raw_value in query:
        name, added, _ = raw_name[_garbled(raw_name) :].partition(_ADDED)
        value = "" if added else raw_value.partition(_ADDED)[0]
        if (name or value) and name.lower() not in own and not _is_tracking(name.lower(), value.lower()):
            yield name, value


@lru_cache(maxsize=1024)
def _own(host: str) -> frozenset[str]:
    """Return what a site adds of its own."""
    return frozenset(name for place in host_suffixes(host) for name in _OWN.get(place, ()))


def _garbled(name: str) -> int:
    """Return how many characters before a name are not its own."""
    return found.end() if (found := _GARBLED.match(name)) else 0


def _is_tracking(name: str, value: str) -> bool:
    """Say whether a parameter of any site, in small letters, only tells how the reader came here."""
    if name in ANYWHERE or name.startswith(PREFIXES) or value in _AMP.get(name, ()):
        return True
    if name in _CHANNEL_NAMES:
        return value in _CHANNELS or value.startswith(_CHANNEL_BEGINNINGS) or bool(_DOMAIN.fullmatch(value))
    return name == "sid" and bool(_SESSION.fullmatch(value))
