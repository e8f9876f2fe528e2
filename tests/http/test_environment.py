from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import UsageError
from brandwatch.http import FetchLimits
from brandwatch.http.environment import Proxies, Proxy, connection_limits, parse_proxy, raise_descriptor_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def test_the_environment_sets_the_deadline():
    """BRANDWATCH_TIMEOUT is in seconds; the default is thirty."""
    assert FetchLimits.from_environment({"BRANDWATCH_TIMEOUT": "2.5"}).total == 2.5
    assert FetchLimits.from_environment({}).total == 30


@pytest.mark.parametrize("written", ["soon", "0", "-1", "inf", "nan"])
def test_an_invalid_deadline_is_refused(written: str):
    """Only a number of seconds above 0 is accepted."""
    with pytest.raises(UsageError, match="BRANDWATCH_TIMEOUT"):
        FetchLimits.from_environment({"BRANDWATCH_TIMEOUT": written})


def test_the_contact_in_the_user_agent():
    """BRANDWATCH_CONTACT is sent unchanged; a value that no header can have is refused before any request."""
    assert (
        FetchLimits.from_environment({"BRANDWATCH_CONTACT": " https://example.com/bot "}).contact
        == "https://example.com/bot"
    )
    for written in ("Kåre", "a\r\nX-Key: b", "x" * 201):
        with pytest.raises(UsageError, match="BRANDWATCH_CONTACT"):
            FetchLimits.from_environment({"BRANDWATCH_CONTACT": written})


@pytest.mark.parametrize("hosts", ["127.0.0.1:8000", "a.example, [::1]:80 ,b", ""])
def test_allowed_hosts_are_parsed(hosts: str):
    """Hosts with and without a port, separated by commas."""
    FetchLimits.from_environment({"BRANDWATCH_ALLOW_HOSTS": hosts})


@pytest.mark.parametrize("hosts", ["http://a.example", "a:b", "a:99999", "a b"])
def test_invalid_hosts_are_refused(hosts: str):
    """A list that would allow nothing is an error."""
    with pytest.raises(UsageError, match="BRANDWATCH_ALLOW_HOSTS"):
        FetchLimits.from_environment({"BRANDWATCH_ALLOW_HOSTS": hosts})


@pytest.mark.parametrize(
    ("written", "allowed"),
    [
        ("", set()),
        (" , ,", set()),
        ("Fjord.Example", {"fjord.example"}),
        ("fjord.example:8000, 127.0.0.1", {"fjord.example:8000", "127.0.0.1"}),
        ("[::1]", {"::1"}),
        ("[::1]:80", {"[::1]:80"}),
        ("[FE80::1]", {"fe80::1"}),
        ("a.example:65535", {"a.example:65535"}),
    ],
)
def test_allowed_hosts_are_normalised(written: str, allowed: set[str]):
    """Lower case, and brackets only before a port."""
    assert FetchLimits.from_environment({"BRANDWATCH_ALLOW_HOSTS": written}).allowed == allowed


def test_a_port_has_a_largest_number():
    """65535 is the last; 65536 allows nothing."""
    with pytest.raises(UsageError, match=r"names “a\.example:65536”, which is not a host"):
        FetchLimits.from_environment({"BRANDWATCH_ALLOW_HOSTS": "b.example,a.example:65536"})


def test_the_longest_contact():
    """200 characters; the message about a longer one is short."""
    longest = "x" * 200
    assert FetchLimits.from_environment({"BRANDWATCH_CONTACT": longest}).contact == longest
    with pytest.raises(UsageError) as refused:
        FetchLimits.from_environment({"BRANDWATCH_CONTACT": "x" * 500})
    assert len(refused.value.message) < 200


def test_the_default_limits():
    """As documented: 5 MB on the wire, 20 MB decoded, five redirects, two requests at a time to a host."""
    limits = FetchLimits()
    assert (limits.wire, limits.decoded) == (5_242_880, 20_971_520)
    assert (limits.redirects, limits.per_host, limits.in_flight) == (5, 2, 50)
    assert (limits.total, limits.connect, limits.spacing) == (30, 10, 0.2)


@pytest.mark.parametrize(
    ("descriptors", "in_flight", "requests", "idle"),
    [
        (resource.RLIM_INFINITY, 70, 70, 64),
        (1024, 50, 50, 64),
        (24 + 50 * 2 + 64, 50, 50, 64),
        (24 + 50 * 2 + 63, 50, 50, 63),
        (24 + 50 * 2, 50, 50, 0),
        (24 + 50 * 2 - 1, 50, 49, 1),
        (24 + 50 * 2 - 2, 50, 49, 0),
        (24 + 2, 50, 1, 0),
        (24, 50, 1, 0),
        (3, 50, 1, 0),
    ],
)
def test_requests_come_before_idle_connections(descriptors: int, in_flight: int, requests: int, idle: int):
    """24 descriptors are for other files and two for each request; what is left is for idle connections."""
    assert connection_limits(descriptors, in_flight) == (requests, idle)


