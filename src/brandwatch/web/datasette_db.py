"""The browse views as Datasette expects a database: views shown as tables, with keys between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.web.datasette_compat import Database, NotFound

if TYPE_CHECKING:
    from brandwatch.web.app import WebSource


class BrowseDatabase(Database):  # type: ignore[misc] # Datasette has no types
    """The sheets of a library; what Datasette would look up in the schema is answered from them."""

    def __init__(self, datasette: Any, library: WebSource) -> None:  # noqa: ANN401 (as above)
        super().__init__(datasette, is_memory=True)
        self._library = library

    def connect(self, write: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 (as Datasette calls it)
        """Return a connection for one of Datasette's threads."""
        if write:
            raise PermissionError("the sheets are read only")
        return self._library.connect()

    async def table_names(self) -> list[str]:
        """Return the names of the sheets."""
        return list(self._library.sheets)

    async def table_exists(self, table: str) -> bool:
        """Say whether there is a sheet of that name."""
        return table in self._library.sheets

    async def hidden_table_names(self) -> list[str]:
        """Return nothing: what is hidden is not there."""
        return []

    async def view_names(self) -> list[str]:
        """Return nothing: the sheets are shown as tables."""
        return []

    async def attached_databases(self) -> list[str]:
        """Return nothing: what the views are made of is not shown."""
        return []

    async def primary_keys(self, table: str) -> list[str]:
        """Return the columns that tell the rows of a sheet apart; of anything else Datasette shall show no row."""
        if table not in self._library.sheets:
            raise NotFound("there is no such sheet")
        return list(self._library.sheets[table].key)

    async def fts_table(self, table: str) -> str | None:
        """Return the index that a sheet is searched with."""
        sheet = self._library.sheets.get(table)
        return self._library.index if sheet and sheet.searched else None

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, str]]:
        """Return the columns of a sheet that hold the keys of another."""
        sheet = self._library.sheets.get(table)
        links = sheet.links if sheet else {}
        return [
            {"column": column, "other_table": other, "other_column": self._library.sheets[other].key[0]}
            for column, other in links.items()
        ]

    async def get_all_foreign_keys(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Return for each sheet what leads from it and to it."""
        every: dict[str, dict[str, list[dict[str, str]]]] = {
            name: {"incoming": [], "outgoing": []} for name in self._library.sheets
        }
        for name in self._library.sheets:
            for key in await self.foreign_keys_for_table(name):
                column, other, other_column = key["column"], key["other_table"], key["other_column"]
                every[name]["outgoing"].append({"other_table": other, "column": column, "other_column": other_column})
                every[other]["incoming"].append({"other_table": name, "column": other_column, "other_column": column})
        return every
