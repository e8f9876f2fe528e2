-- What a source says of its last answer, and is no failure: engines of a search that did not answer.
ALTER TABLE source ADD COLUMN remark TEXT NOT NULL DEFAULT '';
