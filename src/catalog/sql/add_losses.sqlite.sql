INSERT INTO feed_losses (since, creator_id, videos)
SELECT value ->> 'since', value ->> 'creator_id', value ->> 'videos'
  FROM jsonb_each($1)
 WHERE TRUE
    ON CONFLICT (since, creator_id) DO UPDATE SET videos = feed_losses.videos + excluded.videos
