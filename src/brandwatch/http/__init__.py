"""The polite HTTP client: guarded, limited, conditional if a validator is known. It returns documents or FetchError."""

import sys

# httpx imports its own command line, with rich and pygments: 30 ms of every poll. Where that fails, httpx works as
# well.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from brandwatch.http.client import Client, redirect_obstacle  # noqa: E402
from brandwatch.http.environment import FetchLimits  # noqa: E402
from brandwatch.http.hosts import HostQueue, fetch_all, fetch_batches, host_of  # noqa: E402

__all__ = ["Client", "FetchLimits", "HostQueue", "fetch_all", "fetch_batches", "host_of", "redirect_obstacle"]
