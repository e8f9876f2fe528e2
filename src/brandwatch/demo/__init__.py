"""A small web of fictional publishers, for a first look at a real poll."""

from brandwatch.demo.web import PUBLISHERS, QUERY, serving

__all__ = ["PUBLISHERS", "QUERY", "serving"]
