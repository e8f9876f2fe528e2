"""Staff mentions without a name: a role or a work word that the text ties to the brand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from brandwatch.matching.roles.declarations import DeclarationFinder
from brandwatch.matching.roles.phrases import RoleFinder
from brandwatch.matching.roles.surroundings import BrandAnchor, RoleTie
from brandwatch.matching.roles.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brandwatch.text.normalise import Folded


__all__ = ["BrandAnchor", "DeclarationFinder", "RoleFinder", "RoleTie", "Vocabulary", "declarations", "role_ties"]


@cache
def _role_finder() -> RoleFinder:
    # The languages are read for the first entry that names a brand: most polls find none.
    return RoleFinder(vocabulary())


@cache
def _declaration_finder() -> DeclarationFinder:
    return DeclarationFinder(_role_finder())


def role_ties(text: Folded, anchors: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """Return what ties a role or work to the brand, in reading order: at most one tie per anchor."""
    return _role_finder().ties(text, anchors)


def declarations(text: Folded, anchors: Sequence[BrandAnchor]) -> tuple[RoleTie, ...]:
    """Return the ties in which the author says that he works for the brand, in reading order."""
    return _declaration_finder().declarations(text, anchors)
