INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
SELECT value ->> 'video_id', value ->> 'id', value ->> 'at', value ->> 'what',
       value ->> 'from_state', value ->> 'to_state', value ->> 'by_whom', value ->> 'detail'
  FROM json_each($1)
