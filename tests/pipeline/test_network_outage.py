"""Whether sources fail because of the network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brandwatch.models import Fetch, FetchClass, Source, SourceOutcome
from brandwatch.pipeline.network_outage import NetworkState, network_state

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOSTS = ("fjordavisa", "nordlys", "havblikk", "blåbær")
PORTAL = "a redirect to gjest.example"


def outcome(host: str, fetch_class: FetchClass, error: str = "feil", obstacle: str = "") -> SourceOutcome:
    """Return the outcome of a source of a host."""
    fetch = Fetch(at=NOW, fetch_class=fetch_class, error=error, obstacle=obstacle)
    return SourceOutcome(source=Source(url=f"https://{host}.example/rss"), fetch=fetch)


def well(host: str) -> SourceOutcome:
    """Return the outcome of a source that answered."""
    return outcome(host, FetchClass.OK, "")


def state(*outcomes: SourceOutcome, before: int = 0, was_down: bool = False, more: tuple[str, ...] = ()):
    """Return the state of the network, where the first sources failed *before*, and there are *more* sources."""
    urls = [each.source.url for each in outcomes]
    return network_state(outcomes, urls[:before], [*urls, *more], was_down=was_down)


@pytest.mark.parametrize(
    ("fetch_class", "reason"),
    [
        (FetchClass.DNS, "no name of a host can be resolved"),
        (FetchClass.CONNECT, "no server can be reached"),
        (FetchClass.TIMEOUT, "no server answers in time"),
        (FetchClass.TLS, "no certificate can be verified: a login page of the network, or the clock of this machine?"),
        (FetchClass.HTTP_5XX, "answered 511 Network Authentication Required"),
        (FetchClass.NOT_A_FEED, "answered 511 Network Authentication Required"),
    ],
)
def test_all_sources_that_fail_in_one_way_are_the_network(fetch_class: FetchClass, reason: str):
    """Their errors may differ in words where the class says enough; else they must be equal."""
    words = "answered 511 Network Authentication Required"
    assert state(*(outcome(host, fetch_class, words) for host in HOSTS)) == NetworkState(reason)
    mixed = state(*(outcome(host, fetch_class, f"{host} feilet") for host in HOSTS))
    is_told_by_class = fetch_class not in {FetchClass.HTTP_5XX, FetchClass.NOT_A_FEED}
    assert mixed == (NetworkState(reason) if is_told_by_class else None)


def test_one_answer_shows_that_the_network_is_well():
    """Also if all others fail, and if it was down before."""
    failed = [outcome(host, FetchClass.DNS) for host in HOSTS[1:]]
    assert state(well(HOSTS[0]), *failed) == NetworkState("")
    assert state(well(HOSTS[0]), *failed, was_down=True) == NetworkState("")
    assert state(outcome(HOSTS[0], FetchClass.HTTP_4XX), *failed, was_down=True) == NetworkState("")


def test_a_poll_without_fetches_says_nothing():
    """Nor do one source, or two on one host of several."""
    assert state() is None
    assert state(was_down=True) is None
    assert state(outcome("fjordavisa", FetchClass.DNS)) is None
    two = [outcome("fjordavisa", FetchClass.DNS)] * 2
    assert state(*two) is None
    assert state(*two, was_down=True) == NetworkState("no name of a host can be resolved")


def test_three_sources_on_the_only_host_are_enough():
    """If another host is watched, they may fail because of theirs."""
    same = [outcome("fjordavisa", FetchClass.CONNECT)] * 3
    assert state(*same) == NetworkState("no server can be reached")
    assert state(*same, more=("https://nordlys.example/rss",)) is None


@pytest.mark.parametrize("fetch_class", [FetchClass.HTTP_4XX, FetchClass.HTTP_5XX])
def test_one_or_two_servers_that_answer_with_an_error_are_no_network(fetch_class: FetchClass):
    """Three are, and fewer if the error is that of a proxy; a login page on the only host is one."""
    answered = [outcome(host, fetch_class, "answered 404 Not Found") for host in HOSTS]
    assert state(*answered[:1] * 40) is state(*answered[:2]) is None
    assert state(*answered[:3]) == NetworkState("answered 404 Not Found")
    proxied = [outcome(host, fetch_class, "answered 502", "the proxy") for host in HOSTS[:2]]
    assert state(*proxied) == NetworkState("every request ends at the proxy: answered 502")
    page = outcome("fjordavisa", FetchClass.NOT_A_FEED, "an HTML page titled “Gjestenett”")
    assert state(*[page] * 3) == NetworkState("an HTML page titled “Gjestenett”")


def test_half_of_the_failures_must_be_new():
    """Sources that failed before may be the only ones that are due."""
    failed = [outcome(host, FetchClass.DNS) for host in HOSTS]
    assert state(*failed, before=4) is state(*failed, before=3) is None
    assert state(*failed, before=2) == NetworkState("no name of a host can be resolved")
    assert state(*failed, before=4, was_down=True) == NetworkState("no name of a host can be resolved")


def test_what_is_in_the_way_is_named():
    """A login page, a proxy, an address for every name; different ones are no network."""
    portal = [outcome(host, FetchClass.NOT_A_FEED, "not a feed", PORTAL) for host in HOSTS]
    assert state(*portal) == NetworkState(f"every request ends at {PORTAL}: not a feed")
    address = [outcome(host, FetchClass.BLOCKED, f"{host} is at 10.0.0.1", "the address 10.0.0.1") for host in HOSTS]
    assert state(*address) == NetworkState("every request ends at the address 10.0.0.1")
    assert state(*portal[:2], *address[2:]) is None


def test_a_lost_network_shows_in_several_ways():
    """Names fail, addresses are unreachable, and what had begun is out of time."""
    lost = (FetchClass.DNS, FetchClass.CONNECT, FetchClass.TIMEOUT)
    outcomes = [outcome(host, fetch_class) for host, fetch_class in zip(HOSTS, lost, strict=False)]
    assert state(*outcomes) == NetworkState("no server can be reached")
    assert state(*outcomes, outcome("blåbær", FetchClass.HTTP_4XX)) is None


def test_a_login_page_answers_http_and_breaks_https():
    """Two sources see the page, or one is redirected to it; the others find no certificate."""
    broken = [outcome(host, FetchClass.TLS) for host in HOSTS[2:]]
    reason = "not a feed but an HTML page titled “Gjestenett”"
    pages = [outcome(host, FetchClass.NOT_A_FEED, reason) for host in HOSTS[:2]]
    assert state(*pages, *broken) == NetworkState(reason)
    assert state(pages[0], *broken) is None
    redirected = outcome(HOSTS[0], FetchClass.NOT_A_FEED, reason, PORTAL)
    assert state(redirected, *broken) == NetworkState(f"every request ends at {PORTAL}: {reason}")


@pytest.mark.parametrize("fetch_class", [FetchClass.BLOCKED, FetchClass.THROTTLED])
def test_what_was_not_requested_says_nothing(fetch_class: FetchClass):
    """A source without its secret fails also in a network that is down; one that the server refuses does not."""
    unsent = outcome("havblikk", fetch_class, "the environment variable NORDLYS_KEY is not set")
    lost = [outcome(host, FetchClass.DNS) for host in HOSTS[:2]]
    assert state(unsent, *lost) == NetworkState("no name of a host can be resolved")
    assert state(unsent, was_down=True) is None
    refused = replace(unsent, fetch=replace(unsent.fetch, status=403))
    assert state(refused, *lost) is None
    assert state(refused, *lost, was_down=True) == NetworkState("")


def test_a_source_inside_does_not_show_that_the_network_is_well():
    """With `allow_private` it is on this side of the network; alone, such sources count as any."""

    def inside(one: SourceOutcome) -> SourceOutcome:
        return replace(one, source=replace(one.source, allow_private=True))

    lost = [outcome(host, FetchClass.DNS) for host in HOSTS[:2]]
    assert state(inside(well("havblikk")), *lost) == NetworkState("no name of a host can be resolved")
    assert state(inside(well("havblikk")), *map(inside, lost)) == NetworkState("")
    assert state(*map(inside, lost)) == NetworkState("no name of a host can be resolved")
