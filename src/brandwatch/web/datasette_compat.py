"""Datasette as it comes: the plugins that somebody has installed for their own are not for these data."""

from __future__ import annotations

import sys

# Its only way to be loaded without them; what it says of tests has no other effect.
_SWITCH = "_called_from_test"

setattr(sys, _SWITCH, True)
try:
    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import NotFound
finally:
    delattr(sys, _SWITCH)

from datasette import handle_exception  # noqa: E402 (loaded before the application it stays without effect)

# With it a page that fails prints its local variables, and with them the key, on standard output.
handle_exception.rich = None

__all__ = ["Database", "Datasette", "NotFound"]
