-- Of a long text a sample of its shingles is stored, of each two bytes of four (the lower ones come first); here all.
ALTER TABLE sketched ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sketched ADD COLUMN step INTEGER NOT NULL DEFAULT 1;
UPDATE sketched SET count = length(whole) / 4, whole = (
    WITH RECURSIVE half (place, bytes) AS (
        SELECT 1, x''
        UNION ALL
        SELECT place + 4, CAST(bytes || substr(sketched.whole, place, 2) AS BLOB) FROM half
        WHERE place < length(sketched.whole)
    )
    SELECT bytes FROM half ORDER BY place DESC LIMIT 1
) WHERE whole != x'';
