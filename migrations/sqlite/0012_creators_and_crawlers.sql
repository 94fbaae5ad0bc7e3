-- The words by which a creator is found: those of id and name, folded by the program. None until an older program's row is
-- given its words by a job.
ALTER TABLE creators ADD COLUMN words TEXT;
CREATE INDEX creators_wordless ON creators (id) WHERE words IS NULL;

-- Who was turned away at the crawler's faces, counted by the hour. Beyond a number of addresses in an hour the rest are
-- counted together, under ''.
CREATE TABLE turned_away (
    hour        INTEGER NOT NULL,
    address     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    times       INTEGER NOT NULL CHECK (times > 0),
    last_at     INTEGER NOT NULL,
    user_agent  TEXT,
    PRIMARY KEY (hour, address, reason)
) STRICT, WITHOUT ROWID;
