"""Staff mentions without a name: a role or a work word that the text ties to the brand, in six languages."""

from brandwatch.match.roles.declared import declarations
from brandwatch.match.roles.phrases import ties
from brandwatch.match.roles.places import Anchor, Tie

__all__ = ["Anchor", "Tie", "declarations", "ties"]
