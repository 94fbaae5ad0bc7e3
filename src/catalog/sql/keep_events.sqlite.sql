INSERT INTO events (digest, received_at, guid, outcome, alarm, epoch, sent_at, note, raw)
SELECT unhex(value ->> 'digest'), value ->> 'received_at', value ->> 'guid', value ->> 'outcome',
       value ->> 'alarm', value ->> 'epoch', value ->> 'sent_at', value ->> 'note', value ->> 'raw'
  FROM jsonb_each($5)
 WHERE TRUE
    ON CONFLICT (digest) DO NOTHING
