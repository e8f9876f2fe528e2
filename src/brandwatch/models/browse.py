"""Views of the database for a browser, and canned queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseView:
    """A table to browse: *columns* are described by their names, and those of *key* tell one row from another.

    *facets* are the columns whose values are counted beside the rows. *links* leads from a column to the sheet whose
    key it holds. A sheet can be searched where *searched* names the column with the number that the index knows a row
    by. *sortable* are the columns that even a large sheet is sorted by at once, none for all; by *first* it is sorted,
    downwards, until somebody asks for another.
    """

    title: str
    about: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ("id",)
    label: str = ""
    facets: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    searched: str = ""
    sortable: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedQuery:
    """A question with a page of its own, and the statement that answers it."""

    title: str
    about: str
    statement: str
