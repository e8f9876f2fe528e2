"""The browse views as Datasette expects a database: views shown as tables, with keys between them.

Datasette is loaded here, without the plugins that somebody has installed for their own data.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

# Datasette loads no plugins while this is set; it has no other effect, despite its name.
_NO_PLUGINS = "_called_from_test"

setattr(sys, _NO_PLUGINS, True)
try:
    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import NotFound
finally:
    delattr(sys, _NO_PLUGINS)

from datasette import handle_exception  # noqa: E402 (loaded before the application it stays without effect)

if TYPE_CHECKING:
    from brandwatch.web.app import WebSource

# With it a page that fails prints its local variables, and with them the key, on standard output.
handle_exception.rich = None

__all__ = ["BrowseDatabase", "Datasette"]


class BrowseDatabase(Database):  # type: ignore[misc] # Datasette has no types
    """The browse views, with the answers that Datasette would look up in the schema."""

    def __init__(self, datasette: Any, source: WebSource) -> None:  # noqa: ANN401 (as above)
        super().__init__(datasette, is_memory=True)
        self._source = source

    def connect(self, write: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 (as Datasette calls it)
        """Open a connection for one of Datasette's threads."""
        if write:
            raise PermissionError("the sheets are read only")
        return self._source.connect()

    async def table_names(self) -> list[str]:
        """Return the names of the sheets."""
        return list(self._source.sheets)

    async def table_exists(self, table: str) -> bool:
        """Whether there is a sheet of that name."""
        return table in self._source.sheets

    async def hidden_table_names(self) -> list[str]:
        """Return nothing: a hidden table is not there at all."""
        return []

    async def view_names(self) -> list[str]:
        """Return nothing: the sheets are shown as tables."""
        return []

    async def attached_databases(self) -> list[str]:
        """Return nothing: the tables behind the views are not shown."""
        return []

    async def primary_keys(self, table: str) -> list[str]:
        """Return the key of a sheet; raise NotFound for anything else, so that Datasette shows no row of it."""
        if table not in self._source.sheets:
            raise NotFound("unknown table")
        return list(self._source.sheets[table].key)

    async def fts_table(self, table: str) -> str | None:
        """Return the full-text table of a sheet."""
        sheet = self._source.sheets.get(table)
        return self._source.index if sheet and sheet.searched else None

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, str]]:
        """Return the columns of a sheet that hold the keys of another."""
        sheet = self._source.sheets.get(table)
        links = sheet.links if sheet else {}
        return [
            {"column": column, "other_table": other, "other_column": self._source.sheets[other].key[0]}
            for column, other in links.items()
        ]

    async def get_all_foreign_keys(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Return the foreign keys of each browse view, as Datasette asks for them."""
        every: dict[str, dict[str, list[dict[str, str]]]] = {
            name: {"incoming": [], "outgoing": []} for name in self._source.sheets
        }
        for name in self._source.sheets:
            for key in await self.foreign_keys_for_table(name):
                column, other, other_column = key["column"], key["other_table"], key["other_column"]
                every[name]["outgoing"].append({"other_table": other, "column": column, "other_column": other_column})
                every[other]["incoming"].append({"other_table": name, "column": other_column, "other_column": column})
        return every
