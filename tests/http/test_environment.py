from __future__ import annotations

import pytest

from brandwatch.errors import UsageError
from brandwatch.http import FetchLimits


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
