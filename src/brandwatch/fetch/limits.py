"""How much one fetch may cost, and what the environment says about it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?")
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one fetch: *total* in seconds for all of it, *wire* and *decoded* in bytes, *redirects* in hops.

    *per_host* is how many fetches may be under way at one host.
    """

    total: float = 30.0
    connect: float = 10.0
    wire: int = 5 * 2**20
    decoded: int = 20 * 2**20
    redirects: int = 5
    per_host: int = 2

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Limits:
        """Return the limits that BRANDWATCH_TIMEOUT asks for.

        Raise UsageError where it, or BRANDWATCH_ALLOW_HOSTS, is not what it should be.
        """
        _check_hosts(environ.get("BRANDWATCH_ALLOW_HOSTS", ""))
        written = environ.get("BRANDWATCH_TIMEOUT", "").strip()
        return cls(total=_seconds(written)) if written else cls()


def _seconds(written: str) -> float:
    """Return a number of seconds above 0."""
    try:
        seconds = float(written)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"BRANDWATCH_TIMEOUT is “{written}”, not a number of seconds", "for example: 30")
    return seconds


def _check_hosts(written: str) -> None:
    """Refuse a list of hosts that is none, before it would protect nothing."""
    for host in filter(None, map(str.strip, written.split(","))):
        match = _HOST.fullmatch(host)
        if match is None or int(match[1] or 0) > _HIGHEST_PORT:
            hint = "write HOST or HOST:PORT, with commas between: 127.0.0.1:8000,intranet.example"
            raise UsageError(f"BRANDWATCH_ALLOW_HOSTS names “{host}”, which is not a host", hint)
