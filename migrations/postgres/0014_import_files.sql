-- Files that the operators' face took in, what is done with each, and who is at work on it just now. What was applied of
-- one is in `imports`, under the same id.
CREATE TABLE import_files (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    -- Where the file was found, without what may be secret; none for one that was sent.
    address      TEXT,
    -- Whose videos these are to be, whether there is such a creator or not.
    creator      TEXT COLLATE "C",
    -- The options of the import, as JSON that only the program reads.
    recipe       TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    added_at     BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    state        TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('fetching', 'planning', 'planned', 'applying', 'applied', 'failed', 'cancelled')),
    bytes        BIGINT NOT NULL,
    digest       BYTEA CHECK (length(digest) = 32),
    -- How far it is, what the last plan found and what was applied, as JSON that only the program reads.
    progress     TEXT,
    plan         TEXT,
    applied      TEXT,
    message      TEXT,
    cancelling   BOOLEAN NOT NULL DEFAULT FALSE,
    -- When its files were removed.
    gone_at      BIGINT,
    lease        TEXT COLLATE "C",
    lease_until  BIGINT
);

CREATE INDEX import_files_active ON import_files (id) WHERE state IN ('fetching', 'planning', 'applying');
CREATE INDEX import_files_by_change ON import_files (changed_at);
