"""Staff mentions without a name: a role or a work word that the text ties to the brand, in six languages."""

from brandwatch.matching.roles.declarations import declarations
from brandwatch.matching.roles.phrases import role_ties
from brandwatch.matching.roles.surroundings import BrandAnchor, RoleTie

__all__ = ["BrandAnchor", "RoleTie", "declarations", "role_ties"]
