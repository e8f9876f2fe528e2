"""Browse the database on this machine: Datasette behind an authentication middleware."""

from brandwatch.web.app import WebSource
from brandwatch.web.server import WebServer

__all__ = ["WebServer", "WebSource"]
