-- The counts of expired mentions for all queries together, in which an entry counts once. Which of the earlier ones were
-- of one entry is not known any more.
INSERT INTO tally (day, query, source, publisher, origin, voice, subject, language, mentions, response, known)
    SELECT day, '', source, publisher, origin, voice, subject, language, sum(mentions), sum(response), sum(known)
    FROM tally GROUP BY day, source, publisher, origin, voice, subject, language;
