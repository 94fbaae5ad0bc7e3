-- Injector events, each kept once under the digest of its own bytes. Retention may empty `raw`, never remove a row.
CREATE TABLE events (
    digest       BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    received_at  BIGINT NOT NULL,
    guid         TEXT COLLATE "C",
    outcome      TEXT NOT NULL CHECK (outcome IN ('ready', 'refused', 'recorded', 'progress', 'anomalous', 'orphan', 'malformed')),
    alarm        TEXT,
    epoch        BIGINT,
    sent_at      BIGINT,
    note         TEXT,
    raw          TEXT
);

CREATE INDEX events_by_time ON events (received_at, digest);
CREATE INDEX events_by_guid ON events (guid, received_at) WHERE guid IS NOT NULL;
CREATE INDEX events_orphaned ON events (guid) WHERE outcome = 'orphan';
CREATE INDEX events_malformed ON events (received_at) WHERE outcome = 'malformed';
CREATE INDEX events_troubled ON events (received_at, digest) WHERE outcome NOT IN ('ready', 'progress');
CREATE INDEX events_alarming ON events (received_at, digest) WHERE alarm IS NOT NULL;

-- Authenticated callbacks that are not JSON, the newest few.
CREATE TABLE quarantine (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    received_at  BIGINT NOT NULL,
    address      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    bytes        BIGINT NOT NULL,
    body         BYTEA NOT NULL
);
