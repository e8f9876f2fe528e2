-- The digests by which an unchanged entry is recognised.

ALTER TABLE source ADD COLUMN digests BLOB NOT NULL DEFAULT x'';