@pytest.fixture
def descriptor_limit() -> Iterator[Callable[[int], None]]:
    """A function that sets the soft limit of descriptors; the old one is restored."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_is_raised_as_far_as_needed(descriptor_limit: Callable[[int], None]):
    """A lower one becomes 24 + 2 a request + 64; a higher one is left alone."""
    descriptor_limit(150)
    assert raise_descriptor_limit(50) == 24 + 2 * 50 + 64
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 188
    assert raise_descriptor_limit(50) == 188
    assert raise_descriptor_limit(51) == 190
    assert raise_descriptor_limit(10) == 190
    descriptor_limit(150)
    assert FetchLimits.from_environment({}).in_flight == 50
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 188


@pytest.mark.parametrize("in_flight", [1, 80])
def test_a_number_of_requests_that_fits_is_taken(descriptor_limit: Callable[[int], None], in_flight: int):
    """`--in-flight` replaces the default."""
    descriptor_limit(300)
    assert FetchLimits.from_environment({}, in_flight).in_flight == in_flight


def test_more_requests_than_descriptors_are_refused():
    """The hard limit cannot be raised: the message has the number that fits."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (124, 124))\n"
        "from brandwatch.errors import UsageError\n"
        "from brandwatch.http import FetchLimits\n"
        "print(FetchLimits.from_environment({}, 50).in_flight, FetchLimits.from_environment({}).idle)\n"
        "try: FetchLimits.from_environment({}, 51)\n"
        "except UsageError as error: print(error.message, error.hint, sep='; ')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    limits, message = done.stdout.splitlines()
    assert limits == "50 0"
    assert message.startswith("51 requests at a time take more open files than the 124 that are allowed; ")
    assert message.endswith("--in-flight 50 fits into it")


def test_the_soft_limit_is_raised_to_the_hard_one():
    """A hard limit below what the requests need is used up."""
    code = (
        "import resource\n"
        "from brandwatch.http.environment import raise_descriptor_limit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 150))\n"
        "print(raise_descriptor_limit(50), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == ["150", "150", "150"]


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("http://fjord.example:3128", Proxy("fjord.example", 3128, [])),
        ("fjord.example:3128", Proxy("fjord.example", 3128, [])),
        ("//fjord.example", Proxy("fjord.example", 8080, [])),
        (
            "http://k%C3%A5re:a%3Ab@fjord.example",
            Proxy("fjord.example", 8080, [(b"Proxy-Authorization", b"Basic a8OlcmU6YTpi")]),
        ),
        ("http://kari@fjord.example", Proxy("fjord.example", 8080, [(b"Proxy-Authorization", b"Basic a2FyaTo=")])),
    ],
)
def test_the_address_of_a_proxy(address: str, proxy: Proxy):
    """Without a port it is 8080; a user name and a password become a header."""
    assert parse_proxy(address) == proxy
    assert str(proxy).startswith("the proxy fjord.example:")
    assert "Basic" not in str(proxy)


@pytest.mark.parametrize(
    "address",
    ["socks5://fjord.example", "https://fjord.example", "http://", "http://:3128", "", "http://fj\udcf8rd.example"],
)
def test_what_is_no_http_proxy_is_refused(address: str):
    """Another scheme, an address without a host, or one with a byte that is no text; a letter is the twin."""
    with pytest.raises(ValueError, match=r"^(socks5|https|http|)$"):
        parse_proxy(address)
    assert parse_proxy("http://fjørd.example").host == "fjørd.example"


def test_each_scheme_has_its_proxy(monkeypatch: pytest.MonkeyPatch):
    """ALL_PROXY is for schemes without one; hosts in NO_PROXY are reached directly."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert Proxies().proxy_for("http", "avis.example", 80) is None
    monkeypatch.setenv("https_proxy", "http://sikker.example")
    assert Proxies().proxy_for("http", "avis.example", 80) is None
    monkeypatch.setenv("all_proxy", "http://alle.example")
    monkeypatch.setenv("no_proxy", "intern.example, lokal.example:81")
    proxies = Proxies()
    assert proxies.proxy_for("https", "avis.example", 443) == Proxy("sikker.example", 8080, [])
    assert proxies.proxy_for("http", "avis.example", 80) == Proxy("alle.example", 8080, [])
    assert proxies.proxy_for("http", "intern.example", 80) is None
    assert proxies.proxy_for("http", "lokal.example", 81) is None
    assert proxies.proxy_for("http", "lokal.example", 80) is not None
