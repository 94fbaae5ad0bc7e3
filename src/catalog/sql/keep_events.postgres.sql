INSERT INTO events (digest, received_at, guid, outcome, alarm, epoch, sent_at, note, raw)
SELECT decode(cells.digest, 'hex'), cells.received_at, cells.guid, cells.outcome, cells.alarm, cells.epoch, cells.sent_at, cells.note, cells.raw
  FROM jsonb_to_recordset(CAST($5 AS jsonb)) AS cells (
    digest text, received_at bigint, guid text, outcome text, alarm text, epoch bigint, sent_at bigint, note text,
    raw text)
 ORDER BY cells.digest
    ON CONFLICT (digest) DO NOTHING
RETURNING 1
