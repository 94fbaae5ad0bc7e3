-- What Dailymotion is given; the secrets themselves are nowhere.
CREATE TABLE credentials (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('crawler', 'callback')),
    form        TEXT NOT NULL CHECK (form IN ('basic', 'bearer', 'path')),
    digest      BYTEA NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    added_at    BIGINT NOT NULL,
    expires_at  BIGINT
);

-- Requests of crawlers that were answered with a document.
CREATE TABLE visits (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at             BIGINT NOT NULL,
    face           TEXT NOT NULL CHECK (face IN ('user_list', 'feed')),
    creator_id     TEXT COLLATE "C",
    credential_id  TEXT COLLATE "C",
    address        TEXT NOT NULL,
    user_agent     TEXT,
    status         BIGINT NOT NULL,
    feed_version   BIGINT,
    offered        BIGINT NOT NULL,
    first_listed   BIGINT,
    first_id       TEXT COLLATE "C",
    last_listed    BIGINT,
    last_id        TEXT COLLATE "C"
);

CREATE INDEX visits_of_creator ON visits (creator_id, id) WHERE creator_id IS NOT NULL;

-- Requests that were answered "unchanged", counted by the minute. The user list has no creator, an open face no credential: both are ''.
CREATE TABLE unchanged_visits (
    minute         BIGINT NOT NULL,
    creator_id     TEXT COLLATE "C" NOT NULL,
    credential_id  TEXT COLLATE "C" NOT NULL,
    times          BIGINT NOT NULL CHECK (times > 0),
    PRIMARY KEY (minute, creator_id, credential_id)
);
