-- Requests that are to be carried out once, by whoever asks and under the key that they chose.
CREATE TABLE idempotency_keys (
    caller   TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    -- Of what was asked.
    request  BLOB    NOT NULL CHECK (length(request) = 32),
    at       INTEGER NOT NULL,
    -- The answer, without secrets; none until it was given.
    status   INTEGER,
    etag     TEXT,
    body     TEXT,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
