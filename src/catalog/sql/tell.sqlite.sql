INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
SELECT value ->> 'video_id', value ->> 'id', value ->> 'at', value ->> 'what',
       value ->> 'from_state', value ->> 'to_state', value ->> 'by_whom', value ->> 'detail'
  FROM jsonb_each($2);
UPDATE creators
   SET
    videos_draft = videos_draft + (touched.value ->> 'draft'),
    videos_waiting = videos_waiting + (touched.value ->> 'waiting'),
    videos_pushing = videos_pushing + (touched.value ->> 'pushing'),
    videos_imported = videos_imported + (touched.value ->> 'imported'),
    videos_refused = videos_refused + (touched.value ->> 'refused'),
    videos_removed = videos_removed + (touched.value ->> 'removed'),
    feed_version = feed_version + (touched.value -> 'moves' ->> mode),
    feed_changed_at = CASE WHEN (touched.value -> 'moves' ->> mode) > 0 AND $4 > feed_changed_at THEN $4
                           ELSE feed_changed_at END,
    -- MIN is NULL as soon as one of its values is.
    feed_changes_at = MIN(COALESCE(feed_changes_at, touched.value -> 'changes_at' ->> mode),
                          COALESCE(touched.value -> 'changes_at' ->> mode, feed_changes_at))
  FROM jsonb_each($3) AS touched
 WHERE creators.id = (touched.value ->> 'id')
