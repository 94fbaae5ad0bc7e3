INSERT INTO rhythms (creator_id, last_at, counted_at, usual, pauses, silent_at)
SELECT cells.creator_id, cells.last_at, cells.counted_at, cells.usual, cells.pauses, cells.silent_at
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    creator_id text, last_at bigint, counted_at bigint, usual bigint, pauses bigint, silent_at bigint)
 ORDER BY cells.creator_id
    ON CONFLICT (creator_id) DO UPDATE
   SET last_at = excluded.last_at, counted_at = excluded.counted_at, usual = excluded.usual, pauses = excluded.pauses,
       silent_at = excluded.silent_at
