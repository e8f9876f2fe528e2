"""That two things are one: the same entry seen twice, and the same news in many places."""

from brandwatch.stories.cascade import GROWING, Joined, Known, join
from brandwatch.stories.copies import Copy
from brandwatch.stories.identity import Identity, identities, known_by, met_by, same
from brandwatch.stories.publishers import carrier
from brandwatch.stories.summary import PUBLISHER, WEIGHTS, Heat, Summary, Told, published, summary

__all__ = [
    "GROWING",
    "PUBLISHER",
    "WEIGHTS",
    "Copy",
    "Heat",
    "Identity",
    "Joined",
    "Known",
    "Summary",
    "Told",
    "carrier",
    "identities",
    "join",
    "known_by",
    "met_by",
    "published",
    "same",
    "summary",
]
