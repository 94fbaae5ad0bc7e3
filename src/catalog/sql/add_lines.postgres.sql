INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
SELECT cells.video_id, cells.id, cells.at, cells.what, cells.from_state, cells.to_state, cells.by_whom, cells.detail
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    video_id text, id text, at bigint, what text, from_state text, to_state text, by_whom text, detail text)
