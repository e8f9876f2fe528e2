"""That two things are one: the same entry seen twice, and later the same news in many places."""

from brandwatch.stories.identity import Identity, identities, same

__all__ = ["Identity", "identities", "same"]
