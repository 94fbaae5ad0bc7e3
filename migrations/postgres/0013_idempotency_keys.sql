-- Requests that are to be carried out once, by whoever asks and under the key that they chose.
CREATE TABLE idempotency_keys (
    caller   TEXT COLLATE "C" NOT NULL,
    key      TEXT COLLATE "C" NOT NULL,
    -- Of what was asked.
    request  BYTEA NOT NULL CHECK (octet_length(request) = 32),
    at       BIGINT NOT NULL,
    -- The answer, without secrets; none until it was given.
    status   BIGINT,
    etag     TEXT,
    body     TEXT,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
