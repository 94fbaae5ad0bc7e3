UPDATE videos
   SET
    state = cells.state, held = cells.held, needs = cells.needs, listed_from = cells.listed_from,
    relisted_from = cells.relisted_from, refusal = cells.refusal, retry_epoch = cells.retry_epoch,
    retry_at = cells.retry_at, waiting_since = cells.waiting_since
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    id text, state text, held boolean, needs bigint, listed_from bigint, relisted_from bigint, refusal text,
    retry_epoch bigint, retry_at bigint, waiting_since bigint)
 WHERE videos.id = cells.id
RETURNING 1
