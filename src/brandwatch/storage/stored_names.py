"""The names that mentions are selected by, as they are stored: queries, sources."""

from brandwatch.storage.database import Store

# Steps through the names in an index are look-ups, however many mentions there are of each.
MENTION_QUERIES = """
    WITH RECURSIVE named (query) AS (
        SELECT min(query) FROM mention
        UNION ALL
        SELECT (SELECT min(query) FROM mention WHERE query > named.query) FROM named WHERE query IS NOT NULL
    )
    SELECT query FROM named WHERE query IS NOT NULL
"""
"""The names of the queries with mentions."""


def stored_queries(store: Store) -> tuple[str, ...]:
    """Return the names of the queries with mentions, expired ones included, sorted."""
    statement = f"SELECT query FROM ({MENTION_QUERIES}) UNION SELECT query FROM tally WHERE query != '' ORDER BY query"
    return tuple(store.column(statement))


def has_source(store: Store, text: str) -> bool:
    """Whether the URL of a stored source contains a text."""
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM source WHERE link_contains(url, ?))", [text]))
