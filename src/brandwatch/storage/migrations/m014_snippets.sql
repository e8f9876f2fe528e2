-- That an entry is not stored whole, and what tells it from others all the same.

-- How long its text was where only a part is stored, else 0; whether its author is left out, or a part of the byline.
ALTER TABLE entry ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN unnamed INTEGER NOT NULL DEFAULT 0;
-- The passages of the whole text of such an entry: numbers of four bytes, in their order.
ALTER TABLE sketched ADD COLUMN whole BLOB NOT NULL DEFAULT x'';
