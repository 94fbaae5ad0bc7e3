-- What `full` and `delta` feeds list beside the waiting videos: imported ones, each from the moment it is worth listing
-- again. Rows imported by an older program have none until their creator leaves `drain`.
ALTER TABLE videos ADD COLUMN relisted_from INTEGER;

-- Their part of the feed: what it lists, in its order, and nothing else.
CREATE INDEX videos_relisted ON videos (creator_id, relisted_from, id) WHERE state = 'imported' AND NOT held;
-- Those of them whose window ends.
CREATE INDEX videos_relisted_ending ON videos (creator_id, ends_at) WHERE state = 'imported' AND NOT held AND ends_at IS NOT NULL;
-- Imported videos that a change of the settings may hold or let go.
CREATE INDEX videos_relisted_needing ON videos (id) WHERE state = 'imported' AND needs > 0;

-- The part of the feed in which the first and the last video offered lay: 0 for waiting, 1 for imported.
ALTER TABLE visits ADD COLUMN first_part INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN last_part INTEGER NOT NULL DEFAULT 0;

INSERT INTO marks (name, value) VALUES ('delta_window', 0);
