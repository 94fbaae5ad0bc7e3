INSERT INTO unchanged_visits (minute, creator_id, credential_id, times)
SELECT cells.minute, cells.creator_id, cells.credential_id, cells.times
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (minute bigint, creator_id text, credential_id text, times bigint)
 ORDER BY cells.minute, cells.creator_id, cells.credential_id
    ON CONFLICT (minute, creator_id, credential_id) DO UPDATE SET times = unchanged_visits.times + excluded.times
