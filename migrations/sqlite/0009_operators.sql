-- People of the network. Nobody who did anything is ever removed: the audit names them.
CREATE TABLE operators (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role          TEXT    NOT NULL CHECK (role IN ('viewer', 'finance', 'operator', 'owner')),
    -- Argon2id in the PHC format; none until they set one.
    password      TEXT,
    added_at      INTEGER NOT NULL,
    disabled_at   INTEGER,
    signed_in_at  INTEGER
) STRICT;

-- Addresses that let somebody set their password, once.
CREATE TABLE sign_up_links (
    digest       BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    -- None for whoever becomes the first owner.
    operator_id  TEXT    REFERENCES operators (id),
    expires_at   INTEGER NOT NULL
) STRICT;

-- Who is signed in; the secrets themselves are in their browsers alone.
CREATE TABLE sessions (
    digest        BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    id            TEXT    NOT NULL UNIQUE,
    operator_id   TEXT    NOT NULL REFERENCES operators (id),
    began_at      INTEGER NOT NULL,
    used_at       INTEGER NOT NULL,
    confirmed_at  INTEGER NOT NULL,
    address       TEXT    NOT NULL,
    agent         TEXT
) STRICT;

CREATE INDEX sessions_of_operator ON sessions (operator_id, began_at);
CREATE INDEX sessions_by_use ON sessions (used_at);

-- What programs of the network are let in with.
CREATE TABLE api_keys (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    -- Words parted by commas.
    scopes      TEXT    NOT NULL,
    made_by     TEXT    NOT NULL REFERENCES operators (id),
    digest      BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    added_at    INTEGER NOT NULL,
    expires_at  INTEGER,
    used_at     INTEGER
) STRICT;

CREATE INDEX api_keys_of_operator ON api_keys (made_by, added_at);

-- Who did what. Lines are only ever added, and let go of as a whole day once retention is over; values are kept as the
-- text that the day's seal was computed of.
CREATE TABLE audit (
    id          TEXT    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    session_id  TEXT,
    address     TEXT,
    action      TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    before      TEXT,
    after       TEXT
) STRICT;

CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_object ON audit (object, id);

-- The chain of digests, one for each day (since 1970, UTC).
CREATE TABLE audit_seals (
    day     INTEGER NOT NULL PRIMARY KEY,
    lines   INTEGER NOT NULL,
    digest  BLOB    NOT NULL CHECK (length(digest) = 32)
) STRICT;
