-- What operators call the reasons for which Dailymotion refuses videos.
CREATE TABLE refusal_names (
    reason    TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    named_at  INTEGER NOT NULL
) STRICT;

-- When each credential first and last let somebody in: after a rotation they show whether the other side uses the new one.
CREATE TABLE credential_uses (
    credential_id  TEXT    NOT NULL PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    first_at       INTEGER NOT NULL,
    last_at        INTEGER NOT NULL
) STRICT;

-- Lists of what somebody has to look at, by time.
CREATE INDEX events_orphans_by_time ON events (received_at, digest) WHERE outcome = 'orphan';
CREATE INDEX events_malformed_by_time ON events (received_at, digest) WHERE outcome = 'malformed';
CREATE INDEX events_in_conflict ON events (received_at, digest) WHERE alarm = 'conflict';
