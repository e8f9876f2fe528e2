"""That two things are one: the same entry seen twice, and the same news in many places."""

from brandwatch.stories.cascade import GROWING, StoryCandidate, StoryJoin, find_story
from brandwatch.stories.fingerprint import Fingerprint
from brandwatch.stories.heat import (
    PUBLISHER,
    WEIGHTS,
    Heat,
    StoryEntry,
    StorySummary,
    effective_published,
    summarise_story,
)
from brandwatch.stories.identity import Identity, identities, identity_keys, is_same_entry, met_by
from brandwatch.stories.publishers import publisher_of_link

__all__ = [
    "GROWING",
    "PUBLISHER",
    "WEIGHTS",
    "Fingerprint",
    "Heat",
    "Identity",
    "StoryCandidate",
    "StoryEntry",
    "StoryJoin",
    "StorySummary",
    "effective_published",
    "find_story",
    "identities",
    "identity_keys",
    "is_same_entry",
    "met_by",
    "publisher_of_link",
    "summarise_story",
]
