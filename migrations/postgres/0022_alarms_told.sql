-- Whether anything was told of an alarm, so that its end is told too. Of those that are folded now most were never told.
ALTER TABLE alarms ADD COLUMN told BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE alarms SET told = FALSE WHERE group_id IS NOT NULL AND acknowledged_at IS NULL;
