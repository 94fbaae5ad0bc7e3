INSERT INTO feed_losses (since, creator_id, videos)
SELECT cells.since, cells.creator_id, cells.videos
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (since bigint, creator_id text, videos bigint)
 ORDER BY cells.since, cells.creator_id
    ON CONFLICT (since, creator_id) DO UPDATE SET videos = feed_losses.videos + excluded.videos
