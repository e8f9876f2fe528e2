from __future__ import annotations

import pytest

from brandwatch.urls import canonical


@pytest.mark.parametrize(
    "parameters",
    [
        "utm_source=rss&utm_medium=feed&UTM_Campaign=x&utm-term=y",
        "fbclid=x%20y",
        "gclid=1&gad_source=1&msclkid=2&ttclid=3",
        "mc_cid=1&mc_eid=2&_hsenc=3&mkt_tok=4",
        "pk_campaign=1&mtm_source=2&piwik_kwd=3",
        "wt_mc=rss&xtor=RSS-1&cmpid=2&at_medium=x",
        "ref=twitter",
        "ref=blogg.example",
        "source=rss&via=facebook&from=newsletter",
        "source=rss----d12c403d4976---4",
        "PHPSESSID=9682993c8daa2c5497996114facdc805",
        "sid=9682993c8daa2c5497996114facdc805",
        "amp;utm_source=rss&amp;utm_medium=feed",
        "?utm_source=rss",
    ],
)
def test_trackers_are_dropped(parameters: str):
    """Tracker names are dropped anywhere; ambiguous names only with a typical value."""
    assert canonical(f"https://avis.example/a?{parameters}") == "https://avis.example/a"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://avis.example/a?id=1?utm_source=rss&utm_medium=x", "https://avis.example/a?id=1"),
        ("https://avis.example/a?1?utm_source=rss", "https://avis.example/a?1="),
        ("https://avis.example/a?id=1&amp;b=2", "https://avis.example/a?b=2&id=1"),
        ("https://x.com/acme?s=20&t=abc&lang=nb", "https://x.com/acme?lang=nb"),
        ("https://kari.substack.com/p/acme?r=1&s=r", "https://kari.substack.com/p/acme"),
        ("https://avis.example/acme?s=20&t=abc", "https://avis.example/acme?s=20&t=abc"),
        ("https://notx.com/acme?s=20", "https://notx.com/acme?s=20"),
    ],
)
def test_other_parameters_are_kept(link: str, key: str):
    """Site-specific parameters are dropped on their site only; misplaced ones are dropped too."""
    assert canonical(link) == key
