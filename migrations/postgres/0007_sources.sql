-- Addresses that are read again and again, what is known of each, and who is reading it just now.
CREATE TABLE sources (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    creator_id        TEXT COLLATE "C" REFERENCES creators (id),
    url               TEXT NOT NULL,
    credentials_file  TEXT,
    -- The options of the import, as JSON that only the program reads.
    recipe            TEXT NOT NULL,
    -- Milliseconds from one pull to the next; none for a source that is only pulled by hand.
    period            BIGINT CHECK (period > 0),
    paused            BOOLEAN NOT NULL DEFAULT FALSE,
    added_at          BIGINT NOT NULL,
    due_at            BIGINT,
    -- Pulls in a row that did not succeed.
    failures          BIGINT NOT NULL DEFAULT 0,
    -- What tells the last document that was applied from another one.
    etag              TEXT,
    last_modified     TEXT,
    digest            BYTEA CHECK (length(digest) = 32),
    items             BIGINT,
    -- Items of a document that waits for consent.
    waiting_items     BIGINT,
    pulled_at         BIGINT,
    outcome           TEXT CHECK (outcome IN ('applied', 'unchanged', 'waiting', 'failed')),
    message           TEXT,
    import_id         TEXT COLLATE "C",
    lease             TEXT,
    lease_until       BIGINT
);

CREATE INDEX sources_due ON sources (due_at) WHERE due_at IS NOT NULL;
