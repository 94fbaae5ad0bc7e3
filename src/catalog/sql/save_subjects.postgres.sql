UPDATE videos
   SET
    state = cells.state, held = cells.held, needs = cells.needs, listed_from = cells.listed_from, relisted_from = cells.relisted_from, remote_id = cells.remote_id,
    other_remote_ids = cells.other_remote_ids, failed_epoch = cells.failed_epoch, unusable_epoch = cells.unusable_epoch,
    refusal = cells.refusal, ready_at = cells.ready_at
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    id text, state text, held boolean, needs bigint, listed_from bigint, relisted_from bigint, remote_id text, other_remote_ids text,
    failed_epoch bigint, unusable_epoch bigint, refusal text, ready_at bigint)
 WHERE videos.id = cells.id
RETURNING 1
