-- Files that the operators' face took in, what is done with each, and who is at work on it just now. What was applied of
-- one is in `imports`, under the same id.
CREATE TABLE import_files (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    -- Where the file was found, without what may be secret; none for one that was sent.
    address      TEXT,
    -- Whose videos these are to be, whether there is such a creator or not.
    creator      TEXT,
    -- The options of the import, as JSON that only the program reads.
    recipe       TEXT    NOT NULL,
    made_by      TEXT    NOT NULL,
    added_at     INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    state        TEXT    NOT NULL
        CHECK (state IN ('fetching', 'planning', 'planned', 'applying', 'applied', 'failed', 'cancelled')),
    bytes        INTEGER NOT NULL,
    digest       BLOB    CHECK (length(digest) = 32),
    -- How far it is, what the last plan found and what was applied, as JSON that only the program reads.
    progress     TEXT,
    plan         TEXT,
    applied      TEXT,
    message      TEXT,
    cancelling   INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),
    -- When its files were removed.
    gone_at      INTEGER,
    lease        TEXT,
    lease_until  INTEGER
) STRICT;

CREATE INDEX import_files_active ON import_files (id) WHERE state IN ('fetching', 'planning', 'applying');
CREATE INDEX import_files_by_change ON import_files (changed_at);
