"""Links: which are safe to show, and which lead to the same page. Pure; nothing is fetched."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "oly_", "vero_", "at_medium", "at_campaign", "at_custom")
TRACKING = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid li_fat_id igshid igsh mc_cid mc_eid _ga _gl "
    "_hsenc _hsmi mkt_tok s_cid ns_mchannel ns_source ns_campaign ns_linkname ns_fee cmpid wt_mc wt_zmc ocid icid "
    "ncid sr_share xtor echobox ito guccounter guce_referrer guce_referrer_sig".split()
)
"""Query parameters that only say how the reader came; names are documented by the advertisers that set them."""

_CHANNEL_PARAMETERS = frozenset({"ref", "source", "src", "via", "from"})
_CHANNELS = frozenset(
    "rss feed atom twitter x facebook fb linkedin instagram reddit newsletter email mail share social google bing news "
    "app mobile homepage home frontpage".split()
)
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_HOST = re.compile(r"[\w.-]*\w[\w.-]*|[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:%[\w.-]+)?")
_HOST_PREFIX = re.compile(r"^(?:(?:www\d?|m|mobile|amp|touch)\.(?=[^.]+\.))+")
_PORTS = {"http": 80, "https": 443}
_AMP = re.compile(r"(?:/amp|\.amp)/?$", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_COMMENT = re.compile(r"(?:comment|c|reply|post|p|kommentar)[-_]?\d+", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# RFC 3986 §2: reserved characters keep their meaning; a percent sign is kept where it already encodes something.
_KEEP = "/:?#[]@!$&'()*+,;=-._~%"
_RAW_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def web_link(raw: str, base: str = "") -> str:
    """Return *raw*, taken relative to *base*, as an absolute http(s) link without user name or password, else ""."""
    try:
        parts = urlsplit(urljoin(base, _UNSAFE.sub("", raw).strip()))
        name = parts.hostname or ""
        if parts.scheme not in _PORTS or not _HOST.fullmatch(unquote(name)):
            return ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    host = f"[{name}]" if ":" in name else _encode(name)
    return urlunsplit(
        (parts.scheme, f"{host}{port}", _encode(parts.path), _encode(parts.query), _encode(parts.fragment))
    )


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """Return the key of the page that *url* leads to, empty for no link; links to the same page share their key.

    The rules drop what publishers and platforms add on the way (scheme, www, mobile and AMP hosts, tracking
    parameters, order of parameters, fragments) and keep whatever may name another page.
    """
    link = web_link(url)
    if not link:
        return ""
    parts = urlsplit(link)
    return urlunsplit(("https", _netloc(parts), _path(parts.path), _query(parts.query), _fragment(parts.fragment)))


def host(url: str) -> str:
    """Return the host of a link or bare domain, lower case and without `www.`; empty where there is none."""
    try:
        name = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")


def netloc(url: str) -> str:
    """Return the host of a link in lower case with its port, the usual one of its scheme if none is named."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or _PORTS.get(parts.scheme, '')}"


def _encode(part: str) -> str:
    """Percent-encode what may not stand in a URL; what is encoded already stays as it is."""
    return quote(_RAW_PERCENT.sub("%25", part), safe=_KEEP)


def _netloc(parts: SplitResult) -> str:
    """Return host and port without the variants of a site: IDNA, no prefix, no default port."""
    name = _HOST_PREFIX.sub("", _host_name(unquote(parts.hostname or "").rstrip(".")))
    port = parts.port
    return name if port is None or port in _PORTS.values() else f"{name}:{port}"


def _host_name(name: str) -> str:
    """Return the name of a host as the network spells it."""
    if ":" in name:
        return f"[{name}]"
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return quote(name.lower())


def _path(path: str) -> str:
    """Return the path without AMP and index endings, doubled or last slashes, in one percent-encoding."""
    path = _INDEX.sub("/", _AMP.sub("", _SLASHES.sub("/", path)))
    return quote(unquote(path), safe="/:@!$&'()*+,;=-._~").rstrip("/")


def _query(query: str) -> str:
    """Return the parameters that name the page, sorted."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _is_tracking(name, value)]
    return urlencode(sorted(kept))


def _is_tracking(name: str, value: str) -> bool:
    """Say whether a parameter only tells how the reader came here."""
    name = name.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    return name in _CHANNEL_PARAMETERS and (value.lower() in _CHANNELS or bool(_DOMAIN.fullmatch(value.lower())))


def _fragment(fragment: str) -> str:
    """Return the fragment where it names a page (`#!/…`, `#/…`) or a comment, else nothing."""
    return fragment if fragment.startswith(("!", "/")) or _COMMENT.fullmatch(fragment) else ""
