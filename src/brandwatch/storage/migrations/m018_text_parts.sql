-- Which characters of a text are a lead, a media description, … ; of entries from before all of it is the main text.
ALTER TABLE entry ADD COLUMN parts TEXT NOT NULL DEFAULT '';
