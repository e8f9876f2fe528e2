-- What became of mentions in an exchange, counted apart: `new` was the difference of the shown ones, and could be negative.
UPDATE fetch SET new = 0 WHERE new < 0;
ALTER TABLE fetch ADD COLUMN backlog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fetch ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fetch ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fetch ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
