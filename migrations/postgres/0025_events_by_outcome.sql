-- An index of millions of rows takes longer than a statement may.
SET LOCAL statement_timeout = 0;

-- Events by how they are filed, in the order in which they came. Most of all events succeeded, and are found among all.
CREATE INDEX events_by_outcome ON events (outcome, received_at, digest) WHERE outcome <> 'ready';
DROP INDEX events_malformed;
DROP INDEX events_malformed_by_time;
DROP INDEX events_orphans_by_time;
