"""A request that redirects have led on."""

from __future__ import annotations

from dataclasses import dataclass

from brandwatch.models import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward(Request):
    """A request on its way: *url* is what to ask next, *hops* how many redirects led there.

    *is_moved* says that all of them were permanent, *spent* how many seconds of the deadline are gone.
    """

    hops: int = 0
    is_moved: bool = True
    spent: float = 0.0
