-- What operators ask of many things at once. What is meant is kept as a query, never as a list.
CREATE TABLE bulk_jobs (
    id            TEXT    NOT NULL PRIMARY KEY,
    action        TEXT    NOT NULL CHECK (action IN ('retry', 'take_down', 'replay', 'pause', 'resume')),
    -- The query's parameters, as JSON that only the program reads.
    query         TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('planned', 'running', 'paused', 'done', 'cancelled', 'failed')),
    planned       INTEGER NOT NULL,
    planned_by    TEXT    NOT NULL,
    planned_at    INTEGER NOT NULL,
    confirmed_by  TEXT,
    confirmed_at  INTEGER,
    -- Parts what was there when it was confirmed from what came later: ids of videos, and of lines of timelines.
    mark          TEXT,
    -- The last thing that the walk has passed.
    walked_to     TEXT,
    done          INTEGER NOT NULL DEFAULT 0,
    unchanged     INTEGER NOT NULL DEFAULT 0,
    refused       INTEGER NOT NULL DEFAULT 0,
    ended_at      INTEGER,
    -- Why it failed.
    message       TEXT,
    lease         TEXT,
    lease_until   INTEGER,
    CHECK (state IN ('planned', 'cancelled') OR (confirmed_at IS NOT NULL AND mark IS NOT NULL))
) STRICT;

CREATE INDEX bulk_jobs_running ON bulk_jobs (id) WHERE state = 'running';
CREATE INDEX bulk_jobs_by_plan ON bulk_jobs (planned_at);

-- What became of things that a job did not simply change, and why; the first ones of each job.
CREATE TABLE bulk_results (
    job_id   TEXT    NOT NULL REFERENCES bulk_jobs (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    -- A guid, an event's digest, a creator's id.
    subject  TEXT    NOT NULL,
    outcome  TEXT    NOT NULL CHECK (outcome IN ('unchanged', 'refused')),
    reason   TEXT    NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

-- Runs of the daemons' periodic jobs: those of about a minute that ended alike are one row.
CREATE TABLE job_runs (
    name        TEXT    NOT NULL,
    daemon      TEXT    NOT NULL,
    -- Of the first run.
    started_at  INTEGER NOT NULL,
    -- Of the last one.
    ended_at    INTEGER NOT NULL,
    outcome     TEXT    NOT NULL CHECK (outcome IN ('done', 'failed', 'panicked')),
    runs        INTEGER NOT NULL,
    -- How much there was to do, all runs together.
    did         INTEGER NOT NULL,
    -- What the last one that did not succeed said.
    message     TEXT,
    PRIMARY KEY (name, started_at, daemon)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_runs_by_end ON job_runs (ended_at);
