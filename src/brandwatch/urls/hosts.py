"""Tables of what is known of hosts."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_NAME = 253
"""How many characters the name of a host has at most (RFC 1035 §2.3.4)."""

_GOOGLE = re.compile(r"((?:[^.]+\.)*google)\.(?:com|[a-z]{2}|com?\.[a-z]{2})")


class Row(Protocol):
    """A row of a table, with the hosts it is about."""

    @property
    def hosts(self) -> str:
        """Names with blanks between; `.example.com` is what lies in that domain."""


AnyRow = TypeVar("AnyRow", bound=Row)


def by_host(rows: Iterable[AnyRow]) -> dict[str, list[AnyRow]]:
    """Return a table by its hosts."""
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        for host in row.hosts.split():
            found[host].append(row)
    return found


def places(host: str) -> Iterator[str]:
    """Yield what a table may know a host by: itself, then each domain it lies in, with a dot before it.

    The domains of Google in all countries are `google.*`; no table knows what is too long for a name.
    """
    if len(host) > LONGEST_NAME:
        return
    if found := _GOOGLE.fullmatch(host):
        host = f"{found[1]}.*"
    yield host
    while "." in host:
        host = host.partition(".")[2]
        yield f".{host}"
