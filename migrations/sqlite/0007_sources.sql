-- Addresses that are read again and again, what is known of each, and who is reading it just now.
CREATE TABLE sources (
    id                TEXT NOT NULL PRIMARY KEY,
    creator_id        TEXT REFERENCES creators (id),
    url               TEXT NOT NULL,
    credentials_file  TEXT,
    -- The options of the import, as JSON that only the program reads.
    recipe            TEXT NOT NULL,
    -- Milliseconds from one pull to the next; none for a source that is only pulled by hand.
    period            INTEGER CHECK (period > 0),
    paused            INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    added_at          INTEGER NOT NULL,
    due_at            INTEGER,
    -- Pulls in a row that did not succeed.
    failures          INTEGER NOT NULL DEFAULT 0,
    -- What tells the last document that was applied from another one.
    etag              TEXT,
    last_modified     TEXT,
    digest            BLOB CHECK (length(digest) = 32),
    items             INTEGER,
    -- Items of a document that waits for consent.
    waiting_items     INTEGER,
    pulled_at         INTEGER,
    outcome           TEXT CHECK (outcome IN ('applied', 'unchanged', 'waiting', 'failed')),
    message           TEXT,
    import_id         TEXT,
    lease             TEXT,
    lease_until       INTEGER
) STRICT;

CREATE INDEX sources_due ON sources (due_at) WHERE due_at IS NOT NULL;
