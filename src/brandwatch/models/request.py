"""What is asked of the web on behalf of one source."""

from __future__ import annotations

from dataclasses import dataclass, field

from brandwatch.models import answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(answered.Request):
    """A request with *headers* of the source's own, their secrets put in: they are never shown."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
