UPDATE videos
   SET
    state = cells.value ->> 'state', held = cells.value ->> 'held', needs = cells.value ->> 'needs',
    listed_from = cells.value ->> 'listed_from', relisted_from = cells.value ->> 'relisted_from',
    refusal = cells.value ->> 'refusal', retry_epoch = cells.value ->> 'retry_epoch', retry_at = cells.value ->> 'retry_at',
    waiting_since = cells.value ->> 'waiting_since'
  FROM jsonb_each($1) AS cells
 WHERE videos.id = cells.value ->> 'id'
