"""Browse the database on this machine: Datasette behind a door of our own, which lets in one browser."""

from brandwatch.serve.library import Library
from brandwatch.serve.server import Serving

__all__ = ["Library", "Serving"]
