-- Whether anything was told of an alarm, so that its end is told too. Of those that are folded now most were never told.
ALTER TABLE alarms ADD COLUMN told INTEGER NOT NULL DEFAULT 1 CHECK (told IN (0, 1));
UPDATE alarms SET told = 0 WHERE group_id IS NOT NULL AND acknowledged_at IS NULL;
