-- Videos. The checks refuse states that the rules of `model::life` can't reach.
CREATE TABLE videos (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    creator_id        TEXT COLLATE "C" NOT NULL REFERENCES creators (id),
    state             TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'pushing', 'imported', 'refused', 'removed')),
    held              BOOLEAN NOT NULL,
    needs             BIGINT NOT NULL CHECK (needs >= 0),
    listed_from       BIGINT,
    guid              TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(guid) BETWEEN 1 AND 255),
    title             TEXT,
    description       TEXT,
    category          TEXT,
    tags              TEXT,
    language          TEXT,
    country           TEXT,
    link              TEXT,
    media_url         TEXT,
    media_type        TEXT,
    media_size        BIGINT CHECK (media_size > 0),
    duration          BIGINT CHECK (duration > 0),
    width             BIGINT CHECK (width > 0),
    height            BIGINT CHECK (height > 0),
    thumbnail_url     TEXT,
    published_at      BIGINT,
    starts_at         BIGINT,
    ends_at           BIGINT,
    geo               TEXT,
    made_for_kids     BOOLEAN,
    private           BOOLEAN,
    explicit          BOOLEAN,
    source_guid       TEXT,
    broken            TEXT,
    remote_id         TEXT CHECK (length(remote_id) BETWEEN 1 AND 64),
    other_remote_ids  TEXT,
    retry_epoch       BIGINT NOT NULL CHECK (retry_epoch >= 0),
    failed_epoch      BIGINT,
    unusable_epoch    BIGINT,
    refusal           TEXT,
    retry_at          BIGINT,
    waiting_since     BIGINT,
    ready_at          BIGINT,
    added_at          BIGINT NOT NULL,
    content_at        BIGINT NOT NULL,
    CHECK ((state = 'waiting') = (listed_from IS NOT NULL)),
    CHECK (state <> 'imported' OR remote_id IS NOT NULL),
    CHECK (state NOT IN ('waiting', 'pushing', 'refused') OR remote_id IS NULL),
    CHECK (state <> 'waiting' OR (broken IS NULL AND title IS NOT NULL AND media_url IS NOT NULL)),
    CHECK (other_remote_ids IS NULL OR remote_id IS NOT NULL)
);

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
    video_id    TEXT COLLATE "C" NOT NULL REFERENCES videos (id),
    id          TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    what        TEXT NOT NULL,
    from_state  TEXT,
    to_state    TEXT NOT NULL,
    by_whom     TEXT NOT NULL,
    detail      TEXT,
    PRIMARY KEY (video_id, id)
);
