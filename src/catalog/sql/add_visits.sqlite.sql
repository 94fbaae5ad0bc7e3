INSERT INTO visits (
    id, at, face, creator_id, credential_id, address, user_agent, status, feed_version, offered, first_part, first_listed,
    first_id, last_part, last_listed, last_id)
SELECT
    value ->> 'id', value ->> 'at', value ->> 'face', value ->> 'creator_id', value ->> 'credential_id',
    value ->> 'address', value ->> 'user_agent', value ->> 'status', value ->> 'feed_version', value ->> 'offered',
    value ->> 'first_part', value ->> 'first_listed', value ->> 'first_id', value ->> 'last_part',
    value ->> 'last_listed', value ->> 'last_id'
  FROM jsonb_each($1)
