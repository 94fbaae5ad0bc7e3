UPDATE events
   SET outcome = cells.value ->> 'outcome', alarm = cells.value ->> 'alarm', epoch = cells.value ->> 'epoch',
       guid = cells.value ->> 'guid'
  FROM jsonb_each($1) AS cells
 WHERE events.digest = unhex(cells.value ->> 'digest')
