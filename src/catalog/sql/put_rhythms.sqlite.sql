INSERT INTO rhythms (creator_id, last_at, counted_at, usual, pauses, silent_at)
SELECT value ->> 'creator_id', value ->> 'last_at', value ->> 'counted_at', value ->> 'usual', value ->> 'pauses',
       value ->> 'silent_at'
  FROM jsonb_each($1)
 WHERE TRUE
    ON CONFLICT (creator_id) DO UPDATE
   SET last_at = excluded.last_at, counted_at = excluded.counted_at, usual = excluded.usual, pauses = excluded.pauses,
       silent_at = excluded.silent_at
