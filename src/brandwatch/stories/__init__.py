"""Decide that two things are one: the same entry seen twice, and the same news in many places. Pure."""

from brandwatch.stories.cascade import STORY_SPAN, StoryCandidate, StoryJoin, find_story
from brandwatch.stories.fingerprint import Fingerprint
from brandwatch.stories.heat import (
    PUBLISHER_WEIGHT,
    RESPONSE_WEIGHTS,
    Heat,
    StoryEntry,
    StorySummary,
    effective_published,
    summarise_story,
)
from brandwatch.stories.identity import Identity, identities, identity_keys, is_same_entry, sufficient_keys
from brandwatch.stories.publishers import publisher_of_link

__all__ = [
    "PUBLISHER_WEIGHT", "RESPONSE_WEIGHTS", "STORY_SPAN", "Fingerprint", "Heat", "Identity", "StoryCandidate",
    "StoryEntry", "StoryJoin", "StorySummary", "effective_published", "find_story", "identities", "identity_keys",
    "is_same_entry", "publisher_of_link", "sufficient_keys", "summarise_story",
]  # fmt: skip
