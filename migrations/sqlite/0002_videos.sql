-- Videos. The checks refuse states that the rules of `model::life` can't reach.
CREATE TABLE videos (
    id                TEXT    NOT NULL PRIMARY KEY,
    creator_id        TEXT    NOT NULL REFERENCES creators (id),
    state             TEXT    NOT NULL CHECK (state IN ('draft', 'waiting', 'pushing', 'imported', 'refused', 'removed')),
    held              INTEGER NOT NULL CHECK (held IN (0, 1)),
    needs             INTEGER NOT NULL CHECK (needs >= 0),
    listed_from       INTEGER,
    guid              TEXT    NOT NULL UNIQUE CHECK (length(guid) BETWEEN 1 AND 255),
    title             TEXT,
    description       TEXT,
    category          TEXT,
    tags              TEXT,
    language          TEXT,
    country           TEXT,
    link              TEXT,
    media_url         TEXT,
    media_type        TEXT,
    media_size        INTEGER CHECK (media_size > 0),
    duration          INTEGER CHECK (duration > 0),
    width             INTEGER CHECK (width > 0),
    height            INTEGER CHECK (height > 0),
    thumbnail_url     TEXT,
    published_at      INTEGER,
    starts_at         INTEGER,
    ends_at           INTEGER,
    geo               TEXT,
    made_for_kids     INTEGER CHECK (made_for_kids IN (0, 1)),
    private           INTEGER CHECK (private IN (0, 1)),
    explicit          INTEGER CHECK (explicit IN (0, 1)),
    source_guid       TEXT,
    broken            TEXT,
    remote_id         TEXT    CHECK (length(remote_id) BETWEEN 1 AND 64),
    other_remote_ids  TEXT,
    retry_epoch       INTEGER NOT NULL CHECK (retry_epoch >= 0),
    failed_epoch      INTEGER,
    unusable_epoch    INTEGER,
    refusal           TEXT,
    retry_at          INTEGER,
    waiting_since     INTEGER,
    ready_at          INTEGER,
    added_at          INTEGER NOT NULL,
    content_at        INTEGER NOT NULL,
    CHECK ((state = 'waiting') = (listed_from IS NOT NULL)),
    CHECK (state <> 'imported' OR remote_id IS NOT NULL),
    CHECK (state NOT IN ('waiting', 'pushing', 'refused') OR remote_id IS NULL),
    CHECK (state <> 'waiting' OR (broken IS NULL AND title IS NOT NULL AND media_url IS NOT NULL)),
    CHECK (other_remote_ids IS NULL OR remote_id IS NOT NULL)
) STRICT;

-- The feed: what it lists, in its order, and nothing else.
CREATE INDEX videos_shelf ON videos (creator_id, listed_from, id) WHERE state = 'waiting' AND NOT held;
-- Listed videos whose window ends.
CREATE INDEX videos_ending ON videos (creator_id, ends_at) WHERE state = 'waiting' AND NOT held AND ends_at IS NOT NULL;
-- Waiting videos that a change of the settings may hold or let go.
CREATE INDEX videos_needing ON videos (id) WHERE state = 'waiting' AND needs > 0;
-- What was imported lately, for the daily cap.
CREATE INDEX videos_ready ON videos (creator_id, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX videos_of_creator ON videos (creator_id, id);
CREATE INDEX videos_in_state ON videos (state, id);
CREATE INDEX videos_in_conflict ON videos (id) WHERE other_remote_ids IS NOT NULL;

-- What happened to each video, in order.
CREATE TABLE timeline (
    video_id    TEXT    NOT NULL REFERENCES videos (id),
    id          TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    what        TEXT    NOT NULL,
    from_state  TEXT,
    to_state    TEXT    NOT NULL,
    by_whom     TEXT    NOT NULL,
    detail      TEXT,
    PRIMARY KEY (video_id, id)
) STRICT, WITHOUT ROWID;
