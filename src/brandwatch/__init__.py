"""A command-line brand-mention monitor."""

from __future__ import annotations

__version__ = "0.1.0"

DISTRIBUTION = "brand-mention-monitor"
"""The name on a package index; the name of the command belongs to a company there."""
