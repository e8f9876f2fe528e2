"""Decide whether an entry is a mention of a query, whose voice it is and whom it is about, and say why."""

from brandwatch.match.engine import Matcher
from brandwatch.match.misses import nearest
from brandwatch.match.needs import needs

__all__ = ["Matcher", "nearest", "needs"]
