-- Injector events, each kept once under the digest of its own bytes. Retention may empty `raw`, never remove a row.
CREATE TABLE events (
    digest       BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    received_at  INTEGER NOT NULL,
    guid         TEXT,
    outcome      TEXT    NOT NULL CHECK (outcome IN ('ready', 'refused', 'recorded', 'progress', 'anomalous', 'orphan', 'malformed')),
    alarm        TEXT,
    epoch        INTEGER,
    sent_at      INTEGER,
    note         TEXT,
    raw          TEXT
) STRICT;

CREATE INDEX events_by_time ON events (received_at, digest);
CREATE INDEX events_by_guid ON events (guid, received_at) WHERE guid IS NOT NULL;
CREATE INDEX events_orphaned ON events (guid) WHERE outcome = 'orphan';
CREATE INDEX events_malformed ON events (received_at) WHERE outcome = 'malformed';
CREATE INDEX events_troubled ON events (received_at, digest) WHERE outcome NOT IN ('ready', 'progress');
CREATE INDEX events_alarming ON events (received_at, digest) WHERE alarm IS NOT NULL;

-- Authenticated callbacks that are not JSON, the newest few.
CREATE TABLE quarantine (
    id           TEXT    NOT NULL PRIMARY KEY,
    received_at  INTEGER NOT NULL,
    address      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    bytes        INTEGER NOT NULL,
    body         BLOB    NOT NULL
) STRICT;
