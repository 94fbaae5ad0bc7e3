-- What operators have to look at, from its beginning to its end. Of a rule and a subject at most one is open.
CREATE TABLE alarms (
    id               TEXT    NOT NULL PRIMARY KEY,
    rule             TEXT    NOT NULL,
    -- A creator, a credential, a job; '' for the whole installation.
    subject          TEXT    NOT NULL,
    sentence         TEXT    NOT NULL,
    opened_at        INTEGER NOT NULL,
    -- The alarm that it is folded into.
    group_id         TEXT,
    acknowledged_at  INTEGER,
    acknowledged_by  TEXT,
    snoozed_until    INTEGER,
    resolved_at      INTEGER
) STRICT;

CREATE UNIQUE INDEX alarms_open ON alarms (rule, subject) WHERE resolved_at IS NULL;
CREATE INDEX alarms_resolved ON alarms (resolved_at) WHERE resolved_at IS NOT NULL;

-- The guard that lets one daemon judge at a time.
INSERT INTO marks (name, value) VALUES ('alarms', 0);

-- News of alarms, written with the change itself; sent later to everybody whom the settings name.
CREATE TABLE outgoing_events (
    id         TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    alarm_id   TEXT    NOT NULL,
    -- The very bytes that are signed and sent.
    body       TEXT    NOT NULL,
    -- When its deliveries were made out; none until then.
    spread_at  INTEGER
) STRICT;

CREATE INDEX outgoing_events_unspread ON outgoing_events (id) WHERE spread_at IS NULL;
CREATE INDEX outgoing_events_by_time ON outgoing_events (at);

-- One event on its way to one webhook.
CREATE TABLE deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    event_id     TEXT    NOT NULL REFERENCES outgoing_events (id) ON DELETE CASCADE,
    webhook      TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    -- Tries since it was made out, or last replayed.
    tries        INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    give_up_at   INTEGER NOT NULL,
    settled_at   INTEGER,
    lease        TEXT,
    lease_until  INTEGER
) STRICT;

CREATE INDEX deliveries_due ON deliveries (webhook, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook, id);

-- What became of each try.
CREATE TABLE delivery_attempts (
    delivery_id  TEXT    NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    id           TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    -- Milliseconds until the answer.
    took         INTEGER NOT NULL,
    -- Of the answer; none where there was none.
    status       INTEGER,
    message      TEXT,
    PRIMARY KEY (delivery_id, id)
) STRICT, WITHOUT ROWID;

-- How often crawlers come for each creator's feed; '' for anything at all.
CREATE TABLE rhythms (
    creator_id  TEXT    NOT NULL PRIMARY KEY,
    last_at     INTEGER NOT NULL,
    -- The request from which the next pause is counted.
    counted_at  INTEGER NOT NULL,
    -- Milliseconds of the longest pause of about the last week.
    usual       INTEGER NOT NULL,
    pauses      INTEGER NOT NULL,
    -- When silence becomes unusual; none while too little is known.
    silent_at   INTEGER
) STRICT;

CREATE INDEX rhythms_silent ON rhythms (silent_at) WHERE silent_at IS NOT NULL;

-- What was counted in each stretch of ten minutes, under its name.
CREATE TABLE tallies (
    name   TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (name, since)
) STRICT, WITHOUT ROWID;

-- Videos that left a feed as held or draft, in each stretch of ten minutes.
CREATE TABLE feed_losses (
    since       INTEGER NOT NULL,
    creator_id  TEXT    NOT NULL,
    videos      INTEGER NOT NULL,
    PRIMARY KEY (since, creator_id)
) STRICT, WITHOUT ROWID;

-- Jobs whose last runs did not succeed, as each daemon sees them.
CREATE TABLE failing_jobs (
    name      TEXT    NOT NULL,
    daemon    TEXT    NOT NULL,
    failures  INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (name, daemon)
) STRICT, WITHOUT ROWID;
