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
        "gclid=1&wbraid=2&gbraid=3&yclid=4&gad=1&dclid=5&mibextid=6&sfnsn=wa&snapclid=7&pinclid=8&vmcid=9",
        "k_clickid=1&external_click_id=2&oborigurl=true&ob_click_id=3&ampcid=4&aiad_clid=5&mindbox-click-id=6&uzcid=7",
        "wgu=1&wgexpiry=2&shrsl_analytics_sscid=3&adjust_tracker=4&_sgm_campaign=5&igshid=6",
        "Echobox=1700000000&ICID=1&intcmp=2&int_cmp=3&intcid=4&extcmp=5&dcmp=6&wtrid=7&ftag=8",
        "adxnnl=1&adxnnlx=2&in_source=3&shared_from=4&tse_id=5&taid=6&xing_share=7&jwsource=cl&gtmtrack=8",
        "_source_page=1&adobe_mc=2&adobe_mc_ref=3&adobe_mc_sdid=4&cm_me=5&cm_cr=6&cm_soc=7&fb_local=8&dgcid=9&smtyp=cur",
        "emci=1&emdi=2&CNDID=3&bxid=4&mktids=5&hss_channel=6&nr_email_referer=1&mindbox-message-key=7&iterableCampaign=8",
        "__s=1&oft_id=2&oft_k=3&oft_lk=4&oft_d=5&oft_c=6&oft_ck=7&oft_ids=8&oft_sk=9&vgo_ee=10&bsft_eid=11",
        "gaa_at=la&gaa_n=1&gaa_ts=2&gaa_sig=3&spot_im_redirect_source=pitc",
        "ref=twitter",
        "CMP=share_btn_link&cmp=rss",
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
        ("https://www.amazon.de/dp/1?ref_=x&tag=y-21&th=1", "https://amazon.de/dp/1?th=1"),
        ("https://avis.example/dp/1?tag=y&spm=a", "https://avis.example/dp/1?spm=a&tag=y"),
    ],
)
def test_other_parameters_are_kept(link: str, key: str):
    """Site-specific parameters are dropped on their site only; misplaced ones are dropped too."""
    assert canonical(link) == key
