-- People of the network. Nobody who did anything is ever removed: the audit names them.
CREATE TABLE operators (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'finance', 'operator', 'owner')),
    -- Argon2id in the PHC format; none until they set one.
    password      TEXT,
    added_at      BIGINT NOT NULL,
    disabled_at   BIGINT,
    signed_in_at  BIGINT
);

-- Addresses that let somebody set their password, once.
CREATE TABLE sign_up_links (
    digest       BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    -- None for whoever becomes the first owner.
    operator_id  TEXT COLLATE "C" REFERENCES operators (id),
    expires_at   BIGINT NOT NULL
);

-- Who is signed in; the secrets themselves are in their browsers alone.
CREATE TABLE sessions (
    digest        BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    id            TEXT COLLATE "C" NOT NULL UNIQUE,
    operator_id   TEXT COLLATE "C" NOT NULL REFERENCES operators (id),
    began_at      BIGINT NOT NULL,
    used_at       BIGINT NOT NULL,
    confirmed_at  BIGINT NOT NULL,
    address       TEXT NOT NULL,
    agent         TEXT
);

CREATE INDEX sessions_of_operator ON sessions (operator_id, began_at);
CREATE INDEX sessions_by_use ON sessions (used_at);

-- What programs of the network are let in with.
CREATE TABLE api_keys (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    -- Words parted by commas.
    scopes      TEXT NOT NULL,
    made_by     TEXT COLLATE "C" NOT NULL REFERENCES operators (id),
    digest      BYTEA NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    added_at    BIGINT NOT NULL,
    expires_at  BIGINT,
    used_at     BIGINT
);

CREATE INDEX api_keys_of_operator ON api_keys (made_by, added_at);

-- Who did what. Lines are only ever added, and let go of as a whole day once retention is over; values are kept as the
-- text that the day's seal was computed of.
CREATE TABLE audit (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    actor       TEXT COLLATE "C" NOT NULL,
    session_id  TEXT COLLATE "C",
    address     TEXT,
    action      TEXT NOT NULL,
    object      TEXT COLLATE "C" NOT NULL,
    before      TEXT,
    after       TEXT
);

CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_object ON audit (object, id);

-- The chain of digests, one for each day (since 1970, UTC).
CREATE TABLE audit_seals (
    day     BIGINT NOT NULL PRIMARY KEY,
    lines   BIGINT NOT NULL,
    digest  BYTEA NOT NULL CHECK (octet_length(digest) = 32)
);
