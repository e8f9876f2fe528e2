from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.sources.conftest import NOW, addresses_of

from brandwatch.config.configured_source import ConfiguredSource
from brandwatch.config.kind import SinceRule, TimeFormat
from brandwatch.errors import FetchError, UsageError
from brandwatch.models import Request, Source
from brandwatch.sources.expand import expand_source
from brandwatch.sources.registry import Registry
from brandwatch.sources.request import build_request, since_value

if TYPE_CHECKING:
    from brandwatch.config.query import Query

REGISTRY = Registry()
TOKEN = "t0ken"  # noqa: S105 (of no use to anybody)


def requests(brand: Query, name: str, values: dict[str, tuple[str, ...]]) -> tuple[tuple[Source, ...], Request]:
    """The sources of a kind with parameters, and the first request."""
    kind = REGISTRY.kind(name)
    owned = brand.owned.model_copy(update={"hashtags": ("blåbær",)})
    only_names = brand.model_copy(update={"products": (), "owned": owned})
    sources = expand_source(kind, ConfiguredSource(kind=name, values=values, accept_terms=True), only_names)
    environ = {variable: variable.lower() for variable in kind.env} | {"KEY": "s3cret"}
    return sources, build_request(kind, sources[0], environ, NOW, token=TOKEN)


def requests_without_values(brand: Query, name: str) -> dict[str, object]:
    """The content of addresses.json for a kind, empty where it has required parameters."""
    try:
        sources, first = requests(brand, name, {})
    except UsageError as error:
        return {"values": {"": [error.message]}, "sources": [], "first": ""}
    headers = {"headers": dict(first.headers)} if first.headers else {}
    return {"values": {}, "sources": [source.url for source in sources], "first": first.url, **headers}


@pytest.mark.parametrize("name", REGISTRY.kinds)
def test_every_kind_builds_its_requests(brand: Query, name: str):
    """The source URLs of each kind, and its first request with times, secrets and token."""
    expected = addresses_of(name, requests_without_values(brand, name))
    sources, first = requests(brand, name, {key: tuple(said) for key, said in expected["values"].items()})
    assert [source.url for source in sources] == expected["sources"]
    assert (first.url, dict(first.headers)) == (expected["first"], expected.get("headers", {}))


def test_kinds_with_terms_require_their_acceptance(brand: Query):
    """Such a kind has no sources until its notice is accepted in the query file."""
    assert [name for name in REGISTRY.kinds if REGISTRY.kind(name).terms] == ["bing_news", "google_news", "reddit-feed"]
    with pytest.raises(UsageError, match="personal and non-commercial use"):
        expand_source(REGISTRY.kind("google_news"), ConfiguredSource(kind="google_news"), brand)


def test_a_missing_secret_is_an_error_or_left_out(brand: Query):
    """A missing required key stops the request; an optional one is left out, with its header or parameter."""
    brave, exchange, github = (REGISTRY.kind(name) for name in ("brave", "stackexchange", "github"))
    with pytest.raises(FetchError, match="BRAVE_API_KEY is not set"):
        build_request(brave, expand_source(brave, ConfiguredSource(kind="brave"), brand)[0], {}, NOW)
    asked = build_request(exchange, expand_source(exchange, ConfiguredSource(kind="stackexchange"), brand)[0], {}, NOW)
    assert asked.url.endswith("&filter=withbody")
    headers = build_request(github, expand_source(github, ConfiguredSource(kind="github"), brand)[0], {}, NOW).headers
    assert headers == (("Accept", "application/vnd.github+json"),)


def test_a_secret_of_the_query_file_is_required(brand: Query):
    """A header of the query file is never left out in silence, also where the secrets of the kind are optional."""
    kind = REGISTRY.kind("discourse")
    configured = ConfiguredSource(
        kind="discourse", headers={"X-Vakt": "${VAKT}"}, values={"site": ("https://forum.example",)}
    )
    source, *_ = expand_source(kind, configured, brand)
    with pytest.raises(FetchError, match="VAKT is not set"):
        build_request(kind, source, {}, NOW)
    assert build_request(kind, source, {"VAKT": "hemmelig9"}, NOW).headers == (("X-Vakt", "hemmelig9"),)


def test_a_secret_stays_within_its_parameter():
    """A key with URL punctuation is encoded."""
    kind = REGISTRY.kind("youtube-search")
    source = Source(url="https://a.example/?q=x&key=${YOUTUBE_API_KEY}", kind=kind.name, is_template=True)
    assert build_request(kind, source, {"YOUTUBE_API_KEY": "a&b=c"}, NOW).url == "https://a.example/?q=x&key=a%26b%3Dc"


def test_without_a_token_bluesky_is_requested_anonymously(brand: Query):
    """A session changes the host and adds the header."""
    kind = REGISTRY.kind("bluesky")
    (source, *_) = expand_source(kind, ConfiguredSource(kind="bluesky"), brand)
    anonymous, known = build_request(kind, source, {}, NOW), build_request(kind, source, {}, NOW, token=TOKEN)
    assert (anonymous.url[:20], anonymous.headers) == ("https://api.bsky.app", ())
    assert (known.url[:20], known.headers) == ("https://bsky.social/", (("Authorization", "Bearer t0ken"),))


STEPS = {"1d": "day", "31d": "month", "7d": "week"}


@pytest.mark.parametrize(
    ("form", "cursor", "said"),
    [
        (TimeFormat.EPOCH, "2026-05-06T10:00:00+00:00", "1778054400"),
        (TimeFormat.ISO, "2026-05-06T10:00:00+00:00", "2026-05-06T08:00:00Z"),
        (TimeFormat.DATE, "2026-05-06T01:00:00+00:00", "2026-05-05"),
        (TimeFormat.COMPACT, "2026-05-06T10:00:00+00:00", "20260506080000"),
        (TimeFormat.SECONDS, "2026-05-06T10:00:00+00:00", "14400"),
        (TimeFormat.WINDOW, "2026-05-06T10:00:00+00:00", "day"),
        (TimeFormat.WINDOW, "2026-05-05T11:00:00+00:00", "week"),
        (TimeFormat.WINDOW, "2025-05-05T11:00:00+00:00", "month"),
        (TimeFormat.WINDOW, "", "week"),
        (TimeFormat.ISO, "2099-01-01T00:00:00+00:00", "2026-05-06T10:00:00Z"),
        (TimeFormat.ID, "116388148000000002", "116388148000000002"),
        (TimeFormat.ID, "", ""),
    ],
)
def test_times_have_the_format_of_the_endpoint(form: TimeFormat, cursor: str, said: str):
    """Two hours before the cursor; the smallest window that contains it; a future cursor is now."""
    rule = SinceRule(form=form, overlap=timedelta(hours=2), first=timedelta(days=6), steps=STEPS)
    assert since_value(rule, cursor, NOW) == said


def test_without_a_first_period_the_first_request_has_no_start():
    """A kind without a first period requests all entries."""
    assert (
        since_value(SinceRule(form=TimeFormat.ISO, overlap=timedelta(hours=2)), "", datetime(2026, 1, 1, tzinfo=UTC))
        == ""
    )
