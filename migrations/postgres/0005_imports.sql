-- Imports that were applied, with the count of each outcome.
CREATE TABLE imports (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source       TEXT NOT NULL,
    digest       BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    started_at   BIGINT NOT NULL,
    finished_at  BIGINT,
    created      BIGINT NOT NULL DEFAULT 0,
    updated      BIGINT NOT NULL DEFAULT 0,
    unchanged    BIGINT NOT NULL DEFAULT 0,
    conflicts    BIGINT NOT NULL DEFAULT 0,
    blocked      BIGINT NOT NULL DEFAULT 0,
    errors       BIGINT NOT NULL DEFAULT 0
);
