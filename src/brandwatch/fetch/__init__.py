"""The polite client: one GET within its limits, conditional where it can be, ending in a document or in a reason."""

from brandwatch.fetch.client import Client
from brandwatch.fetch.fair import Line, ask_all
from brandwatch.fetch.limits import Limits

__all__ = ["Client", "Limits", "Line", "ask_all"]
