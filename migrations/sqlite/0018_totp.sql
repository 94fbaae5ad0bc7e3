-- What makes the codes that an operator gives beside the password (RFC 6238).
CREATE TABLE totp_devices (
    operator_id   TEXT    NOT NULL PRIMARY KEY REFERENCES operators (id),
    -- Shared with the device, so it is kept as it is.
    secret        BLOB    NOT NULL CHECK (length(secret) = 20),
    -- When a code first proved that the device has it; none is asked for before.
    confirmed_at  INTEGER,
    -- The step of the last code that was taken: none is good twice.
    last_step     INTEGER NOT NULL
) STRICT;

-- Codes that take the place of a device that was lost, good once each.
CREATE TABLE recovery_codes (
    digest       BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    operator_id  TEXT    NOT NULL REFERENCES operators (id)
) STRICT;

CREATE INDEX recovery_codes_of_operator ON recovery_codes (operator_id);

-- Sign-ins whose password was right and whose code is yet to come.
CREATE TABLE half_sign_ins (
    digest       BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    operator_id  TEXT    NOT NULL REFERENCES operators (id),
    expires_at   INTEGER NOT NULL
) STRICT;
