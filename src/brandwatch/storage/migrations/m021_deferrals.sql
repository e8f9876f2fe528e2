-- In how many polls in a row a source was due and not fetched.
ALTER TABLE source ADD COLUMN deferrals INTEGER NOT NULL DEFAULT 0;
