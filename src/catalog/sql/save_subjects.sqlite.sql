UPDATE videos
   SET
    state = cells.value ->> 'state', held = cells.value ->> 'held', needs = cells.value ->> 'needs',
    listed_from = cells.value ->> 'listed_from', relisted_from = cells.value ->> 'relisted_from', remote_id = cells.value ->> 'remote_id',
    other_remote_ids = cells.value ->> 'other_remote_ids', failed_epoch = cells.value ->> 'failed_epoch',
    unusable_epoch = cells.value ->> 'unusable_epoch', refusal = cells.value ->> 'refusal',
    ready_at = cells.value ->> 'ready_at'
  FROM jsonb_each($1) AS cells
 WHERE videos.id = cells.value ->> 'id'
