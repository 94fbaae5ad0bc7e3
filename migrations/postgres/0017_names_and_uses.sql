-- What operators call the reasons for which Dailymotion refuses videos; compared as the reasons of videos are.
CREATE TABLE refusal_names (
    reason    TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    named_at  BIGINT NOT NULL
);

-- When each credential first and last let somebody in: after a rotation they show whether the other side uses the new one.
CREATE TABLE credential_uses (
    credential_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    first_at       BIGINT NOT NULL,
    last_at        BIGINT NOT NULL
);

-- Lists of what somebody has to look at, by time.
CREATE INDEX events_orphans_by_time ON events (received_at, digest) WHERE outcome = 'orphan';
CREATE INDEX events_malformed_by_time ON events (received_at, digest) WHERE outcome = 'malformed';
CREATE INDEX events_in_conflict ON events (received_at, digest) WHERE alarm = 'conflict';
