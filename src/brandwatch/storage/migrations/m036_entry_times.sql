-- Nothing reads entries by time any more: reports read the mentions, whose index has a copy of it.
DROP INDEX IF EXISTS entry_by_time;
