UPDATE events
   SET outcome = cells.outcome, alarm = cells.alarm, epoch = cells.epoch,
       guid = cells.guid
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (digest text, outcome text, alarm text, epoch bigint, guid text)
 WHERE events.digest = decode(cells.digest, 'hex')
