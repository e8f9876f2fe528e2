from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.sources.conftest import NOW

from brandwatch.errors import UsageError
from brandwatch.models import Query, Source
from brandwatch.models.configured import Configured
from brandwatch.models.kinds import Since, SinceForm
from brandwatch.sources import Registry, expand, request
from brandwatch.sources.asking import since

ADDRESSES = json.loads((Path(__file__).parent / "addresses.json").read_text(encoding="utf-8"))
REGISTRY = Registry()
TOKEN = "t0ken"  # noqa: S105 (of no use to anybody)


@pytest.mark.parametrize("name", REGISTRY.kinds)
def test_every_kind_asks_as_its_endpoint_wants(brand: Query, name: str):
    """The addresses of each kind, and its first request with moments, secrets and token put in."""
    kind, expected = REGISTRY.kind(name), ADDRESSES[name]
    values = {key: tuple(said) for key, said in expected["values"].items()}
    only_names = replace(brand, products=(), owned=replace(brand.owned, hashtags=("blåbær",)))
    sources = expand(kind, Configured(kind=name, values=values, accept_terms=True), only_names)
    environ = {variable: variable.lower() for variable in kind.env} | {"KEY": "s3cret"}
    first = request(kind, sources[0], environ, NOW, token=TOKEN)
    assert [source.url for source in sources] == expected["sources"]
    assert (first.url, dict(first.headers)) == (expected["first"], expected.get("headers", {}))


def test_kinds_that_have_terms_are_asked_only_where_they_are_accepted(brand: Query):
    """Nothing is asked of such a kind before its notice was shown and accepted."""
    assert [name for name in REGISTRY.kinds if REGISTRY.kind(name).terms] == ["bing_news", "google_news", "reddit-feed"]
    with pytest.raises(UsageError, match="personal and non-commercial use"):
        expand(REGISTRY.kind("google_news"), Configured(kind="google_news"), brand)


def test_a_secret_that_is_missing_is_told_where_it_is_required_and_left_out_where_not(brand: Query):
    """A required key that is not set stops the request; an optional one is left out of it, header and parameter."""
    brave, exchange, github = (REGISTRY.kind(name) for name in ("brave", "stackexchange", "github"))
    with pytest.raises(UsageError, match="BRAVE_API_KEY is not set"):
        request(brave, expand(brave, Configured(kind="brave"), brand)[0], {}, NOW)
    asked = request(exchange, expand(exchange, Configured(kind="stackexchange"), brand)[0], {}, NOW)
    assert asked.url.endswith("&filter=withbody")
    headers = request(github, expand(github, Configured(kind="github"), brand)[0], {}, NOW).headers
    assert headers == (("Accept", "application/vnd.github+json"),)


def test_a_secret_stays_within_its_parameter():
    """A key that holds signs of an address is encoded in it."""
    kind = REGISTRY.kind("youtube-search")
    source = Source(url="https://a.example/?q=x&key=${YOUTUBE_API_KEY}", kind=kind.name, is_template=True)
    assert request(kind, source, {"YOUTUBE_API_KEY": "a&b=c"}, NOW).url == "https://a.example/?q=x&key=a%26b%3Dc"


def test_without_a_token_bluesky_is_asked_anonymously(brand: Query):
    """A session changes the host and adds the header; without one neither is there."""
    kind = REGISTRY.kind("bluesky")
    (source, *_) = expand(kind, Configured(kind="bluesky"), brand)
    anonymous, known = request(kind, source, {}, NOW), request(kind, source, {}, NOW, token=TOKEN)
    assert (anonymous.url[:20], anonymous.headers) == ("https://api.bsky.app", ())
    assert (known.url[:20], known.headers) == ("https://bsky.social/", (("Authorization", "Bearer t0ken"),))


STEPS = ((timedelta(days=1), "day"), (timedelta(days=7), "week"), (timedelta(days=31), "month"))


@pytest.mark.parametrize(
    ("form", "watermark", "said"),
    [
        (SinceForm.EPOCH, "2026-05-06T10:00:00+00:00", "1778054400"),
        (SinceForm.ISO, "2026-05-06T10:00:00+00:00", "2026-05-06T08:00:00Z"),
        (SinceForm.DATE, "2026-05-06T01:00:00+00:00", "2026-05-05"),
        (SinceForm.COMPACT, "2026-05-06T10:00:00+00:00", "20260506080000"),
        (SinceForm.SECONDS, "2026-05-06T10:00:00+00:00", "14400"),
        (SinceForm.WINDOW, "2026-05-06T10:00:00+00:00", "day"),
        (SinceForm.WINDOW, "2026-05-05T11:00:00+00:00", "week"),
        (SinceForm.WINDOW, "2025-05-05T11:00:00+00:00", "month"),
        (SinceForm.WINDOW, "", "week"),
        (SinceForm.ISO, "2099-01-01T00:00:00+00:00", "2026-05-06T10:00:00Z"),
        (SinceForm.ID, "116388148000000002", "116388148000000002"),
        (SinceForm.ID, "", ""),
    ],
)
def test_moments_are_written_as_endpoints_want_them(form: SinceForm, watermark: str, said: str):
    """Two hours before the watermark, in each form; a window holds it; a watermark ahead of the clock is now."""
    rule = Since(form=form, overlap=timedelta(hours=2), first=timedelta(days=6), steps=STEPS)
    assert since(rule, watermark, NOW) == said


def test_without_a_first_stretch_the_first_request_has_no_bound():
    """A kind that sets none asks for as far back as there is."""
    assert since(Since(form=SinceForm.ISO, overlap=timedelta(hours=2)), "", datetime(2026, 1, 1, tzinfo=UTC)) == ""
