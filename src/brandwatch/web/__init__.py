"""The database in a browser, read only, on this machine."""

from brandwatch.web.app import WebServer, WebSource

__all__ = ["WebServer", "WebSource"]
