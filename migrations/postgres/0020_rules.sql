-- Settings of the network, which all daemons share: taken from the configuration file by the first one that starts, and
-- changed by operators from then on.
CREATE TABLE network_settings (
    name        TEXT   COLLATE "C" NOT NULL PRIMARY KEY CHECK (name IN ('rules', 'user_list_profile')),
    -- JSON, by the names of the configuration file.
    value       TEXT   NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT   NOT NULL
);

-- Walks over all videos with some preflight rules: to say what would flip, or to judge again after a change.
CREATE TABLE rule_walks (
    id           TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    purpose      TEXT   COLLATE "C" NOT NULL CHECK (purpose IN ('apply', 'what_if')),
    -- JSON, as in network_settings.
    rules        TEXT   NOT NULL,
    asked_at     BIGINT NOT NULL,
    asked_by     TEXT   NOT NULL,
    -- The last video that was looked at; '' before the first.
    place        TEXT   COLLATE "C" NOT NULL,
    -- What was found up to there, as JSON.
    found        TEXT   NOT NULL,
    ended_at     BIGINT,
    ending       TEXT   CHECK (ending IN ('done', 'cancelled', 'superseded')),
    lease        TEXT,
    lease_until  BIGINT,
    CHECK ((ended_at IS NULL) = (ending IS NULL))
);

CREATE INDEX rule_walks_open ON rule_walks (purpose, id) WHERE ended_at IS NULL;
CREATE INDEX rule_walks_by_purpose ON rule_walks (purpose, id);
