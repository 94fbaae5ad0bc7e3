INSERT INTO unchanged_visits (minute, creator_id, credential_id, times)
SELECT value ->> 'minute', value ->> 'creator_id', value ->> 'credential_id', value ->> 'times'
  FROM jsonb_each($1)
 WHERE TRUE
    ON CONFLICT (minute, creator_id, credential_id) DO UPDATE SET times = unchanged_visits.times + excluded.times
