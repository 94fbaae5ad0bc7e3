-- What operators have to look at, from its beginning to its end. Of a rule and a subject at most one is open.
CREATE TABLE alarms (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule             TEXT COLLATE "C" NOT NULL,
    -- A creator, a credential, a job; '' for the whole installation.
    subject          TEXT COLLATE "C" NOT NULL,
    sentence         TEXT NOT NULL,
    opened_at        BIGINT NOT NULL,
    -- The alarm that it is folded into.
    group_id         TEXT COLLATE "C",
    acknowledged_at  BIGINT,
    acknowledged_by  TEXT,
    snoozed_until    BIGINT,
    resolved_at      BIGINT
);

CREATE UNIQUE INDEX alarms_open ON alarms (rule, subject) WHERE resolved_at IS NULL;
CREATE INDEX alarms_resolved ON alarms (resolved_at) WHERE resolved_at IS NOT NULL;

-- The guard that lets one daemon judge at a time.
INSERT INTO marks (name, value) VALUES ('alarms', 0);

-- News of alarms, written with the change itself; sent later to everybody whom the settings name.
CREATE TABLE outgoing_events (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    alarm_id   TEXT COLLATE "C" NOT NULL,
    -- The very bytes that are signed and sent.
    body       TEXT NOT NULL,
    -- When its deliveries were made out; none until then.
    spread_at  BIGINT
);

CREATE INDEX outgoing_events_unspread ON outgoing_events (id) WHERE spread_at IS NULL;
CREATE INDEX outgoing_events_by_time ON outgoing_events (at);

-- One event on its way to one webhook.
CREATE TABLE deliveries (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    event_id     TEXT COLLATE "C" NOT NULL REFERENCES outgoing_events (id) ON DELETE CASCADE,
    webhook      TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    -- Tries since it was made out, or last replayed.
    tries        BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    give_up_at   BIGINT NOT NULL,
    settled_at   BIGINT,
    lease        TEXT COLLATE "C",
    lease_until  BIGINT
);

CREATE INDEX deliveries_due ON deliveries (webhook, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook, id);

-- What became of each try.
CREATE TABLE delivery_attempts (
    delivery_id  TEXT COLLATE "C" NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    id           TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    -- Milliseconds until the answer.
    took         BIGINT NOT NULL,
    -- Of the answer; none where there was none.
    status       BIGINT,
    message      TEXT,
    PRIMARY KEY (delivery_id, id)
);

-- How often crawlers come for each creator's feed; '' for anything at all.
CREATE TABLE rhythms (
    creator_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_at     BIGINT NOT NULL,
    -- The request from which the next pause is counted.
    counted_at  BIGINT NOT NULL,
    -- Milliseconds of the longest pause of about the last week.
    usual       BIGINT NOT NULL,
    pauses      BIGINT NOT NULL,
    -- When silence becomes unusual; none while too little is known.
    silent_at   BIGINT
);

CREATE INDEX rhythms_silent ON rhythms (silent_at) WHERE silent_at IS NOT NULL;

-- What was counted in each stretch of ten minutes, under its name.
CREATE TABLE tallies (
    name   TEXT COLLATE "C" NOT NULL,
    since  BIGINT NOT NULL,
    times  BIGINT NOT NULL,
    PRIMARY KEY (name, since)
);

-- Videos that left a feed as held or draft, in each stretch of ten minutes.
CREATE TABLE feed_losses (
    since       BIGINT NOT NULL,
    creator_id  TEXT COLLATE "C" NOT NULL,
    videos      BIGINT NOT NULL,
    PRIMARY KEY (since, creator_id)
);

-- Jobs whose last runs did not succeed, as each daemon sees them.
CREATE TABLE failing_jobs (
    name      TEXT COLLATE "C" NOT NULL,
    daemon    TEXT COLLATE "C" NOT NULL,
    failures  BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (name, daemon)
);
