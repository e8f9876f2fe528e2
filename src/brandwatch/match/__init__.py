"""Decide whether an entry is a mention of a query, and say why."""

from brandwatch.match.engine import Matcher

__all__ = ["Matcher"]
