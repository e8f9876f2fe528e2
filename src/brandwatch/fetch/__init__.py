"""The polite client: one GET within its limits, conditional where it can be, ending in a document or in a reason."""

import sys

# httpx brings a command line of its own along, with rich and pygments: 30 ms of every poll. Where that cannot be
# imported, httpx says so to who asks for it, and works as well.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from brandwatch.fetch.client import Client  # noqa: E402
from brandwatch.fetch.fair import Line, ask_all  # noqa: E402
from brandwatch.fetch.gates import host_of  # noqa: E402
from brandwatch.fetch.limits import Limits  # noqa: E402

__all__ = ["Client", "Limits", "Line", "ask_all", "host_of"]
