lines AS (
  INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
  SELECT cells.video_id, cells.id, cells.at, cells.what, cells.from_state, cells.to_state, cells.by_whom, cells.detail
    FROM jsonb_to_recordset(CAST($2 AS jsonb)) AS cells (
      video_id text, id text, at bigint, what text, from_state text, to_state text, by_whom text, detail text)
  RETURNING 1
)
UPDATE creators
   SET
    videos_draft = videos_draft + touched.draft, videos_waiting = videos_waiting + touched.waiting,
    videos_pushing = videos_pushing + touched.pushing, videos_imported = videos_imported + touched.imported,
    videos_refused = videos_refused + touched.refused, videos_removed = videos_removed + touched.removed,
    feed_version = feed_version + CAST(touched.moves ->> mode AS bigint),
    feed_changed_at = CASE WHEN CAST(touched.moves ->> mode AS bigint) > 0 AND $4 > feed_changed_at THEN $4
                           ELSE feed_changed_at END,
    feed_changes_at = LEAST(feed_changes_at, CAST(touched.changes_at ->> mode AS bigint))
  FROM jsonb_to_recordset(CAST($3 AS jsonb)) AS touched (
    id text, draft bigint, waiting bigint, pushing bigint, imported bigint, refused bigint, removed bigint, moves jsonb,
    changes_at jsonb)
 WHERE creators.id = touched.id
   -- Creators are locked last, so that nobody waits for what is done before: parts of a statement that nothing refers to are
   -- carried out behind its main part.
   AND (SELECT COUNT(*) FROM saved) + (SELECT COUNT(*) FROM lines) >= 0
