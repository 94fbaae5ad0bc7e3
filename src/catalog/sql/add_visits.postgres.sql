INSERT INTO visits (
    id, at, face, creator_id, credential_id, address, user_agent, status, feed_version, offered, first_part, first_listed,
    first_id, last_part, last_listed, last_id)
SELECT
    cells.id, cells.at, cells.face, cells.creator_id, cells.credential_id, cells.address, cells.user_agent, cells.status,
    cells.feed_version, cells.offered, cells.first_part, cells.first_listed, cells.first_id, cells.last_part,
    cells.last_listed, cells.last_id
  FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
    id text, at bigint, face text, creator_id text, credential_id text, address text, user_agent text, status bigint,
    feed_version bigint, offered bigint, first_part bigint, first_listed bigint, first_id text, last_part bigint,
    last_listed bigint, last_id text)
