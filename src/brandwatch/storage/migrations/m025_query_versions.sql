-- The versions of queries: by which stored entries were evaluated, and by which the last document of a source was.
CREATE TABLE applied_query (
    query TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE matched_query (
    source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    query TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (source, query)
) STRICT, WITHOUT ROWID;
-- Mentions of several versions were never evaluated again as a whole: the next poll does that.
INSERT INTO applied_query (query, version, at)
    SELECT query, min(query_version), max(found) FROM mention GROUP BY query HAVING min(query_version) = max(query_version);
