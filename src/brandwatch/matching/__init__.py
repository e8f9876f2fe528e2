"""Decide whether an entry is a mention of a query, its voice and its subject, with the evidence."""

from brandwatch.matching.matcher import Matcher, prefilter
from brandwatch.matching.near_misses import nearest_miss

__all__ = ["Matcher", "nearest_miss", "prefilter"]
