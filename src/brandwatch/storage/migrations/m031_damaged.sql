-- Damaged mentions, of which a report has a line: a look-up, however many mentions there are.
CREATE INDEX mention_damaged ON mention (id) WHERE suppressed = 'it is damaged: it does not match its seal';
