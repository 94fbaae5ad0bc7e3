-- Settings of the network, which all daemons share: taken from the configuration file by the first one that starts, and
-- changed by operators from then on.
CREATE TABLE network_settings (
    name        TEXT    NOT NULL PRIMARY KEY CHECK (name IN ('rules', 'user_list_profile')),
    -- JSON, by the names of the configuration file.
    value       TEXT    NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    changed_at  INTEGER NOT NULL,
    changed_by  TEXT    NOT NULL
) STRICT;

-- Walks over all videos with some preflight rules: to say what would flip, or to judge again after a change.
CREATE TABLE rule_walks (
    id           TEXT    NOT NULL PRIMARY KEY,
    purpose      TEXT    NOT NULL CHECK (purpose IN ('apply', 'what_if')),
    -- JSON, as in network_settings.
    rules        TEXT    NOT NULL,
    asked_at     INTEGER NOT NULL,
    asked_by     TEXT    NOT NULL,
    -- The last video that was looked at; '' before the first.
    place        TEXT    NOT NULL,
    -- What was found up to there, as JSON.
    found        TEXT    NOT NULL,
    ended_at     INTEGER,
    ending       TEXT    CHECK (ending IN ('done', 'cancelled', 'superseded')),
    lease        TEXT,
    lease_until  INTEGER,
    CHECK ((ended_at IS NULL) = (ending IS NULL))
) STRICT;

CREATE INDEX rule_walks_open ON rule_walks (purpose, id) WHERE ended_at IS NULL;
CREATE INDEX rule_walks_by_purpose ON rule_walks (purpose, id);
