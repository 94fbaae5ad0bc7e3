-- Creators, with what their feed needs to answer that it is unchanged and how many of their videos are in each state.
CREATE TABLE creators (
    id               TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name             TEXT    NOT NULL,
    dailymotion_id   TEXT    UNIQUE,
    username         TEXT,
    link             TEXT,
    status           TEXT    NOT NULL CHECK (status IN ('active', 'paused', 'rejected')),
    adopted          INTEGER NOT NULL CHECK (adopted IN (0, 1)),
    mode             TEXT    NOT NULL CHECK (mode IN ('drain', 'full', 'delta')),
    announced        INTEGER NOT NULL CHECK (announced IN (0, 1)),
    added_at         INTEGER NOT NULL,
    feed_version     INTEGER NOT NULL,
    feed_changed_at  INTEGER NOT NULL,
    feed_changes_at  INTEGER,
    videos_draft     INTEGER NOT NULL DEFAULT 0 CHECK (videos_draft >= 0),
    videos_waiting   INTEGER NOT NULL DEFAULT 0 CHECK (videos_waiting >= 0),
    videos_pushing   INTEGER NOT NULL DEFAULT 0 CHECK (videos_pushing >= 0),
    videos_imported  INTEGER NOT NULL DEFAULT 0 CHECK (videos_imported >= 0),
    videos_refused   INTEGER NOT NULL DEFAULT 0 CHECK (videos_refused >= 0),
    videos_removed   INTEGER NOT NULL DEFAULT 0 CHECK (videos_removed >= 0)
) STRICT;

-- Feeds that the clock alone changes next.
CREATE INDEX creators_changing ON creators (feed_changes_at, id) WHERE feed_changes_at IS NOT NULL;

-- Single numbers of the whole installation, each under its name.
CREATE TABLE marks (
    name   TEXT    NOT NULL PRIMARY KEY,
    value  INTEGER NOT NULL
) STRICT;

INSERT INTO marks (name, value) VALUES ('feed_policy', 0), ('user_list_version', 1);
