-- Imports that were applied, with the count of each outcome.
CREATE TABLE imports (
    id           TEXT    NOT NULL PRIMARY KEY,
    source       TEXT    NOT NULL,
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    created      INTEGER NOT NULL DEFAULT 0,
    updated      INTEGER NOT NULL DEFAULT 0,
    unchanged    INTEGER NOT NULL DEFAULT 0,
    conflicts    INTEGER NOT NULL DEFAULT 0,
    blocked      INTEGER NOT NULL DEFAULT 0,
    errors       INTEGER NOT NULL DEFAULT 0
) STRICT;
