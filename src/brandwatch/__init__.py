"""A command-line brand-mention monitor."""

from __future__ import annotations

__version__ = "0.1.0"
