"""Decide whether the sources of a poll failed together, because of the network. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.frozen_classes import dataclass
from brandwatch.models import FetchClass, SourceOutcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from brandwatch.models import Fetch

MIN_HOSTS = 2
"""Sources on one host may fail together because of that host, unless it is the only one that is watched."""
MIN_SOURCES_OF_ONE_HOST = 3
MIN_REFUSING_HOSTS = 3
"""An error status is an answer: two servers may answer 404 by chance, a gateway does for all of them."""

_UNREACHABLE = "no server can be reached"
_REFUSED = frozenset({FetchClass.HTTP_4XX, FetchClass.HTTP_5XX})
_LOST = {
    FetchClass.DNS: "no name of a host can be resolved",
    FetchClass.CONNECT: _UNREACHABLE,
    FetchClass.TIMEOUT: "no server answers in time",
    FetchClass.TLS: "no certificate can be verified: a login page of the network, or the clock of this machine?",
}
# Without a status no request was sent: a secret is missing, or the host demands a pause.
_UNSENT = frozenset({FetchClass.BLOCKED, FetchClass.THROTTLED})


@dataclass(frozen=True, slots=True)
class NetworkState:
    """The state of the network by the fetches of a poll: the *reason* why it is down, empty if it is well."""

    reason: str

    @property
    def is_down(self) -> bool:
        """Whether no source could be reached."""
        return bool(self.reason)


def network_state(
    outcomes: Collection[SourceOutcome], failing_before: Collection[str], watched: Collection[str], *, was_down: bool
) -> NetworkState | None:
    """Return the state of the network after a poll, `None` if its fetches do not show it.

    *failing_before* are the URLs of sources that failed before this poll, *watched* those of all sources that it was
    for. It takes two hosts to find the network down, and half of the failures must be new: sources that are dead anyway
    are sometimes the only ones that are due.
    """
    sent = [outcome for outcome in outcomes if not _is_unsent(outcome.fetch)]
    # A source on the own network answers even if the internet cannot be reached.
    fetched = [outcome for outcome in sent if not outcome.source.allow_private] or sent
    if not fetched:
        return None
    if not all(outcome.has_failed for outcome in fetched):
        return NetworkState("")
    reason = _common_reason([outcome.fetch for outcome in fetched])
    if was_down:
        return NetworkState(reason)
    new = [outcome for outcome in fetched if outcome.source.url not in failing_before]
    hosts = {host(outcome.source.url) for outcome in new}
    is_everything = len(new) >= MIN_SOURCES_OF_ONE_HOST and hosts == set(map(host, watched))
    if any(outcome.fetch.fetch_class in _REFUSED and not outcome.fetch.obstacle for outcome in new):
        is_wide = len(hosts) >= MIN_REFUSING_HOSTS
    else:
        is_wide = len(hosts) >= MIN_HOSTS or is_everything
    return NetworkState(reason) if is_wide and reason and 2 * len(new) >= len(fetched) else None


def host(url: str) -> str:
    """Return the host of a source that was fetched."""
    # The client takes 60 ms to import, and a poll that fetches nothing does without it.
    from brandwatch.http import host_of  # noqa: PLC0415

    return host_of(url)


def _is_unsent(fetch: Fetch) -> bool:
    return fetch.fetch_class in _UNSENT and fetch.status is None and not fetch.obstacle


def failure_group(fetch_class: FetchClass | None, error: str, obstacle: str = "") -> str:
    """Return a key that is equal for failures with one cause: what stands in the way, or the class of the failure."""
    return obstacle or (str(fetch_class) if fetch_class in _LOST else f"{fetch_class}: {error}")


def _common_reason(fetches: Collection[Fetch]) -> str:
    """Return the reason that all failures share, empty if they differ.

    A network may be lost in several ways at once: names fail, addresses cannot be reached, and a login page answers for
    http while https finds no certificate.
    """
    named = [fetch for fetch in fetches if fetch.obstacle or fetch.fetch_class not in _LOST]
    if not named:
        classes = {fetch.fetch_class for fetch in fetches}
        return _LOST[classes.pop()] if len(classes) == 1 else _UNREACHABLE
    first = named[0]
    groups = {failure_group(fetch.fetch_class, fetch.error, fetch.obstacle) for fetch in named}
    is_alone = len(named) == 1 < len(fetches) and not first.obstacle
    if len(groups) > 1 or is_alone:
        return ""
    if not first.obstacle:
        return first.error
    # The errors of other obstacles name the host of the source.
    is_same = all(fetch.error == first.error for fetch in named)
    return f"every request ends at {first.obstacle}{f': {first.error}' if is_same else ''}"
