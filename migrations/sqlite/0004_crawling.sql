-- What Dailymotion is given; the secrets themselves are nowhere.
CREATE TABLE credentials (
    id          TEXT    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL CHECK (kind IN ('crawler', 'callback')),
    form        TEXT    NOT NULL CHECK (form IN ('basic', 'bearer', 'path')),
    digest      BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    added_at    INTEGER NOT NULL,
    expires_at  INTEGER
) STRICT;

-- Requests of crawlers that were answered with a document.
CREATE TABLE visits (
    id             TEXT    NOT NULL PRIMARY KEY,
    at             INTEGER NOT NULL,
    face           TEXT    NOT NULL CHECK (face IN ('user_list', 'feed')),
    creator_id     TEXT,
    credential_id  TEXT,
    address        TEXT    NOT NULL,
    user_agent     TEXT,
    status         INTEGER NOT NULL,
    feed_version   INTEGER,
    offered        INTEGER NOT NULL,
    first_listed   INTEGER,
    first_id       TEXT,
    last_listed    INTEGER,
    last_id        TEXT
) STRICT;

CREATE INDEX visits_of_creator ON visits (creator_id, id) WHERE creator_id IS NOT NULL;

-- Requests that were answered "unchanged", counted by the minute. The user list has no creator, an open face no credential: both are ''.
CREATE TABLE unchanged_visits (
    minute         INTEGER NOT NULL,
    creator_id     TEXT    NOT NULL,
    credential_id  TEXT    NOT NULL,
    times          INTEGER NOT NULL CHECK (times > 0),
    PRIMARY KEY (minute, creator_id, credential_id)
) STRICT, WITHOUT ROWID;
