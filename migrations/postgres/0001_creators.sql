-- Creators, with what their feed needs to answer that it is unchanged and how many of their videos are in each state.
CREATE TABLE creators (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name             TEXT COLLATE "C" NOT NULL,
    dailymotion_id   TEXT COLLATE "C" UNIQUE,
    username         TEXT,
    link             TEXT,
    status           TEXT NOT NULL CHECK (status IN ('active', 'paused', 'rejected')),
    adopted          BOOLEAN NOT NULL,
    mode             TEXT NOT NULL CHECK (mode IN ('drain', 'full', 'delta')),
    announced        BOOLEAN NOT NULL,
    added_at         BIGINT NOT NULL,
    feed_version     BIGINT NOT NULL,
    feed_changed_at  BIGINT NOT NULL,
    feed_changes_at  BIGINT,
    videos_draft     BIGINT NOT NULL DEFAULT 0 CHECK (videos_draft >= 0),
    videos_waiting   BIGINT NOT NULL DEFAULT 0 CHECK (videos_waiting >= 0),
    videos_pushing   BIGINT NOT NULL DEFAULT 0 CHECK (videos_pushing >= 0),
    videos_imported  BIGINT NOT NULL DEFAULT 0 CHECK (videos_imported >= 0),
    videos_refused   BIGINT NOT NULL DEFAULT 0 CHECK (videos_refused >= 0),
    videos_removed   BIGINT NOT NULL DEFAULT 0 CHECK (videos_removed >= 0)
);

-- Feeds that the clock alone changes next.
CREATE INDEX creators_changing ON creators (feed_changes_at, id) WHERE feed_changes_at IS NOT NULL;

-- Single numbers of the whole installation, each under its name.
CREATE TABLE marks (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value  BIGINT NOT NULL
);

INSERT INTO marks (name, value) VALUES ('feed_policy', 0), ('user_list_version', 1);
