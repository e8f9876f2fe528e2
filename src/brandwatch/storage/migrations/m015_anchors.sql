-- The database refuses a mention without the brand, and a person without a mention of it.

-- The brand in a mention where somebody is named beside it; `number` is its place in the evidence.
CREATE TABLE anchor (
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    number INTEGER NOT NULL,
    term TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (mention, number)
) STRICT, WITHOUT ROWID;

-- An official representative who is named, or who speaks; `number` is the place in the evidence.
CREATE TABLE person_hit (
    mention INTEGER NOT NULL REFERENCES mention ON DELETE CASCADE,
    number INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    name TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    rule TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('person', 'voice')),
    note TEXT NOT NULL,
    PRIMARY KEY (mention, number),
    FOREIGN KEY (mention, anchor) REFERENCES anchor (mention, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Foreign keys hold only where a connection asks for them; these hold for everybody.
CREATE TRIGGER anchor_untied BEFORE INSERT ON anchor
WHEN NOT EXISTS (SELECT 1 FROM mention WHERE id = new.mention) BEGIN
    SELECT RAISE(ABORT, 'an anchor belongs to a mention');
END;
CREATE TRIGGER person_untied BEFORE INSERT ON person_hit
WHEN NOT EXISTS (SELECT 1 FROM anchor WHERE mention = new.mention AND number = new.anchor) BEGIN
    SELECT RAISE(ABORT, 'a person counts only beside the brand');
END;
CREATE TRIGGER person_moved BEFORE UPDATE OF mention, anchor ON person_hit
WHEN NOT EXISTS (SELECT 1 FROM anchor WHERE mention = new.mention AND number = new.anchor) BEGIN
    SELECT RAISE(ABORT, 'a person counts only beside the brand');
END;
CREATE TRIGGER anchor_moved BEFORE UPDATE OF mention, number ON anchor BEGIN
    SELECT RAISE(ABORT, 'an anchor stays where it is');
END;
CREATE TRIGGER mention_gone AFTER DELETE ON mention BEGIN
    DELETE FROM anchor WHERE mention = old.id;
END;
CREATE TRIGGER anchor_gone AFTER DELETE ON anchor BEGIN
    DELETE FROM person_hit WHERE mention = old.mention AND anchor = old.number;
END;

-- What does not begin with the brand was never a mention; its story is added up again (`story_assignment.assign_all_stories`).
CREATE TEMP TABLE loose AS SELECT id, entry FROM mention
WHERE NOT json_valid(evidence) OR json_extract(evidence, '$[0][0]') IS NULL
OR coalesce(json_extract(evidence, '$[0][5]'), 'anchor') != 'anchor';
UPDATE story SET lead = NULL WHERE id IN (SELECT story FROM entry WHERE id IN (SELECT entry FROM temp.loose));
DELETE FROM mention WHERE id IN (SELECT id FROM temp.loose);
DELETE FROM entry WHERE id IN (SELECT entry FROM temp.loose) AND id NOT IN (SELECT entry FROM mention);
DROP TABLE temp.loose;

CREATE TEMP TABLE piece AS
SELECT mention.id AS mention, one.key AS number, one.value ->> 0 AS term, one.value ->> 1 AS field,
    one.value ->> 2 AS start, one.value ->> 3 AS stop, one.value ->> 4 AS rule,
    coalesce(one.value ->> 5, 'anchor') AS part, coalesce(one.value ->> 6, '') AS note, one.value AS value,
    coalesce(one.value ->> 5, '') = 'person' OR voice = 'official' AND one.value ->> 5 = 'voice' AS is_named
FROM mention, json_each(mention.evidence) AS one
WHERE evidence LIKE '%,"person",%' OR voice = 'official' AND evidence LIKE '%,"voice",%';
INSERT INTO anchor SELECT mention, number, term, field, start, stop, rule FROM temp.piece WHERE part = 'anchor';
INSERT INTO person_hit SELECT mention, number,
    (SELECT place FROM (
        SELECT anchor.number AS place, anchor.field != piece.field AS far, abs(anchor.start - piece.start) AS away
        FROM anchor WHERE anchor.mention = piece.mention
    ) ORDER BY far, away, place LIMIT 1),
    term, field, start, stop, rule, part, note FROM temp.piece AS piece WHERE is_named;
UPDATE mention SET evidence = (
    SELECT json_group_array(json(value)) FROM temp.piece AS piece WHERE piece.mention = mention.id AND NOT is_named
) WHERE id IN (SELECT mention FROM person_hit);
DROP TABLE temp.piece;

-- The term of the brand that makes it one. Who is named stands in `person_hit` and nowhere else.
ALTER TABLE mention ADD COLUMN anchor TEXT NOT NULL GENERATED ALWAYS AS (
    CASE coalesce(json_extract(evidence, '$[0][5]'), 'anchor')
    WHEN 'anchor' THEN json_extract(evidence, '$[0][0]') END
) VIRTUAL CHECK (
    evidence NOT LIKE '%,"person",%' AND (voice != 'official' OR evidence NOT LIKE '%,"voice",%')
);
