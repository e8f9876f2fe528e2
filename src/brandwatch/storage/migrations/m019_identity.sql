-- Entries are known again by what they say where guid and link are new.

-- Keyed hashes of title and text, of title and time, of text and time.
ALTER TABLE entry ADD COLUMN title_text INTEGER;
ALTER TABLE entry ADD COLUMN title_date INTEGER;
ALTER TABLE entry ADD COLUMN text_date INTEGER;
CREATE INDEX entry_by_title_text ON entry (title_text) WHERE title_text IS NOT NULL;
CREATE INDEX entry_by_title_date ON entry (title_date) WHERE title_date IS NOT NULL;
CREATE INDEX entry_by_text_date ON entry (text_date) WHERE text_date IS NOT NULL;
